"""Warnings of what no GPU runs as it is meant, with the source and before a run, at the line."""

from __future__ import annotations

import pytest

from viz.errors import VizError
from viz.model import EMULATED, Request, RunPart, SourcePart
from viz.service.engine.dispatch import answer
from viz.text import Text

HEAD = """
@T.prim_func
def f(A: T.Buffer((256,), "int32"), B: T.Buffer((256,), "int32"), C: T.Buffer((), "int32")):
"""
BLOCKS = 'for bx in T.thread_binding(4, thread="blockIdx.x"):'
THREADS = 'for tx in T.thread_binding(64, thread="threadIdx.x"):'
ROTATE = """
            S[tx] = A[bx * 64 + tx]
            B[bx * 64 + tx] = S[63 - tx]
"""
OUTSIDE = f"""
    {{declared}}
    {BLOCKS}
        {THREADS}{ROTATE}"""
COPY = f"""
    {THREADS}
        B[tx] = A[tx]
"""

PROGRAMS = {
    "shared memory": (
        "buffer-outside-threads",
        OUTSIDE.format(declared='S = T.alloc_buffer((64,), "int32", scope="shared")  # here'),
    ),
    "dynamic shared memory": (
        "buffer-outside-threads",
        OUTSIDE.format(declared='S = T.alloc_buffer((64,), "int32", scope="shared.dyn")  # here'),
    ),
    "T.alloc_local": (
        "buffer-outside-threads",
        OUTSIDE.format(declared='S = T.alloc_local((64,), "int32")  # here'),
    ),
    "above T.launch_thread": (
        "buffer-outside-threads",
        """
    tx = T.env_thread("threadIdx.x")
    S = T.alloc_shared((64,), "int32")  # here
    T.launch_thread(tx, 64)
    S[tx] = A[tx]
    B[tx] = S[63 - tx]
""",
    ),
    "blocks along y": (
        "too-many-blocks-along",
        f"""
    for by in T.thread_binding(100000, thread="blockIdx.y"):  # here
        {THREADS}
            B[tx] = A[tx]
""",
    ),
    "launched blocks along y": (
        "too-many-blocks-along",
        """
    by = T.env_thread("blockIdx.y")
    T.launch_thread("threadIdx.x", 1)
    T.launch_thread(by, 100000)  # here
    B[by % 256] = 1
""",
    ),
    "blocks along x": (
        "too-many-blocks-along",
        """
    for bx in T.thread_binding(3000000000, thread="blockIdx.x"):  # here
        for tx in T.thread_binding(1, thread="threadIdx.x"):
            B[tx] = A[tx]
""",
    ),
    "threads along z": (
        "too-many-threads-along",
        """
    for tz in T.thread_binding(128, thread="threadIdx.z"):  # here
        B[tz] = A[tz]
""",
    ),
    "threads of a TIRx kernel": (
        "too-many-threads",
        """
    T.device_entry()
    bx = T.cta_id([1])
    tx = T.thread_id([2048])  # here
    B[tx % 256] = A[tx % 256]
""",
    ),
    "blocks of a TIRx kernel": (
        "too-many-blocks-along",
        """
    T.device_entry()
    bx, by = T.cta_id([1, 100000])  # here
    tx = T.thread_id([64])
    B[tx] = A[tx]
""",
    ),
    "a scalar written by the host": ("host-access-in-writes", f"{COPY}    C[()] = 1  # here\n"),
    "a condition read by the host": (
        "host-access-in-reads",
        f"""
    if A[0] > 0:  # here
        {THREADS}
            B[tx] = A[tx]
""",
    ),
    "an extent read by the host": (
        "host-access-in-reads",
        f"""
    for k in range(A[0]):  # here
        {THREADS}
            B[tx] = A[tx] + k
""",
    ),
    "a loop of the host": (
        "host-access-in-writes",
        f"{COPY}    for i in range(64):  # here\n        B[i] = B[i] + 1\n",
    ),
}

HINTS = {
    "a scalar written by the host": "T.thread_binding(1,",
    "a condition read by the host": "as a parameter",
    "an extent read by the host": "as a parameter",
    "a loop of the host": "Did you forget to bind?",
}


def line_of(text: str, span) -> int:
    return Text(text).position(span.start).line if span is not None else 0


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_no_gpu_runs_as_meant_is_told_at_its_line(name):
    id_, body = PROGRAMS[name]
    text = HEAD + body.lstrip("\n")
    line = 1 + next(i for i, row in enumerate(text.split("\n")) if row.endswith("# here"))
    found = answer(Request(text=text, target="cuda", part=SourcePart())).problems
    assert [(each.what.id, line_of(text, each.span)) for each in found] == [(id_, line)]
    with pytest.raises(VizError) as caught:
        answer(Request(text=text, part=RunPart(device=EMULATED, checked=True)))
    assert (caught.value.what.id, line_of(text, caught.value.span)) == (id_, line)
    assert HINTS.get(name, "") in caught.value.hint


def test_a_parameter_of_shared_memory_is_told():
    text = HEAD.replace('"int32"), B', '"int32", scope="shared"), B') + COPY.lstrip("\n")
    (found,) = answer(Request(text=text, target="cuda", part=SourcePart())).problems
    assert found.what.id == "parameter-of-scope"
    assert text[found.span.start : found.span.end].startswith("A: T.Buffer")


@pytest.mark.parametrize(
    ("scope", "close"),
    [("sharedd", "shared"), ("shared.dynamic", "shared.dyn"), ("lokal", "local"), ("xyz", "")],
)
@pytest.mark.parametrize("target", ["c", "cuda"])
def test_an_unknown_scope_is_refused_with_the_one_it_is_like(scope, close, target):
    text = (
        HEAD
        + f"""    for i in range(64):
        S = T.alloc_buffer((64,), "int32", scope="{scope}")
        S[i] = A[i]
"""
    )
    with pytest.raises(VizError, match=f"named {scope}") as caught:
        answer(Request(text=text, target=target, part=SourcePart()))
    assert text[caught.value.span.start : caught.value.span.end] == f'"{scope}"'
    assert (f"Did you mean {close}?" in caught.value.hint) == bool(close)


@pytest.mark.parametrize(
    "body",
    [
        f"""    {BLOCKS}
        S = T.alloc_buffer((64,), "int32", scope="shared")
        {THREADS}{ROTATE}""",
        f"""    {BLOCKS}
        for v in T.thread_binding(2, thread="vthread.x"):
            for w in T.thread_binding(2, thread="vthread.x"):
                {THREADS}
                    B[bx * 64 + tx] = A[bx * 64 + tx]
        for t in T.thread_binding(64, thread="threadIdx.x"):
            B[bx * 64 + t] = A[bx * 64 + t]
""",
    ],
)
def test_what_is_right_is_not_warned_of(body):
    text = HEAD + body
    assert not answer(Request(text=text, target="cuda", part=SourcePart())).problems
    assert (
        answer(Request(text=text, part=RunPart(device=EMULATED, checked=True))).device == EMULATED
    )


def test_shared_memory_that_a_block_program_declares_above_its_threads_is_in_the_kernel():
    text = f"""
@T.prim_func(s_tir=True)
def f(A: T.Buffer((256,), "int32"), B: T.Buffer((256,), "int32")):
    S = T.sblock_alloc_buffer((64,), "int32", scope="shared")
    {BLOCKS}
        {THREADS}
            with T.sblock("rotate"):{ROTATE.replace("    S", "        S").replace("    B", "        B")}"""
    source = answer(Request(text=text, target="cuda", part=SourcePart()))
    assert not source.problems
    assert "__shared__" in source.emissions[0].text


@pytest.mark.parametrize("thread", ["threadIdx.x", "blockIdx.x"])
def test_loops_in_one_another_on_one_thread_axis_are_told_and_run(thread):
    text = (
        HEAD
        + f"""    for i in T.thread_binding(8, thread="{thread}"):
        for j in T.thread_binding(8, thread="{thread}"):
            B[i * 8 + j] = A[i * 8 + j]
"""
    )
    source = answer(Request(text=text, target="cuda", part=SourcePart()))
    outcome = answer(Request(text=text, part=RunPart(device=EMULATED, checked=True)))
    for problems in (source.problems, outcome.problems):
        (problem,) = (each for each in problems if each.what.id == "same-thread-twice")
        assert line_of(text, problem.span) == 5
        assert "j is always i" in problem.message
