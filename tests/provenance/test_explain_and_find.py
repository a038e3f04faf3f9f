"""``explain`` and ``find``, on an analysis made by hand and on real ones; the table of visitors."""

import mmap
import re
from pathlib import Path

import pytest
import tvm

from tests.support.programs.examples import EXAMPLES, inspected, parsed
from viz.codegen import emit
from viz.codegen.marked_source import marked as marked_source
from viz.errors import RequestError, VizError
from viz.messages import verbatim
from viz.model import (
    Analysis,
    Child,
    Emission,
    Mark,
    Node,
    Origin,
    Origins,
    Overview,
    Problem,
    Source,
    TargetAnalysis,
    Tree,
    catalog,
)
from viz.passes.recording import counts, record
from viz.provenance import explain
from viz.provenance.find import find
from viz.text import Span

TEXT = "for i in range(8):\n    A[i] = 变 * 2\n"
CUDA = '#include "a.h"\nvoid k() {\n  for (int i = 0;;) {\n    A[i] = (变 * 2);\n  }\n}\n'
LOOP, STORE, PRODUCT = (TEXT.index(part) for part in ("for", "A[i]", "变"))


def node(number, key, label="", *children, kind="stmt"):
    return Node(
        id=number,
        path=f"n{number}",
        kind=kind,
        type_key=key,
        title=key.rpartition(".")[2],
        label=label,
        children=tuple(Child(field="x", id=child) for child in children),
    )


def marked(text, *marks):
    """Return marks by the characters they cover, outer ones first."""
    return tuple(Mark(text.index(part), text.index(part) + len(part), n) for n, part in marks)


TREE = Tree(
    stage="final",
    target="cuda",
    nodes=(
        node(0, "ir.IRModule", "", 1, kind="module"),
        node(1, "tirx.PrimFunc", "", 2, kind="func"),
        node(2, "tirx.For", "for i", 3),
        node(3, "tirx.BufferStore", "A[i] = …", 4),
        node(4, "prim.Mul", "*", kind="expr"),
    ),
)
SOURCE = Source(
    target="cuda",
    emissions=(
        Emission(
            part="device",
            title="CUDA kernels",
            language="cuda",
            text=CUDA,
            marks=marked(
                CUDA,
                (1, CUDA[CUDA.index("void") : -1]),
                (2, CUDA[CUDA.index("for") : CUDA.index("  }\n") + 3]),
                (3, "A[i] = (变 * 2);"),
                (4, "变 * 2"),
            ),
            covering=(3,),
        ),
        Emission(part="host", title="Host", language="c", text="k();", marks=(Mark(0, 4, 1),)),
    ),
)
ORIGINS = Origins(
    target="cuda",
    nodes=(
        Origin(0, None, None, 0, "synthesised"),
        Origin(1, 1, Span(LOOP, len(TEXT)), 2, "inherited"),
        Origin(2, 2, Span(LOOP, len(TEXT) - 1), 0, "inherited"),
        Origin(3, 3, Span(STORE, len(TEXT) - 1), 0, "exact"),
        Origin(4, 4, Span(PRODUCT, len(TEXT) - 1), 1, "inherited"),
    ),
    passes=("tirx.FlattenBuffer", "tirx.SplitHostDevice"),
)
ANALYSIS = Analysis(
    text=TEXT,
    overview=Overview(),
    targets={
        "cuda": TargetAnalysis(source=SOURCE, origins=ORIGINS, final=TREE),
        "metal": TargetAnalysis(
            problem=Problem(
                code="lowering", what=verbatim("no kernel"), advice=verbatim("Bind a loop.")
            )
        ),
    },
)


# ---------------------------------------------------------------- explain


def analysis_for_c(target):
    return Analysis(text="", overview=Overview(), targets={"c": target})


def test_a_character_is_explained():
    explanation = explain.explain(ANALYSIS, "cuda", CUDA.index("变"))
    assert (explanation.part, explanation.emission, explanation.form) == ("device", 0, "source")
    assert explanation.token == "变"
    assert CUDA[explanation.place.start : explanation.place.end] == "变"
    assert CUDA[explanation.mark.start : explanation.mark.end] == "变 * 2"
    assert explanation.node is TREE.nodes[4]
    assert [parent.id for parent in explanation.parents] == [3, 2, 1]
    assert (explanation.made_by, explanation.made_by_name) == (1, "tirx.FlattenBuffer")
    assert (explanation.span, explanation.certainty) == (Span(PRODUCT, len(TEXT) - 1), "inherited")
    assert explanation.visitor == "CodeGenC::Dispatch_(const MulNode*, std::ostream&)"
    assert explanation.en == catalog.nodes()["prim.Mul"].en
    assert explanation.zh == catalog.nodes()["prim.Mul"].zh
    assert not explanation.covering


@pytest.mark.parametrize(
    ("context", "token", "number", "visitor"),
    [
        ("for (", "for", 2, "CodeGenCUDA::Dispatch_(const ForNode*)"),
        ("A[i]", "A", 3, "CodeGenC::Dispatch_(const BufferStoreNode*)"),
        ("(变", "(", 3, "CodeGenC::Dispatch_(const BufferStoreNode*)"),
        ("void", "void", 1, "CodeGenC::AddFunction(const GlobalVar&, const PrimFunc&)"),
    ],
)
def test_the_innermost_mark_wins(context, token, number, visitor):
    explanation = explain.explain(ANALYSIS, "cuda", CUDA.index(context))
    assert (explanation.token, explanation.node.id, explanation.visitor) == (token, number, visitor)
    assert explanation.covering == (number == 3)


def test_the_host_has_a_codegen_of_its_own():
    explanation = explain.explain(ANALYSIS, "cuda", 0, part="host")
    assert explanation.emission == 1
    assert explanation.codegen == "CodeGenCHost"
    assert explanation.visitor.startswith("CodeGenCHost::AddFunction(")


@pytest.mark.parametrize(
    ("target", "offset", "part", "form", "message", "hint"),
    [
        ("c", 0, "", "source", "no target named 'c'", "cuda"),
        ("metal", 0, "", "source", "no kernel", "Bind a loop."),
        ("cuda", len(CUDA), "", "source", "outside", f"{len(CUDA)} characters"),
        ("cuda", -1, "", "source", "outside", "characters"),
        ("cuda", 0, "", "source", "no node wrote line 1, column 1", "Includes"),
        ("cuda", 0, "", "assembly", "no text of the form 'assembly'", "device source"),
    ],
)
def test_what_cannot_be_explained_says_why(target, offset, part, form, message, hint):
    with pytest.raises(RequestError, match=re.escape(message)) as raised:
        explain.explain(ANALYSIS, target, offset, part, form)
    assert hint in raised.value.hint


def test_a_text_without_marks_or_tree_says_so():
    bare = Emission(part="host", title="C", language="c", text="int x;")
    source = Source(target="c", emissions=(bare,))
    analysis = analysis_for_c(TargetAnalysis(source=source, final=TREE))
    with pytest.raises(RequestError, match="no marks"):
        explain.explain(analysis, "c", 0)
    with pytest.raises(RequestError, match="no tree of c") as raised:
        explain.explain(analysis_for_c(TargetAnalysis(source=source)), "c", 0)
    assert "finals=True" in raised.value.hint


@pytest.mark.parametrize(
    "tokens",
    [
        ["x", "[", "i", "]", " ", "+=", " ", "1.5e-3f", ";"],
        ["a", "->", "b", " ", "<<", " ", "0x1F", "&&", '"s \\" t"', ".5f"],
    ],
)
def test_tokens(tokens):
    text = "before\n" + "".join(tokens) + "\nafter"
    source = Source(
        target="c",
        emissions=(
            Emission(
                part="host", title="C", language="c", text=text, marks=(Mark(0, len(text), 1),)
            ),
        ),
    )
    analysis = analysis_for_c(TargetAnalysis(source=source, final=TREE))
    at = len("before\n")
    for token in tokens:
        for offset in range(at, at + len(token)):
            explanation = explain.explain(analysis, "c", offset)
            assert (explanation.token, explanation.place) == (token, Span(at, at + len(token)))
        at += len(token)


# ---------------------------------------------------------------- find


def test_what_became_of_a_piece_of_text():
    (place,) = find(ANALYSIS, Span(STORE, len(TEXT)))
    assert (place.target, place.emission, place.part, place.form) == ("cuda", 0, "device", "source")
    assert CUDA[place.start : place.end] == "A[i] = (变 * 2);"
    assert (place.node, place.certainty) == (3, "exact")


def test_where_nothing_lies_inside_the_smallest_around_it_counts():
    offset = TEXT.index("* 2")
    (place,) = find(ANALYSIS, Span(offset, offset + 1))
    assert (CUDA[place.start : place.end], place.node) == ("变 * 2", 4)


def test_the_whole_text_became_the_functions_of_both_sides():
    places = find(ANALYSIS, Span(0, len(TEXT)))
    assert [(place.emission, place.node) for place in places] == [(0, 1), (1, 1)]


def test_what_stands_outside_of_the_program_became_nothing():
    assert find(ANALYSIS, Span(len(TEXT) + 5, len(TEXT) + 6)) == ()


# ---------------------------------------------------------------- real ones


def test_every_character_of_a_kernel_is_explained():
    analysis = inspected("matmul_gpu", "cuda")
    (emission, _) = analysis.sources["cuda"].emissions
    body = emission.text.index("{", emission.text.rindex("main_kernel("))
    explained = [
        explain.explain(analysis, "cuda", offset)
        for offset in range(body, len(emission.text.rstrip()))
    ]
    assert all(explanation.visitor for explanation in explained)
    assert all(
        explanation.parents[-1].kind == "func"
        for explanation in explained
        if explanation.node.kind != "func"
    )
    syncs = [explanation for explanation in explained if explanation.token == "__syncthreads"]
    assert {(explanation.made_by_name, explanation.certainty) for explanation in syncs} == {
        ("s_tir.ThreadSync", "synthesised")
    }


@pytest.mark.parametrize("target", ["c", "cuda", "opencl", "metal", "webgpu"])
def test_a_store_is_found_in_every_target_and_leads_back(target):
    name = "vector_add" if target != "c" else "add_one"
    analysis = inspected(name, target)
    line = next(line for line in analysis.text.splitlines() if re.match(r" +\w+\[vi\] = ", line))
    start = analysis.text.index(line) + len(line) - len(line.lstrip())
    span = Span(start, start + len(line.strip()))
    places = find(analysis, span)
    stores = [
        place
        for place in places
        if analysis.targets[target].final.nodes[place.node].type_key == "tirx.BufferStore"
    ]
    assert stores
    for place in stores:
        text = analysis.sources[target].emissions[place.emission].text
        offset = text.index("=", place.start, place.end)
        back = explain.explain(analysis, target, offset, place.part, place.form)
        assert (back.span, back.certainty, back.node.id) == (span, "exact", place.node)
    assert {place.part for place in places} == {"host" if target == "c" else "device"}


def test_emissions_are_those_of_the_codegen():
    # What is explained is the very text that the codegen writes without marks.
    program = parsed("add_one")
    recording = record(program.mod, "c")
    assert marked_source(recording).emissions[0].text == (
        emit.emit(recording.lowered).emissions[0].text
    )


# ---------------------------------------------------------------- the table of visitors


# FloorDiv is left over in the range of a thread's IterVar alone, which no codegen reads.
NOT_VISITED = {"prim.FloorDiv"}


@pytest.mark.parametrize("target", ["c", "cuda", "webgpu", "llvm"])
def test_everything_that_reaches_a_codegen_has_a_visitor(target):
    row = catalog.targets()[target]
    writers = [explain.codegen_of(language) for language in {row.language, row.host or "llvm"}]
    assert all(writers)
    met = {"tirx.PrimFunc"}
    for name in EXAMPLES:
        try:
            met |= counts(record(parsed(name).mod, target).stage("final")).keys()
        except VizError:
            continue  # test_codegen says which and why
    assert len(met) > 20
    for key in met - NOT_VISITED:
        assert any(explain.visitor_of(key, writer) for writer in writers), key


def test_the_table_of_visitors_is_consistent():
    codegens = catalog.codegens()
    for key, row in catalog.visitors().items():
        assert key in catalog.nodes()
        assert set(row.classes) <= set(codegens), key
        assert set(row.other) <= set(row.classes), key
        if key != "tirx.PrimFunc":
            assert f"(const {key.rpartition('.')[2]}Node*" in row.method
    for row in codegens.values():
        assert row.base in {"", *codegens}
    written = [language for row in codegens.values() for language in row.languages]
    targets = catalog.targets().values()
    assert {row.language for row in targets if not row.unavailable} <= set(written)
    assert len(written) == len(set(written))


def test_the_library_has_the_visitors_that_the_table_names():
    """TVM's error messages hold the full name of the C++ function that throws."""
    library = Path(tvm.__file__).parent / "lib" / "libtvm_compiler.so"
    named = rb"tvm::codegen::(\w+)::Dispatch_\(const tvm::(?:(\w+)::)?(\w+)Node\*"
    with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        visitors = {tuple(part.decode() for part in names) for names in re.findall(named, data)}
    visitors = {visitor for visitor in visitors if visitor[0] in catalog.codegens()}
    assert len(visitors) > 40
    for codegen_class, namespace, name in visitors:
        row = catalog.visitors()[f"{namespace or 'ir'}.{name}"]
        assert codegen_class in row.classes, (codegen_class, name)
