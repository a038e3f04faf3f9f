"""List programs that give names another meaning, and programs that are costly to read."""

from __future__ import annotations

from tests.support.attacks.pieces import HEAD, TOUCH, body, module, signature, value

# Names of TVM's given to something else.
REBOUND = {
    "T assigned": body("T = tvm.base", "T.os.system('touch MARKER')"),
    "T in a tuple": body("x, T = 1, 2"),
    "T as a loop's variable": body("for T in range(4):", "    A[T] = 1"),
    "T as a parameter": signature("T: T.int32"),
    "T in a with": body('with T.attr(0, "a", 1) as T:', "    A[0] = 1"),
    "T annotated": body("T: T.int32 = 1"),
    "T augmented": body("T += 1"),
    "T in a lambda": body("r = T.comm_reducer(lambda T, y: T.os, [T.int32(0)])"),
    "T by a walrus": value("(T := A)"),
    "T in a comprehension": body("x = T.meta_var([T for T in range(1)])"),
    "T as a function": "@T.prim_func\ndef T():\n    T.evaluate(0)\n",
    "T as a class": module(name="T"),
    "T as a method": module("@T.prim_func", "def T(): T.evaluate(0)"),
    "T global": body("global T", "A[0] = 1"),
    "T nonlocal": body("nonlocal T", "A[0] = 1"),
    "T in a match": body("match A:", "    case T:", "        A[0] = 1"),
    "T in an except": body("try:", "    A[0] = 1", "except ValueError as T:", "    A[0] = 2"),
    "T deleted": body("del T"),
    "T imported": body("import os as T"),
    "I assigned after its use": body("I.module_get_attr('a')", "I = A"),
    "I by its own value": body("I = I", "A[0] = I.os"),
    "tvm in its own annotation": signature("tvm: tvm.os.system('touch MARKER')"),
    "tvm after its loop": body("for tvm in range(4):", "    A[tvm] = 1", "x = T.meta_var(tvm.os)"),
    "tvm's module": body("for tvm in range(4):", "    A[tvm] = tvm.os"),
    "tvm in the other function": (
        "@I.ir_module\nclass M:\n    @T.prim_func\n    def f(tvm: T.handle): T.evaluate(0)\n"
        "    @T.prim_func\n    def g(): T.evaluate(tvm.runtime.load_module('e'))\n"
    ),
    "R after its loop": body("for R in range(4):", "    A[R] = 1", "x = T.meta_var(R)"),
    "R in the other function": (
        "@I.ir_module\nclass M:\n    @T.prim_func\n    def f(R: T.handle): T.evaluate(0)\n"
        "    @T.prim_func\n    def g(): T.evaluate(R.call_packed('ffi.ModuleLoadFromFile', 'e'))\n"
    ),
    "R in its own annotation": signature("R: R.os.system('touch MARKER')"),
    "R in the branch not taken": body(
        "if True:", "    A[0] = 1", "else:", "    R = A", "x = T.meta_var(R)"
    ),
    "R's module": body("for R in range(4):", "    A[R] = R.os"),
    "R in a lambda's default": body(
        "R = A", "r = T.comm_reducer(lambda x, y=R.os: x, [T.int32(0)])"
    ),
    "R beside its lambda": body("r = T.comm_reducer(lambda R, y: R, [R.os])"),
    "R after a comprehension": body("x = T.meta_var([R for R in range(2)])", "y = T.meta_var(R)"),
    "R as what it iterates over": body("x = T.meta_var([1 for R in R.os.environ])"),
    "R by an augmented value": body("R += 1", "x = T.meta_var(R)"),
    "R by a bare annotation": body("R: T.int32", "x = T.meta_var(R)"),
    "R in a with's own manager": body("with R.os as R:", "    A[0] = 1"),
    "R in a quoted shape": signature('R: T.handle, a: T.Buffer(("R.os.getpid()",), "int8")'),
    "tir's module": body("tir = T.alloc_buffer((4,), 'int32')", "T.evaluate(tir.ir)", "tir[0] = 1"),
    "type out of its scope": body(
        "for type in range(4):", "    A[type] = 1", "x = T.meta_var(type)"
    ),
    "type that is called": body("type = A", "x = T.meta_var(type(1))"),
    "exec as a function": (
        "@I.ir_module\nclass M:\n    @T.prim_func\n    def exec(): T.evaluate(0)\n"
        f"    @T.prim_func\n    def g(): exec({TOUCH!r})\n"
    ),
    "setattr from a sibling": body(
        "if A[0] > 1:", "    setattr = A", "else:", "    r = T.comm_reducer(setattr, [T.int32(0)])"
    ),
    "a wide T": body("Ｔ = A"),
    "an alias": "from tvm.script import tirx as K\n" + HEAD.replace("T.", "K.") + "    K = A\n",
}

# Python that only takes time or memory, while the program is read.
GREEDY = {
    "a power": value("9 ** 9 ** 9"),
    "a power of a variable": body("x = T.meta_var(10)", "y = T.meta_var(x ** x ** x)"),
    "a wide shift": value("1 << 10000000000"),
    "a shift in a shift": value("1 << (1 << 40)"),
    "a long list": body("x = T.meta_var([0] * 1000000000)"),
    "a long string": body('x = T.meta_var("a" * 10000000000)'),
    "a long tuple": body("x = T.meta_var((1, 2) * 1000000000)"),
    "a range made a list": body("x = T.meta_var(list(range(10 ** 12)))"),
    "a sum": value("sum(range(1000000000000))"),
    "a huge number": value("0x" + "f" * 5000),
    "a huge string": body(f'T.evaluate("{"a" * 20_000}")'),
    "the greatest of a buffer": value("max(A)"),
    "the greatest of its elements": value("max(*A)"),
    "a buffer made a tuple": body("x = T.meta_var(tuple(A))"),
    "a buffer unpacked": body("*x, y = A"),
    "a buffer in a list": body("x = T.meta_var([*A])"),
    "an element sought in a buffer": value("1 if 7 in A else 2"),
    "grid of a buffer": body("for i in T.grid(*A):", "    A[0] = 1"),
    "three thousand loops": body(f"for i in T.grid({', '.join(['2'] * 3000)}):", "    A[0] = 1"),
    "a deep expression": value("A[0]" + " + A[0]" * 900),
    "a deep sign": value("-" * 400 + "1"),
    "a deep sign in a string": signature(f'a: T.Buffer(("{"-" * 400}1",), "int8")'),
    "a comprehension of comprehensions": body("x = T.meta_var([[0 for i in A] for j in range(1 << 40)])"),
    "a comprehension over a buffer": body("x = T.meta_var([i for i in A])"),
    "a comprehension over a name": body("x = T.meta_var([1, 2])", "y = T.meta_var([i for i in x])"),
    "a long comprehension": body("x = T.meta_var([i for i in range(10 ** 9)])"),
    "comprehensions that multiply": body(
        "x = T.meta_var([i for i in range(100) for j in range(100) for k in range(100)])"
    ),
    "nested comprehensions that multiply": body(
        "x = T.meta_var([[[k for k in range(99)] for j in range(99)] for i in range(99)])"
    ),
    "a comprehension in what it iterates over": body(
        "x = T.meta_var([i for i in [j for j in range(9)] * 1000000000])"
    ),
    "a comprehension over shapes": body("x = T.meta_var([i + j for i in A.shape for j in A.shape])"),
    "a shift in a comprehension": body("x = T.meta_var([1 << i * i * i * i for i in range(4096)])"),
    "a range of its own": body(
        "range = T.meta_var(lambda n: A)", "x = T.meta_var([i for i in range(4)])"
    ),
    "a comprehension's own buffer": body("x = T.meta_var([i for A in (A, A) for i in A])"),
    "a set": body("x = T.meta_var({i for i in range(4)})"),
    "many arguments": body(f"T.evaluate(T.call_extern('int32', 'f', {', '.join(['1'] * 5000)}))"),
}  # fmt: skip
