"""Marks: verified on every example and target, and right where a person can tell."""

import re
from functools import partial

import pytest

import viz
from tests.support.builds import EVERY_BUILD, SOURCE_BUILDS, SOURCE_TARGETS, USUAL_SOURCES
from tests.support.marks import check_invariants
from tests.support.programs import gpu_modules
from tests.support.programs.examples import parsed
from tests.support.programs.thorough import VARIED, usually
from viz.codegen import emit
from viz.codegen.marked_source import marked
from viz.codegen.marks import variables
from viz.codegen.marks.clones import groups, placement, plan, runs
from viz.codegen.marks.leaf_tokens import complete, nested
from viz.codegen.marks.reprints.match import reprints
from viz.frontend.program import read
from viz.ir.labels import type_key
from viz.ir.parse import parse
from viz.ir.walker import occurrences, walk
from viz.marking import align, char_index
from viz.passes.recording import record


def trace(name, target):
    program = parsed(name)
    recording = record(program.mod, target)
    source = marked(recording)
    tree = walk(recording.lowered.final(), "final", target, program.user_span)
    return recording, source, tree


USUAL = {
    build
    for build in EVERY_BUILD
    if build in USUAL_SOURCES
    or build[1] == "cuda"
    or (build[0] in VARIED and build[1] not in SOURCE_TARGETS)
}


@pytest.mark.parametrize(("name", "target"), usually(EVERY_BUILD, USUAL))
def test_marks_are_sound_and_the_same_without_clones(monkeypatch, name, target):
    recording, source, tree = trace(name, target)
    unmarked = emit.emit(recording.lowered)
    for emission, plain in zip(source.emissions, unmarked.emissions, strict=True):
        if emission.form == "source":
            assert emission.text == plain.text
            assert emission.verified == "expressions"
        else:
            assert emission.verified == "statements"
        check_invariants(emission, tree)
    if target != "llvm":  # clones save time, and nothing else
        monkeypatch.setattr(groups, "MIN_CLONED_NODES", 10**9)
        assert marked(recording).emissions == source.emissions


CLONED = ["matmul", "dequantize_q4f16", "softmax", "conv2d", "prefix_sum"]
CLONED_BUILDS = [(name, target) for name in CLONED for target in ("c", "cuda", "metal", "webgpu")]


@pytest.mark.parametrize(
    ("name", "target"),
    usually(
        CLONED_BUILDS,
        {
            ("matmul", "cuda"),
            ("dequantize_q4f16", "c"),
            ("softmax", "metal"),
            ("conv2d", "webgpu"),
            ("prefix_sum", "cuda"),
        },
    ),
)
def test_clones_have_the_same_marks_where_they_must_be_written(monkeypatch, name, target):
    _, source, _ = trace(name, target)
    # Nothing is like what was written without clones.
    monkeypatch.setattr(plan, "with_temporaries_of", lambda text, marked: "")
    _, written, _ = trace(name, target)
    assert source.emissions == written.emissions


def test_most_of_an_unrolled_kernel_is_clones_and_what_is_written_otherwise_is_none(monkeypatch):
    clones, unlike = [], []
    add = placement.Placement.add

    def counted(self, outside, nodes, groups):
        add(self, outside, nodes, groups)
        clones.append(sum(len(group.clones) for group in groups))
        unlike.append(len(self.unlike))

    monkeypatch.setattr(placement.Placement, "add", counted)
    trace("matmul", "cuda")
    assert max(clones) > 100
    assert not any(unlike)
    trace("softmax", "cuda")  # its volatile buffers are cast, the others are not
    assert any(unlike)


@pytest.mark.parametrize(("name", "target"), SOURCE_BUILDS)
def test_variables_have_the_words_that_other_names_of_theirs_would_replace(name, target):
    recording, source, tree = trace(name, target)
    for emission, writing in zip(source.emissions, emit.writings(recording.lowered), strict=True):
        if emission.form != "source":
            continue  # the host's LLVM IR
        found = variables.variable_words(
            writing.mod, emission.text, partial(emit.write, target=writing.target), "unused"
        )
        assert found.words
        handles = {each.id: each.handle for each in recording.final}
        for mark in emission.marks:
            said = emission.text[mark.start : mark.end]
            if tree.nodes[mark.node].type_key == "ir.Var" and re.fullmatch(r"\w+", said):
                variable = found.written_as(handles[mark.node])
                if variable in found.named:
                    assert found.words[mark.start] == (mark.end, variable)


def test_a_loop_over_a_variable_named_like_a_keyword_has_its_words():
    _, source, tree = trace("matmul", "cuda")
    kernel = source.emissions[0]
    start = kernel.text.index("for (int var = 0; var < 1; ++var)")
    marked = {
        (mark.start - start, mark.end - start)
        for mark in kernel.marks
        if tree.nodes[mark.node].label == "var"
    }
    assert {(9, 12), (18, 21), (29, 32)} <= marked


def _refuse(*_):
    raise RuntimeError("no text for these names")


@pytest.mark.parametrize("broken", [("_compared", lambda *_: None), ("_with_own_names", _refuse)])
def test_marks_without_the_variables_are_verified_partly(monkeypatch, broken):
    _, source, tree = trace("matmul", "cuda")
    assert {each.verified for each in source.emissions} == {"expressions"}
    monkeypatch.setattr(variables, *broken)
    _, without, _ = trace("matmul", "cuda")
    assert {each.verified for each in without.emissions} == {"partly"}
    for emission, lacking in zip(source.emissions, without.emissions, strict=True):
        assert len(lacking.marks) < len(emission.marks)
        check_invariants(lacking, tree)


def test_texts_that_differ_in_more_than_names_name_no_variables():
    words = variables._compared
    assert words("x viz0z_1 + v__1 y", "x a_1 + v__2 y", "viz") == [(2, 5, 0)]
    assert words("int viz0z; viz1z", "int 变量; a", "viz") == [(4, 6, 0), (8, 9, 1)]
    assert words("x viz0z", "y a", "viz") is None
    assert words("x viz0z", "x (", "viz") is None
    assert words("x viz0z;", "x a; b", "viz") is None
    assert words("v viz0z", "v_w a", "viz") is None


VECTORS = """
from tvm.script import tirx as T

@T.prim_func
def main(A: T.Buffer((4096,), "float32"), B: T.Buffer((4096,), "float32")):
    bx = T.launch_thread("blockIdx.x", 4)
    tx = T.launch_thread("threadIdx.x", 32)
    L = T.alloc_buffer((8,), scope="local")
    M = T.alloc_buffer((8,), scope="local")
    for n in T.unroll(8):
        L[n] = A[tx + n]
    for n in T.unroll(8):
        M[n] = A[tx + n + 8]
    for i in T.vectorized(4):
        B[tx * 4 + i] = L[i] + M[i + 4]
"""


@pytest.mark.parametrize("target", ["metal", "webgpu"])
@pytest.mark.parametrize("least", [groups.MIN_CLONED_NODES, 10**9])
def test_a_buffer_is_written_by_all_that_touches_it(monkeypatch, target, least):
    # Where all that touches M is vectors, M is an array of vectors: no store may be missing.
    monkeypatch.setattr(groups, "MIN_CLONED_NODES", least)
    found = viz.inspect(VECTORS, [target], finals=True)
    [kernel] = (each for each in found.sources[target].emissions if each.part == "device")
    nodes = {node.id: node for node in found.targets[target].final.nodes}
    loads = {
        kernel.text[mark.start : mark.end]
        for mark in kernel.marks
        if nodes[mark.node].type_key == "ir.TensorLoad" and nodes[mark.node].dtype == "float32x4"
    }
    assert len(loads) == 2
    assert not kernel.covering


def test_a_difference_names_its_statement_and_what_stands_around_it():
    marked = align.Marked('"viz<1";\na = __viz2(b + __viz3(c));\n"viz>1";\n')
    reference = align.Marked('"viz<1";\na = b + tmp;\n"viz>1";\n')
    [difference] = align.differences(marked, reference)
    assert difference.statement == 1
    assert difference.around == (3, 2)
    assert align.align(marked, char_index.Characters("a = b + tmp;\n")) is None


def test_a_text_without_marks_says_so_and_one_beyond_ascii_counts_characters():
    plain = char_index.Characters("é = 1;\n")
    assert align.align(align.Marked("é = (1);\n"), plain) == []
    marked = align.Marked('"viz<3";\né = __viz4((1));\n"viz>3";\n')
    assert align.align(marked, plain) == [(4, 5, 4), (0, 6, 3)]


def test_redundant_parentheses_do_not_matter_and_stay_inside_their_node():
    marked = align.Marked('"viz<1";\nif ((__viz2((a < b)))) {\n}\n"viz>1";\n')
    text = "if ((a < b)) {\n}\n"
    placed = {
        number: text[start:end]
        for start, end, number in align.align(marked, char_index.Characters(text))
    }
    assert placed == {1: "if ((a < b)) {\n}", 2: "(a < b)"}


def test_strings_and_comments_hide_parentheses():
    marked = align.Marked('"viz<1";\nf(")", __viz2(x) /* 1.0 */); // (\n"viz>1";\n')
    text = 'f(")", x /* 1.0 */); // (\n'
    placed = align.align(marked, char_index.Characters(text))
    assert {number: text[start:end] for start, end, number in placed}[2] == "x"


def test_a_reprint_ends_before_the_name_of_its_result():
    [reprint] = reprints('"viz{7";\nfloat2 __1;\n__1.x = (a.x*2);\n__1;\n"viz}7";\n')
    assert reprint.tokens[-1] == ";"
    assert reprint.tokens[:3] == ("float2", "__1", ";")


def test_words_are_nobodys_where_some_are_written_ahead_of_the_others():
    # Only the store is marked. It writes the sums first, and its own A[1] after them.
    text = "int main() {\n  float v__1 = A[1] + A[1];\n  A[1] = f(v__1 < b ? v__1 : b, 7);\n}"
    source = (
        "@T.prim_func\n"
        'def main(A: T.Buffer((8,), "float32"), b: T.float32):\n'
        '    A[1] = T.call_extern("float32", "f", T.min(A[1] + A[1], b), 7)\n'
    )
    nodes = {each.id: each for each in occurrences(parse(read(source)).mod["main"])}
    [store] = (n for n, each in nodes.items() if type_key(each.obj) == "tirx.BufferStore")
    handles = {
        str(each.obj.name): each.handle for each in nodes.values() if type_key(each.obj) == "ir.Var"
    }
    words = variables.VariableWords(
        {m.start(): (m.end(), handles[m[0]]) for m in re.finditer(r"\b[Ab]\b", text)}
    )
    placed, ambiguous = complete(text, {"main": nodes}, [(15, len(text) - 2, store)], words)
    named = {text[start:end]: nodes[number].field for start, end, number in placed}
    assert named.pop("7") == "args[2]"
    assert not {"A", "1"} & named.keys()
    assert store in ambiguous


def test_crossing_marks_are_dropped():
    assert nested([(0, 5, 1), (3, 8, 2), (1, 4, 3)]) == [(0, 5, 1), (1, 4, 3)]


HEAD = "from tvm.script import tirx as T\n@T.prim_func\n"


@pytest.mark.parametrize(
    ("number", "target", "text"),
    [
        (  # what no codegen calls white space is part of the name
            9,
            "c",
            'def main(C: T.Buffer((64,), "int32")):\n    for i in T.unroll(9):\n'
            '        T.evaluate(T.call_extern("int32", "\\x0cfoo\\x02", C[i]))\n',
        ),
        (  # the name of a result that an argument sets beforehand
            1,
            "webgpu",
            'def main(A: T.Buffer((64,), "float32"), C: T.Buffer((64,), "int32")):\n'
            '    tx = T.launch_thread("threadIdx.x", 32)\n    T.evaluate(T.call_extern('
            '"int32", "foo", T.if_then_else(C[0] > 8, A[1], T.float32(0)), 6))\n',
        ),
    ],
)
def test_calls_of_odd_functions_are_marked(number, target, text):
    found = viz.inspect(HEAD + text, [target], finals=True)
    nodes = {node.id: node for node in found.targets[target].final.nodes}
    emission = found.sources[target].emissions[0]
    assert emission.verified == "expressions"
    called = [
        emission.text[mark.start : mark.end]
        for mark in emission.marks
        if nodes[mark.node].type_key == "ir.Call"
    ]
    assert sum("foo" in each and each.endswith(")") for each in called) == number


def test_where_lines_mislead_all_is_marked_by_itself(monkeypatch):
    def misled(marked, prefix, text, of, *, only_needed):
        found = runs.elide(marked, prefix, text, of, only_needed=only_needed)
        return found._replace(cuts=[(0, len(text) // 2)]) if of else found

    _, right, _ = trace("matmul", "cuda")
    monkeypatch.setattr(plan, "elide", misled)
    _, found, _ = trace("matmul", "cuda")
    assert found.emissions == right.emissions


def test_marks_that_break_the_codegen_leave_the_statements(monkeypatch):
    # A codegen that refuses whatever holds a marked expression.
    write = emit.write

    def refusing(mod, target):
        text = write(mod, target)
        if "__viz" in text:
            raise ValueError("unknown call")
        return text

    monkeypatch.setattr(emit, "write", refusing)
    _, source, tree = trace("vector_add", "c")
    [emission] = source.emissions
    assert emission.verified == "statements"
    check_invariants(emission, tree)
    assert "tirx.BufferStore" in {tree.nodes[mark.node].type_key for mark in emission.marks}


@pytest.mark.parametrize("target", ["cuda", "metal", "webgpu"])
def test_functions_of_another_symbol_have_their_heads(target):
    program = parse(read(gpu_modules.OTHER_SYMBOLS))
    recording = record(program.mod, target)
    tree = walk(recording.lowered.final(), "final", target)
    written = {
        emission.text[mark.start : mark.end]
        for emission in marked(recording).emissions
        for mark in emission.marks
        if tree.nodes[mark.node].kind == "func"
    }
    for symbol in "alpha_kernel", "beta_kernel", "__tvm_ffi_alpha", "__tvm_ffi_beta":
        assert any(f"{symbol}(" in text and text.endswith("}") for text in written), symbol
