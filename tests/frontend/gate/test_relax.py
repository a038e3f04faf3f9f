"""The gate on Relax: nothing but calls of reviewed operators reaches TVM's parser."""

import pytest

from viz.errors import ParseError, RefusedError
from viz.frontend.program import read
from viz.ir.parse import parse

PROGRAM = """SHAPE = "n"

@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor(("n", 8), "float32"), s: R.Shape([4])):
        cls = Module
        with R.dataflow():
            y = R.nn.relu(x)
            R.output(y)
        return y
"""

HOSTILE = {
    "a call in a shape": ('"n", 8', "\"__import__('os').getpid()\", 8"),
    "a member in a shape": ('"n", 8', '"T.abs.__globals__", 8'),
    "a word with a dot in a shape": ('"n", 8', '"R.nn", 8'),
    "a lambda in a shape": ('"n", 8', '"(lambda: 1)()", 8'),
    "a comprehension in a shape": ('"n", 8', '"[i for i in (1,)][0]", 8'),
    "a string from a constant": ('"n", 8', "SHAPE, 8"),
    "a shape by keyword": (
        '("n", 8), "float32"',
        'dtype="float32", shape=("open(\'x\')", 8)',
    ),
    "a message in a shape": (
        '"n", 8',
        'R.call_packed("f", R.str("__import__(\'os\').getpid()")), 8',
    ),
    "a message that an expression takes": (
        "R.nn.relu(x)",
        'R.zeros(R.call_packed("f", R.str("print(\'x\')")).args[0].value, "float32")',
    ),
    "a message that has a name": ("cls = Module", "cls = R.str(\"print('x')\")"),
    "the values of R.Shape": ("R.Shape([4])", "R.Shape([\"print('x')\"])"),
    "a private module": ("R.nn.relu(x)", "R.nn._ffi_api.relu(x)"),
    "a module as a value": ("R.nn.relu(x)", "R.nn(x)"),
    "the parser": ("R.nn.relu(x)", "R.parser.relax.build(x)"),
    "the entry": ("R.nn.relu(x)", "R.entry.inspect.stack()"),
    "the IR builder": ("R.nn.relu(x)", "R.ir.builtins.print(x)"),
    "what runs Python": ("R.nn.relu(x)", "R.emit_te(x)"),
    "a Python function": ("R.nn.relu(x)", 'R.call_py_func("f", x)'),
    "a statement behind the parser": ("R.nn.relu(x)", "R.emit(x)"),
    "a distributed operator": ("R.nn.relu(x)", "R.ccl.allreduce(x)"),
    "globals of an operator": ("R.nn.relu(x)", "R.add.__globals__"),
    "a member of a value": ("R.nn.relu(x)", "x.struct_info"),
    "a method of the module": ("R.nn.relu(x)", "cls.script()"),
    "two values of one name": ("cls = Module", "cls = Module\n        cls = x"),
    "a parameter named as the module": ("s: R.Shape", "cls: R.Shape"),
    "a decorator with a call": ("@R.function", "@R.function(pure=print('x'))"),
    "another decorator": ("@R.function", "@R.rewriter"),
    "a default": ("s: R.Shape([4])", "s: R.Shape([4]) = print('x')"),
    "an inner Python function": ("cls = Module", "def f(): pass"),
}


@pytest.mark.parametrize(("old", "new"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_relax_is_refused_at_its_place(old, new):
    text = PROGRAM.replace(old, new)
    if "SHAPE" in new:
        text = text.replace('SHAPE = "n"', "SHAPE = \"__import__('os').getpid()\"")
    assert text != PROGRAM
    program = read(text)
    with pytest.raises((RefusedError, ParseError)) as caught:
        parse(program, gated=True)
    assert "TVM's parser" not in caught.value.message
    span = caught.value.span
    lines = text[: span.start].count("\n"), text[: span.end].count("\n")
    marked = "".join(text.splitlines(keepends=True)[lines[0] : lines[1] + 1])
    assert any(word in marked for word in new.split("\n")[-1].split("(")[:1])


def test_the_program_itself_passes():
    assert [v.name_hint for v in parse(read(PROGRAM), gated=True).mod.functions] == ["main"]


def test_messages_to_packed_functions_are_no_code():
    """VMShapeLower writes what an argument is annotated with into the message of its check."""
    message = 'ErrorContext(fn=main, annotation=R.Tensor((8, 32), dtype=\\"float32\\")) '
    check = f'R.call_packed("vm.builtin.check", x, R.str("{message}"), ty_args=(R.Tuple,))'
    text = PROGRAM.replace("@R.function", "@R.function(pure=False)")
    text = text.replace("cls = Module", f"cls = Module\n        {check}\n        z = {check}")
    result = parse(read(text), gated=True)
    assert [v.name_hint for v in result.mod.functions] == ["main"]
    assert not result.problems


def test_relax_has_no_place_in_a_primfunc():
    text = PROGRAM.replace(
        "    @R.function",
        "    @T.prim_func\n"
        '    def f(A: T.Buffer((8,), "float32")):\n'
        '        A[0] = R.call_packed("ffi.ModuleLoadFromFile", "x")\n\n'
        "    @R.function",
    )
    with pytest.raises(RefusedError, match=r"R\.call_packed"):
        parse(read(text), gated=True)


def test_a_function_inside_of_one_is_relax_too():
    text = PROGRAM.replace(
        "        with R.dataflow():\n            y = R.nn.relu(x)\n            R.output(y)\n        return y",
        "        @R.function(pure=True)\n"
        '        def twice(z: R.Tensor(("n", 8), "float32")) -> R.Tensor(("n", 8), "float32"):\n'
        "            return R.add(z, z)\n"
        "        return twice(x)",
    )
    assert [v.name_hint for v in parse(read(text), gated=True).mod.functions] == ["main"]
