"""Tokens of emissions: the node that wrote each, the user's text behind it, the certainty."""

import ast
import re
from functools import cache

import pytest

import viz
from tests.support.builds import SOURCE_BUILDS
from tests.support.programs.examples import parsed
from viz.codegen.marked_source import marked
from viz.codegen.marks.temporaries import innermost, temporaries
from viz.ir.walker import walk
from viz.marking import align
from viz.passes.origins.origins_reply import origins_of
from viz.passes.origins.shape_table import fits
from viz.passes.recording import record
from viz.provenance.coverage import coverage
from viz.provenance.explain import explain
from viz.provenance.find import emitting_origins, find
from viz.text import Span, Text

HEAD = "from tvm.script import tirx as T\n\n@T.prim_func\n"

UPDATES = HEAD + (
    'def main(A: T.Buffer((16,), "int32"), B: T.Buffer((16,), "int32"), '
    'C: T.Buffer((16,), "float32")):\n'
    "    for i in range(16):\n"
    "        x = C[i]\n"
    "        C[i] = T.exp(x) + x\n"
    "        C[i] += T.float32(1)\n"
    "        C[i] = x\n"
    "        for j in T.vectorized(8):\n"
    "            if i > 2:\n"
    "                B[j] = B[j] + T.int32(1)\n"
    "        for k in T.unroll(3):\n"
    "            A[i] = A[i] + k\n"
    "        B[i] -= A[i]\n"
    '    assert A[0] > 0, "bad"\n'
)
CHOICES = HEAD + (
    'def main(A: T.Buffer((16, 16), "float32"), B: T.Buffer((16, 16), "float32")):\n'
    "    for i in range(16):\n"
    "        B[i, 0] = T.if_then_else(i < 8, A[i, i + 8], T.float32(0))\n"
    "        B[i, 1] = T.min(A[i, 2] + T.float32(1), T.float32(7))\n"
)
THREADS = HEAD + (
    "def main(a: T.handle, b: T.handle, k: T.int32, s: T.float32):\n"
    "    n = T.int32()\n"
    '    A = T.match_buffer(a, (n,), "float32")\n'
    '    B = T.match_buffer(b, (n,), "float32")\n'
    '    for x in T.thread_binding((n + 127) // 128, thread="blockIdx.x"):\n'
    '        for t in T.thread_binding(128, thread="threadIdx.x"):\n'
    "            if x * 128 + t < n:\n"
    "                B[x * 128 + t] = T.max(A[x * 128 + t] * s, T.float32(1)) "
    '+ T.Cast("float32", k)\n'
)
SYMBOLIC = HEAD + (
    "def main(a: T.handle, b: T.handle):\n"
    "    n = T.int32()\n"
    "    m = T.int32()\n"
    '    A = T.match_buffer(a, (n, m), "float32")\n'
    '    B = T.match_buffer(b, (n, m), "float32")\n'
    "    for i, j in T.grid(n, m):\n"
    "        B[i, j] = A[i, j] * T.float32(2)\n"
)
CONSTANTS = HEAD + (
    'def main(A: T.Buffer((128,), "float32"), H: T.Buffer((128,), "float16")):\n'
    '    for t in T.thread_binding(32, thread="threadIdx.x"):\n'
    "        H[t] = T.max(H[t], T.float16(1))\n"
    "        for j in T.vectorized(4):\n"
    "            A[t * 4 + j] = A[t * 4 + j] * T.float32(2)\n"
)


@cache
def analysis(text, target):
    return viz.inspect(text, [target])


def explained(text, target, needle, part="", form="source"):
    """Explain what stands between « and » in an emission."""
    before, token, after = needle.replace("»", "«").split("«")
    analysed = analysis(text, target)
    emissions = analysed.sources[target].emissions
    shown = next(
        emission for emission in emissions if part in ("", emission.part) and emission.form == form
    )
    at = shown.text.find(before + token + after)
    assert at >= 0, shown.text
    return explain(analysed, target, at + len(before), shown.part, form)


def first_line(text, explanation):
    span = explanation.span
    return None if span is None else text[span.start : span.end].partition("\n")[0]


@pytest.mark.parametrize(
    ("text", "target", "needle", "node", "behind"),
    [
        # A name stands for a load that others name too.
        (UPDATES, "c", "C[i] = (expf(x«[»0]) + x[0]);", "ir.TensorLoad x[0]", "x"),
        (UPDATES, "c", "C[i] = («expf»(x[0])", "ir.Call expf", "T.exp(x)"),
        # The sum of an update is the whole statement.
        (UPDATES, "c", "C[i] = (C[i] «+» 1.0", "prim.Add +", "C[i] += T.float32(1)"),
        (UPDATES, "c", "B[i] = (B[i] «-» A[i]);", "prim.Sub -", "B[i] -= A[i]"),
        (UPDATES, "c", "  «if» (!((0 < A[0])))", "tirx.AssertStmt", 'assert A[0] > 0, "bad"'),
        # A pass replaced the loop around it.
        (UPDATES, "c", "«if» (2 < i) {", "tirx.IfThenElse", "if i > 2:"),
        (UPDATES, "c", "if (2 «<» i) {", "prim.LT <", "i > 2"),
        # A buffer's name is where that buffer is read or written.
        (UPDATES, "c", "C[i] = («C»[i] + 1.0", "ir.Var C", "C"),
        (SYMBOLIC, "c", "«B»[cse_v2] = ", "ir.Var B", "B"),
        (SYMBOLIC, "c", " = («A»[cse_v2] * ", "ir.Var A", "A"),
        # Scalars of a signature, and of a shape.
        (THREADS, "cuda", ", int «k», int n", "ir.Var k", "k: T.int32"),
        (THREADS, "cuda", ", int k, int «n»", "ir.Var n", "n = T.int32()"),
        (THREADS, "cuda", "< «n») {", "ir.Var n", "n"),
        (THREADS, "cuda", "((float)«k»)", "ir.Var k", "k"),
        # What an expression writes ahead of its statement.
        (CHOICES, "c", "float condval_2«;»", "ir.Call if_then_else", "T.if_then_else(i < 8"),
        (CHOICES, "c", "«float» v_ = A[", "prim.Min min", "T.min(A[i, 2] + T.float32(1)"),
        # Constants that may not be marked, in one piece with their comment.
        (THREADS, "cuda", "* s), «0x1p+0f/*1.000000e+00*/»)", "ir.FloatImm 1.0", "T.float32(1)"),
        (CONSTANTS, "cuda", "max(H_ptr[((int)threadIdx.x)], «__float2half_rn»(", "ir.FloatImm 1.0", "T.float16(1)"),
        (CONSTANTS, "cuda", ", «0x1p+1f/*2.000000e+00*/», ", "ir.FloatImm 2.0", "T.float32(2)"),
        (CHOICES, "c", " : («7.000000e+00f»))", "ir.FloatImm 7.0", "T.float32(7)"),
        # What a function declares around itself.
        (THREADS, "webgpu", "«@group»(0) @binding(0)", "ir.Var A_ptr", "A = T.match_buffer(a"),
        (THREADS, "webgpu", "«struct» PODArgs", "tirx.PrimFunc", "def main(a: T.handle"),
        (THREADS, "cuda", "«extern» \"C\" __global__", "tirx.PrimFunc", "def main(a: T.handle"),
    ],
)  # fmt: skip
def test_a_token_leads_to_its_node_and_to_the_text_behind_it(text, target, needle, node, behind):
    explanation = explained(text, target, needle)
    assert f"{explanation.node.type_key} {explanation.node.label}".startswith(node)
    assert (first_line(text, explanation) or "").startswith(behind)
    assert not explanation.covering
    token = needle.replace("»", "«").split("«")[1]
    assert explanation.token == token or explanation.token in token or token in explanation.token


def test_shared_memory_is_declared_by_its_allocation():
    text = viz.frontend.examples.examples()["transpose_shared"].text
    explanation = explained(text, "webgpu", "«var»<workgroup> tile")
    assert explanation.node.type_key == "tirx.AllocBuffer"
    assert first_line(text, explanation).startswith("tile = ")


def test_text_that_a_packed_call_writes_ahead_has_its_mark():
    # The second call is the kernel's: what it needs has other names than that of the first.
    for needle in (
        "«if» (__tvm_set_device_packed",
        "«if» (main_kernel_packed",
        "«TVMFFIAny» result_1",
    ):
        assert explained(THREADS, "cuda", needle, part="host").node.type_key == "ir.Call"


@pytest.mark.parametrize(
    ("text", "target", "first"),
    [(THREADS, "webgpu", "@group"), (SYMBOLIC, "c", "#ifdef __cplusplus")],
)
def test_all_text_before_a_function_has_a_mark(text, target, first):
    emission = analysis(text, target).sources[target].emissions[0]
    owned = set().union(*(range(mark.start, mark.end) for mark in emission.marks))
    start = emission.text.index(first)
    free = {at for at in range(start, len(emission.text)) if at not in owned}
    assert not "".join(emission.text[at] for at in free).strip()


def test_variables_of_the_user_are_not_synthesised():
    # "Made by no pass" and "no text of yours" contradict each other.
    for text, target in ((THREADS, "cuda"), (SYMBOLIC, "c"), (UPDATES, "c")):
        analysed = analysis(text, target)
        nodes = analysed.targets[target].final.nodes
        assert not [
            nodes[origin.node].label
            for origin in analysed.targets[target].origins.nodes
            if nodes[origin.node].type_key == "ir.Var"
            and (origin.made_by, origin.certainty) == (0, "synthesised")
        ]


def test_a_function_is_its_def():
    explanation = explained(UPDATES, "c", "«TVM_DLL» int32_t __tvm_ffi_main(")
    assert explanation.node.type_key == "tirx.PrimFunc"
    assert explanation.span == Span(UPDATES.index("def main"), len(UPDATES.rstrip()))


def test_llvm_has_marks_of_statements():
    explanation = explained(
        viz.frontend.examples.examples()["add_one"].text, "llvm", "«fadd»", form="ir"
    )
    assert explanation.node.type_key == "tirx.BufferStore"
    assert explanation.covering  # the Add wrote it


def test_the_return_of_a_function_is_not_in_the_mark_of_its_last_statement():
    analysed = analysis(viz.frontend.examples.examples()["add_one"].text, "llvm")
    emission = next(
        emission for emission in analysed.sources["llvm"].emissions if emission.form == "ir"
    )
    nodes = analysed.targets["llvm"].final.nodes
    ends = [match.start() for match in re.finditer(r"ret void", emission.text)]
    assert ends
    stores = [m for m in emission.marks if nodes[m.node].type_key == "tirx.BufferStore"]
    assert stores
    assert not any(mark.start <= end < mark.end for mark in stores for end in ends)


def found_in(text, target, line):
    lines = Text(text)
    span = lines.line_span(line)
    start = span.start + len(lines.line(line)) - len(lines.line(line).lstrip())
    analysed = analysis(text, target)
    emissions = analysed.sources[target].emissions
    return [
        emissions[place.emission].text[place.start : place.end]
        for place in find(analysed, Span(start, span.end))
    ]


def line_of(text, stripped):
    return next(i for i, line in enumerate(text.splitlines(), 1) if line.strip() == stripped)


def test_an_unrolled_loop_became_its_copies():
    texts = found_in(UPDATES, "c", line_of(UPDATES, "for k in T.unroll(3):"))
    assert texts == ["A[i] = (A[i] + 1);", "A[i] = (A[i] + 2);"]


def test_the_first_line_of_a_loop_means_the_loop():
    (loop,) = found_in(UPDATES, "c", line_of(UPDATES, "for i in range(16):"))
    assert loop.startswith("for (int32_t i = 0")
    (branch,) = found_in(UPDATES, "c", line_of(UPDATES, "if i > 2:"))
    assert branch.startswith("if (2 < i) {")


@pytest.mark.parametrize(
    "call",
    [
        'B[i] = T.call_pure_extern("float32", "__viz8", B[i] + T.float32(3))',
        'T.evaluate(T.call_extern("int32", "__viz7", i + 1))',
        'T.evaluate(T.call_extern("int32", "__vizz7", T.call_extern("int32", "__viz7", i + 1)))',
    ],
)
def test_a_program_may_use_the_name_of_a_mark(call):
    head = 'def main(B: T.Buffer((16,), "float32")):'
    text = f"{HEAD}{head}\n    for i in range(16):\n        {call}\n"
    (emission,) = analysis(text, "c").sources["c"].emissions
    assert emission.verified == "expressions"
    assert explained(text, "c", "++«i»").node.label == "i"


def test_a_prefix_is_chosen_that_the_text_does_not_use():
    assert align.unused("int a;") == "viz"
    assert align.unused('f("vizz", viz)') == "vizzz"


def test_a_temporary_that_no_node_uses_has_no_mark():
    text = "{\n  int v_ = f(1);\n  g();\n}"
    placed = [(0, len(text), 1)]
    assert temporaries(text, placed, innermost(text, placed)) == ([], set(), set())


# ---------------------------------------------------------------- all examples


FLOAT = re.compile(
    r'"(?:\\.|[^"\\\n])*"|//[^\n]*|(?<![\w.])'
    r"(?P<word>0x[\da-f.]+p[+-]?\d+f?/\*[^*]*\*/|\d+\.\d+(?:e[+-]?\d+)?[fh]?)(?![\w.])"
)
NAME = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/|(?<![\w.])(?P<word>[A-Za-z_]\w*)')


@pytest.mark.parametrize(("name", "target"), SOURCE_BUILDS)
def test_words_have_marks_of_leaves_and_exact_origins_have_the_shape_of_their_node(name, target):
    program = parsed(name)
    recording = record(program.mod, target)
    source, traced = marked(recording), origins_of(recording, program.user_span)
    final = walk(recording.lowered.final(), "final", target, program.user_span)
    for emission in source.emissions:
        check_words(emission, final)
        measured = coverage(traced, final, emission)
        assert measured.exact >= 0.95 * measured.characters
        assert measured.none == 0
    check_exact(emitting_origins(source, traced.nodes, final), final, program)


def check_words(emission, final):
    """A constant has the mark of a FloatImm, a name that of a Var, or that of an ambiguous owner."""
    owner = [-1] * len(emission.text)
    names = set()
    for mark in emission.marks:
        owner[mark.start : mark.end] = [mark.node] * (mark.end - mark.start)
        if final.nodes[mark.node].type_key == "ir.Var":
            names.add(emission.text[mark.start : mark.end])
    for pattern, key in ((FLOAT, "ir.FloatImm"), (NAME, "ir.Var")):
        for match in pattern.finditer(emission.text):
            node = owner[match.start("word")] if match["word"] else -1
            if node < 0 or node in emission.covering:
                continue
            if key == "ir.Var" and match["word"] not in names:
                continue
            context = emission.text[match.start() - 30 : match.end() + 30]
            assert final.nodes[node].type_key == key, (final.nodes[node], context)


def check_exact(origins, final, program):
    """An exact origin is a piece of Python in the user's text, of the shape of the node's class."""
    text = Text(program.program.text)
    python = {}
    for node in ast.walk(ast.parse(text.string)):
        if hasattr(node, "lineno"):
            start = text.offset_of_byte(node.lineno, node.col_offset)
            end = text.offset_of_byte(node.end_lineno, node.end_col_offset)
            python.setdefault(Span(start, end), []).append(node)
    exact = [origin for origin in origins if origin.certainty == "exact"]
    assert exact
    for origin in exact:
        key = final.nodes[origin.node].type_key
        shapes = python.get(origin.span, ())
        assert any(fits(key, node) for node in shapes), (key, text.slice(origin.span))
