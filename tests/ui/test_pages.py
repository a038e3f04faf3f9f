"""The pages in Streamlit's own simulation; tests/browser has the workbench in Chromium."""

import base64
import json
import re
import tracemalloc
import zlib
from pathlib import Path
from textwrap import indent

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from viz.errors import EngineError
from viz.frontend.examples import examples, gallery
from viz.model import Request, TreePart, catalog
from viz.service.broker import Broker, shared_broker
from viz.ui import workspace
from viz.ui.session import WORKSPACES, broker
from viz.ui.workbench import tokens
from viz.ui.workspace import Workspace, to_query

ROOT = Path(__file__).resolve().parents[2]
ADD = """@T.prim_func
def f(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        B[i] = A[i] + 1.0
"""
TWO = ADD + ADD.replace("def f", "def g").replace("1.0", "2.0")


@pytest.fixture(scope="module", autouse=True)
def _engine():
    yield
    shared_broker.stop()
    broker.clear()


def environment_page():
    from viz.ui.views import environment

    environment.page()


def opened(page=None, query="", **fields):
    """Open a page, Explore when none is given, with a workspace or a text in its URL."""
    if page is None:
        at = AppTest.from_file(ROOT / "viz/ui/main.py", default_timeout=60)
    else:
        at = AppTest.from_function(page, default_timeout=60)
    if query or fields:
        at.query_params["w"] = query or to_query(Workspace(**fields))
    return after(at)


def after(step):
    """Run the script after a step of the user, and check that it raises nothing."""
    at = step.run()
    assert not at.exception, at.exception[0].message
    return at


def press(at, label):
    return after(next(button for button in at.button if button.label == label).click())


def pages(at):
    """Return the HTML of the page's elements and of its code components."""
    linked = [
        json.loads(element.proto.json)["html"]
        for element in at.get("bidi_component")
        if element.proto.component_name == "tirscope_code"
    ]
    return [element.value for element in at.get("html")] + linked


def shown_text(elements):
    """Return the text of elements without the backslashes that Markdown removes."""
    return re.sub(r"\\(.)", r"\1", "\n".join(str(element.value) for element in elements))


# ---------------------------------------------------------------- Explore


def bench(at):
    """Return the data of the workbench component; it fetches the rest over HTTP."""
    return component(at, "tirscope_workbench")


def test_the_first_page():
    data = bench(opened())
    assert data["workspace"]["text"] == examples()["vector_add"].text
    assert data["workspace"]["targets"] == ["c", "cuda"]
    assert tokens.session_of(data["token"]) is not None


def test_a_link_restores_the_page():
    at = opened(text=ADD, targets=("llvm",), stage=12, folded=("main.body",))
    data = bench(at)["workspace"]
    assert (data["text"], data["targets"], data["stage"]) == (ADD, ["llvm"], 12)
    assert data["folded"] == ["main.body"]


def test_pages_show_the_workspace_that_the_workbench_sent():
    at = opened()
    session = tokens.session_of(bench(at)["token"])
    WORKSPACES.put(session, Workspace(text=ADD, targets=("c",)))
    WORKSPACES.put("another session", Workspace(text=TWO))
    at = after(at)
    assert bench(at)["workspace"]["text"] == ADD


def test_a_link_is_dropped_when_the_text_outgrows_it():
    assert to_query(Workspace(text=ADD))
    noise = "".join(chr(0x4E00 + i * 7919 % 20000) for i in range(9000))
    assert to_query(Workspace(text=f"{ADD}# {noise}\n")) == ""


def test_choices_that_the_text_does_not_have_are_dropped():
    chosen = Workspace(text=TWO, definition="g", function="g")
    assert workspace.normalised(chosen) == chosen
    # Arguments are kept as long as the definition has them.
    assert workspace.normalised(msgspec.structs.replace(chosen, arguments={"N": 8})) == chosen
    made = "def make(N: int):\n" + indent(ADD.replace("(8,)", "(N,)") + "\nreturn f", "    ")
    factory = Workspace(text=made, arguments={"N": 8})
    assert workspace.normalised(msgspec.structs.replace(factory, arguments={"N": 8, "M": 4})) == (
        factory
    )
    half_typed = Workspace(text=TWO + "def h(:", definition="g")
    assert workspace.normalised(half_typed) == half_typed
    assert workspace.normalised(Workspace(text=ADD, definition="g", function="g")) == Workspace(
        text=ADD
    )


def packed(value):
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(value).encode())).decode()


@pytest.mark.parametrize(
    "query",
    [
        "变量",
        "eJw",
        packed({"targets": ["nvptx", "c", "nope", "c"]}),
        packed({"depth": -1}),
        packed({"depth": 10**30}),
        packed({"folded": [-1, 10**9], "unfolded": [10**9]}),
        packed({"stage": "nope"}),
    ],
    ids=range(7),
)
def test_a_damaged_link_breaks_nothing(query):
    data = bench(opened(query=query))["workspace"]
    assert data["text"] == examples()["vector_add"].text
    assert set(data["targets"]) <= {"c", "cuda"}


def test_an_example_opens_for_its_own_targets_unless_the_link_has_others():
    for name in ("matmul_gpu", "lost_sum"):
        linked = workspace.from_query(packed({"example": name}))
        assert linked.targets == gallery()[name].targets
        assert linked.text == gallery()[name].text
    chosen = Workspace(example="matmul_gpu", text=gallery()["matmul_gpu"].text)
    for targets in (("c", "cuda"), ("opencl",)):
        query = to_query(msgspec.structs.replace(chosen, targets=targets))
        assert workspace.from_query(query).targets == targets
    edited = packed({"example": "matmul_gpu", "text": "def f(): ..."})
    assert workspace.from_query(edited).targets == Workspace().targets


def test_a_link_cannot_unpack_to_gigabytes():
    query = packed(" " * (32 << 20))
    tracemalloc.start()
    assert workspace.from_query(query).example == "vector_add"
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


# ---------------------------------------------------------------- requests of a page


def test_a_page_whose_request_was_replaced_sends_it_again(monkeypatch):
    submit, newer = Broker.submit, []

    def racing(self, session, requests, **lane):
        ticket = submit(self, session, requests, **lane)
        if not newer:
            newer.append(submit(self, session, [Request(text=TWO, part=TreePart())], **lane))
        return ticket

    monkeypatch.setattr(Broker, "submit", racing)
    at = opened(environment_page)
    assert newer
    assert "target cuda<" in "\n".join(pages(at))


def test_an_engine_that_does_not_start_can_be_tried_again(monkeypatch):
    def fails(*_, **__):
        raise EngineError("the engine did not start")

    monkeypatch.setattr(Broker, "submit", fails)
    at = opened(environment_page)
    assert "the engine did not start" in shown_text(at.error)
    monkeypatch.undo()
    at = press(at, "Try again")
    assert "target cuda<" in "\n".join(pages(at))


def component(at, name):
    return next(
        json.loads(element.proto.json)
        for element in at.get("bidi_component")
        if element.proto.component_name == name
    )


# ---------------------------------------------------------------- Environment


def test_the_environment_names_tvm_and_every_target():
    from tvm import __version__

    at = opened(environment_page)
    shown = "\n".join(element.value for element in at.get("html"))
    assert __version__ in shown
    for name in catalog.targets():
        assert f"target {name}<" in shown
