"""Kernels that a GPU cannot launch: warnings with the source, at the user's line."""

from __future__ import annotations

import pytest

import viz
from viz.errors import RequestError
from viz.model import Options
from viz.passes.targets import target_of
from viz.text import Text

KERNEL = """
@T.prim_func(s_tir=True)
def big(A: T.Buffer(({elements},), "float32"), B: T.Buffer(({elements},), "float32")):
    tile = T.sblock_alloc_buffer(({elements},), "float32", scope="shared")
    for t in T.thread_binding({threads}, thread="threadIdx.x"):
        for s in range({each}):
            with T.sblock("write"):
                v = T.axis.spatial({elements}, s * {threads} + t)
                tile[v] = A[v]
        for s in range({each}):
            with T.sblock("read"):
                v = T.axis.spatial({elements}, s * {threads} + t)
                B[v] = tile[{elements} - 1 - v]
"""


def limits(text: str, arch: str = "") -> list[tuple[str, int]]:
    """Return the ids of the problems of a CUDA text, and their 1-based lines; 0 without one."""
    analysis = viz.inspect(text, ["cuda"], options=Options(arch=arch))
    return [
        (problem.what.id, Text(text).position(problem.span.start).line if problem.span else 0)
        for problem in analysis.sources["cuda"].problems
    ]


@pytest.mark.parametrize(
    ("threads", "each", "found"),
    [
        (1024, 12, []),
        (1024, 13, [("too-much-shared", 4)]),
        (2048, 1, [("too-many-threads", 5)]),
        (2048, 8, [("too-many-threads", 5), ("too-much-shared", 4)]),
    ],
)
def test_threads_and_shared_memory_beyond_the_limit_are_said_at_their_lines(threads, each, found):
    text = KERNEL.format(elements=threads * each, threads=threads, each=each)
    assert limits(text) == found


def test_architectures_without_numbers_of_eight_bits_are_named():
    text = """
@T.prim_func
def scale(A: T.Buffer((64,), "float8_e5m2"), B: T.Buffer((64,), "float16")):
    for i in T.thread_binding(64, thread="threadIdx.x"):
        B[i] = T.Cast("float16", A[i])
"""
    assert limits(text) == [("no-fp8", 0)]
    assert limits(text, "sm_90") == []


@pytest.mark.parametrize(("target", "arch"), [("cuda", "sm_999"), ("llvm", "zen9")])
def test_an_unknown_architecture_is_refused(target, arch):
    with pytest.raises(RequestError, match=arch):
        target_of(target, Options(arch=arch))
