"""Texts of stages by the 2024 TVM's printer, with the characters that each node wrote."""

import re
from pathlib import Path

import pytest

from tests.support.legacy import require_legacy_tvm

require_legacy_tvm()

from viz.frontend.program import read  # noqa: E402
from viz.legacy.parse import parse  # noqa: E402
from viz.legacy.passes.recording import record  # noqa: E402
from viz.legacy.stage_text import stage_text  # noqa: E402
from viz.legacy.walker import LegacyWalks  # noqa: E402
from viz.model import Options  # noqa: E402

PATTERNS = {
    "tir.PrimFunc": r"@T\.prim_func.*",
    "tir.For": r"for .*",
    "tir.IfThenElse": r"if .*",
    "tir.BlockRealize": r"with T\.block\(.*",
    "tir.BufferStore": r"\w+(\[.*\])? = .*",
    "tir.BufferLoad": r"\w+\[.*\]",
    "tir.Add": r".* \+ .*",
    "tir.Mul": r".* \* .*",
    "tir.Buffer": r"\w+",
    "tir.Var": r"\w+",
    "IntImm": r"-?\d+|T\.\w+\(.*\)",
    "FloatImm": r"T\.\w+\(.*\)",
}
"""The pattern of a node's text, by its type."""


def module(name):
    text = Path("examples", f"{name}.py").read_text(encoding="utf-8")
    return parse(read(text), gated=True).mod


@pytest.mark.parametrize(
    ("name", "stage"),
    [("rms_norm", "input"), ("matmul", "input"), ("if_else", "input"), ("if_else", "final")],
)
def test_every_statement_and_what_it_computes_are_marked_in_their_own_words(name, stage):
    mod = module(name)
    mod = mod if stage == "input" else record(mod, "c", Options()).stage("final")
    walks = LegacyWalks()
    text = stage_text(walks, mod, stage, "c")
    nodes = walks.tree(mod).nodes
    assert text.verified == "expressions"
    for mark in text.marks:
        written, key = text.text[mark.start : mark.end], nodes[mark.node].type_key
        assert re.fullmatch(PATTERNS.get(key, ".*"), written, re.S), (key, written)
    if stage == "input":
        marked = {mark.node for mark in text.marks}
        computing = ("tir.For", "tir.BufferStore", "tir.BufferLoad", "tir.Add", "tir.Mul")
        assert all(node.id in marked for node in nodes if node.type_key in computing)


def test_marks_nest():
    mod = module("softmax")
    ends: list[int] = []
    for mark in stage_text(LegacyWalks(), mod, "input", "").marks:
        while ends and ends[-1] <= mark.start:
            ends.pop()
        assert not ends or mark.end <= ends[-1]
        ends.append(mark.end)
