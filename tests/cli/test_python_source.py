"""``--target python`` of ``source`` and ``explain``."""

import json
from pathlib import Path

import pytest

from viz import cli

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def printed(capsys):
    def run(example, *options, status=0, verb="source"):
        arguments = [verb, str(EXAMPLES / f"{example}.py"), "--target", "python", *options]
        assert cli.main(arguments) == status
        return capsys.readouterr()

    return run


def test_the_input(printed):
    assert "        if x[i] < 5:\n            x[i] = x[i] * 2\n" in printed("if_double").out
    source = json.loads(printed("if_double", "--json").out)
    assert source["target"] == source["emissions"][0]["language"] == "python"
    assert source["emissions"][0]["marks"]


def test_a_stage_of_a_pipeline(printed):
    options = ("--stage", "39", "--lowered-for", "cuda", "-n")
    text = printed("transpose_shared", *options).out
    assert "yield barrier" in text
    assert " 1  from viz.step.runtime import" in text


def test_a_stage_that_has_no_rules(printed):
    error = printed("if_double", "--stage", "final", status=1).err
    assert "this stage cannot be written as Python: tirx.isnullptr" in error
    assert "tirx.MakePackedAPI gives a function such arguments" in error


@pytest.mark.parametrize("options", [(), ("--stage", "39", "--lowered-for", "cuda")])
def test_all_of_it_is_linked(printed, options):
    told = printed("transpose_shared", "--coverage", *options).out
    assert "100.0% by the very node, 0.0% by a node around it, 0.0% not" in told


def test_a_character_is_explained_and_a_line_of_the_text_is_found(printed):
    told = printed("if_double", "--at", "4:25", verb="explain").out
    assert "node        Mul *" in told
    assert "written by  viz.step.rules: prim.Mul" in told
    assert "exactly this:\n     22 |" in told
    later = ("--stage", "19", "--lowered-for", "c")
    told = printed("if_double", "--at", "8:29", *later, verb="explain").out
    assert "node        Mul *" in told
    assert "22 |" in told
    found = printed("if_double", "--find", "21", *later, verb="explain").out
    assert found.startswith("Python 7:9-8:32  IfThenElse")
    life = printed("if_double", "--at", "8:29", "--life", *later, verb="explain").out
    assert "made" in life


def test_it_has_no_pipeline(printed):
    assert "Targets with one: c, cuda" in printed("if_double", verb="lower", status=2).err


def test_relax_functions_are_left_out_or_become_prim_funcs(printed, tmp_path, capsys):
    """A module of Relax functions alone gets a hint, and following it works."""
    mixed = printed("relax/relax_attention")
    assert "left out: main; this is about the PrimFuncs: append" in mixed.err
    assert "def append(" in mixed.out
    hint = "tirscope lower FILE --target c --pass LegalizeOps"
    assert hint in printed("relax/relax_mlp", status=1).err
    verb, _, *options = hint.split()[1:]
    assert cli.main([verb, str(EXAMPLES / "relax/relax_mlp.py"), *options]) == 0
    file = tmp_path / "legalised.py"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    assert cli.main(["source", str(file), "--target", "python"]) == 0
    assert "def matmul(" in capsys.readouterr().out
