"""Small programs of what TIR defines about numbers and vectors, by what each is about."""

PARAMETERS_AND_BODIES = {
    "int8 wraps": (
        "A: T.Buffer((8,), 'int8'), B: T.Buffer((8,), 'int8')",
        "for i in range(8):\n    A[i] = A[i] * B[i] * A[i] + B[i]",
    ),
    "uint8 wraps": (
        "A: T.Buffer((8,), 'uint8')",
        "for i in range(8):\n    A[i] = (A[i] - T.uint8(200)) * T.uint8(3)",
    ),
    "int8 wraps, by constants and loop variables too": (
        "A: T.Buffer((8,), 'int8'), B: T.Buffer((64,), 'int8')",
        "for i in range(8):\n"
        "    A[i] = T.Select(A[i] > T.int8(0), T.int8(100), T.int8(50)) * T.int8(3) + (\n"
        "        T.max(A[i], T.int8(100)) * T.int8(3) + T.if_then_else(i < 4, T.int8(100), A[i]))\n"
        "for i in T.serial(T.int8(64)):\n    B[i] = i * T.int8(7)",
    ),
    "shifts lose bits": (
        "A: T.Buffer((8,), 'int32')",
        "for i in range(8):\n"
        "    A[i] = T.shift_right(T.shift_left(i, 29), 29) + (T.shift_left(i + 1, 28) ^ A[i])",
    ),
    "halves are rounded to even": (
        "A: T.Buffer((8,), 'float32')",
        "for i in range(8):\n    A[i] = T.round(T.Cast('float32', i) - T.float32(3.5))",
    ),
    "zeros before the first bit": (
        "A: T.Buffer((8,), 'int32'), B: T.Buffer((8,), 'int64')",
        "for i in range(8):\n    A[i] = T.clz(A[i] | 1)\n    B[i] = T.Cast('int64', T.clz(B[i] | T.int64(1)))",
    ),
    "a loop variable of uint32 wraps": (
        "A: T.Buffer((8,), 'uint32')",
        "for i in range(T.uint32(8)):\n    A[T.Cast('int32', i)] = (i - T.uint32(3)) >> T.uint32(1)",
    ),
    "casts": (
        "A: T.Buffer((8,), 'float32'), B: T.Buffer((8,), 'int8'), C: T.Buffer((8,), 'uint8')",
        "for i in range(8):\n"
        "    B[i] = T.Cast('int8', i * 100)\n"
        "    C[i] = T.Cast('uint8', B[i])\n"
        "    A[i] = T.Cast('float32', T.Cast('int32', A[i] * T.float32(3)))",
    ),
    "bfloat16": (
        "A: T.Buffer((8,), 'bfloat16'), B: T.Buffer((8,), 'bfloat16')",
        "for i in range(8):\n    B[i] = A[i] * T.bfloat16(1.5) + T.bfloat16(0.1)",
    ),
    "float64": (
        "A: T.Buffer((8,), 'float64')",
        "for i in range(8):\n"
        "    A[i] = T.exp(A[i]) * T.float64(0.1) + T.pow(T.float64(2), A[i])",
    ),
    "strides": (
        "A: T.Buffer((4, 4), 'float32', strides=(8, 2)), B: T.Buffer((4, 4), 'float32')",
        "for i, j in T.grid(4, 4):\n    B[i, j] = A[j, i] + T.float32(1)",
    ),
    "vectors": (
        "A: T.Buffer((16,), 'float32'), B: T.Buffer((16,), 'int32')",
        "A[0:8] = A[8:16] * T.Broadcast(T.float32(2), 8)\n"
        "B[T.Ramp(0, 2, 4)] = B[T.Ramp(1, 2, 4)] + T.Ramp(5, -1, 4)\n"
        "A[8:12] = T.Cast('float32x4', B[0:4])\n"
        "B[8:12] = T.Select(B[8:12] > T.Broadcast(3, 4), T.Broadcast(1, 4), B[4:8])",
    ),
    "lanes of vectors": (
        "A: T.Buffer((16,), 'float32'), B: T.Buffer((16,), 'int32')",
        "B[0] = T.Shuffle([B[0:4]], [2])\n"
        "B[4:8] = T.Shuffle([B[0:4], T.Broadcast(7, 4)], [3, 5, 0, 1])\n"
        "A[0:2] = T.Shuffle([A[4], A[7]], [1, 0])",
    ),
    "vectors of float16": (
        "A: T.Buffer((8,), 'float16'), B: T.Buffer((8,), 'float32')",
        "B[0:8] = T.Cast('float32x8', A[0:8]) * T.Broadcast(T.float32(0.1), 8)\n"
        "A[0:4] = A[4:8] + T.Broadcast(T.float16(0.1), 4)",
    ),
    "logic of vectors": (
        "A: T.Buffer((8,), 'int32')",
        "for i in T.vectorized(8):\n"
        "    A[i] = T.Select(A[i] > 2 and not A[i] < 5, T.truncdiv(A[i], 2), A[i] % 3)",
    ),
    "functions": (
        "A: T.Buffer((8,), 'float32'), B: T.Buffer((8,), 'float32')",
        "for i in range(8):\n"
        "    B[i] = T.erf(A[i]) + T.sqrt(T.fabs(A[i])) + T.exp10(A[i]) + T.log1p(T.fabs(A[i]))\n"
        "    A[i] = T.floor(A[i]) + T.ceil(A[i]) + T.trunc(A[i]) + T.atan2(A[i], T.float32(2))\n"
        "    B[i] = B[i] + T.round(A[i] * T.float32(0.5)) + T.nearbyint(A[i] * T.float32(0.5))\n"
        "    A[i] = A[i] + T.rsqrt(T.fabs(B[i]) + T.float32(1)) + T.copysign(T.float32(2), A[i])",
    ),
    "bits": (
        "A: T.Buffer((8,), 'int32'), B: T.Buffer((8,), 'uint32')",
        "for i in range(8):\n"
        "    B[i] = T.popcount(B[i] * T.uint32(265)) + (~B[i] >> T.uint32(3))\n"
        "    A[i] = ~A[i] | (A[i] << 3) ^ (A[i] & 6)",
    ),
    "both divisions": (
        "A: T.Buffer((8,), 'int32'), B: T.Buffer((8,), 'int32')",
        "for i in range(8):\n"
        "    B[i] = T.truncdiv(A[i] - 5, i - 9) * 1000 + T.truncmod(A[i] - 5, 3) * 100\n"
        "    B[i] = B[i] + (A[i] - 5) // (i - 9) * 10 + (A[i] - 5) % (i - 9)",
    ),
    "what is not chosen is not computed": (
        "A: T.Buffer((8,), 'int32')",
        "for i in range(8):\n"
        "    if i < 7 and A[i + 1] > 3:\n"
        "        A[i] = 1\n"
        "    A[i] = T.if_then_else(i > 0, A[i - 1], 5)",
    ),
    "not a number": (
        "A: T.Buffer((8,), 'float32'), B: T.Buffer((8,), 'float32')",
        "for i in range(8):\n"
        "    B[i] = T.max(T.sqrt(A[i]), T.float32(0.5)) + T.min(T.float32(1), T.sqrt(A[i]))",
    ),
    "infinity": (
        "A: T.Buffer((8,), 'float32')",
        "for i in range(8):\n"
        "    A[i] = T.min(T.float32('inf'), A[i]) + T.exp(T.float32('-inf'))",
    ),
    "a loop with a start and a step": (
        "A: T.Buffer((32,), 'int32'), n: T.int32",
        "for i in range(n, n + 5, step=2):\n    A[i] = i * n",
    ),
    "one name for several variables, names of Python's": (
        "A: T.Buffer((8,), 'int32')",
        "for exp in range(2):\n"
        "    for i in range(8):\n"
        "        A[i] = A[i] + exp\n"
        "for i in range(8):\n"
        "    for min in range(3):\n"
        "        A[i] = T.max(A[i] + min, T.min(min, 3))",
    ),
    "the bits of a float": (
        "A: T.Buffer((8,), 'float32'), B: T.Buffer((8,), 'int32')",
        "for i in range(8):\n    B[i] = T.reinterpret('int32', A[i])",
    ),
    "scalars": (
        "A: T.Buffer((8,), 'float32'), s: T.float32, k: T.int64, b: T.bool",
        "for i in range(8):\n"
        "    A[i] = T.if_then_else(b, s * A[i] + T.Cast('float32', k), s)",
    ),
    "int64": (
        "A: T.Buffer((8,), 'int64')",
        "for i in range(T.int64(8)):\n    A[i] = i * T.int64(5000000000) + A[i]",
    ),
    "a name within an expression": (
        "A: T.Buffer((8,), 'int32')",
        "k = T.int32()\n"
        "for i in range(8):\n    A[i] = T.Let(k * i + A[i], where={k: A[0] + i}) * 2",
    ),
}  # fmt: skip

PROGRAMS = {
    about: f"@T.prim_func\ndef main({parameters}):\n"
    + "".join(f"    {line}\n" for line in body.splitlines())
    for about, (parameters, body) in PARAMETERS_AND_BODIES.items()
}

MATCHED = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((4, 8), "int32"), B: T.Buffer((8,), "int32")):
    for i in range(4):
        with T.sblock("rows"):
            vi = T.axis.spatial(4, i)
            T.where(i < 3)
            row = T.match_buffer(A[vi, 2:6], (4,), "int32", offset_factor=1)
            for j in range(4):
                row[j] = row[j] * 10 + B[j]
"""
PROGRAMS["a region of a buffer, and a predicate"] = MATCHED

OFFSET = """
@T.prim_func(s_tir=True)
def main(a: T.handle, B: T.Buffer((8,), "int32")):
    offset = T.int32()
    A = T.match_buffer(a, (8,), "int32", elem_offset=offset)
    for i in range(8):
        B[i] = A[i] * 3
"""
PROGRAMS["a buffer that begins somewhere in its memory"] = OFFSET
