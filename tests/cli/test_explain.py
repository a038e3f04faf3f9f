"""The command ``explain``: places in its options, and what it prints of them."""

import re

import msgspec
import pytest

from tests.support.programs.examples import inspected
from viz import cli
from viz.cli.commands import explain
from viz.cli.parser import parser
from viz.errors import RequestError
from viz.locale.translator import Translator
from viz.model import NodeLife, OriginsPart, OverviewPart, SourcePart, TreePart, catalog
from viz.provenance import explain as provenance

ENGLISH = Translator("en")


def options_of(*arguments):
    options = parser(ENGLISH).parse_args(["explain", "-", *arguments])
    options.words = ENGLISH
    return options


@pytest.fixture
def here(monkeypatch):
    """Answer the command's requests in this process, from one analysis."""
    analysis = inspected("add_one", "c")
    replies = {
        OverviewPart: analysis.overview,
        SourcePart: analysis.sources["c"],
        OriginsPart: analysis.targets["c"].origins,
        TreePart: analysis.targets["c"].final,
    }

    class Done:
        def __init__(self, requests):
            self.requests = requests

        def replies(self):
            return [replies[type(request.part)] for request in self.requests]

    monkeypatch.setattr(explain, "submit_all", Done)
    return analysis


def test_the_command_explains_a_character(here, capsys):
    text = here.sources["c"].emissions[0].text
    before = text[: text.rindex(" + ")]
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 2
    options = options_of("--target", "c", "--at", f"{line}:{column}")
    assert explain.explain(options, here.text) == 0
    printed = capsys.readouterr().out
    assert f"'+' at {line}:{column} of C\n  node        Add +\n" in printed
    assert "written by  CodeGenC::Dispatch_(const AddNode*" in printed
    assert "made by     no pass" in printed
    assert "^^^" in printed
    assert catalog.nodes()["prim.Add"].en in printed


@pytest.mark.parametrize(
    ("node", "sentence"), [(3, "none: the node that"), (None, "unknown: orig")]
)
def test_a_place_that_is_not_there_is_told_from_one_that_is_unknown(here, node, sentence):
    offset = here.sources["c"].emissions[0].text.rindex(" + ") + 1
    explanation = msgspec.structs.replace(
        provenance.explain(here, "c", offset), certainty="lost", input_node=node, span=None
    )
    assert f"  your text   {sentence}" in "\n".join(
        explain._explanation_lines(explanation, here, ENGLISH)
    )


def test_the_command_finds_a_line(here, capsys):
    number, line = next(
        (i, line) for i, line in enumerate(here.text.splitlines(), 1) if " + " in line
    )
    options = options_of("--target", "c", "--find", str(number))
    assert explain.explain(options, here.text) == 0
    printed = capsys.readouterr().out
    assert re.match(r"C \d+:\d+-\d+:\d+  BufferStore .* \(exact\)\n", printed)
    options = options_of("--target", "c", "--find", f"{number}:{line.index('+') + 1}", "--json")
    assert explain.explain(options, here.text) == 0
    assert '"certainty":"exact"' in capsys.readouterr().out
    options = options_of("--target", "c", "--find", "1000")
    assert explain.explain(options, here.text) == explain.NOTHING


@pytest.mark.parametrize("place", ["0", "x", "3:0", "3:", ":4", "-1"])
def test_places_count_from_one(place, capsys):
    with pytest.raises(SystemExit):
        options_of("--target", "c", f"--find={place}")
    assert "count from 1" in capsys.readouterr().err


def test_the_end_of_the_text_is_not_its_last_character(here):
    text = here.sources["c"].emissions[0].text
    options = options_of("--target", "c", "--at", f"{text.count(chr(10)) + 100}:1")
    with pytest.raises(RequestError, match=r"has \d+ lines"):
        explain.explain(options, here.text)


def test_the_life_of_a_node_is_printed(capsys):
    def printed(*arguments):
        command = ["explain", "examples/add_one.py", "--target", "c", "--life", *arguments]
        assert cli.main(command) == 0
        return capsys.readouterr().out

    store = (
        "BufferStore B[vi] = …\n  Your program            made\n  18 · Remove the blocks  moved\n"
    )
    assert printed("--find", "26") == store
    events = msgspec.json.decode(printed("--find", "26", "--json"), type=NodeLife).events
    assert [(event.stage, event.kind) for event in events] == [("input", "made"), (18, "moved")]
    assert printed("--find", "26:31") == "Add +\n  Your program  made\n"
    assert printed("--find", "21").startswith("for ")  # not what stands in its head
    chinese = printed("--find", "23", "--lang", "zh")
    assert "你的程序" in chinese
    assert "18 · 去掉 block" in chinese
    assert (
        cli.main(["explain", "examples/add_one.py", "--target", "c", "--life", "--find", "1"]) == 1
    )
