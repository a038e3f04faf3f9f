"""The engine of 2024 through its own process: found, asked beside today's, and refused politely."""

import pytest

import viz
from tests.support.legacy import needs_second_engine
from viz import tvm_version
from viz.errors import EngineError, LoweringError, ParseError, RequestError, VizError
from viz.frontend.examples import examples
from viz.model import (
    LEGACY,
    DiffPart,
    EnvironmentPart,
    LinksPart,
    OverviewPart,
    Request,
    RulePart,
    RunPart,
    SourcePart,
    TreePart,
    VerifyPart,
)
from viz.model.request import REPLY_TYPES
from viz.service.client import engines
from viz.service.client.submit import Engine, submit, submit_all

TEXT = """
@T.prim_func
def twice(A: T.Buffer((8,), "float32")):
    for i in range(8):
        A[i] = A[i] * T.float32(2)
"""


@pytest.fixture(scope="module")
def engine():
    engine = Engine(local=True)
    yield engine
    engine.close()


def ask(engine, part, **request):
    return submit(Request(text=TEXT, part=part, engine=LEGACY, **request), engine=engine).result()


@needs_second_engine
def test_both_engines_describe_themselves(engine):
    second = ask(engine, EnvironmentPart())
    first = submit(Request(part=EnvironmentPart()), engine=engine).result()
    versions = [environment.checks[0].message for environment in (first, second)]
    assert versions[0].startswith("0.27")
    assert versions[1].startswith("0.17")
    assert first.protections == second.protections


@needs_second_engine
def test_a_text_is_drawn_with_places(engine):
    tree = ask(engine, TreePart())
    (store,) = [node for node in tree.nodes if node.type_key == "tir.BufferStore"]
    assert TEXT[store.span.start : store.span.end] == "A[i] = A[i] * T.float32(2)"
    events = viz.life(TEXT, store.id, "c", engine=LEGACY).events
    assert (events[0].stage, events[0].kind) == ("input", "made")


@needs_second_engine
def test_every_part_is_answered_or_refused_by_name(engine):
    stages = {"before": "input", "after": "final"}
    needed = {DiffPart: stages, LinksPart: stages, RulePart: {"rules": {}}}
    parts = [kind(**needed.get(kind, {})) for kind in REPLY_TYPES]
    asked = [Request(text=TEXT, part=part, engine=LEGACY) for part in parts]
    refused = set()
    for part, told in zip(parts, submit_all(asked, engine=engine).results(), strict=True):
        if isinstance(told, VizError):
            assert "the engine of 2024 does not show" in told.message, told
            refused.add(type(part))
    assert OverviewPart not in refused
    assert SourcePart not in refused
    assert RunPart not in refused


@needs_second_engine
@pytest.mark.parametrize("device", ["llvm", "c", "cuda-emulated"])
def test_a_program_runs_in_the_jail(engine, device):
    text = examples()["vector_add"].text
    part = RunPart(device=device)
    outcome = submit(Request(text=text, part=part, engine=LEGACY), engine=engine).result()
    assert outcome.passed
    assert outcome.comparisons[0].mismatches == 0


@needs_second_engine
@pytest.mark.parametrize(
    "line",
    ["x = None", "A[0] = A[None]", "T.func_attr(None)", "T.evaluate(T.if_then_else(None, 1, 2))"],
)
def test_none_crashes_no_process(engine, line):
    text = f"@T.prim_func\ndef f(A: T.Buffer((8,), 'int32')):\n    {line}\n"
    asked = Request(text=text, part=TreePart(), engine=LEGACY)
    with pytest.raises(ParseError, match="None stands where a value belongs") as raised:
        submit(asked, engine=engine).result()
    assert text[raised.value.span.start : raised.value.span.end] == "None"


@needs_second_engine
def test_none_may_stand_for_what_is_optional(engine):
    text = (
        "@T.prim_func\ndef f(a: T.handle):\n    A = T.match_buffer(a, (8,), 'int32', None)\n"
        "    T.attr(T.iter_var(T.int32(), None, 'DataPar', ''), 'pragma_x', 1)\n    A[0] = 1\n"
    )
    tree = submit(Request(text=text, part=TreePart(), engine=LEGACY), engine=engine).result()
    assert any(node.title == "BufferStore" for node in tree.nodes)


@needs_second_engine
def test_what_it_cannot_do_is_named(engine):
    with pytest.raises(RequestError, match="engine of 2024 does not show whether every pass"):
        ask(engine, VerifyPart())


def test_without_one_there_is_no_trace_of_it(engine, monkeypatch):
    monkeypatch.delenv(engines.VARIABLE, raising=False)
    assert not engines.has_both()
    assert not engines.with_second(lambda ask: submit(ask, engine=engine).result()).second


def test_without_one_it_is_said_how_to_get_one(monkeypatch):
    monkeypatch.delenv(engines.VARIABLE, raising=False)
    monkeypatch.setattr(tvm_version, "generation", lambda: "today")
    with pytest.raises(EngineError, match="no TVM of 2024") as raised:
        ask(Engine(), EnvironmentPart())
    assert "tirscope legacy-env" in raised.value.hint


@pytest.mark.parametrize(
    ("path", "said"),
    [("/nowhere/python", "no Python at /nowhere/python"), ("/usr/bin/env", "did not start")],
)
def test_a_python_that_is_none_is_named(path, said, monkeypatch):
    monkeypatch.setenv(engines.VARIABLE, path)
    engine = Engine(local=True)
    try:
        with pytest.raises(EngineError, match=said):
            ask(engine, EnvironmentPart())
    finally:
        engine.close()


def test_a_python_without_packages_is_named(tmp_path, monkeypatch):
    bare = tmp_path / "python"
    bare.write_text('#!/bin/sh\nexec /usr/bin/env python3 -S -E "$@"\n')
    bare.chmod(0o755)
    monkeypatch.setenv(engines.VARIABLE, str(bare))
    engine = Engine(local=True)
    try:
        with pytest.raises(EngineError, match="lacks the packages msgspec, numpy"):
            ask(engine, EnvironmentPart())
    finally:
        engine.close()


@needs_second_engine
@pytest.mark.parametrize("device", ["llvm", "c", "cuda-emulated"])
def test_a_run_that_cannot_be_lowered_says_why_at_its_place(engine, device):
    bound = "@T.prim_func\ndef f(A: T.Buffer((8,), 'float32')):\n    for i in T.{}:\n        A[i] = 0.0\n"
    loop = "serial(8)" if device == "cuda-emulated" else "thread_binding(8, thread='threadIdx.x')"
    request = Request(text=bound.format(loop), part=RunPart(device=device), engine=LEGACY)
    with pytest.raises(LoweringError) as raised:
        submit(request, engine=engine).result()
    assert raised.value.span is not None
    assert "T.sblock" not in raised.value.hint
