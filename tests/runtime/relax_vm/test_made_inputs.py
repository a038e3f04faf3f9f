"""Inputs that are made for Relax functions: indices that fit, and values for each type."""

import msgspec
import numpy as np
import pytest
from tvm import relax

from viz import arrays_of
from viz.errors import RequestError, RunError
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.model import Overview, OverviewPart, Request, RunPart
from viz.model.request import encode
from viz.runtime.relax_vm.inputs import Inputs
from viz.service.engine.dispatch import answer
from viz.text import Text

HEAD = """\
from tvm.script import ir as I, relax as R, tirx as T

@I.ir_module
class Module:
"""
PICK = """\
    @T.prim_func(private=True, s_tir=True)
    def pick(
        A: T.Buffer((T.int64(8),), "float32"), q: T.int64, B: T.Buffer((T.int64(2),), "float32")
    ):
        for i in range(T.int64(2)):
            with T.sblock("pick"):
                v = T.axis.spatial(T.int64(2), i)
                B[v] = A[q * T.int64(2) + v]

"""
CALLED = """\
    @R.function
    def rows(
        table: R.Tensor(("rows", "columns"), "float32"),
        both: R.Tuple(R.Tensor((12,), "int64"), R.Tensor((4,), "float32")),
    ):
        columns = T.int64()
        return R.take(table, both[0], axis=0)

"""


def program(parameters, *lines, before=""):
    body = "".join(f"        {line}\n" for line in lines)
    return f"{HEAD}{before}    @R.function\n    def main({parameters}):\n{body}"


TABLE = 'w: R.Tensor((4, 8), "float32"), i: R.Tensor((12,), "int64")'
INDICES = {  # the largest index that a ramp of twelve reaches; w has four rows of eight
    "rows": (program(TABLE, "return R.take(w, i, axis=0)"), 3),
    "columns": (program(TABLE, "return R.take(w, i, axis=1)"), 7),
    "reshaped and cast": (
        program(TABLE, 'return R.take(w, R.astype(R.reshape(i, (3, 4)), "int32"), axis=0)'),
        3,
    ),
    "arithmetic": (  # (i + 1) // 2 < 4
        program(
            TABLE,
            'j = R.floor_divide(R.add(i, R.const(1, "int64")), R.const(2, "int64"))',
            "return R.take(w, j, axis=0)",
        ),
        6,
    ),
    "from the end, as ONNX has it": (
        program(
            TABLE,
            's = R.take(R.const([4, 8], "int64"), R.const(0, "int64"), axis=0, mode="wrap")',
            'j = R.where(R.less(i, R.const(0, "int64")), R.add(i, s), i)',
            "return R.take(w, j, axis=0)",
        ),
        3,
    ),
    "transposed inside a kernel": (
        program(TABLE, "return R.gather_nd(w, R.reshape(i, (6, 2)))"),
        3,
    ),
    "rows and columns of a flat index": (
        program(
            TABLE,
            "j = R.reshape(i, (4, 3))",
            "return R.scatter_elements(w, j, R.gather_elements(w, j, axis=1), axis=1)",
        ),
        7,
    ),
    "a function that is called": (
        program(
            TABLE + ', z: R.Tensor((4,), "float32")',
            "return Module.rows(w, (i, z))",
            before=CALLED,
        ),
        3,
    ),
    "one of two branches": (
        program(
            TABLE + ', c: R.Tensor((), "bool")',
            "if c:",
            '    j = R.multiply(i, R.const(2, "int64"))',
            "else:",
            "    j = i",
            "return R.take(w, j, axis=1)",
        ),
        3,
    ),
    "a size that is known when it runs": (
        program(
            'w: R.Tensor(("n", 8), "float32"), i: R.Tensor((12,), "int64")', "return w[0]"
        ).replace("return w[0]", "return R.take(w, i, axis=0)"),
        2,
    ),
    "bounded by the program": (program(TABLE, 'return R.take(w, i, axis=0, mode="clip")'), 9),
    "no index": (program(TABLE, "return R.add(i, i)"), 11),
}


def made(text, **options):
    parsed = parse(read(text))
    inputs = Inputs(parsed, "main", RunPart(**options))
    return inputs.made(relax.transform.LegalizeOps()(parsed.mod))


@pytest.mark.parametrize(("text", "largest"), INDICES.values(), ids=INDICES)
def test_integers_are_indices_that_fit(text, largest):
    sizes = {"n": 3} if '"n"' in text else {}
    values = made(text, inputs="ramp", sizes=sizes).arguments.values
    assert values["i"].max() == largest


def test_a_number_that_is_an_index_fits():
    """The last element that is read is ``A[2 * q + 1]`` of eight; a number is never 0."""
    call = 'return R.call_tir(Module.pick, (x, q), out_ty=R.Tensor((2,), "float32"))'
    text = program('x: R.Tensor((8,), "float32"), q: R.Prim("int64")', call, before=PICK)
    numbers = {made(text, seed=seed).arguments.values["q"] for seed in range(12)}
    assert max(numbers) == 3
    assert min(numbers) >= 1
    assert made(text, sizes={"q": 2}).arguments.values["q"] == 2


EVERY_TYPE = program(
    't: R.Tuple(R.Tensor(("k",), "float32"), R.Tuple(R.Prim("float32"), R.Prim("bool"))),'
    ' s: R.Shape(["a", 2]), y: R.Tensor(ndim=2, dtype="float32"), z: R.Tensor(ndim=1)',
    "k = T.int64()",
    "a = T.int64()",
    "c = T.int64()",
    'cast = R.match_cast(y, R.Tensor((c, 3), "float32"))',
    'return (R.add(t[0], t[0]), R.full(R.shape([a, 2]), R.const(2, "float32")), cast, z)',
) + (
    "\ndef reference(t, s, y, z):\n"
    "    assert 0 <= t[1][1] <= 1\n"
    '    return 2 * t[0], np.full(s, 2, "float32"), y, z\n'
)


def test_values_are_made_for_each_type():
    """An extent that no type tells is what the function casts it to, else small."""
    outcome = answer(Request(text=EVERY_TYPE, part=RunPart(keep=True, sizes={"a": 3, "c": 5})))
    assert (outcome.passed, outcome.reference_kind) == (True, "numpy")
    assert outcome.sizes == {"a": 3, "c": 5, "k": 100}
    kept = arrays_of(outcome)
    assert [kept[f"input.{name}"].shape for name in ("t[0]", "t[1][0]", "s", "y", "z")] == [
        (100,),
        (),
        (2,),
        (5, 3),
        (4,),
    ]
    np.testing.assert_array_equal(kept["input.s"], [3, 2])
    assert kept["output.result[1]"].shape == (3, 2)


def test_parameters_of_each_type_are_told_with_their_sizes():
    reply = answer(Request(text=EVERY_TYPE, part=OverviewPart()))
    (function,) = msgspec.json.decode(encode(reply), type=Overview).functions
    told = {each.name: (each.dtype, each.symbols) for each in function.parameters}
    assert told["s"] == ("R.Shape([a, 2])", ("a",))
    assert told["t"] == ("(float32[k], (float32, bool))", ("k",))
    assert told["y"] == ("float32", ())


@pytest.mark.parametrize(
    ("type_", "message"),
    [("R.Object", "z, whose type is"), ("R.Tensor(dtype='float32')", "z: its type tells no rank")],
)
def test_what_no_input_is_made_for_is_said(type_, message):
    text = program(f'x: R.Tensor((4,), "float32"), z: {type_}', "return x")
    with pytest.raises(RunError, match=message) as told:
        answer(Request(text=text, part=RunPart()))
    assert Text(text).slice(told.value.span) == f"z: {type_}"


@pytest.mark.parametrize("size", [0, 1 << 31])
def test_a_size_is_checked(size):
    with pytest.raises(RequestError, match="the size of a is"):
        made(EVERY_TYPE, sizes={"a": size})
