"""Check the answers that a question of a class takes, and refuse questions that cannot be."""

import pytest

from viz.classroom.questions import ClassQuestion

POINT = ClassQuestion(id="q1", how="point", ask="Which node?", right="input f.body")


@pytest.mark.parametrize(
    ("question", "good", "bad"),
    [
        (ClassQuestion(id="q", how="number", ask=""), [0, -3, 2**53 - 1], ["3", "input f"]),
        (ClassQuestion(id="q", how="choice", ask="", choices=("a", "b")), [0, 1], [2, -1, "a"]),
        (POINT, ["input f", "c/12 f.body[0]"], [3, "", " ", "input\nf", "a\x00b"]),
        (ClassQuestion(id="q", how="stop", ask=""), ["c 12", "cuda final"], [12]),
    ],
)
def test_only_answers_are_taken(question, good, bad):
    assert all(map(question.takes, good))
    assert not any(map(question.takes, bad))


def test_a_question_that_cannot_be_answered_is_none():
    for wrong in (
        {"how": "choice"},
        {"how": "number", "choices": ("a",)},
        {"how": "choice", "choices": ("a", "b"), "right": 2},
    ):
        with pytest.raises(ValueError, match="answer"):
            ClassQuestion(id="q", ask="?", **wrong)
