"""Runs that fail: each error is at the buffer, dtype or line of the reference it is about."""

from typing import NamedTuple

import pytest

from viz.errors import RunError
from viz.frontend.examples import examples
from viz.model import EMULATED, Request, RunPart
from viz.runtime import devices
from viz.service.engine.dispatch import answer


class Failing(NamedTuple):
    """An edit of an example, the id of the message that a run gives, and what its place begins."""

    example: str
    old: str
    new: str
    id: str
    place: str
    device: str = "c"


THREADS = 'T.thread_binding(8, thread="threadIdx.y")'

FAILING = (
    Failing("vector_add", "A: T.Buffer((4096", "A: T.Buffer((0", "empty-buffer", "A: T.Buffer"),
    Failing("if_double", '"int32"', '"int4"', "input-not-bytes", '"int4"'),
    Failing("vector_add", "A: T.Buffer((4096", "A: T.Buffer((8", "reference-failed", "return A"),
    Failing("vector_add", "C: T.Buffer((4096", "C: T.Buffer((8", "reference-shape", "C: T.Buffer"),
    Failing("vector_add", "C[vi] = A", "C = A", "writes-nothing", "C = A[vi] + B[vi]"),
    Failing("vector_add", "C[vi] = A[vi] + B[vi]", "", "writes-nothing", "C: T.Buffer"),
    Failing("prefix_sum", "S[vi, j] = running[0]", "", "writes-nothing", "S: T.Buffer"),
    Failing(
        "kv_cache_append",
        "V_cache[position, vh, vd] = V[vh, vd]",
        "",
        "reference-count",
        "V_cache: T.Buffer",
    ),
    Failing(
        "kv_cache_append",
        "K_cache: T.Buffer((16",
        "K_cache: T.Buffer((7",
        "reference-failed",
        "K_cache[position] = K",
    ),
    Failing("transpose_shared", THREADS, "range(8)", "emulate-shared", "tile = T.", EMULATED),
)


@pytest.mark.parametrize("failing", FAILING, ids=lambda each: f"{each.example}-{each.id}")
def test_a_failed_run_has_its_place(failing):
    if devices.DEVICES[failing.device].missing():
        pytest.skip("no compiler is installed")
    text = examples()[failing.example].text.replace(failing.old, failing.new)
    with pytest.raises(RunError) as raised:
        answer(Request(text=text, part=RunPart(device=failing.device)))
    assert raised.value.what.id == failing.id
    assert text[raised.value.span.start :].startswith(failing.place)


def test_a_reference_that_is_not_in_the_text_has_no_place():
    text = examples()["vector_add"].text
    reference = "def reference(A):\n    return A[:, 0]\n"
    with pytest.raises(RunError) as raised:
        answer(Request(text=text, part=RunPart(device="llvm", reference=reference)))
    assert raised.value.what.id == "reference-failed"
    assert raised.value.span is None
