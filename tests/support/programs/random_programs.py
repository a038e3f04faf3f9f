"""Random well-formed TVMScript: a hypothesis strategy whose values are source texts.

The grammar is the language as TVM 0.27 spells it: loops of all kinds, blocks, branches, While,
stores, loads, lets, locals, symbolic extents, over int32, int64, float32, float16 and bool.
``programs()`` shrinks; ``Writer(random.Random(seed).randint).function()`` is the same grammar
without hypothesis, for many programs fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from hypothesis import strategies as st

from tests.support.programs.random_expressions import (
    INPUT,
    NUMBERS,
    SIZES,
    STORED,
    Buffer,
    Expressions,
    Value,
    Variable,
    literal,
)

MOST_STATEMENTS = 12
DEEPEST = 3
"""The deepest nesting of bodies."""
DTYPES = (*NUMBERS, "bool")


class Writer(Expressions):
    """Writes one function, statement by statement, from the variables and buffers in scope.

    A statement's method gets how many levels of bodies may still be opened below it.
    """

    def __init__(self, number: Callable[[int, int], int], *, exact: bool = False) -> None:
        super().__init__(number, exact=exact)
        self.lines: list[str] = []
        self.indent = 1
        self.left = MOST_STATEMENTS
        self.names = 0
        self.blocks = self.coin()
        self.breakable = False

    def name(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    @contextmanager
    def inside(self, opening: str) -> Iterator[None]:
        """Open a body, whose variables and buffers go out of scope at its end."""
        self.line(opening)
        kept = (list(self.variables), list(self.buffers), self.breakable, self.in_block)
        self.indent += 1
        yield
        self.indent -= 1
        self.variables, self.buffers, self.breakable, self.in_block = kept

    # ------------------------------------------------------------ the function

    def function(self) -> str:
        parameters, matches, symbols = [], [], set()
        for _ in range(self.number(1, 3)):
            buffer = self.buffer("A", [1, 2, 3, 4, 8, *SIZES], DTYPES)
            words = {extent for extent in buffer.shape if isinstance(extent, str)}
            rest = f'{_shape(buffer.shape)}, "{buffer.dtype}")'
            if words:
                handle = buffer.name.lower()
                parameters.append(f"{handle}: T.handle")
                matches.append(f"{buffer.name} = T.match_buffer({handle}, {rest}")
            else:
                parameters.append(f"{buffer.name}: T.Buffer({rest}")
            symbols |= words
            self.buffers.append(buffer)
            self.parameters.append(buffer)
        for _ in range(self.number(0, 2)):
            scalar = Variable(self.name("s"), self.pick(NUMBERS), -INPUT, INPUT)
            parameters.append(f"{scalar.name}: T.{scalar.dtype}")
            self.variables.append(scalar)
        decorator = "@T.prim_func(s_tir=True)" if self.blocks else "@T.prim_func"
        self.lines = [decorator, f"def main({', '.join(parameters)}):"]
        for symbol in sorted(symbols):
            self.line(f"{symbol} = T.int32()")
            self.variables.append(Variable(symbol, "int32", 1, 16))
        for match in matches:
            self.line(match)
        if self.blocks and self.coin():
            self.in_block = True  # the function's own block
            self.local(0)
            self.in_block = False
        self.body(DEEPEST)
        return "\n".join(self.lines) + "\n"

    def buffer(self, prefix: str, extents: list, dtypes: Sequence[str] = NUMBERS) -> Buffer:
        shape = tuple(self.pick(extents) for _ in range(self.number(1, 2)))
        return Buffer(self.name(prefix), self.pick(dtypes), shape)

    def body(self, deeper: int) -> None:
        self.store()
        for _ in range(self.number(1, 4) if deeper == DEEPEST else self.number(0, 2)):
            if self.left > 0:
                groups = [FLAT, *([NESTED, NESTED] if deeper else [])]
                groups += [BLOCKS] * (2 if deeper and self.blocks else 0)
                self.pick(self.pick(groups))(self, deeper - 1)

    # ------------------------------------------------------------ flat statements

    def store(self, deeper: int = 0) -> None:
        self.left -= 1
        buffers = [buffer for buffer in self.buffers if buffer.writable]
        if self.vectorized:
            buffers = [buffer for buffer in buffers if buffer.dtype != "bool"]
        buffer = self.pick(buffers)
        value = self.stored(buffer.dtype)
        self.line(f"{self.place(buffer)} = {value}")

    def stored(self, dtype: str) -> str:
        if dtype == "bool":
            return self.condition(2)
        return self.clamped(self.value(dtype, self.number(0, 3)), dtype, STORED)

    def clamped(self, value: Value, dtype: str, most: int) -> str:
        if -most <= value.low and value.high <= most:
            return value.text
        text = value.text
        if self.exact and self.reads(text):
            text = self.name("x")
            self.line(f"{text} = T.bind({value.text})")
        return f"T.max(T.min({text}, {literal(dtype, most)}), {literal(dtype, -most)})"

    def let(self, deeper: int) -> None:
        dtype = self.pick(NUMBERS)
        value, name = self.value(dtype, 2), self.name("x")
        spelling = self.pick(["{}: T.let = {}", "{} = T.bind({})"])
        self.line(spelling.format(name, value.text))
        self.variables.append(Variable(name, dtype, value.low, value.high, let=True))

    def local(self, deeper: int) -> None:
        buffer = self.buffer("L", [1, 2, 4])
        self.allocate(buffer)
        # Every element is written first, so that no uninitialised one is read.
        names = [self.name("k") for _ in buffer.shape]
        value = self.stored(buffer.dtype)
        with self.inside(_loops(names, buffer.shape)):
            self.line(f"{buffer.name}[{', '.join(names)}] = {value}")
        self.buffers.append(buffer)

    def allocate(self, buffer: Buffer) -> None:
        # Inside a block T.alloc_buffer is refused: the writes that TVM detects would name it.
        spelling = "T.sblock_alloc_buffer" if self.in_block else "T.alloc_buffer"
        scope = ', scope="local"' if self.coin() else ""
        self.line(f'{buffer.name} = {spelling}({_shape(buffer.shape)}, "{buffer.dtype}"{scope})')

    def scalar(self, deeper: int) -> None:
        if self.in_block:  # it is short for T.alloc_buffer
            return self.local(deeper)
        name, dtype = self.name("v"), self.pick(NUMBERS)
        value = self.stored(dtype)
        self.line(f"{name}: T.{dtype} = {value}")
        self.buffers.append(Buffer(name, dtype, (), scalar=True))
        return None

    def check(self, deeper: int) -> None:
        value = self.value(self.pick(NUMBERS), 1)
        self.line(f'assert {value.text} <= {value.high}, "the bounds are wrong"')

    def leave(self, deeper: int) -> None:
        if self.breakable and self.coin():
            with self.inside(f"if {self.condition(1)}:"):
                self.line(self.pick(["break", "continue"]))

    # ------------------------------------------------------------ statements with a body

    def symbols(self) -> list[str]:
        return [variable.name for variable in self.variables if variable.name in SIZES]

    def loop(self, deeper: int) -> None:
        kinds = ["range", "T.serial", "T.unroll", *([] if self.exact else ["T.parallel"])]
        kind = self.pick(kinds)
        extent = self.pick([1, 2, 3, 4, *([] if kind == "T.unroll" else [8, *self.symbols()])])
        name = self.name("i")
        with self.inside(f"for {name} in {kind}({extent}):"):
            self.variables.append(_running(name, extent))
            self.breakable = kind in ("range", "T.serial")
            self.body(deeper)
            self.leave(deeper)

    def offset_loop(self, deeper: int) -> None:
        name, start, length = self.name("i"), self.number(0, 3), self.number(1, 4)
        with self.inside(f"for {name} in range({start}, {start + length}):"):
            self.variables.append(Variable(name, "int32", start, start + length - 1, 0))
            self.breakable = True
            self.body(deeper)
            self.leave(deeper)

    def grid(self, deeper: int) -> None:
        names = [self.name("i"), self.name("i")]
        extents = [self.pick([1, 2, 4, *self.symbols()]) for _ in names]
        with self.inside(_loops(names, extents)):
            self.variables += map(_running, names, extents)
            self.breakable = False
            self.body(deeper)

    def vector(self, deeper: int) -> None:
        # C compilers know none of the codegen's vector types, and the codegen no vectors of bool.
        if self.exact or all(buffer.dtype == "bool" for buffer in self.buffers if buffer.writable):
            return self.store()
        name, extent = self.name("i"), self.pick([2, 4])
        with self.inside(f"for {name} in T.vectorized({extent}):"):
            self.variables.append(_running(name, extent))
            self.vectorized = True
            self.store()
            self.vectorized = False
        return None

    def branch(self, deeper: int) -> None:
        with self.inside(f"if {self.condition(2)}:"):
            self.body(deeper)
        if self.coin():
            with self.inside("else:"):
                self.body(deeper)

    def repeat(self, deeper: int) -> None:
        counter = Buffer(self.name("w"), "int32", (1,), writable=False)
        rounds = self.number(1, 3)
        self.allocate(counter)
        self.line(f"{counter.name}[0] = 0")
        with self.inside(f"while {counter.name}[0] < {rounds}:"):
            self.buffers.append(counter)
            self.breakable = False
            self.body(deeper)
            self.line(f"{counter.name}[0] = {counter.name}[0] + 1")

    # ------------------------------------------------------------ blocks

    def block(self, deeper: int) -> None:
        names = [self.name("i") for _ in range(self.number(1, 2))]
        extents = [self.pick([1, 2, 4, *self.symbols()]) for _ in names]
        axes = [f"v{name}" for name in names]
        with self.inside(_loops(names, extents)), self.inside(self.opening()):
            for axis, name, extent in zip(axes, names, extents, strict=True):
                self.line(f"{axis} = T.axis.spatial({extent}, {name})")
            self.enter()
            self.variables += map(_running, axes, extents)
            self.body(deeper)

    def reduction(self, deeper: int) -> None:
        ones = [buffer for buffer in self.buffers if buffer.writable and len(buffer.shape) == 1]
        targets = [buffer for buffer in ones if buffer.dtype in NUMBERS]
        if not targets:
            return self.store()
        target, i, k, steps = self.pick(targets), self.name("i"), self.name("k"), self.number(2, 4)
        element = f"{target.name}[v{i}]"
        extents = [*target.shape, steps]
        with self.inside(_loops([i, k], extents)), self.inside(self.opening()):
            self.line(f'v{i}, v{k} = T.axis.remap("SR", [{i}, {k}])')
            self.enter()
            with self.inside("with T.init():"):
                self.line(f"{element} = {literal(target.dtype, 0)}")
            self.variables += map(_running, [f"v{i}", f"v{k}"], extents)
            added = self.clamped(self.value(target.dtype, 2), target.dtype, STORED // 8)
            self.line(f"{element} = {element} + {added}")
        self.left -= 1
        return None

    def opening(self) -> str:
        return f'with T.sblock("{self.name("b")}"):'

    def enter(self) -> None:
        """Remove the outer loop variables from scope, which a block may not use."""
        self.variables = [variable for variable in self.variables if variable.extent is None]
        self.breakable, self.in_block = False, True


FLAT = (Writer.let, Writer.local, Writer.scalar, Writer.check, Writer.leave, Writer.store)
NESTED = (
    Writer.loop,
    Writer.branch,
    Writer.repeat,
    Writer.grid,
    Writer.offset_loop,
    Writer.vector,
)
BLOCKS = (Writer.block, Writer.reduction)


def _shape(extents: Sequence) -> str:
    return f"({', '.join(map(str, extents))},)"


def _running(name: str, extent: int | str) -> Variable:
    high = extent - 1 if isinstance(extent, int) else 15
    return Variable(name, "int32", 0, high, extent)


def _loops(names: Sequence[str], extents: Sequence) -> str:
    if len(names) == 1:
        return f"for {names[0]} in range({extents[0]}):"
    return f"for {', '.join(names)} in T.grid({', '.join(map(str, extents))}):"


@st.composite
def programs(draw: st.DrawFn, *, exact: bool = False) -> str:
    """Return the text of one PrimFunc, ``main``.

    With ``exact`` it uses only what gives the same bits with every compiler: no rounding, no races,
    no vector types.
    """
    return Writer(lambda low, high: draw(st.integers(low, high)), exact=exact).function()
