"""Targets of a second engine on the page: offered where there is one, asked of it, tied by the text."""

import pytest

from viz.model import LEGACY, OriginsPart, SourcePart, TreePart
from viz.service.client.engines import VARIABLE
from viz.ui.workbench.frames import TreeView
from viz.ui.workbench.questions import Plan, Question
from viz.ui.workspace import Workspace, from_query, offered_targets, to_query

TEXT = "@T.prim_func\ndef f(A: T.Buffer((8,), 'float32')):\n    A[0] = 1.0\n"
BOTH = Workspace(text=TEXT, targets=("cuda", "cuda@2024"))


@pytest.fixture
def second_engine(monkeypatch):
    monkeypatch.setenv(VARIABLE, "/anywhere")


def test_without_a_second_engine_there_is_no_trace_of_it(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert not [name for name in offered_targets() if "@" in name]
    assert from_query(to_query(BOTH)).targets == ("cuda",)


def test_a_link_keeps_the_generation_of_a_target(second_engine):
    assert {"c@2024", "llvm@2024"} <= {*offered_targets()}
    assert "python@2024" not in offered_targets()
    assert from_query(to_query(BOTH)).targets == ("cuda", "cuda@2024")


def test_each_engine_is_asked_for_its_own():
    plan = Plan(Question(workspace=BOTH, parts=("program", "sources"), tree=TreeView()))
    asked = {
        engine: [
            type(each.part)
            for each in plan.requests
            if each.engine == engine and each.target == "cuda"
        ]
        for engine in ("", LEGACY)
    }
    assert {SourcePart, OriginsPart} <= {*asked[""]}
    # Its own tree, too, to whose nodes its origins lead.
    assert asked[LEGACY] == [TreePart, TreePart, SourcePart, OriginsPart]


def test_what_differs_needs_both():
    def needed(*targets):
        workspace = Workspace(text=TEXT, targets=targets)
        plan = Plan(Question(workspace=workspace, parts=("generations",), tree=TreeView()))
        return [(each.target, each.engine) for each in plan.requests if each.part != TreePart()]

    assert needed("cuda", "cuda@2024") == [*[("cuda", LEGACY)] * 2, *[("cuda", "")] * 2]
    assert needed("c", "cuda@2024") == []
