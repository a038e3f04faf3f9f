"""Properties of random programs: parsing, C text, outputs, marks.

The programs are the same in every run. With TIRSCOPE_EXAMPLES=1000 each test takes that many, and
other ones each time.
"""

import os
from random import Random

import numpy as np
import pytest
import tvm
from hypothesis import HealthCheck, given, settings

from tests.support.marks import check_invariants
from tests.support.programs.outputs import outputs, read
from tests.support.programs.random_programs import Writer, programs
from tests.support.structural_walk import differences
from viz.codegen import emit
from viz.codegen.marked_source import marked
from viz.codegen.marks.clones import groups
from viz.errors import LoweringError
from viz.ir.walker import walk
from viz.passes import pipeline
from viz.passes.origins.origins_reply import origins_of
from viz.passes.recording import record
from viz.runtime.devices import DEVICES

HUNT = int(os.environ.get("TIRSCOPE_EXAMPLES", "0"))


def examples(few: int) -> settings:
    return settings(
        max_examples=HUNT or few,
        derandomize=not HUNT,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


needs_c = pytest.mark.skipif(bool(DEVICES["c"].missing()), reason="no C compiler is installed")


@examples(24)
@given(programs())
def test_it_parses_unchanged_and_the_walk_is_tvms(text):
    check_reading(text)


@examples(24)
@given(programs())
def test_its_c_is_what_tvm_compile_writes(text):
    check_c(text)


@needs_c
@examples(10)
@given(programs(exact=True))
def test_c_and_llvm_compute_the_same(text):
    check_run(text)


def check_reading(text: str) -> None:
    parsed = read(text)
    assert parsed.edits == ()
    assert differences(parsed.mod) == (set(), set())


def check_c(text: str) -> None:
    lowered = pipeline.lower(read(text).mod, "c")
    emitted = emit.emit(lowered).emissions[0].text
    assert emitted == tvm.compile(read(text).mod, target=lowered.target).mod.inspect_source()


def check_run(text: str) -> None:
    through_c, through_llvm = outputs(text, "c"), outputs(text, "llvm")
    assert through_c
    for name, value in through_c.items():
        np.testing.assert_array_equal(value, through_llvm[name], err_msg=name)


def test_every_construct_of_the_grammar_is_generated():
    texts = [Writer(Random(seed).randint).function() for seed in range(500)]
    rare = {word for word in WORDS if sum(word in text for text in texts) < 5}
    assert not rare


WORDS = (
    *("range(", "T.serial(", "T.unroll(", "T.parallel(", "T.vectorized(", "T.grid(", "while "),
    *("if ", "else:", "break", "continue", "assert ", "T.let", "T.bind(", "not ", " and ", " or "),
    *("T.sblock(", "T.init()", "T.axis.spatial(", "T.axis.remap(", "T.sblock_alloc_buffer("),
    *("T.alloc_buffer(", "T.match_buffer(", "s_tir=True", "T.if_then_else(", "T.Select(", "T.Cast("),
    *("T.min(", "T.max(", " // ", " % ", "T.truncdiv(", "T.truncmod(", " << ", " >> ", " & ", " ^ "),
    *("T.exp(", "T.sqrt(", " / ", '"bool"', '"int64"', '"float16"', "T.int32()", ': T.float32 ='),
)  # fmt: skip

# ---------------------------------------------------------------- mistakes of TVM 0.27
#
# The grammar leaves these out. When one passes, TVM has fixed it: let programs.py generate it.

HEAD = "@T.prim_func\ndef main(a: T.handle, B: T.Buffer((4,), 'int32'), C: T.Buffer((4,), 'float16'), f: T.float32):\n"
HEAD += "    n = T.int32()\n    A = T.match_buffer(a, (n,), 'float32')\n"
WRONG = {
    "the C codegen's max takes what it loaded before the store again": (
        check_run,
        "for i in range(4):\n"
        "    B[i] = T.max(B[i], 0)\n"
        "    B[i] = B[i] + 10\n"
        "    B[i] = T.max(B[i], 0)\n",
    ),
    "LowerIntrin binds rmod twice": (check_run, "for i in range(3):\n    A[(3 - i) % n] = 1.0\n"),
    "LLVM's codegen makes an IntImm of a float": (
        check_run,
        "x = T.bind(f * T.Cast('float32', A[0] < A[1]))\nA[0] = x\n",
    ),
    "the C codegen has no functions of float16": (check_c, "C[0] = T.exp(C[0])\n"),
    "the C codegen has no T.abs of floats": (check_c, "A[0] = T.abs(A[0])\n"),
    "the C codegen has no functions of vectors": (
        check_c,
        "for i in T.vectorized(4):\n    A[i] = T.exp(A[i])\n",
    ),
    "the C codegen has no vectors of bool": (
        check_c,
        "for i in T.vectorized(4):\n    B[i] = T.Select(B[0] > 0, B[i], 0)\n",
    ),
    "a block's detected writes name the local that it makes": (
        check_reading,
        "for i in range(4):\n"
        "    with T.sblock('b'):\n"
        "        v = T.axis.spatial(4, i)\n"
        "        L = T.alloc_buffer((1,), 'int32')\n"
        "        L[0] = B[v]\n"
        "        B[v] = L[0]\n",
    ),
}


def known(name: str):
    mark = pytest.mark.xfail(reason=name, raises=(AssertionError, LoweringError))
    return pytest.param(*WRONG[name], id=name, marks=mark)


@needs_c
@pytest.mark.parametrize(("check", "body"), [known(name) for name in WRONG])
def test_known_mistakes_of_tvm(check, body):
    head = HEAD.replace("func", "func(s_tir=True)") if "sblock" in body else HEAD
    text = head + "".join(f"    {line}\n" for line in body.splitlines())
    check(text)


# ---------------------------------------------------------------- marks


@examples(12)
@given(programs())
def test_its_marks_nest_and_its_text_stays(text):
    parsed = read(text)
    recording = record(parsed.mod, "c")
    program = marked(recording)
    tree = walk(recording.lowered.final(), "final", "c", parsed.user_span)
    [plain] = emit.emit(recording.lowered).emissions
    [emission] = program.emissions
    assert emission.text == plain.text
    assert emission.verified in ("expressions", "partly")
    check_invariants(emission, tree, says={})  # with temporaries, words stand elsewhere
    stores = {node.id for node in tree.nodes if node.type_key == "tirx.BufferStore"}
    assert stores <= {mark.node for mark in emission.marks}
    for origin in origins_of(recording, parsed.user_span).nodes:
        assert origin.span is None or 0 <= origin.span.start < origin.span.end <= len(text)
        assert (origin.span is None) == (origin.certainty in ("synthesised", "lost"))


@examples(12)
@given(programs())
def test_a_copy_of_a_statement_is_marked_as_it_would_be_by_itself(text):
    parsed = read(text)
    recording = record(parsed.mod, "c")
    sources = []
    for worth in (1, 10**9):  # each copy, and none
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(groups, "MIN_CLONED_NODES", worth)
            sources.append(marked(recording))
    assert sources[0] == sources[1]
