"""Both sides of a comparison through the page's route: their frames, and how they pair."""

import json

import msgspec
import pytest

from tests.support.routes import ask, own_headers
from viz.frontend.examples import examples
from viz.ui.workspace import Against, Workspace, from_query, to_query

ADD = examples()["vector_add"].text
TIMES = ADD.replace("A[vi] + B[vi]", "A[vi] * B[vi]")


def compared(text=ADD, run=False, targets=("c",), **against):
    question = {"workspace": {"text": text, "targets": targets, "against": against}, "run": run}
    return ask("/api/compare", json.dumps(question).encode(), own_headers())


def inner(reply, side, kind):
    return next(
        frame["frame"]
        for frame in reply.frames
        if frame["kind"] == "side" and frame["side"] == side and frame["frame"]["kind"] == kind
    )


def test_sides_come_as_their_own_frames_and_then_as_pairs():
    layers = ["text", "tree", "lowered", "source"]
    reply = compared(text=ADD, layers=layers, example="if_double")
    assert inner(reply, 0, "text")["text"] == ADD
    assert inner(reply, 1, "text")["text"] == examples()["if_double"].text
    for side in (0, 1):
        kinds = [
            frame["frame"]["kind"]
            for frame in reply.frames
            if frame["kind"] == "side" and frame["side"] == side
        ]
        assert kinds == ["text", "program", "final", "texts", "origins", "picture", "picture"]
    drawn = [
        frame["frame"]
        for frame in reply.frames
        if frame["kind"] == "side" and frame["frame"]["kind"] == "picture"
    ]
    assert [frame["layer"] for frame in drawn] == ["tree", "tree", "lowered", "lowered"]
    # What is drawn of a lowered tree is what its numbers name: the store to each output.
    assert "C[i]" in drawn[2]["svg"]
    assert "x[i]" in drawn[3]["svg"]
    comparison = reply.frame("comparison")
    assert comparison["same"] is False
    counts = [len(inner(reply, side, "program")["tree"]["nodes"]) // 6 for side in (0, 1)]
    pairs = comparison["input"]["pairs"]
    alone = [
        sum(kind in ("removed", "added") for _, kind in comparison["input"]["changed"][side])
        for side in (0, 1)
    ]
    assert [len(pairs) // 2 + alone[0], len(pairs) // 2 + alone[1]] == counts


def test_an_edit_is_one_changed_line_and_one_node():
    assert compared().frame("comparison")["same"] is True
    reply = compared_with_text(TIMES)
    comparison = reply.frame("comparison")
    changed = [row for row in comparison["lines"] if row[0] != "same"]
    line = next(i for i, text in enumerate(ADD.split("\n"), 1) if "A[vi] + B[vi]" in text)
    at = ADD.split("\n")[line - 1].index("+")
    assert changed == [["changed", line, line, [at, at + 1], [at, at + 1]]]
    assert [kind for _, kind in comparison["input"]["changed"][0]] == ["changed"]
    (pair,) = comparison["texts"]
    assert (pair["before"], pair["after"]) == (0, 0)


def compared_with_text(other, **fields):
    question = {"workspace": {"text": ADD, "targets": ["c"], "against": {"text": other, **fields}}}
    return ask("/api/compare", json.dumps(question).encode(), own_headers())


def test_both_run_on_the_same_inputs():
    """A loop for the CPU and kernels, emulated, add the same numbers."""
    reply = compared(run=True, own="c", target="cuda")
    rows = [row for row in reply.frame("comparison")["rows"] if row[1].startswith("output C")]
    assert [row[0] for row in rows] == [True]
    assert "c | cuda-emulated" in rows[0][1]


def test_a_side_that_cannot_be_read_leaves_the_other_one():
    reply = compared_with_text("import os\nos.system('true')\n")
    assert inner(reply, 0, "origins")
    assert inner(reply, 1, "text")["text"].startswith("import os")
    assert inner(reply, 1, "problem")["problem"]["severity"] == "error"
    assert not [frame for frame in reply.frames if frame["kind"] == "comparison"]
    assert reply.frames[-1]["kind"] == "end"


@pytest.mark.parametrize(
    "against",
    [
        {"target": "nope"},
        {"own": "python"},
        {"layers": ["text", "moon"]},
        {"text": 7},
        {"scheduled": "yes"},
        {"seed": -1},
        {"sizes": {"n": 10**9}},
    ],
)
def test_what_no_page_asks_is_refused_with_a_message(against):
    question = {"workspace": {"text": ADD, "against": against}}
    reply = ask("/api/compare", json.dumps(question).encode(), own_headers())
    assert reply.status == 400
    assert "cannot be read" in json.loads(reply.body)["message"]


def test_a_pair_goes_through_a_link():
    steps, sizes = "sch.unroll(sch.get_loops(sch.get_sblock('C'))[0])", {"n": 64}
    against = Against(shown=True, text=TIMES, own="c", target="cuda", layers=("tree",))
    against = msgspec.structs.replace(against, steps=steps, seed=7, sizes=sizes)
    workspace = Workspace(text=ADD, targets=("c", "cuda"), against=against)
    assert from_query(to_query(workspace)).against == against
    long = "".join(f"# {i * 7919 % 104729:x}{i * 31:x}\n" for i in range(8000))
    assert to_query(Workspace(text=ADD, against=Against(text=long))) == ""
