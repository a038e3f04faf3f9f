"""The command line with the engine of 2024: each verb, and both engines compared."""

import json

import pytest

from tests.support.legacy import VARIABLE, needs_second_engine

pytest.importorskip("graphviz", reason="an environment of the engine has no command line")

from viz import cli
from viz.service.client.pool import Engine

EXAMPLE = "examples/add_one.py"


@pytest.fixture
def shell(capfd):
    def run(*arguments):
        status = cli.main([*arguments, "--lang", "en"])
        out, err = capfd.readouterr()
        return status, out, err

    return run


@needs_second_engine
@pytest.mark.parametrize(
    ("verb", "shown"),
    [
        (["ast", EXAMPLE], "BufferLoad A[vi]"),
        (["ast", EXAMPLE, "--stage", "final", "--target", "c"], "Allocate|LetStmt|AttrStmt"),
        (["source", EXAMPLE, "--target", "cuda", "--part", "device"], "__global__"),
        (["source", EXAMPLE, "--target", "llvm", "--form", "ir"], "define"),
        (["lower", EXAMPLE, "--target", "c"], "tir.FlattenBuffer"),
        (
            ["lower", EXAMPLE, "--target", "c", "--pass", "LowerOpaqueBlock"],
            "B[i] = A[i] + T.float32(1)",
        ),
        (["explain", EXAMPLE, "--target", "c", "--find", "26"], "BufferStore"),
        (["step", EXAMPLE, "--target", "c"], "BufferStore"),
        (["run", EXAMPLE], "pass: ran on LLVM"),
        (["report", EXAMPLE, "--target", "c"], "tir.FlattenBuffer"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_each_verb_answers_with_the_engine_of_2024(shell, verb, shown):
    status, out, err = shell(*verb, "--engine", "2024")
    assert status == 0, err
    assert any(words in out for words in shown.split("|"))


@needs_second_engine
def test_what_two_generations_write_is_compared(shell):
    status, out, err = shell(
        "source", EXAMPLE, "--target", "cuda", "--part", "device", "--engine", "both", "--diff"
    )
    assert status == 0, err
    assert out.startswith("--- CUDA kernels, 2024\n+++ CUDA kernels, today\n@@ ")
    _, out, _ = shell("lower", EXAMPLE, "--target", "c", "--engine", "both", "--json")
    pairs = {pair["name"]: pair for pair in json.loads(out)["passes"]}
    assert "newer" not in pairs["InjectPrefetch"]
    assert {"older", "newer"} <= pairs["FlattenBuffer"].keys()


def test_a_diff_of_sources_is_one_of_engines(shell):
    status, _, err = shell("source", EXAMPLE, "--target", "c", "--diff")
    assert status == 2
    assert "Give --engine both" in err


def test_the_other_python_can_be_named_before_or_after_the_verb(shell, monkeypatch):
    for arguments in (
        ["--legacy-python", "/nowhere", "ast", EXAMPLE, "--engine", "2024"],
        ["ast", EXAMPLE, "--engine", "2024", "--legacy-python", "/nowhere"],
    ):
        monkeypatch.setenv(VARIABLE, "")
        monkeypatch.setattr("viz.service.client.submit._ENGINE", Engine(local=True))
        status, _, err = shell(*arguments)
        assert status == 1
        assert "there is no Python at /nowhere" in err
