"""``step``: the walks of the codegens, as a terminal shows them."""

import json
from pathlib import Path

import pytest

from viz import cli
from viz.model import Walk, WalkStep

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def printed(capsys):
    def run(example, target, *options, status=0):
        file = str(EXAMPLES / f"{example}.py")
        assert cli.main(["step", file, "--target", target, *options]) == status
        return capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("example", "target"),
    [
        ("if_double", "c"),
        ("if_double", "python"),
        *((name, target) for name in ("if_else", "add_one") for target in ("c", "cuda", "python")),
    ],
)
def test_golden_walk(golden, printed, example, target):
    part = "device" if target == "cuda" else "host"
    golden.check(f"walk/{example}.{target}.txt", printed(example, target, "--part", part).out)


def test_the_walk_as_data(printed):
    (walk,) = json.loads(printed("if_double", "python", "--json").out)["walks"]
    steps = [WalkStep(*step) for step in walk["steps"]]
    opened = []
    for step in steps:
        if step.enters:
            opened.append(step.node)
        else:
            assert opened.pop() == step.node
    assert not opened
    assert [step.written for step in steps] == sorted(step.written for step in steps)
    assert set(walk) <= set(Walk.__struct_fields__)


def test_a_text_without_marks(printed):
    assert "no text of" in printed("if_double", "c", "--part", "device", status=2).err
