"""The command ``explain``: places given on the command line, and what it says of them."""

import argparse
import re

import pytest

from tests.support.builds import analysis_of
from viz.cli import explain
from viz.errors import RequestError
from viz.model import OriginsPart, OverviewPart, Request, SourcePart, TreePart, catalog


def asked(*arguments):
    def common(command):
        command.add_argument("file")
        command.add_argument("--json", action="store_true")

    program = argparse.ArgumentParser()
    explain.add_explain(program.add_subparsers(dest="command"), common)
    return program.parse_args(["explain", "-", *arguments])


@pytest.fixture
def here(monkeypatch):
    """Answer the command's requests in this process, from one analysis."""
    analysis = analysis_of("add_one", "c")
    replies = {
        OverviewPart: analysis.overview,
        SourcePart: analysis.sources["c"],
        OriginsPart: analysis.origins["c"],
        TreePart: analysis.finals["c"],
    }

    class Done:
        def __init__(self, requests):
            self.requests = requests

        def replies(self):
            return [replies[type(request.part)] for request in self.requests]

    monkeypatch.setattr(explain, "submit_all", Done)
    return analysis


def make_request(options, text, part, target):
    return Request(text=text, part=part, target=target)


def test_the_command_explains_a_character(here, capsys):
    text = here.sources["c"].emissions[0].text
    before = text[: text.rindex(" + ")]
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 2
    options = asked("--target", "c", "--at", f"{line}:{column}")
    assert explain.explain(options, here.text, make_request) == 0
    said = capsys.readouterr().out
    assert f"'+' at {line}:{column} of C\n  node        Add +\n" in said
    assert "written by  CodeGenC::Dispatch_(const AddNode*" in said
    assert "made by     no pass" in said
    assert "^^^" in said
    assert catalog.nodes()["prim.Add"].en in said


def test_the_command_finds_a_line(here, capsys):
    number, line = next(
        (i, line) for i, line in enumerate(here.text.splitlines(), 1) if " + " in line
    )
    options = asked("--target", "c", "--find", str(number))
    assert explain.explain(options, here.text, make_request) == 0
    said = capsys.readouterr().out
    assert re.match(r"C \d+:\d+-\d+:\d+  BufferStore .* \(exact\)\n", said)
    options = asked("--target", "c", "--find", f"{number}:{line.index('+') + 1}", "--json")
    assert explain.explain(options, here.text, make_request) == 0
    assert '"certainty":"exact"' in capsys.readouterr().out
    options = asked("--target", "c", "--find", "1000")
    assert explain.explain(options, here.text, make_request) == explain.NOTHING


@pytest.mark.parametrize("given", ["0", "x", "3:0", "3:", ":4", "-1"])
def test_places_count_from_one(given, capsys):
    with pytest.raises(SystemExit):
        asked("--target", "c", f"--find={given}")
    assert "count from 1" in capsys.readouterr().err


def test_the_end_of_the_text_is_not_its_last_character(here):
    text = here.sources["c"].emissions[0].text
    options = asked("--target", "c", "--at", f"{text.count(chr(10)) + 100}:1")
    with pytest.raises(RequestError, match=r"has \d+ lines"):
        explain.explain(options, here.text, make_request)
