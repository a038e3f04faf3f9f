"""The frame of advice on the cost, as the page gets it."""

import json

from viz.messages import message_of
from viz.model import (
    EMULATED,
    AccessChange,
    CostAdvice,
    CostAdvicePart,
    CostOptions,
    CostSuggestion,
    Figures,
    RunPart,
    TriedEdit,
    encode,
)
from viz.text import Patch, Span
from viz.ui.workbench.costs.advice import CostAdvicePlan, CostAdviceQuestion
from viz.ui.workspace import Workspace

TEXT = "# 𝄞\nS[i] = A[i]\n"
START = TEXT.index("S[i]")


def plan():
    run = RunPart(device=EMULATED, cost=CostOptions(budget=5))
    return CostAdvicePlan(CostAdviceQuestion(Workspace(text=TEXT), run), "zh")


def test_a_question_is_one_request_for_advice():
    (request,) = plan().requests
    assert request.target == "cuda"
    assert isinstance(request.part, CostAdvicePart)
    assert request.part.run.cost.budget == 5


def test_a_suggestion_is_told_in_both_languages_with_its_diff_and_figures():
    patch = Patch(Span(START + 2, START + 3), "i * 33")
    suggestion = CostSuggestion(
        kind="pad",
        flaw="conflicts",
        title=message_of("cost-pad", buffer="S", count=1),
        why=message_of("cost-why-pad", buffer="S"),
        buffer="S",
        span=Span(START, START + 4),
        line=2,
        edits=(patch,),
        text=TEXT.replace("S[i]", "S[i * 33]"),
        accesses=(AccessChange("S", "store", "shared", None, Figures(wavefronts=7)),),
    )
    tried = TriedEdit(suggestion.title, message_of("cost-tried-same"), "S")
    advice = CostAdvice(True, suggestions=(suggestion,), tried=(tried,))
    (line,) = plan().answered(0, encode(advice))
    frame = json.loads(line)
    (shown,) = frame["suggestions"]
    assert shown["title"] == {"en": "Pad each row of S by 1", "zh": "S 的每行多留 1 个元素"}
    assert shown["own"] == [START + 1, START + 5]  # the clef is two units of UTF-16
    assert ["+", "S[i * 33] = A[i]"] in shown["diff"]
    (change,) = shown["accesses"]
    assert change["before"] is None
    assert change["after"]["wavefronts"] == 7
    assert frame["tried"][0]["why"]["en"] == "it costs as much with it"
    assert frame["problems"] == {"en": [], "zh": []}
