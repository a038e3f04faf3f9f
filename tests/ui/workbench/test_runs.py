"""Questions of the Run tab, with a real engine: the devices, verdicts, findings and their places."""

import base64
import json
from textwrap import indent

import pytest

from tests.support.programs.mistakes import PROGRAMS, text_of
from tests.support.routes import ask, own_headers
from viz.emulator import library
from viz.frontend.examples import examples
from viz.model import catalog
from viz.runtime.run import DEVICES
from viz.service.broker import shared_broker

ADD = """@T.prim_func
def f(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        B[i] = A[i] + 1.0
"""
TWO = "@I.ir_module\nclass Two:\n" + indent(
    ADD + ADD.replace("def f", "def g").replace("1.0", "2.0"), "    "
)
SCRIPT = "<script>alert(1)</script>"
EMULATES = pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))
RACE = text_of(next(mistake for mistake in PROGRAMS if mistake.name == "aliased_buffers"))


@pytest.fixture(scope="module", autouse=True)
def _engine():
    yield
    shared_broker.stop()


def asked(text, run=None, **workspace):
    question = {"workspace": {"text": text, "targets": ["c"], **workspace}, "run": run}
    return ask("/api/run", json.dumps(question).encode(), own_headers())


def outcome(text, **run):
    return asked(text, run).frame("outcome")


def test_the_devices_with_those_that_are_missing_and_why():
    frame = asked("").frame("devices")
    rows = {row["name"]: row for row in frame["devices"]}
    assert list(rows) == list(catalog.devices())
    assert [name for name, row in rows.items() if row["checks"]] == ["c", "cuda-emulated"]
    assert [name for name, row in rows.items() if row["orders"]] == ["cuda-emulated"]
    assert [name for name, row in rows.items() if row["inBrowser"]] == ["webgpu"]
    assert not rows.pop("webgpu")["isThere"]  # the page looks for it
    for name, row in rows.items():
        assert row["isThere"] == (not DEVICES[name].missing()), name
        assert bool(row["why"]) == (not row["isThere"]), name
    assert frame["protection"].endswith("Details are on the Environment page.")


def test_an_analysis_brings_what_a_run_is_told():
    text = examples()["matmul_gpu"].text
    body = {"workspace": {"text": text, "targets": []}, "parts": ["program"]}
    setup = ask("/api/parts", json.dumps(body).encode(), own_headers()).frame("setup")
    (function,) = setup["functions"]
    assert function["bound"]
    assert function["signature"].startswith(f"{function['name']}(A: float32[")
    assert setup["reference"].startswith("def reference(")


def test_a_right_program():
    frame = outcome(examples()["add_one"].text, device="llvm")
    assert (frame["passed"], frame["verdict"]) == (True, "The outputs are right")
    assert frame["ran"].startswith("Ran on LLVM on the CPU")
    assert "compared with the NumPy reference" in frame["ran"]
    (output,) = frame["comparisons"]
    assert [output[key] for key in ("maxAbs", "maxRel", "differ")] == ["0", "0", "0"]
    assert output["mismatches"] == []
    assert frame["inputs"][0].startswith("A: float32[8] = ")


def test_a_wrong_output_names_its_elements():
    reference = "def reference(A):\n    return A + (np.arange(8) > 5)"
    frame = outcome(examples()["add_one"].text, device="llvm", reference=reference)
    assert (frame["passed"], frame["verdict"]) == (False, "The outputs are wrong")
    (output,) = frame["comparisons"]
    assert output["differ"] == "6"
    which, index, got, expected = output["mismatches"][0]
    assert (which, index) == ("first", "[0]")
    assert float(got) == pytest.approx(float(expected) + 1)


def test_the_function_that_is_chosen_runs():
    frame = asked(TWO, {"device": "c"}, function="g").frame("outcome")
    first = float(frame["inputs"][0].split(" = ")[1].split(",")[0])
    assert float(frame["comparisons"][0]["head"][0][2]) == pytest.approx(first + 2, abs=1e-5)


def test_an_error_has_its_place_in_the_text_and_the_next_run_goes_on():
    text = ADD.replace("A[i] +", "A[j] +")
    problem = asked(text, {"device": "llvm"}).frame("problem")["problem"]
    start, end = problem["span"]
    assert "j" in text[start:end]
    crash = asked(ADD.replace("range(8)", "range(2000000000)"), {"device": "llvm"})
    assert "the program crashed" in crash.frame("problem", part="run")["problem"]["message"]
    assert crash.frames[-1]["status"] == "failed"
    assert outcome(ADD, device="llvm")["passed"]


def test_text_of_users_comes_as_it_is():
    text = ADD + f'\ndef reference(A):\n    raise ValueError("{SCRIPT}")\n'
    problem = asked(text, {"device": "llvm"}).frame("problem")["problem"]
    assert f"the reference failed: ValueError: {SCRIPT}" in problem["message"]


@pytest.mark.skipif(not DEVICES["cuda"].missing(), reason="there is a CUDA device")
def test_without_a_gpu_the_outcome_names_what_ran_instead():
    frame = outcome(ADD, device="cuda")
    words = "there is no CUDA device. It ran through LLVM on the CPU instead."
    assert any(words in problem["message"] for problem in frame["problems"])
    assert "Ran on LLVM" in frame["ran"]


@EMULATES
def test_an_emulated_program_says_how_it_ran():
    run = {"device": "cuda-emulated", "checked": True, "order": "reversed"}
    frame = outcome(examples()["matmul_gpu"].text, **run)
    assert frame["verdict"] == "The outputs are right"
    assert "Ran the CUDA text, emulated on the CPU" in frame["ran"]
    assert "checked mode, threads reversed" in frame["ran"]
    assert frame["mode"].endswith("Mistakes were looked for.")


@EMULATES
def test_a_finding_has_pictures_and_both_places_of_both_threads():
    unchecked = outcome(RACE, device="cuda-emulated")
    assert "Switch Checked on and run again." in [each["hint"] for each in unchecked["problems"]]
    frame = outcome(RACE, device="cuda-emulated", checked=True)
    assert frame["verdict"].startswith("A mistake was found")
    assert frame["target"] == "cuda"
    (finding,) = frame["findings"]
    assert "no barrier is between them" in finding["message"]
    for site, end in zip(finding["sites"], ("# 1", "# 2"), strict=True):
        line = RACE[: site["span"][0]].count("\n")
        assert RACE.splitlines()[line].endswith(end)
        assert site["own"].endswith(end)
        assert f"at line {site['line']}" in site["words"]
    picture = finding["pictures"][0]
    assert picture["words"].startswith("Grid of 2 blocks: 1 is block")
    assert list(picture["sources"]) == list(finding["sites"][0]["colours"]) == ["light", "dark"]
    for theme, source in picture["sources"].items():
        kind, _, data = source.partition(",")
        assert kind == "data:image/svg+xml;base64"
        svg = base64.b64decode(data).decode()
        assert svg.startswith("<svg ")
        assert finding["sites"][0]["colours"][theme] in svg


@pytest.mark.parametrize(
    "run",
    [
        {"device": "nope"},
        {"device": "llvm", "seed": -1},
        {"device": "llvm", "sizes": {"n": 0}},
        {"device": "llvm", "sizes": {"n": 1 << 30}},
        {"device": "llvm", "order": "sideways"},
    ],
)
def test_a_run_that_cannot_be_is_refused(run):
    assert asked(ADD, run).status == 400


# ---------------------------------------------------------------- rules


def test_a_rule_is_tried_for_the_page():
    rule = 'def rule(w, of):\n    return 9, (of.part["a"], " + ", of.part["b"])'
    asked = {
        "workspace": {"text": examples()["if_double"].text, "targets": ["c"]},
        "target": "c",
        "rule": {"rules": {"prim.Mul": rule}, "type": "rule"},
    }
    reply = ask("/api/rule", json.dumps(asked).encode(), own_headers())
    frame = reply.frame("rule")
    assert (frame["passed"], frame["outputs"], frame["error"]) == (False, "differ", None)
    assert frame["difference"]["title"] == "Mul *"
    assert frame["wrong"][0].startswith("x[")
    asked["rule"]["rules"] = {"Nope": rule}
    reply = ask("/api/rule", json.dumps(asked).encode(), own_headers())
    assert "no rule named 'Nope'" in reply.frame("problem")["problem"]["message"]
    assert (
        ask("/api/rule", json.dumps(asked | {"target": "python"}).encode(), own_headers()).status
        == 400
    )
