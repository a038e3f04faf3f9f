"""A TVM that is not the one TIRscope knows: what works, and what is said, through real workers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import other_tvm
from tests.support.programs.thorough import usually
from viz.cli import main
from viz.errors import EngineError
from viz.frontend.examples import examples
from viz.model import (
    DiffPart,
    EnvironmentPart,
    OriginsPart,
    OverviewPart,
    Request,
    RunPart,
    SourcePart,
    StageTextPart,
    TreePart,
)
from viz.service.client import submit as submitting
from viz.service.client.submit import Engine, submit, submit_all
from viz.service.engine import dispatch

ROOT = Path(__file__).resolve().parents[3]
TEXT = examples()["vector_add"].text
KNOWS = "TIRscope knows TVM 0.27; this is 0.28.0; these differ: "


MARKS = "tvm.tirx._ffi_api.SeqStmt"


@pytest.fixture(scope="module")
def without_marks(tmp_path_factory):
    """Start one engine for all tests of a TVM that lacks what marks need: it loads for seconds."""
    folder = tmp_path_factory.mktemp("without_marks")
    variables = other_tvm.write(folder, version="0.28.0", missing=[MARKS])
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        made = Engine(local=True)
        assert made.lease()[0].wait_until_ready(60)
    yield made
    made.close()


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """Start engines with another TVM; they end with the test."""
    engines = []

    def start(*missing, version="0.28.0"):
        variables = other_tvm.write(tmp_path, version=version, missing=missing)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        engines.append(Engine(local=True))
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()


def replies(engine, *parts, target="c"):
    asked = [Request(text=TEXT, target=target, part=part) for part in parts]
    return submit_all(asked, engine=engine).results()


def texts(source):
    return [emission.text for emission in source.emissions]


def test_without_marks_everything_else_works(without_marks):
    here = dispatch.answer(Request(text=TEXT, target="cuda", part=SourcePart()))
    overview, source, origins = replies(
        without_marks, OverviewPart(), SourcePart(), OriginsPart(), target="cuda"
    )
    (problem,) = overview.problems
    assert problem.message.startswith(f"{KNOWS}tvm.tirx._ffi_api has no SeqStmt;")
    assert problem.message.endswith("off: links between source and tree.")
    assert texts(source) == texts(here)
    assert any(emission.marks for emission in here.emissions)
    assert not any(emission.marks for emission in source.emissions)
    assert any(origin.certainty == "exact" for origin in origins.nodes)
    (outcome,) = replies(without_marks, RunPart())
    assert outcome.passed


@pytest.mark.thorough
def test_without_llvms_lines_other_texts_keep_their_marks(engine):
    other = engine("tvm.ir.save_json")
    c, llvm = (
        submit(Request(text=TEXT, target=target, part=SourcePart()), engine=other).result()
        for target in ("c", "llvm")
    )
    assert c.emissions[0].marks
    assert llvm.emissions
    assert not any(emission.marks for emission in llvm.emissions)


def test_without_lowering_a_text_is_still_read_drawn_and_printed(engine):
    other = engine("tvm.tirx.build.split_host_device_mods")
    tree, text, source, final, overview = replies(
        other,
        TreePart(),
        StageTextPart(),
        SourcePart(),
        TreePart(stage="final"),
        OverviewPart(passes=True),
    )
    assert tree.nodes
    assert text.marks
    for error in (source, final):
        assert isinstance(error, EngineError)
        assert "split_host_device_mods is missing" in error.message
    assert not overview.passes
    assert [problem.severity for problem in overview.problems] == ["warning", "error"]


def test_a_name_in_no_row_turns_off_only_what_needs_it(engine):
    other = engine("tvm.tirx.GE")
    overview, diff, source = replies(
        other, OverviewPart(), DiffPart(before="input", after="final"), SourcePart()
    )
    (problem,) = overview.problems
    assert "has no attribute 'GE'" in problem.message
    assert isinstance(diff, EngineError)
    assert texts(source)


@pytest.mark.thorough
def test_origins_that_are_off_leave_every_node_without_one(engine):
    other = engine("tvm.tirx.IfThenElse")
    final, origins = replies(other, TreePart(stage="final"), OriginsPart())
    assert [origin.node for origin in origins.nodes] == [node.id for node in final.nodes]
    assert {origin.certainty for origin in origins.nodes} == {"lost"}


def test_without_schedules_bound_loops_are_lowered_for_a_gpu(engine):
    other = engine("tvm.s_tir.dlight.gpu.Matmul")
    bound, unbound = submit_all(
        [
            Request(text=examples()[name].text, target="cuda", part=SourcePart())
            for name in ("matmul_gpu", "vector_add")
        ],
        engine=other,
    ).results()
    assert texts(bound)
    assert isinstance(unbound, EngineError)
    assert "dlight.gpu has no Matmul" in unbound.message


def test_an_essential_name_leaves_no_engine_and_is_named(engine):
    other = engine("tvm.script.parser.core.entry._default_globals")
    with pytest.raises(EngineError, match=r"cannot use TVM 0\.28\.0.*_default_globals is missing"):
        replies(other, TreePart())


@pytest.mark.thorough
def test_a_new_release_that_has_all_names_is_said_by_doctor_alone(engine):
    other = engine()
    overview, environment = replies(other, OverviewPart(), EnvironmentPart())
    assert overview.problems == ()
    assert environment.problems == ()
    assert environment.checks[0].state == "ok"
    assert "Tested with 0.27" in environment.checks[0].hint


# ---------------------------------------------------------------- the command line


@pytest.fixture
def shell(monkeypatch, capsys):
    """Return a function that runs a command, which asks an engine; only that one knows a TVM."""
    monkeypatch.chdir(ROOT)

    def run(*arguments, engine):
        monkeypatch.setattr(submitting, "_ENGINE", engine)
        status = main(arguments)
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


EXAMPLE = "examples/vector_add.py"


VERBS = {
    "ast": [EXAMPLE],
    "source": [EXAMPLE, "--target", "c"],
    "lower": [EXAMPLE, "--target", "c"],
    "run": [EXAMPLE],
    "explain": [EXAMPLE, "--target", "c", "--find", "1"],
}


@pytest.mark.parametrize("verb", usually(VERBS, {"source", "explain"}))
def test_every_verb_says_what_is_off_on_standard_error(shell, without_marks, verb):
    status, out, err = shell(verb, *VERBS[verb], engine=without_marks)
    assert status == (1 if verb == "explain" else 0), err
    assert f"warning: {KNOWS}tvm.tirx._ffi_api has no SeqStmt" in err
    assert KNOWS not in out


@pytest.mark.parametrize("forkless", usually([False, True], {False}))
def test_doctor_lists_what_differs(shell, without_marks, engine, monkeypatch, forkless):
    other = without_marks
    if forkless:
        monkeypatch.setenv("TIRSCOPE_FORKLESS", "1")
        other = engine(MARKS)
    status, out, err = shell("doctor", "--json", engine=other)
    assert status == 0, err
    environment = json.loads(out)
    assert KNOWS in environment["problems"][0]["message"]
    tvm, difference, *_ = environment["checks"]
    assert (tvm["name"], tvm["state"]) == ("TVM", "broken")
    assert KNOWS in tvm["hint"]
    assert difference["name"] == "tvm.tirx._ffi_api"
    assert difference["message"] == "has no SeqStmt"
    assert "links between source and tree" in difference["hint"]


def test_doctor_names_an_essential_name(tmp_path):
    missing = "tvm.script.ir_builder.IRBuilder"
    done = subprocess.run(
        [sys.executable, "-m", "viz", "doctor"],
        env=os.environ | other_tvm.write(tmp_path, version="0.28.0", missing=[missing]),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"{missing} is missing" in done.stderr
    assert "did not start" not in done.stderr


def test_the_generation_before_tirx_has_its_own_engine_which_says_what_is_wrong(tmp_path):
    package = tmp_path / "tvm"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('libtvm.so is broken')\n")
    (package / "version.py").write_text('__version__ = "0.17.dev0"\n')
    done = subprocess.run(
        [sys.executable, "-m", "viz", "ast", EXAMPLE],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "cannot be loaded: ImportError: libtvm.so is broken" in done.stderr
    assert "pip install 'tirscope[tvm]'" in done.stderr
