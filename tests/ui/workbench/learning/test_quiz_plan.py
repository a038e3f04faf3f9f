"""The frames of a quiz: its first questions do not wait for the run that the last ones are about."""

import json

import pytest

from viz.errors import VizError
from viz.frontend.examples import gallery
from viz.learn.quiz.making import ABOUT_RUN, USUAL
from viz.messages import message_of
from viz.model import Problem, RunPart, encode
from viz.model.problem import problem_of
from viz.service.engine.dispatch import Answers
from viz.ui.workbench.quizzes.plan import QuizPlan, QuizQuery
from viz.ui.workspace import Workspace


@pytest.mark.parametrize("runs", [True, False])
def test_questions_about_a_run_come_later(runs):
    workspace = Workspace(text=gallery()["lost_sum"].text, targets=("cuda",))
    plan = QuizPlan(QuizQuery(workspace, seed=1, target="cuda"))
    answers = Answers()
    sent = []
    for index, request in enumerate(plan.requests):
        assert len(sent) == (index == len(plan.requests) - 1), "one frame before the run"
        is_run = isinstance(request.part, RunPart)
        assert is_run == (index == len(plan.requests) - 1)
        if is_run and not runs:
            problem = Problem(code="run", what=message_of("verbatim", text="no compiler"))
            sent += plan.failed(index, problem)
            continue
        try:
            sent += plan.answered(index, encode(answers.answer(request)))
        except VizError as error:
            sent += plan.failed(index, problem_of(error))
    first, whole = map(json.loads, sent)
    assert (first["is_whole"], whole["is_whole"]) == (False, True)
    assert len(first["questions"]) == USUAL - ABOUT_RUN
    assert len(whole["questions"]) == USUAL
    assert whole["questions"][: USUAL - ABOUT_RUN] == first["questions"]
    assert whole["answers"][: USUAL - ABOUT_RUN] == first["answers"]
    # Where there was no run, questions of other kinds take the place.
    assert ("The threads of a race" in whole["titles"]) == runs
