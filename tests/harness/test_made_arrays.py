"""Fill the inputs of a run with numbers of each kind, and with arrays of files, never unpickled."""

import io

import ml_dtypes
import numpy as np
import pytest

import viz
from viz.errors import RequestError
from viz.harness.array_files import array_of_file, arrays_of_archive, npy
from viz.harness.made_arrays import made_array
from viz.model import Request, RunPart
from viz.service.engine import dispatch

DTYPES = (
    *("float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"),
    *("int64", "int32", "int8", "uint8", "uint64", "bool"),
)
COPY = """
@T.prim_func
def f(A: T.Buffer((40,), "float32"), B: T.Buffer((40,), "float32")):
    for i in range(40):
        B[i] = A[i]

def reference(A):
    return A
"""


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["normal", "integers", "ones", "ramp", "edges"])
def test_every_dtype_has_every_kind_and_stays_in_its_range(kind, dtype):
    random = np.random.default_rng(0)
    array = made_array(kind, random, dtype, (5, 7), None)
    assert array.shape == (5, 7)
    assert array.dtype == np.dtype(getattr(ml_dtypes, dtype, dtype))
    if dtype != "bool" and "int" in dtype:
        ranged = made_array(kind, random, dtype, (300,), (2, 6))
        assert set(ranged.tolist()) <= {2, 3, 4, 5}
    elif dtype != "bool":
        ranged = made_array(kind, random, dtype, (300,), (0.5, 4.0)).astype(np.float64)
        assert ((ranged >= 0.5) & (ranged <= 4.0)).all()


def test_what_each_kind_holds():
    random = np.random.default_rng(0)
    whole = made_array("integers", random, "float32", (1000,), None)
    assert set(np.unique(whole)) == set(range(-4, 5))
    assert made_array("ramp", random, "float16", (3000,), None)[2048:2050].tolist() == [2048, 0]
    edges = made_array("edges", random, "float32", (12,), None)
    assert np.isnan(edges).sum() == 1
    assert np.isinf(edges).sum() == 2
    assert np.signbit(edges[1])
    assert 0 < edges[9] < np.finfo("float32").tiny
    assert edges[10] == np.finfo("float32").max
    assert made_array("edges", random, "int8", (4,), None).tolist() == [-128, 0, 1, 127]


@pytest.mark.parametrize("kind", ["integers", "ones", "ramp", "edges"])
def test_a_run_takes_each_kind_and_its_outputs_do_not(kind):
    outcome = dispatch.answer(Request(text=COPY, part=RunPart(inputs=kind)))
    assert outcome.passed
    first = outcome.inputs[0].head[0]
    assert first == {"integers": first, "ones": 1, "ramp": 0, "edges": 0}[kind]
    assert (
        outcome.inputs[1].head[:2] != outcome.inputs[0].head[:2]
    )  # random, to see what is written


def test_a_run_on_arrays_of_the_users_own():
    array = np.linspace(0, 1, 40, dtype="float32")
    outcome = viz.run(COPY, arrays={"A": array})
    assert outcome.passed
    assert outcome.inputs[0].head[1] == pytest.approx(float(array[1]))
    for wrong, words in {
        "dtype": (array.astype("float64"), "is of float64; the program wants float32"),
        "shape": (array[:8], "has the shape 8; the program wants 40"),
    }.values():
        with pytest.raises(RequestError, match=words):
            viz.run(COPY, arrays={"A": wrong})
    with pytest.raises(RequestError, match="no such buffer"):
        viz.run(COPY, arrays={"Z": array})


def test_nothing_is_unpickled_and_no_broken_file_is_read():
    pickled = io.BytesIO()
    np.save(pickled, np.array([print], dtype=object), allow_pickle=True)
    for data in (pickled.getvalue(), b"", b"\x93NUMPY", npy(np.ones(4))[:-3], b"PK\x03\x04"):
        with pytest.raises(RequestError):
            array_of_file("A", data, "float64", (4,))
    with pytest.raises(RequestError):
        npy(np.array([print], dtype=object))
    with pytest.raises(RequestError):
        arrays_of_archive(b"no archive")


def test_an_archive_and_narrow_floats_come_back_as_they_were():
    file = io.BytesIO()
    np.savez(file, A=np.arange(4.0), B=np.ones((2, 2), ml_dtypes.bfloat16))
    arrays = arrays_of_archive(file.getvalue())
    assert array_of_file("A", arrays["A"], "float64", (4,)).tolist() == [0, 1, 2, 3]
    narrow = array_of_file("B", arrays["B"], "bfloat16", (2, 2))
    assert narrow.astype("float32").tolist() == [[1, 1], [1, 1]]
