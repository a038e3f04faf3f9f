"""Recorded runs through the page's routes: the frame, and questions that are refused."""

import json

import pytest

from tests.support.routes import ask, own_headers
from viz.frontend.examples import examples

TEXT = examples()["if_double"].text


def question(text=TEXT, target="c", **record):
    asked = {"workspace": {"text": text}, "target": target, "record": record}
    return json.dumps(asked).encode()


def test_a_run_comes_as_one_frame():
    frame = ask("/api/record", question(), own_headers()).frame("recording")
    assert (frame["stage"], frame["function"], frame["stopped"]) == ("input", "main", "")
    assert frame["steps"] == frame["total"] > 64
    (buffer,) = frame["buffers"]
    assert (buffer["name"], buffer["shape"], buffer["thread"]) == ("x", [32], -1)
    assert [row["name"] for row in frame["variables"]] == ["i", "if"]
    assert [row["name"] for row in frame["columns"]][:3] == ["node", "thread", "sets"]


def test_what_cannot_be_run_is_a_problem():
    reply = ask("/api/record", question(stage="final"), own_headers())
    assert "cannot be written as Python" in reply.frame("problem")["problem"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        question(target="python"),
        question(target="nope"),
        question(sizes={"n": 0}),
        question(seed=-1),
        question(stage="first"),
        b'{"workspace": {}, "target": "c"}',
    ],
    ids=range(6),
)
def test_malformed_questions_are_refused(body):
    assert ask("/api/record", body, own_headers()).status == 400
