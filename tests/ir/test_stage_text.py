"""The printed text of a stage, and the marks of its nodes."""

import re
from collections import Counter
from itertools import product

import pytest
from tvm.script.ir_builder import IRBuilder
from tvm.script.parser.core.diagnostics import Source
from tvm.script.parser.core.entry import _default_globals
from tvm.script.parser.core.parser import Parser

from tests.support.answering import answer, request
from tests.support.builds import recorded, refusal
from tests.support.programs.examples import parsed
from tests.support.programs.thorough import usually
from viz.ir import stage_text, walker
from viz.model import StageTextPart, TreePart
from viz.passes.recording import Recording
from viz.provenance.script import placer
from viz.render.markup import html
from viz.text import Span, Text

# The pattern of a node's text.
PATTERNS = {
    "tirx.PrimFunc": r"@T\.prim_func.*",
    "tirx.For": r"for .*",
    "tirx.While": r"while .*",
    "tirx.IfThenElse": r"if .*",
    "tirx.BufferStore": r"\w+(\[.*\])? = .*",
    "tirx.Bind": r"\w+: T\.let\[.*\] = .*",
    "tirx.AllocBuffer": r"\w+ = T\.alloc_.*",
    "tirx.DeclBuffer": r"\w+ = (T\.decl_buffer|\w+\.).*",
    "tirx.AssertStmt": r"assert .*",
    "tirx.AttrStmt": r"(with |\w+ = )?T\.(launch_thread|attr)\(.*",
    "s_tir.SBlockRealize": r"with T\.sblock\(.*",
    "s_tir.SBlock": r"with T\.sblock\(.*",
    "ir.TensorLoad": r"\w+\[.*\]",
    "ir.FloatImm": r"T\.b?float\d+\w*\(.*\)",
    "ir.StringImm": r'".*"|metadata\[.*\]',
    "prim.Cast": r"T\.Cast\(.*\)",
}


def stage_numbers(recording: Recording) -> list[int]:
    return [0, *(i for i, changed in enumerate(recording.changed, 1) if changed)]


SEVERAL = ["argmax", "collatz", "dynamic_add", "loop_kinds"]


@pytest.mark.parametrize(
    ("name", "target"),
    usually(product(SEVERAL, ("c", "cuda")), {("argmax", "cuda"), ("loop_kinds", "c")}),
)
def test_marks_of_all_stages(name, target):
    if refusal(name, target):
        pytest.skip("no such build")
    recording = recorded(name, target)
    for number in stage_numbers(recording):
        mod = recording.stage(number)
        text = stage_text.stage_text(mod, number, target)
        tree = walker.walk(mod, number, target).nodes
        assert text.text == mod.script()
        assert text.verified == "expressions"
        assert list(text.marks) == sorted(text.marks, key=lambda m: (m.start, -m.end, m.node))
        html(text.text, "python", [(Span(m.start, m.end), m.node) for m in text.marks])  # nested
        for mark in text.marks:
            written, node = text.text[mark.start : mark.end], tree[mark.node]
            if node.type_key in PATTERNS:
                assert re.fullmatch(PATTERNS[node.type_key], written, re.DOTALL), node
            elif node.type_key == "ir.Var":
                assert stem(written) == stem(node.label), (node, written)
            elif node.type_key == "ir.IntImm":
                assert node.label in (written, written.partition("(")[2][:-1]), (node, written)
        marked = {mark.node for mark in text.marks}
        assert not [
            node
            for node in tree
            if node.kind == "stmt" and node.id not in marked and not is_root(node, tree)
        ]


def stem(name: str) -> str:
    """Return a name without quotes (in shapes), dots and the number that makes it unique."""
    return re.sub(r"(_\d+)+$", "", re.sub(r"\W", "_", name.strip('"')))


def is_root(node, tree) -> bool:
    """Return whether a node is a root block or its realize, which are printed as a comment."""
    if node.type_key == "s_tir.SBlockRealize":
        node = next(tree[child.id] for child in node.children if child.field == "block")
    return node.type_key == "s_tir.SBlock" and node.label == '"root"'


def parsed_back(text: str):
    with IRBuilder() as builder:
        Parser(Source(text), {}).parse(extra_vars=dict(_default_globals()))
    return builder.get()


@pytest.mark.parametrize(
    ("name", "target"),
    usually(
        product(("if_else", "softmax"), ("c", "cuda")), {("if_else", "c"), ("softmax", "cuda")}
    ),
)
def test_marks_agree_with_the_parser(name, target):
    """The printer's places are those of the spans of TVM's parser."""
    recording, compared = recorded(name, target), 0
    for number in stage_numbers(recording):
        mod = recording.stage(number)
        text = stage_text.stage_text(mod, number, target)
        if len(text.text) > 10_000 or "metadata[" in text.text or number > 38:
            continue  # TVM does not parse these back, or parses them to other nodes
        walked = walker.walk(mod).nodes
        parsed_nodes = walker.walk_objects(parsed_back(text.text))
        assert [node.type_key for node in walked] == [node.type_key for node, _ in parsed_nodes]
        places: dict[int, set] = {}
        for mark in text.marks:
            places.setdefault(mark.node, set()).add((mark.start, mark.end))
        for node, obj in parsed_nodes:
            # The parser's spans of these are others: a Var's is that of its first statement, an
            # allocation's its right side, an AttrStmt's without `with` the enclosing statement.
            if node.id in places and node.type_key not in (
                "ir.Var",
                "tirx.AllocBuffer",
                "tirx.AttrStmt",
            ):
                if (place := place_of(obj, text.text)) is not None:
                    assert place in places[node.id], (number, node)
                    compared += 1
    assert compared > 50


def place_of(obj, text):
    span = getattr(obj, "span", None)
    if span is None:
        return None
    lines = Text(text)
    return (
        lines.offset_of_byte(span.line, span.column - 1),
        lines.offset_of_byte(span.end_line, span.end_column - 1),
    )


def test_variables_are_marked_where_they_are_introduced_and_used():
    text = answer(request("matmul", "c", StageTextPart(stage=0)))
    tree = answer(request("matmul", "c", TreePart(stage=0))).nodes
    places = Counter(
        tree[mark.node].label for mark in text.marks if tree[mark.node].type_key == "ir.Var"
    )
    for name in ("i", "j", "k"):  # in T.grid(…) and in T.axis.remap(…)
        assert places[name] == 2
    for name in ("vi", "vj", "vk"):
        assert places[name] == len(re.findall(rf"\b{name}\b", text.text))


def test_only_outer_nodes_are_marked_when_time_runs_out(monkeypatch):
    mod = recorded("matmul", "c").stage("final")
    whole = stage_text.stage_text(mod, "final", "c")
    monkeypatch.setattr(placer, "MOST_SECONDS", 0.03)
    part = stage_text.stage_text(mod, "final", "c")
    assert (whole.verified, part.verified) == ("expressions", "partly")
    assert set(part.marks) < set(whole.marks)


def test_a_print_that_differs_from_the_text_gives_no_marks(monkeypatch):
    from viz.provenance.script import prints

    monkeypatch.setattr(prints, "_is_carets", lambda line: False)
    text = stage_text.stage_text(parsed("add_one").mod, "input", "")
    assert text.text == parsed("add_one").mod.script()
    assert (text.marks, text.verified) == ((), "none")


def test_marking_writes_nothing_to_stderr(capfd):
    recording = recorded("loop_kinds", "cuda")
    for number in stage_numbers(recording):
        stage_text.stage_text(recording.stage(number), number, "cuda")
    assert capfd.readouterr().err == ""
