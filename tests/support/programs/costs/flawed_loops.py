"""Kernels whose loops are written as a grid, or begin inside a sector: see ``flawed_kernels``."""

from __future__ import annotations

from tests.support.programs.costs.flawed import S_TIR, Flawed

LOOPS: dict[str, Flawed] = {}

GRID = (
    S_TIR.format(parameters='A: T.Buffer((65536,), "float32"), B: T.Buffer((65536,), "float32")')
    + """    for b in T.thread_binding(32, thread="blockIdx.x"):
        for t in T.thread_binding(256, thread="threadIdx.x"):
            for j, k in T.grid(2, 4):
                B[b * 2048 + j * 1024 + t * 4 + k] = A[b * 2048 + j * 1024 + t * 4 + k]


def reference(A):
    return A
"""
)
LOOPS["four in a row, in a grid"] = Flawed(
    GRID,
    "A",
    "load",
    ("vectorise",),
    32768,
    8192,
    "2048 requests over 512 bytes, 16 sectors each; 512 of 16 bytes a lane have 16 sectors each.",
)
LOOPS["row of a thread, in a grid"] = Flawed(
    S_TIR.format(parameters='A: T.Buffer((64, 128), "float32"), B: T.Buffer((64, 128), "float32")')
    + """    for b in T.thread_binding(2, thread="blockIdx.x"):
        for r in T.thread_binding(32, thread="threadIdx.x"):
            for h, c in T.grid(2, 64):
                B[b * 32 + r, h * 64 + c] = A[b * 32 + r, h * 64 + c] * T.float32(2)


def reference(A):
    return A * 2
""",
    "A",
    "load",
    ("swap",),
    8192,
    1024,
    "2 warps of 128 requests, 32 rows each: 32 sectors; along rows the 8192 words are 1024 sectors.",
)
LOOPS["all but the edges"] = Flawed(
    S_TIR.format(parameters='A: T.Buffer((8194,), "float32"), B: T.Buffer((8194,), "float32")')
    + """    for b in T.thread_binding(32, thread="blockIdx.x"):
        for t in T.thread_binding(256, thread="threadIdx.x"):
            B[b * 256 + t + 1] = A[b * 256 + t + 1] * T.float32(2)
""",
    "A",
    "load",
    ("align",),
    1280,
    1025,
    "256 requests of 128 bytes that begin at byte 4 of a sector: 5 sectors each. From the start of a "
    "sector on 4 each, and one more for the last element, which is in a block of its own.",
)
LOOPS["rows of 120 bytes"] = Flawed(
    S_TIR.format(parameters='A: T.Buffer((64, 32), "float32"), B: T.Buffer((64, 32), "float32")')
    + """    W = T.sblock_alloc_buffer((64, 30), "float32")
    for b in T.thread_binding(64, thread="blockIdx.x"):
        for t in T.thread_binding(30, thread="threadIdx.x"):
            W[b, t] = A[b, t] + T.float32(1)
    for b in T.thread_binding(64, thread="blockIdx.x"):
        for t in T.thread_binding(30, thread="threadIdx.x"):
            B[b, t] = W[b, t] * T.float32(2)
""",
    "W",
    "load",
    ("pad",),
    288,
    256,
    "64 requests of 120 bytes: rows begin 0, 24, 16 and 8 bytes into a sector and touch 4, 5, 5 and "
    "4 of them. From the start of a sector on they touch 4 each.",
)
