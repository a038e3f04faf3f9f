"""Open the pages with a changed TVM: they name what differs and what is off."""

import json
import re

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from tests.support import other_tvm
from viz.frontend.examples import examples
from viz.service.broker import shared_broker
from viz.ui.session import broker
from viz.ui.workbench.questions import Plan, Question
from viz.ui.workspace import Workspace, to_query

SPACE = Workspace(text=examples()["vector_add"].text)
SAID = "TIRscope knows TVM 0.27; this is 0.28.0; these differ: tvm.tirx._ffi_api has no SeqStmt;"


@pytest.fixture(scope="module", autouse=True)
def _engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tvm")
    shared_broker.stop()
    broker.clear()
    with pytest.MonkeyPatch.context() as patch:
        changed = other_tvm.write(folder, version="0.28.0", missing=["tvm.tirx._ffi_api.SeqStmt"])
        for name, value in changed.items():
            patch.setenv(name, value)
        yield
    shared_broker.stop()
    broker.clear()


def environment_page():
    from viz.ui.views import environment

    environment.page()


def test_a_banner_says_what_is_off():
    at = AppTest.from_function(environment_page, default_timeout=120)
    at.query_params["w"] = to_query(SPACE)
    at.run()
    assert not at.exception
    warnings = [re.sub(r"\\(.)", r"\1", warning.value) for warning in at.warning]
    assert sum(SAID in warning for warning in warnings) == 1


def test_the_workbench_is_told_with_the_program():
    plan = Plan(Question(workspace=SPACE, parts=("program", "sources")))
    (ticket,) = [broker().submit("a session", plan.requests)]
    lines = []
    for frame in ticket.frames():
        if hasattr(frame, "reply"):
            lines += plan.answered(frame.index, bytes(frame.reply))
        else:
            assert getattr(frame, "problem", None) is None
    frames = {(frame["kind"], frame.get("target")): frame for frame in map(json.loads, lines)}
    overview = next(frame for (kind, _), frame in frames.items() if kind == "overview")
    assert SAID in msgspec.json.encode(overview).decode()
    assert any(kind == "texts" for kind, _ in frames)
