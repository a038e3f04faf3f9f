"""Random expressions of TVMScript, for the statements of random_programs.py.

Two invariants hold while a text is written:

* **Indices are in range.** An index is a variable that runs over the very extent, a constant below
  it, or anything modulo it.
* **Numbers are bounded.** Each expression carries the least and greatest value it can have, and
  what is stored is kept within ±64, so that no integer overflows. With ``exact`` every float is a
  whole number that its dtype holds exactly: then two compilers must agree to the last bit.

Mistakes of TVM 0.27 are left out, each with the reason; tests/runtime/test_random_programs.py has
the programs that show them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import NamedTuple

SIZES = {"n": 5, "m": 3}
"""Symbolic extents and their values in a run."""

NUMBERS = ("int32", "int64", "float32", "float16")
LIMITS = {"int32": 2**31 - 1, "int64": 2**62, "float32": 2**24, "float16": 2**11}
"""The largest whole numbers that are exact in each dtype."""
STORED = 64
"""The greatest number in a buffer."""
INPUT = 9
"""The greatest number in an input."""
MOST_LOADS = 2
"""The deepest nesting of loads in indices."""


class Value(NamedTuple):
    """An expression and the bounds of its value."""

    text: str
    low: int
    high: int


class Variable(NamedTuple):
    """A scalar in scope. A loop variable runs up to ``extent``, 0 when it does not start at 0."""

    name: str
    dtype: str
    low: int
    high: int
    extent: int | str | None = None
    let: bool = False


class Buffer(NamedTuple):
    """A buffer in scope; strings in its shape are symbolic. ``scalar`` buffers take no index."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]
    writable: bool = True
    scalar: bool = False


def _truncdiv(a: int, b: int) -> int:
    return abs(a) // b * (1 if a >= 0 else -1)


# The bounds of each are those at the corners of its operands' bounds.
BINARY: dict[str, Callable[[int, int], int]] = {
    "({} + {})": operator.add,
    "({} - {})": operator.sub,
    "({} * {})": operator.mul,
    "T.min({}, {})": min,
    "T.max({}, {})": max,
}
DIVISIONS: dict[str, Callable[[Value, int], tuple[int, int]]] = {
    "({} // {})": lambda a, c: (a.low // c, a.high // c),
    "({} % {})": lambda a, c: (0, c - 1),
    "T.truncdiv({}, {})": lambda a, c: (_truncdiv(a.low, c), _truncdiv(a.high, c)),
    "T.truncmod({}, {})": lambda a, c: (1 - c, c - 1),
}
BITS = ("({} & {})", "({} | {})", "({} ^ {})")
SHIFTS = ("({} << {})", "({} >> {})")
# Not exact, so only where nothing runs. The C codegen has none of them for float16 and vectors, and
# T.abs for no float.
UNARY = ("T.exp({})", "T.sqrt(T.max({}, {}(0)))", "T.floor({})", "T.tanh({})", "T.sigmoid({})")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


class Expressions:
    """Writes expressions over the variables and buffers in scope."""

    def __init__(self, number: Callable[[int, int], int], *, exact: bool = False) -> None:
        # Every choice is an integer in a range, drawn by hypothesis or by random.Random.randint.
        self.number = number
        self.exact = exact
        self.variables: list[Variable] = []
        self.buffers: list[Buffer] = []
        self.parameters: list[Buffer] = []
        self.in_block = False
        self.vectorized = False
        self.loads = 0

    def pick(self, options: Iterable):
        options = list(options)
        return options[self.number(0, len(options) - 1)]

    def coin(self) -> bool:
        return bool(self.number(0, 1))

    # ------------------------------------------------------------ places

    def place(self, buffer: Buffer) -> str:
        if buffer.scalar:
            return buffer.name
        self.loads += 1
        with self.index_scope():
            text = f"{buffer.name}[{', '.join(map(self.index, buffer.shape))}]"
        self.loads -= 1
        return text

    @contextmanager
    def index_scope(self) -> Iterator[None]:
        """Hide what is declared inside a block: the regions that TVM detects contain its indices."""
        kept = (self.variables, self.buffers)
        if self.in_block:
            self.variables = [variable for variable in self.variables if not variable.let]
            self.buffers = [buffer for buffer in self.buffers if buffer in self.parameters]
        yield
        self.variables, self.buffers = kept

    def index(self, extent: int | str) -> str:
        fitting = [v.name for v in self.variables if v.extent == extent]
        if isinstance(extent, int):
            ints = [v for v in self.variables if v.dtype == "int32"]
            fitting += [v.name for v in ints if 0 <= v.low and v.high < extent]
        kind = self.pick(["constant", "modulo", *(["fitting"] * 3 if fitting else [])])
        if kind == "fitting":
            return self.pick(fitting)
        if kind == "constant":
            return str(self.number(0, extent - 1 if isinstance(extent, int) else 0))
        # (3 - i) % m cannot be lowered for LLVM: a symbolic extent divides no compound.
        dividend = self.value("int32", 1) if isinstance(extent, int) else self.leaf("int32")
        return f"{dividend.text} % {extent}"

    # ------------------------------------------------------------ numbers

    def value(self, dtype: str, depth: int) -> Value:
        if depth == 0:
            return self.leaf(dtype)
        made = self.pick(INTEGER if "int" in dtype else FLOAT)(self, dtype, depth - 1)
        return made if max(-made.low, made.high) <= LIMITS[dtype] else self.leaf(dtype)

    def leaf(self, dtype: str) -> Value:
        variables = [Value(v.name, v.low, v.high) for v in self.variables if v.dtype == dtype]
        buffers = [buffer for buffer in self.buffers if buffer.dtype == dtype]
        kinds = ["literal"]
        kinds += ["variable"] if variables else []
        kinds += ["load"] * 2 if buffers and self.loads < MOST_LOADS else []
        kind = self.pick(kinds)
        if kind == "variable":
            return self.pick(variables)
        if kind == "load":
            return Value(self.place(self.pick(buffers)), -STORED, STORED)
        number = self.number(-4, 9)
        if "float" in dtype and not self.exact and self.coin():
            return Value(f"T.{dtype}({number}.5)", number, number + 1)
        return Value(literal(dtype, number), number, number)

    def binary(self, dtype: str, depth: int) -> Value:
        a, b = self.value(dtype, depth), self.value(dtype, depth)
        text, rule = self.pick(BINARY.items())
        if self.exact and text.startswith("T.") and self.reads(a.text + b.text):
            text, rule = "({} - {})", operator.sub
        corners = [rule(x, y) for x, y in product((a.low, a.high), (b.low, b.high))]
        return Value(text.format(a.text, b.text), min(corners), max(corners))

    def reads(self, text: str) -> bool:
        """Whether an expression may load.

        The C codegen keeps what T.min and T.max loaded and takes it again after a store to the same
        place, so what runs has no loads below them.
        """
        return "[" in text or any(buffer.scalar and buffer.name in text for buffer in self.buffers)

    def division(self, dtype: str, depth: int) -> Value:
        a, divisor = self.value(dtype, depth), self.number(1, 7)
        text = self.pick(DIVISIONS)
        return Value(text.format(a.text, literal(dtype, divisor)), *DIVISIONS[text](a, divisor))

    def bits(self, dtype: str, depth: int) -> Value:
        a, b = self.value(dtype, depth), self.value(dtype, depth)
        if a.low < 0 or b.low < 0:
            return self.division(dtype, depth)
        if self.coin():
            shift = self.number(0, 4)
            text = self.pick(SHIFTS).format(a.text, literal(dtype, shift))
            return Value(text, 0, a.high << shift)
        most = (1 << max(a.high, b.high).bit_length()) - 1
        return Value(self.pick(BITS).format(a.text, b.text), 0, most)

    def choice(self, dtype: str, depth: int) -> Value:
        if self.vectorized:  # the C codegen has no vectors of bool
            return self.binary(dtype, depth)
        a, b = self.value(dtype, depth), self.value(dtype, depth)
        name = self.pick(["T.if_then_else", "T.Select"])
        text = f"{name}({self.condition(depth)}, {a.text}, {b.text})"
        return Value(text, min(a.low, b.low), max(a.high, b.high))

    def cast(self, dtype: str, depth: int) -> Value:
        others = [number for number in NUMBERS if number != dtype]
        # LLVM's codegen throws at x = T.bind(f * T.Cast("float32", a < b)).
        refused = self.vectorized or (self.exact and "float" in dtype)
        other = self.pick(others if refused else [*others, "bool"])
        if other == "bool":
            return Value(f'T.Cast("{dtype}", {self.condition(depth)})', 0, 1)
        a = self.value(other, depth)
        return Value(f'T.Cast("{dtype}", {a.text})', a.low, a.high)

    def inexact(self, dtype: str, depth: int) -> Value:
        if self.exact:
            return self.binary(dtype, depth)
        a = self.value(dtype, depth)
        if self.coin() or self.vectorized or dtype == "float16":
            return Value(f"({a.text} / {literal(dtype, self.number(1, 9))})", -STORED, STORED)
        return Value(self.pick(UNARY).format(a.text, f"T.{dtype}"), -STORED, STORED)

    # ------------------------------------------------------------ truth values

    def condition(self, depth: int) -> str:
        flags = [buffer for buffer in self.buffers if buffer.dtype == "bool"]
        kinds = ["compare", *(["not", "both"] if depth else [])]
        kinds += ["load"] if flags and self.loads < MOST_LOADS else []
        kind = self.pick(kinds)
        if kind == "load":
            return self.place(self.pick(flags))
        if kind == "not":
            return f"(not {self.condition(depth - 1)})"
        if kind == "both":
            word = self.pick(["and", "or"])
            return f"({self.condition(depth - 1)} {word} {self.condition(depth - 1)})"
        # Where a branch shows that n is 0, TVM throws at a remainder by n: no symbol is compared.
        kept = self.variables
        self.variables = [variable for variable in kept if variable.name not in SIZES]
        dtype = self.pick(NUMBERS)
        a, b = self.value(dtype, max(depth - 1, 0)), self.value(dtype, 0)
        self.variables = kept
        return f"({a.text} {self.pick(COMPARISONS)} {b.text})"


INTEGER = (
    Expressions.binary,
    Expressions.division,
    Expressions.bits,
    Expressions.choice,
    Expressions.cast,
)
FLOAT = (
    Expressions.binary,
    Expressions.choice,
    Expressions.cast,
    Expressions.inexact,
    Expressions.inexact,
)


def literal(dtype: str, number: int) -> str:
    return f"T.{dtype}({number})"
