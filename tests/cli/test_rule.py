"""``rule``: a rule of one's own, tried from the command line."""

import json
from pathlib import Path

import pytest

from tests.support.programs.hostile_rules import binary
from viz import cli

EXAMPLE = str(Path(__file__).resolve().parents[2] / "examples" / "if_double.py")


@pytest.fixture
def tried(tmp_path, capsys):
    def run(text, *options, status, name="Mul"):
        file = tmp_path / "rule.py"
        file.write_text(text)
        assert cli.main(["rule", EXAMPLE, "--rule", f"{name}={file}", *options]) == status
        return capsys.readouterr()

    return run


def test_a_right_and_a_wrong_rule(tried):
    out = tried(binary(10, "*"), status=0).out
    assert "x[i] = x[i] * 2\n" in out
    assert "the text is ours, to the character" in out
    assert "the outputs are those of our text" in out
    out = tried(binary(9, "+"), status=1).out
    assert "first differs from ours at 4:25, Mul *\n  -             x[i] = x[i] * 2\n" in out
    assert "the outputs are not those of our text" in out
    assert "elements differ, first at" in out


def test_what_is_wrong_with_a_rule(tried):
    out = tried("def rule(w, of):\n    return 1, (of.part['c'],)\n", status=1).out
    assert out.startswith("the rule for prim.Mul, line 2: it stopped with LookupError: Mul has no")
    assert "  return 1, (of.part['c'],)\n" in out
    told = tried("def rule(w, n):\n    return ('for',)\n", "--lang", "zh", status=1, name="For").out
    assert "规则写出的文本不是 Python" in told
    told = tried(binary(10, "*"), status=0, name="exp").out
    assert "no node of this program is written by the rule for tirx.exp" in told


def test_the_data_and_our_own_rules(tried, capsys):
    data = json.loads(tried(binary(10, "*"), "--language", "pseudo-c", "--json", status=0).out)
    assert data["emission"]["text"] == data["ours"]["text"]
    assert cli.main(["rule", EXAMPLE, "--show", "Mul"]) == 0
    assert '"prim.Mul": infix("*", 10)' in capsys.readouterr().out
    assert cli.main(["rule", EXAMPLE, "--rule", "Mul"]) == 2
    assert "--rule takes NAME=FILE" in capsys.readouterr().err
