"""Questions of the tab Cost, with a real engine: figures, the nodes they are tied to, the causes."""

import json

import pytest

from tests.support.programs.costs import transposes
from tests.support.routes import ask, own_headers
from viz.emulator import library
from viz.model import EMULATED, CausesPart, CostOptions, RunPart
from viz.service.broker import shared_broker
from viz.ui.workbench.costs.measurements import CostPlan, CostQuestion
from viz.ui.workspace import Workspace

pytestmark = pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))


@pytest.fixture(scope="module", autouse=True)
def _engine():
    yield
    shared_broker.stop()


def asked(text, **run):
    run = {"device": "cuda-emulated", "cost": {"budget": 0, "pictures": True}} | run
    question = {"workspace": {"text": text, "targets": ["cuda"]}, "run": run}
    return ask("/api/cost", json.dumps(question).encode(), own_headers())


def test_the_accesses_of_a_transpose():
    text = f"# 😀\n{transposes.CONFLICTS}"
    frame = asked(text).frame("cost")
    assert frame["passed"]
    assert frame["told"]["zh"]["verdict"] == "没有发现错误"
    (kernel,) = frame["kernels"]
    assert (kernel["grid"], kernel["block"]) == ([4, 4, 1], [32, 8, 1])
    assert kernel["blocks"] == kernel["counted_blocks"] == 16
    assert kernel["bytes_moved"] == 2 * 65536  # A and B once each, in whole sectors
    sites = {(site["kind"], site["buffer"]): site for site in kernel["sites"]}
    load = sites["load", "S"]
    assert load["figures"]["wavefronts"] == 512 * 32
    assert load["figures"]["sectors"] == 0  # also what has the default value is there
    assert load["worst"]["wavefronts"] == 32
    # In UTF-16 units: the emoji before it has two.
    start, end = load["own"]
    units = text.encode("utf-16-le")
    assert units[2 * start : 2 * end].decode("utf-16-le") == "S[tx, k * 8 + ty]"
    assert load["own_line"] == text[: text.index("S[tx")].count("\n") + 1


def test_the_causes_are_those_of_the_runs_own_inputs():
    run = RunPart(device=EMULATED, cost=CostOptions(), inputs="ramp", arrays={"I": b"file"}, seed=3)
    question = CostQuestion(workspace=Workspace(text="", targets=("cuda",)), run=run)
    part = CostPlan(question).requests[1].part
    assert isinstance(part, CausesPart)
    assert (part.inputs, part.arrays, part.seed) == ("ramp", {"I": b"file"}, 3)


def test_a_branch_that_divides_warps_is_tied_to_the_users_text():
    text = f"# 😀\n{transposes.EVEN_ROWS}"
    (kernel,) = asked(text).frame("cost")["kernels"]
    (branch,) = kernel["branches"]
    assert (branch["warps"], branch["divided"]) == (512, 512)
    start, end = branch["own"]
    assert text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le") == "tx % 2 == 0"
    assert branch["own_line"] == text[: text.index("if tx")].count("\n") + 1


def test_a_program_that_cannot_be_read_is_a_problem():
    answer = asked("@T.prim_func\ndef f(")
    problem = answer.frame("problem")
    assert problem["part"] == "run"
    assert problem["problem"]["severity"] == "error"


@pytest.mark.parametrize("run", [{"device": "llvm"}, {"cost": None}, {"sizes": {"n": 0}}])
def test_a_question_for_something_else_is_refused(run):
    assert asked(transposes.CONFLICTS, **run).status == 400
