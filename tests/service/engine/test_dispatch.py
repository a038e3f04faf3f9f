"""Requests of one job: what they share is made once and changes no answer."""

import re

import pytest

import viz
from viz.errors import VizError
from viz.frontend.examples import examples
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.model import (
    DiffPart,
    LifePart,
    LinksPart,
    Options,
    OverviewPart,
    Request,
    RunPart,
    SourcePart,
    StageTextPart,
    TreePart,
    encode,
)
from viz.passes import recording
from viz.service.engine import dispatch

# Seconds are measured anew, LLVM writes addresses of this process.
PASSING = re.compile(rb'"seconds":[\d.e-]+|0x[0-9a-f]{6,}|\d{12,}')

PARTS = (
    OverviewPart(passes=True, counts=True),
    SourcePart(),
    TreePart(),
    TreePart(stage="final"),
    DiffPart(before="scheduled", after="final"),
    LinksPart(before="input", after="final"),
    LifePart(node=3),
    SourcePart(marks=False, schedule=True),
    StageTextPart(stage=8),
)


def reply_bytes(answer, request):
    """The bytes of a reply, or what was raised."""
    try:
        return PASSING.sub(b"", encode(answer(request)))
    except VizError as error:
        return type(error).__name__, str(error), error.span


def requests():
    """Three programs, lowered for several targets: well, not at all, and one function alone."""
    for name, targets in {
        "matmul": ("c",),
        "if_double": ("llvm", "cuda"),
        "two_functions": ("webgpu",),
    }.items():
        for target in targets:
            for part in PARTS:
                yield Request(text=examples()[name].text, target=target, part=part)
    two = examples()["two_functions"].text
    yield Request(text=two, function="silu", part=OverviewPart(passes=True, counts=True))
    yield Request(text=two, function="silu", part=SourcePart())
    config = {"tirx.disable_vectorize": True}
    yield Request(text=two, options=Options(config=config), part=SourcePart())
    yield Request(text=two, target="klingon", part=SourcePart())
    yield Request(text="def broken(:", part=TreePart())


def test_an_answer_does_not_depend_on_what_was_asked_before():
    asked = list(requests())
    expected = [reply_bytes(dispatch.answer, request) for request in asked]
    assert any(isinstance(reply, tuple) and reply[0] == "LoweringError" for reply in expected)
    answers = dispatch.Answers()
    for i in sorted(range(len(asked)), key=lambda i: (i % 7, -i)):
        assert reply_bytes(answers.answer, asked[i]) == expected[i], asked[i].part


def test_a_run_changes_no_answer_after_it():
    text = examples()["matmul"].text
    answers = dispatch.Answers()
    before = reply_bytes(answers.answer, Request(text=text, part=SourcePart()))
    answers.answer(Request(text=text, part=RunPart()))
    assert reply_bytes(answers.answer, Request(text=text, part=SourcePart())) == before


def test_a_job_parses_a_text_once_and_lowers_it_once_for_each_target():
    text, steps = examples()["matmul"].text, []
    answers = dispatch.Answers()
    for part in PARTS:
        for target in ("c", "cuda"):
            answers.answer(Request(text=text, target=target, part=part), steps.append)
    assert [step.id for step in steps].count("step-parsing") == 1
    lowered = [step.values["target"] for step in steps if step.id.startswith("step-lowering")]
    assert lowered == ["c", "cuda"]


def test_what_arguments_and_options_say_is_told_apart():
    text = (
        "def make(N):\n    @T.prim_func\n    def f(A: T.Buffer((N,), 'float32')):\n"
        "        for i in range(N):\n            A[i] = A[i] * 2.0\n    return f\n"
    )
    answers = dispatch.Answers()
    for size in (16, 24, 16):
        request = Request(text=text, arguments={"N": size}, part=OverviewPart())
        assert answers.answer(request).functions[0].parameters[0].shape == (str(size),)
    for arch in ("sm_80", "sm_90"):
        text, options = examples()["matmul"].text, Options(arch=arch)
        source = answers.answer(Request(text, target="cuda", options=options, part=SourcePart()))
        assert arch in source.target_text


def test_inspect_lowers_once_however_many_differences_it_is_asked_for(monkeypatch):
    recorded = []
    original = recording.record
    monkeypatch.setattr(recording, "record", lambda *args: recorded.append(args) or original(*args))
    analysis = viz.inspect(examples()["add_one"].text, ["c"], passes=True)
    assert len(analysis.targets["c"].diffs) > 5
    assert len(recorded) == 1


@pytest.mark.parametrize("as_function", [True, False])
def test_inspect_takes_a_function_one_holds(as_function):
    mod = parse(read(examples()["add_one"].text)).mod
    program = next(iter(mod.functions.values())) if as_function else mod
    source = viz.inspect(program).sources["c"]
    assert source.emissions[0].verified == "expressions"
