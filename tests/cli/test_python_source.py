"""``source --target python``."""

import json
from pathlib import Path

import pytest

from viz import cli

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def printed(capsys):
    def run(example, *options, status=0):
        arguments = ["source", str(EXAMPLES / f"{example}.py"), "--target", "python", *options]
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
    assert "the Python codegen has no rule for" in error
    assert "before the function gets its packed signature" in error
