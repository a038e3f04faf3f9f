"""What a run leaves to look at: pictures, other slices, files; and arrays that are no arrays."""

import base64
import io
import json
import zipfile

import numpy as np
import pytest

from tests.support.routes import ask, own_headers
from viz.errors import RequestError
from viz.harness.array_files import archive_of, arrays_of_archive, npy
from viz.messages import message_of
from viz.model import Outcome
from viz.service.broker import shared_broker
from viz.ui.workbench.running.kept_runs import KeptRuns

TEXT = """@T.prim_func
def f(a: T.handle, b: T.handle):
    n = T.int32()
    A = T.match_buffer(a, (2, n, 6), "float32")
    B = T.match_buffer(b, (2, n, 6), "float32")
    for i, j, k in T.grid(2, n, 6):
        B[i, j, k] = T.if_then_else(i == 1, T.float32(0), A[i, j, k])

def reference(A):
    return A
"""
GIVEN = np.arange(1, 37, dtype="float32").reshape(2, 3, 6)


@pytest.fixture(scope="module", autouse=True)
def _engine():
    yield
    shared_broker.stop()


def post(path, **fields):
    return ask(path, json.dumps(fields).encode(), own_headers())


def run(arrays, **fields):
    arrays = {name: base64.b64encode(data).decode() for name, data in arrays.items()}
    part = {"arrays": arrays, "pictures": True, "keep": True, **fields}
    return post("/api/run", workspace={"text": TEXT, "targets": []}, run=part)


def numbers(data, kind="<f8"):
    return np.frombuffer(base64.b64decode(data), kind)


def test_a_run_on_arrays_of_ones_own_is_drawn_kept_and_downloaded():
    frame = run({"A": npy(GIVEN)}, rtol=0.0, atol=0.5).frame("outcome")
    (output,) = frame["comparisons"]
    assert output["tolerance"] == "0.5 + 0 × |expected|"
    assert output["isOwnTolerance"]
    assert output["maxUlps"]
    for language, word in (("en", "wrong"), ("zh", "错误")):
        assert word in frame["told"][language]["pictureWords"]["B"]
    picture = frame["pictures"]["B"]
    assert (picture["shape"], picture["slice"]) == ([2, 3, 6], [1])
    assert numbers(picture["expected"]).tolist() == GIVEN[1].ravel().tolist()
    assert not numbers(picture["got"]).any()

    asked = {"run": frame["kept"], "output": "B"}
    reply = json.loads(post("/api/picture", slice=[0], **asked).body)
    assert numbers(reply["picture"]["got"]).tolist() == GIVEN[0].ravel().tolist()
    assert not numbers(reply["picture"]["wrong"], "<u4").any()
    assert "This slice is right." in reply["words"]
    for wrong in (
        {"slice": [7]},
        {"slice": []},
        {"slice": [0], "output": "Z"},
        {"slice": [0], "run": "x"},
    ):
        assert post("/api/picture", **asked | wrong).status == 422

    workspace = {"text": TEXT, "targets": []}
    whole = post("/api/file", workspace=workspace, format="npz", **asked)
    with np.load(io.BytesIO(whole.body), allow_pickle=False) as kept:
        assert sorted(kept) == ["expected.B", "input.A", "input.B", "output.B"]
        np.testing.assert_array_equal(kept["expected.B"], GIVEN)
    assert sorted(arrays_of_archive(whole.body)) == ["A", "B"]  # to run on them again
    table = post("/api/file", workspace=workspace, format="csv", **asked).body.decode()
    assert table.splitlines()[:2] == [
        "index_0,index_1,index_2,got,expected,error",
        "0,0,0,1.0,1.0,0.0",
    ]
    assert len(table.splitlines()) == 37
    gone = post("/api/file", workspace=workspace, format="npz", run="x", output="")
    assert (gone.status, json.loads(gone.body)["message"][:24]) == (422, "this run is not kept any")


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return file.getvalue()


def lying(shape, descr="<f4"):
    header = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(8)


def pickled():
    file = io.BytesIO()
    np.save(file, np.array([print], dtype=object), allow_pickle=True)
    return file.getvalue()


HOSTILE = {
    "pickle": (pickled(), "is no file of NumPy's format"),
    "too large by its header": (lying("(1 << 60,)"), "is no file"),
    "larger than it is": (lying("(1000000000000000,)"), "is no file"),
    "negative": (lying("(-1, 3)"), "is no file"),
    "text": (lying("(1,)", "<U2"), "is no file"),
    "fields": (lying("(2,)", [("a", "<f4")]), "is no file"),
    "code in the header": (lying("__import__('os').getpid()"), "is no file"),
    "deep": (lying("(" * 90), "is no file"),
    "cut": (npy(GIVEN)[:-4], "is no file"),
    "empty": (b"", "is no file"),
    "of another dtype": (npy(GIVEN.astype("float64")), "is of float64"),
    "a bomb": (lambda: zipped(A=lying("(2,)") + bytes(300 << 20)), "MiB of them"),
    "many": (zipped(**{f"a{i}": b"" for i in range(70)}), "more than 64 arrays"),
    "a broken archive": (b"PK\x03\x04" + bytes(40), "is no .npz"),
    "of nothing": (zipped(**{"<img src=x>": npy(GIVEN)}), "no such buffer"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_array_is_refused_in_words(name):
    data, words = HOSTILE[name]
    frame = run({"A": data() if callable(data) else data}).frame("problem")
    assert words in frame["problem"]["message"]
    assert frame["told"]["zh"]["message"] != frame["problem"]["message"]


def test_a_question_that_is_too_large_is_refused():
    reply = ask("/api/run", b"x" * ((24 << 20) + 1), own_headers())
    assert reply.status == 413
    assert ask("/api/parts", b"x" * ((1 << 20) + 1), own_headers()).status == 413


def test_the_oldest_runs_are_forgotten_first():
    runs = KeptRuns(most_runs=2, most_bytes=100)
    outcomes = [
        Outcome(
            device=str(size),
            ran=message_of("device-llvm"),
            passed=True,
            reference=message_of("compared-nothing"),
            arrays={"output.B": bytes(size)} if size else {},
        )
        for size in (10, 20, 30, 90, 0)
    ]
    first, second, third = (runs.put(outcome) for outcome in outcomes[:3])
    with pytest.raises(RequestError, match="not kept"):
        runs.get(first)
    assert runs.get(second).device == "20"
    runs.put(outcomes[3])
    with pytest.raises(RequestError):
        runs.get(third)
    assert runs.put(outcomes[4]) == ""


def test_an_archive_says_the_same_for_the_same_arrays():
    assert archive_of({"a": npy(GIVEN)}) == archive_of({"a": npy(GIVEN)})
