"""List programs that try to do harm, each with the layer that must stop it.

Each would leave a file at the path that stands in it as ``MARKER``. The gates are tested on them
directly, the jail with the gates off: then the file must not appear either.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from tests.support.attacks.c_library_calls import CALLS
from tests.support.attacks.pieces import OPEN, RUN, TOUCH, body, module, signature, value
from tests.support.attacks.rebinding_and_cost import GREEDY, REBOUND

Stop = Literal["text", "ir", "limits"]
"""The gate on the text, the gate on the IR, or what a worker may use: time, memory, its life."""


class Attack(NamedTuple):
    """A program and what stops it."""

    name: str
    text: str
    stop: Stop

    def aimed(self, marker: str) -> str:
        """Return the text with the path of a file that must not appear."""
        return self.text.replace("MARKER", marker)


# Python where the parser evaluates it, each place with another way to say it.
PLACES = {
    "a statement": body(TOUCH),
    "a stored value": value(RUN),
    "an argument": body(f"T.evaluate({OPEN})"),
    "a keyword argument": body(f"T.evaluate(value={TOUCH})"),
    "an index": body(f"A[{RUN}] = 1"),
    "an index of a load": value(f"A[{TOUCH}]"),
    "a slice": value(f"A[0:{RUN}]"),
    "a condition": body(f"if {TOUCH}:", "    A[0] = 1"),
    "a conditional value": value(f"1 if {TOUCH} else 2"),
    "an assertion": body(f'assert {RUN}, "no"'),
    "an assertion's message": body(f"assert A[0] > 0, {TOUCH}"),
    "a while": body(f"while {RUN}:", "    A[0] = 1"),
    "a loop's range": body(f"for i in range({TOUCH}):", "    A[0] = 1"),
    "a loop's iterable": body(f"for i in {OPEN}:", "    A[0] = 1"),
    "a loop's annotations": body(f'for i in T.serial(4, annotations={{"a": {RUN}}}):', "    A[i] = 1"),
    "a with": body(f"with {OPEN}:", "    A[0] = 1"),
    "a with's second item": body(f'with T.attr(0, "a", 1), {OPEN}:', "    A[0] = 1"),
    "a return": body(f"return {TOUCH}"),
    "an annotated value": body(f"x: T.int32 = {RUN}"),
    "a variable's annotation": body(f"x: {TOUCH} = 1"),
    "an annotation that is called": body("x: breakpoint = 1"),
    "an augmented value": body(f"A[0] += {RUN}"),
    "a dictionary": body(f'T.func_attr({{"a": {TOUCH}}})'),
    "a dictionary's key": body(f"T.func_attr({{{RUN}: 1}})"),
    "a list": body(f"x = T.meta_var([{TOUCH}])"),
    "a comparison": value(f"1 < {RUN}"),
    "a chain of or": value(f"A[0] > 1 or {TOUCH}"),
    "a negation": value(f"-{RUN}"),
    "a lambda's body": body(f"r = T.comm_reducer(lambda x, y: {TOUCH}, [T.int32(0)])"),
    "a lambda's default": body(f"r = T.comm_reducer(lambda x, y={RUN}: x, [T.int32(0)])"),
    "an index map": body(f"m = T.index_map(lambda i: {TOUCH})"),
    "a parameter's annotation": signature(f"a: {TOUCH}"),
    "a shape": signature(f'a: T.Buffer(({RUN},), "int8")'),
    "a default": signature(f"a: T.int32 = {TOUCH}"),
    "a keyword-only default": signature(f"*, a: T.int32 = {RUN}"),
    "the return's annotation": signature("", f" -> {TOUCH}"),
    "the decorator": signature("", decorator=f"@{TOUCH}\n@T.prim_func"),
    "a decorator below": signature("", decorator=f"@T.prim_func\n@{RUN}"),
    "the decorator's argument": signature("", decorator=f"@T.prim_func(check_well_formed={TOUCH})"),
    "the decorator's second argument": signature("", decorator=f"@T.prim_func(s_tir=True, a={RUN})"),
    "a call that returns the decorator": signature("", decorator=f"@({TOUCH} or T).prim_func"),
    "a class's body": module(TOUCH),
    "a class's attribute": module(f"a = {RUN}"),
    "a class's condition": module(f"if {TOUCH}: pass"),
    "a class's loop": module(f"for i in {OPEN}: pass"),
    "a module's attributes": module(f'I.module_attrs({{"a": {RUN}}})'),
    "a method's decorator": module(f"@{TOUCH}", "@T.prim_func", "def g(): T.evaluate(0)"),
    "a class in a class": module("@I.ir_module", "class N:", f"    {RUN}"),
    "a macro's default": body("@T.inline", f"def g(x={TOUCH}): T.evaluate(0)", "g()"),
    "a macro's decorator": body(f"@{RUN}", "@T.inline", "def g(x): T.evaluate(0)"),
    "a formatted string": body(f'T.evaluate(int(f"{{{RUN}}}"))'),
    "a format's width": body(f'T.evaluate(len(f"{{1:{{{OPEN}}}}}"))'),
    "two managers in parentheses": body(f"with (T.attr(0, 'a', 1), {OPEN}):", "    A[0] = 1"),
    "a comprehension": body(f"x = T.meta_var([{TOUCH} for i in range(1)])"),
    "a comprehension's condition": body(f"x = T.meta_var([i for i in range(1) if {RUN}])"),
    "a set comprehension": body(f"x = T.meta_var({{{TOUCH} for i in range(1)}})"),
    "a generator": body(f"x = T.meta_var(list({RUN} for i in range(1)))"),
    "a walrus": value(f"(x := {TOUCH})"),
    "an unpacked list": body(f"T.evaluate(*[{RUN}])"),
    "unpacked keywords": body(f'T.evaluate(**{{"value": {TOUCH}}})'),
    "a try": body("try:", f"    {RUN}", "finally:", "    A[0] = 1"),
    "a nested class": body("class B:", f"    {TOUCH}"),
    "an import": body("import os", "A[0] = os.system('touch MARKER')"),
    "an import from": body("from os import system as exp", "A[0] = exp('touch MARKER')"),
    "a match": body("match A:", f"    case _ if {RUN}:", "        A[0] = 1"),
}  # fmt: skip

# Strings that TVM evaluates as Python, or that may be taken for such.
STRINGS = {
    "a quoted shape": signature(f'a: T.Buffer(("{TOUCH}",), "int8")'),
    "a quoted shape by name": signature(f'a: T.Buffer(dtype="int8", shape=["{RUN}"])'),
    "a quoted member": signature('a: T.Buffer(("T.entry.inspect.os.getpid()",), "int8")'),
    "a quoted attribute": signature('a: T.Buffer(("T.external_kernel.os",), "int8")'),
    "a quoted shape returned": signature("", f' -> T.Buffer(("{TOUCH}",), "int8")'),
    "a quoted call": signature('a: T.Buffer(("open(n)",), "int8")'),
    "a quoted lambda": signature(f'a: T.Buffer(("(lambda: {RUN})()",), "int8")'),
    "a quoted dunder": signature('a: T.Buffer(("n.__class__.__base__.__subclasses__()",), "int8")'),
    "spaces around it": signature(f'a: T.Buffer(("  {TOUCH} ",), "int8")'),
    "a string in a string": signature("a: T.Buffer((\"T.Var('n', 'x()')\",), \"int8\")"),
    "a string in a subscript": signature(f'a: T.Buffer(([0]["{RUN}"],), "int8")'),
    "a string built of two": signature('a: T.Buffer(("__import__" + "(1)",), "int8")'),
    "adjacent strings": signature('a: T.Buffer(("__import__(" "1)",), "int8")'),
    "a raw string": signature('a: T.Buffer((r"open(1)",), "int8")'),
    "escapes": signature('a: T.Buffer(("\\x6fpen(1)",), "int8")'),
    "a sliced string": signature('a: T.Buffer((")open(1)"[1:],), "int8")'),
    "a quoted annotation": signature(f'a: "{TOUCH}"'),
    "a quoted formatted string": signature("a: T.Buffer((\"f'{open(1)}'\",), 'int8')"),
    "bytes": value("b'x'.decode()"),
    "a percent format": value("'%s' % A"),
    "a format method": value("'{0.__class__}'.format(T)"),
    "a joined string": value("''.join(['a'])"),
}

# Ways from what is allowed to what is not.
CHAINS = {
    "a module of T": body("T.evaluate(T.external_kernel.os.system('touch MARKER'))"),
    "a module's module": body("T.evaluate(T.entry.inspect.os.system('touch MARKER'))"),
    "a module without a call": body("x = T.meta_var(T.ir)"),
    "a module of Tx": body("T.evaluate(Tx.functools.reduce)"),
    "globals of a function": body("T.evaluate(T.exp.__globals__['inspect'].os.getpid())"),
    "the class of a value": value("A.__class__.__mro__[1].__subclasses__()"),
    "the class of a number": value("(1).__class__"),
    "the class of a string": value("''.__class__"),
    "builtins by name": value("__builtins__['open']('MARKER', 'w')"),
    "the parser itself": value("__current_script_parser__.diag.source"),
    "an intermediate value": value("__tvm_tmp_value_0"),
    "getattr": value("getattr(T, 'external_' + 'kernel')"),
    "type": value("type(A)"),
    "globals": value("globals()"),
    "eval as a value": body("x = T.meta_var(eval)", f'T.evaluate(x("{TOUCH}"))'),
    "exec out of its scope": body(
        "for exec in range(1):", "    T.evaluate(0)", "exec('open(\"MARKER\", \"w\")')"
    ),
    "open out of its scope": body(
        "with T.attr(0, 'a', 1) as open:", "    T.evaluate(0)", "open('MARKER', 'w')"
    ),
    "a variable that is called": body("x = T.meta_var(T.exp)", "A[0] = x(1)"),
    "a call of a call": value("(lambda: open)()('MARKER', 'w')"),
    "a call of an element": value("[open][0]('MARKER', 'w')"),
    "compatibility characters": body("T.evaluate(T.\U0001d452xternal_kernel.os.getpid())"),
    "wide characters": value("ｏｐｅｎ('MARKER', 'w')"),
    "a wide dunder": value("A.＿＿class＿＿"),
    "tvm": value("tvm.base.os.system('touch MARKER')"),
    "tvm's registry": value("tvm.get_global_func('ffi.ModuleLoadFromFile')('MARKER')"),
    "relax": value("R.call_packed('ffi.ModuleLoadFromFile', 'MARKER')"),
    "a kernel file": body('T.evaluate(T.call_kernel("/etc/passwd", [[1], [1]], kernel_name="k"))'),
    "a registered namespace": body('T.register_script_namespace("os", A)'),
    "a decorated value": body("T.meta_class(A)"),
    "T.jit": signature("", decorator="@T.jit"),
    "a base class": module(name=f"M({TOUCH})"),
    "a metaclass": module(name=f"M(metaclass={RUN})"),
    "a function called __class__": module("@T.prim_func", "def __class__(): T.evaluate(0)"),
    "a module class as another value": (
        "@I.ir_module\nclass M:\n    @T.prim_func\n    def func(): T.evaluate(0)\n"
        "    @T.prim_func\n    def f():\n        M = T.meta_var(T.alloc_local)\n"
        "        T.evaluate(M.func(1))\n"
    ),
    "a module class as a parameter": (
        "@I.ir_module\nclass M:\n    @T.prim_func\n    def os(): T.evaluate(0)\n"
        "    @T.prim_func\n    def f(M: T.handle): T.evaluate(M.os())\n"
    ),
    "an attribute that is set": body("A.data = 1"),
    "a namespace's attribute that is set": body("T.exp = A"),
    "a parser's class": value("T.DtypeConstructor('__class__')"),
    "an instruction's own attribute": value("T.ptx._family('mov')"),
    "an instruction's own attribute in brackets": value("T.ptx['_family'](1)"),
    "an instruction by a dunder": value("T.ptx['mov.__class__'](1)"),
    "an instruction by a name": body("x = T.meta_var('mov')", "A[0] = T.ptx[x](1)"),
    "an instruction built of two": value("T.ptx['mo' + 'v'](1)"),
    "an element of another namespace": value("T.axis['spatial'](1, 2)"),
    "an element of a rebound namespace": body("R = A", "A[0] = R.ptx['mov'](1)"),
    "beside what tvm may do": value("tvm.target.Target.__init__.__globals__['os']"),
    "tvm's builder": value("tvm.tirx.build(A)"),
    "tvm's registry of intrinsics": value("tvm.tirx.register_intrin_lowering('a', 'b')"),
    "a base class beside the module's": module(name=f"M(BasePyModule, {TOUCH})"),
    "a base class that is called": module(name=f"M(BasePyModule({TOUCH}))"),
    "more of tvm's targets": value("tvm.target.Target.list_kinds()"),
    "the module of an operation": value("tvm.ir.Op.get.__globals__"),
    "another of tvm's modules": body("x = T.meta_var(tvm.target)"),
    "a sharding rule of relax": value("R.device_mesh.__globals__"),
}  # fmt: skip

# What is left out of the text that TVM's parser is given, so that the rest may be shown.
LEFT_OUT = {
    "I.pyfunc": module("@I.pyfunc", "def g(x):", f"    {TOUCH}"),
    "I.pyfunc in a Python module": module(
        "@I.pyfunc", "def g(x):", f"    {RUN}", name="M(BasePyModule)"
    ),
    "a default of I.pyfunc": module("@I.pyfunc", f"def g(x={TOUCH}): pass"),
    "a macro's annotation": body("@T.macro", f"def g(x: {TOUCH}): T.evaluate(0)", "g(1)"),
    "a decorator above I.pyfunc": module(f"@{TOUCH}", "@I.pyfunc", "def g(x): pass"),
}

LLVM = "declare i32 @getpid()\\ndefine i32 @zz() { %r = call i32 @getpid()\\n ret i32 %r }"
SOURCE = 'void __attribute__((constructor)) c() { fopen(\\"MARKER\\", \\"w\\"); }'

# TVMScript that is fine to look at and must not run.
NATIVE = {
    "system": value('T.call_extern("int32", "system", "touch MARKER")'),
    "system, pure": value('T.call_pure_extern("int32", "system", "touch MARKER")'),
    "unlink": body('T.evaluate(T.call_extern("int32", "unlink", "MARKER"))'),
    "a library's handle": body('T.evaluate(T.call_extern("handle", "dlopen", "evil.so", 1))'),
    "an extern name that is source": value(
        'T.call_extern("int32", "abs(0); system(\\"touch MARKER\\"); abs", 1)'
    ),
    "an operation by its name": value('T.call_intrin("int32", "tirx.call_extern", "system", "id")'),
    "a call that is built": value(
        'T.Call("tirx.call_extern", [I.StringImm("system"), I.StringImm("id")], ret_ty="int32")'
    ),
    "a packed function": body(
        'T.evaluate(T.call_packed("ffi.ModuleLoadFromFile", "evil.so"))'
    ),
    "a packed function, C": body('T.evaluate(T.call_cpacked("ffi.ModuleLoadFromFile", "e.so"))'),
    "a packed function by its operation": value(
        'T.call_intrin("int32", "tirx.tvm_call_packed", "ffi.ModuleLoadFromFile", "evil.so")'
    ),
    "a traced packed function": value(
        'T.call_intrin("int32", "tirx.tvm_call_trace_packed", "ffi.SystemLib", 1)'
    ),
    "LLVM by an attribute": body(f'T.attr(0, "pragma_import_llvm", "{LLVM}")', "A[0] = 1"),
    "LLVM by a with": body(f'with T.attr(0, "pragma_import_llvm", "{LLVM}"):', "    A[0] = 1"),
    "LLVM from a file": body('T.attr(0, "pragma_import_llvm", "/tmp/x.ll")', "A[0] = 1"),
    "LLVM by a loop": body(
        f'for i in T.serial(1, annotations={{"pragma_import_llvm": "{LLVM}"}}):', "    A[0] = 1"
    ),
    "C by a loop": body(
        f'for i in T.serial(1, annotations={{"pragma_import_c": "{SOURCE}"}}):', "    A[0] = 1"
    ),
    "C by a function": body(f'T.func_attr({{"pragma_import_c": "{SOURCE}"}})', "A[0] = 1"),
    "C by a block": (
        '@T.prim_func(s_tir=True)\ndef f(A: T.Buffer((4,), "int32")):\n'
        '    with T.sblock("b"):\n'
        f'        T.sblock_attr({{"pragma_import_c": "{SOURCE}"}})\n        A[0] = 1\n'
    ),
    "a symbol that is source": body(
        'T.func_attr({"global_symbol": "f(void); } int evil() { return 1"})', "A[0] = 1"
    ),
    "a symbol with a line": body('T.func_attr({"global_symbol": "f\\nint g"})', "A[0] = 1"),
    "a thread that is source": body(
        'for i in T.thread_binding(4, thread="threadIdx.x; evil()"):', "    A[i] = 1"
    ).replace("; evil()", '\\"); evil();'),
    "a scope that is source": body('B = T.alloc_buffer((4,), "int32", scope="shared\\"; evil()")', "A[0] = B[0]"),
    "a string that is source": value(
        'T.call_extern("int32", "abs", "\\"); system(\\"touch MARKER\\"); (\\"")'
    ),
    "a library's prefix that is source": (
        "@I.ir_module\nclass M:\n    I.module_attrs({'system_lib_prefix': 'x; int evil() {} int '})\n"
        '    @T.prim_func\n    def f(A: T.Buffer((4,), "int32")):\n        A[0] = 1\n'
    ),
    "a variable that is source": body(
        'T.bind(A[1], var=T.Var("x = evil(), y", "int32"))', "A[0] = 1"
    ),
    "an attribute's text that is source": body(
        'T.attr(0, "pragma_scope_prefix", "} evil() {")', "A[0] = 1"
    ),
    "a target of its own": body('T.func_attr({"target": T.target("hexagon")})', "A[0] = 1"),
    "a target in an attribute": body('with T.attr(T.target("llvm"), "target", 0):', "    A[0] = 1"),
    "a device of its own": body('with T.attr(0, "device_type", 2):', "    A[0] = 1"),
    "a pointer of a number": body(
        'P = T.decl_buffer((1,), "int32", data=T.reinterpret("handle", T.int64(4096)))',
        "A[0] = P[0]",
    ),
    "a pointer of a number, kept": body(
        'x: T.let[T.handle("int32")] = T.reinterpret(T.handle("int32").ty, T.int64(64))',
        'P = T.decl_buffer((1,), "int32", data=x)',
        "A[0] = P[0]",
    ),
    "a null pointer as memory": body('P = T.decl_buffer((1,), "int32", data=T.reinterpret("handle", T.uint64(0)))', "A[0] = P[4096]"),
    "a pointer by arithmetic": body(
        "T.evaluate(T.handle_add_byte_offset(A.data, 1 << 40))", "A[0] = 1"
    ),
    "TVM's own data": value('T.tvm_struct_get(A.data, 0, 1, "int32")'),
    "TVM's own data, written": body("T.evaluate(T.tvm_struct_set(A.data, 0, 1, 7))"),
    "TVM's stack": body('T.evaluate(T.tvm_stack_alloca("arg_value", 4))'),
    "an intrinsic of LLVM": value('T.call_llvm_intrin("int32", "llvm.returnaddress", T.int32(0))'),
    "a debugger trap": body('T.evaluate(T.call_llvm_intrin("int32", "llvm.debugtrap"))'),
    "source for CUDA": body(
        f'T.evaluate(T.cuda.func_call("evil", A.data, source_code="{SOURCE}"))'
    ),
    "a sum that doubles": body(
        "x0 = T.meta_var(A[0])",
        *(f"x{i + 1} = T.meta_var(x{i} + x{i})" for i in range(17)),
        "A[0] = x17",
    ),
}  # fmt: skip

# Programs that no gate can tell from others: what they may use ends them.
NUMBERS = {
    "an endless loop": body("while A[0] == A[0]:", "    A[1] = A[1] + 1"),
    "a long loop": body("for i, j in T.grid(2000000000, 2000000000):", "    A[0] = A[0] + i"),
    "a long unrolled loop": body("for i in T.unroll(1000000):", "    A[i % 4] = i"),
    "much memory": body(
        'B = T.alloc_buffer((2000000000,), "int8")',
        "for i in range(480000):",
        "    B[i * 4096] = T.int8(1)",
        'A[0] = T.Cast("int32", B[A[0] * 4096])',
    ),
    "a large result": '@T.prim_func\ndef f(A: T.Buffer((30000000,), "int32")):\n    A[0] = 1\n',
    "a store far outside": body("A[1000000000] = 1"),
    "a store before the start": body("A[0 - 1] = 7"),
    "a load far outside": value("A[2000000000]"),
    "many threads": body("for i in T.parallel(100000):", "    A[i % 4] = i"),
    "a number that doubles": body(
        "x0 = T.meta_var(3)",
        *(f"x{i + 1} = T.meta_var(x{i} * x{i})" for i in range(40)),
        "A[0] = 1",
    ),
    "a sum that doubles forty times": body(
        "x0 = T.meta_var(A[0])",
        *(f"x{i + 1} = T.meta_var(x{i} + x{i})" for i in range(40)),
        "A[0] = x40",
    ),
    "a buffer as a shape": body('B = T.alloc_buffer(A, "int32")', "A[0] = 1"),
    "a division by zero": value("A[1] // (A[2] - A[2])"),
}

GROUPS: dict[Stop, tuple[dict[str, str], ...]] = {
    "text": (PLACES, STRINGS, CHAINS, REBOUND, GREEDY),
    "ir": (NATIVE, CALLS),
    "limits": (NUMBERS,),
}

ATTACKS: tuple[Attack, ...] = tuple(
    Attack(name, text, stop)
    for stop, groups in GROUPS.items()
    for group in groups
    for name, text in group.items()
)
