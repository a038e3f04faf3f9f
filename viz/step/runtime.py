"""What programs of the Python codegen call: numbers, functions and buffers as TIR defines them.

NumPy's scalars do most of it by themselves: ``x[i] * 2`` of an ``int32`` buffer wraps at 32 bits,
and each operation on ``float16`` is rounded. Functions take one number, or the lanes of a vector.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes  # noqa: F401 - registers NumPy's bfloat16 and float8
import numpy as np
from numpy import (  # noqa: F401
    absolute,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    bool_,
    ceil,
    copysign,
    cos,
    cosh,
    exp,
    exp2,
    float16,
    float32,
    float64,
    floor,
    fmod,
    hypot,
    isfinite,
    isinf,
    isnan,
    ldexp,
    log,
    log1p,
    log2,
    log10,
    nextafter,
    power,
    rint,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
    trunc,
)


def _cast(kind: str) -> Callable[[Any], Any]:
    dtype = np.dtype(kind)
    return lambda value: np.asarray(value).astype(dtype)[()]


int8, int16, int32, int64 = map(_cast, ("int8", "int16", "int32", "int64"))
uint8, uint16, uint32, uint64 = map(_cast, ("uint8", "uint16", "uint32", "uint64"))
bfloat16, float8_e4m3fn, float8_e5m2 = map(_cast, ("bfloat16", "float8_e4m3fn", "float8_e5m2"))


def truncdiv(a: Any, b: Any) -> Any:
    """Return the quotient of two integers, rounded towards zero as in C; ``//`` rounds down."""
    return a // b + ((a % b != 0) & ((a < 0) != (b < 0)))


def truncmod(a: Any, b: Any) -> Any:
    """Return the remainder that belongs to :func:`truncdiv`, with the sign of ``a``."""
    return a - b * truncdiv(a, b)


def select(condition: Any, a: Any, b: Any) -> Any:
    """Return ``a`` or ``b``; both have been computed, unlike by ``a if condition else b``."""
    return np.where(condition, a, b) if np.ndim(condition) else (a if condition else b)


def minimum(a: Any, b: Any) -> Any:
    """Return the smaller number, ``b`` where they cannot be compared."""
    return select(a < b, a, b)


def maximum(a: Any, b: Any) -> Any:
    """Return the larger number, ``b`` where they cannot be compared."""
    return select(a > b, a, b)


def let(value: Any, body: Callable[[Any], Any]) -> Any:
    """Return what an expression is where a name in it stands for a value."""
    return body(value)


@functools.lru_cache(maxsize=1 << 16, typed=True)
def ramp(base: Any, stride: Any, lanes: int) -> Any:
    """Return ``lanes`` integers: ``base``, ``base + stride`` and so on; not to be written to.

    Indices recur, and to make two of them takes longer than to use them. They have 64 bits: NumPy
    takes ten times as long to store by others.
    """
    return base + stride * np.arange(lanes)


def lanes_at(vectors: Sequence[tuple[Any, int]], indices: Sequence[int]) -> Any:
    """Return some lanes of vectors beside each other, each given with its number of lanes."""
    lanes = np.concatenate([np.broadcast_to(value, (count,)) for value, count in vectors])
    return lanes[list(indices)] if len(indices) > 1 else lanes[indices[0]]


def sigmoid(x: Any) -> Any:
    """Return ``1 / (1 + exp(-x))``."""
    return 1 / (1 + exp(-x))


def rsqrt(x: Any) -> Any:
    """Return ``1 / sqrt(x)``."""
    return 1 / sqrt(x)


def exp10(x: Any) -> Any:
    """Return ten to the power of ``x``, in its type."""
    return power(np.asarray(10, x.dtype)[()], x)


def erf(x: Any) -> Any:
    """Return the error function of ``x``, in its type."""
    return np.asarray(np.vectorize(math.erf)(x)).astype(x.dtype)[()]


def fma(a: Any, b: Any, c: Any) -> Any:
    """Return ``a * b + c``; TVM's devices may round once, this rounds twice."""
    return a * b + c


def popcount(x: Any) -> Any:
    """Return how many bits of an integer are 1."""
    return np.bitwise_count(x).astype(np.asarray(x).dtype)


def clz(x: Any, bits: int) -> int:
    """Return how many bits of an integer of so many bits are 0 before the first 1."""
    return bits - (int(x) & ((1 << bits) - 1)).bit_length()


def reinterpret(value: Any, dtype: str) -> Any:
    """Return the number that has the same bits in another type."""
    return np.asarray(value).view(dtype)[()]


def lanes_of(dtype: str) -> tuple[str, tuple[int, ...]]:
    """Return the type of one lane, and the lanes as a further extent: ``float32x4`` has four."""
    kind, _, lanes = dtype.partition("x")
    return kind, (int(lanes),) if lanes else ()


def empty(shape: Sequence[int], dtype: str) -> Any:
    """Return a new buffer. All bits are 1 until it is written: NaN, or -1 as an integer."""
    kind, lanes = lanes_of(dtype)
    buffer = np.empty((*shape, *lanes), kind)
    buffer.reshape(-1).view(np.uint8)[:] = 1 if kind == "bool" else 255
    return buffer


def view(
    buffer: Any,
    shape: Sequence[int],
    dtype: str = "",
    offset: int = 0,
    strides: Sequence[int] = (),
) -> Any:
    """Return another buffer in the same memory.

    Parameters
    ----------
    buffer
        An array; the memory begins at its first element.
    shape
        The new shape; ``(-1,)`` for all of the memory.
    dtype
        The new type, if it is another one.
    offset, strides
        Where the new buffer begins and how far apart its elements are, in elements.

    Raises
    ------
    ValueError
        When the new buffer does not fit into the memory.
    """
    span = 1 + sum((n - 1) * step for n, step in zip(buffer.shape, buffer.strides, strict=True))
    span = (span - 1) // buffer.itemsize + 1 if buffer.size else 0
    memory = np.lib.stride_tricks.as_strided(buffer, (span,), (buffer.itemsize,))
    kind, lanes = lanes_of(dtype or str(buffer.dtype))
    memory = memory.view(kind)
    if lanes:
        memory = memory[: memory.size // lanes[0] * lanes[0]].reshape(-1, *lanes)
    memory = memory[offset:]
    if not strides:
        memory = memory if shape == (-1,) else memory[: math.prod(shape)]
        # A flat view of a strided buffer may end at its last element, within its last row.
        return memory if len(shape) == 1 else memory.reshape(*shape, *lanes)
    if 1 + sum((n - 1) * step for n, step in zip(shape, strides, strict=True)) > len(memory):
        raise ValueError(f"a buffer of shape {tuple(shape)} does not fit into {len(memory)}")
    steps = (*(step * memory.strides[0] for step in strides), *memory.strides[1:])
    return np.lib.stride_tricks.as_strided(memory, (*shape, *lanes), steps)
