"""The page gets the words of the exercises and no solution; a question is of an exercise that is there."""

import msgspec
import pytest

from viz.learn.exercises.asking import MOST_CHARACTERS
from viz.learn.exercises.reading import shipped
from viz.messages import LANGUAGES, message_of
from viz.model import Problem
from viz.ui.workbench import lessons
from viz.ui.workbench.learning.exercises import ExercisePlan, ExerciseQuestion


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_solution_and_no_check_goes_to_the_page(language):
    sent = msgspec.json.encode(lessons.shown(language)).decode()
    for exercise in shipped()[language]:
        assert msgspec.json.encode(exercise.title).decode() in sent
        assert msgspec.json.encode(exercise.text).decode() in sent
        assert msgspec.json.encode(exercise.solution).decode() not in sent
    assert '"checks"' not in sent
    assert "def reference(A):\\n    return A * 2" not in sent


@pytest.mark.parametrize(
    "question",
    [
        {"exercise": "13_nothing", "answer": ""},
        {"exercise": "01_forgotten_loop", "answer": "#" * (MOST_CHARACTERS + 1)},
    ],
)
def test_what_is_no_question_is_refused(question):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(question, ExerciseQuestion)


def test_a_frame_comes_when_all_replies_have_come_and_says_a_problem_once():
    plan = ExercisePlan(ExerciseQuestion(exercise="02_ragged_tail", answer="nothing"), "zh")
    problem = Problem(code="source", what=message_of("broken-unicode"))
    sent = [[*plan.failed(index, problem)] for index in range(len(plan.requests))]
    assert not any(sent[:-1])
    (frame,) = map(msgspec.json.decode, sent[-1])
    assert (frame["kind"], frame["passed"]) == ("exercise", False)
    assert [row["passed"] for row in frame["results"]] == [False]
    assert frame["results"][0]["wanted"] == "程序能够读入并运行。"
