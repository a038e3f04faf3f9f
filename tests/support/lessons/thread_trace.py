"""Run kernels' last stage as the Python that its TVMScript is, one thread after the other.

Nothing is computed: each element holds 1. What counts is who touches which element, and after how
many barriers; from that follow races, indices outside of buffers and what a request of a warp
costs. The emulator has no part in it. It knows kernels whose indices and conditions depend on no
data.
"""

from __future__ import annotations

import ast
import math
import sys
from collections import Counter, defaultdict
from itertools import combinations, product
from typing import NamedTuple

AXES = [f"{name}.{axis}" for name in ("blockIdx", "threadIdx") for axis in "xyz"]
MOST = 200_000
"""Accesses after which a kernel is too long to be run so."""

BYTES = {"float32": 4, "int32": 4, "uint32": 4, "float16": 2, "int8": 1, "bool": 1}


class TooLong(Exception):
    """A kernel has too many accesses."""


class ThreadAccess(NamedTuple):
    """A thread's access to an element."""

    kind: str
    block: tuple[int, int, int]
    thread: tuple[int, int, int]
    phase: int
    """The number of barriers that the thread has passed."""


class Trace:
    """Runs all threads of the kernels of a last stage's text, and notes their accesses."""

    def __init__(self, script: str) -> None:
        self.elements = defaultdict(list)
        """Accesses by kernel, buffer, index and, of shared memory, block."""
        self.outside = set()
        """Buffers with an index that is outside."""
        self.requests = defaultdict(dict)
        """Bytes of each lane, by space, buffer, kind and request."""
        self._left = MOST
        self.barriers = defaultdict(set)
        """The numbers of barriers that threads of a block pass."""
        for node in ast.walk(ast.parse(script)):
            if isinstance(node, ast.FunctionDef) and "launch_thread" in ast.unparse(node):
                self._run(node)

    def _run(self, function: ast.FunctionDef) -> None:
        self._kernel = function.name
        extents = dict.fromkeys(AXES, 1)
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "launch_thread":
                extents[ast.literal_eval(call.args[0])] = ast.literal_eval(call.args[1])
        function.decorator_list = []
        for argument in function.args.args:
            argument.annotation = None
        tree = ast.fix_missing_locations(ast.Module([_Named().visit(function)], []))
        scope = {"T": KernelScript(self)}
        exec(compile(tree, "<kernel>", "exec"), scope)
        self._extents = extents
        pointers = [None] * len(function.args.args)
        for place in product(*(range(extents[axis]) for axis in AXES)):
            self._here = dict(zip(AXES, place, strict=True))
            self.block, self.thread = place[:3], place[3:]
            self.phase, self._times = 0, Counter()
            scope[function.name](*pointers)
            self.barriers[self._kernel, self.block].add(self.phase)

    def here(self, axis: str) -> int:
        return self._here[axis]

    def note(self, kind: str, memory: TracedBuffer, index) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooLong
        if memory.space == "local":
            return
        indices = [*index] if isinstance(index, range) else [index]
        if any(not 0 <= i < memory.size for i in indices):
            self.outside.add(memory.name)
        own = self.block if memory.space == "shared" else None
        for i in indices:
            found = self.elements[self._kernel, memory.name, i, own]
            found.append(ThreadAccess(kind, self.block, self.thread, self.phase))
        place = (sys._getframe(2).f_lineno, memory.name, kind)
        self._times[place] += 1
        x, y, z = self.thread
        number = x + self._extents["threadIdx.x"] * (y + self._extents["threadIdx.y"] * z)
        request = (place, self._times[place], self.block, number // 32)
        asked = {i * memory.bytes + byte for i in indices for byte in range(memory.bytes)}
        self.requests[memory.space, memory.name, kind, request][number % 32] = asked

    # ------------------------------------------------------------ what follows

    def race(self, one: ThreadAccess, other: ThreadAccess) -> bool:
        if (one.block, one.thread) == (other.block, other.thread):
            return False
        is_ordered = one.block == other.block and one.phase != other.phase
        return "store" in (one.kind, other.kind) and not is_ordered

    def races(self, buffer: str) -> bool:
        return any(
            self.race(one, other)
            for (_, name, *_rest), accesses in self.elements.items()
            if name == buffer
            for one, other in combinations(accesses, 2)
        )

    def is_race(self, buffer: str, index: int, one, other) -> bool:
        """Return whether two threads, each with its block, race on an element."""
        accesses = [
            access
            for (_, name, i, _own), found in self.elements.items()
            if (name, i) == (buffer, index)
            for access in found
        ]
        ours = [a for a in accesses if (a.block, a.thread) == one]
        return any(self.race(a, b) for a in ours for b in accesses if (b.block, b.thread) == other)

    @property
    def buffers(self) -> set[str]:
        return {name for _, name, *_rest in self.elements}

    @property
    def is_stuck(self) -> bool:
        return any(len(counts) > 1 for counts in self.barriers.values())

    def sectors(self, buffer: str, kind: str) -> int:
        return max(
            len({byte // 32 for asked in lanes.values() for byte in asked})
            for lanes in self._of("global", buffer, kind)
        )

    def rounds(self, buffer: str, kind: str) -> int:
        """Return the most different words that one bank has to give, of requests of 4 bytes."""
        found = []
        for lanes in self._of("shared", buffer, kind):
            words = {byte // 4 for asked in lanes.values() for byte in asked}
            found.append(max(Counter(word % 32 for word in words).values()))
        return max(found)

    def _of(self, space, buffer, kind):
        return [lanes for key, lanes in self.requests.items() if key[:3] == (space, buffer, kind)]


class TracedBuffer:
    """A buffer that notes who touches it."""

    def __init__(self, trace, name, shape, dtype, space):
        self._trace = trace
        self.name, self.space = name, space
        self.size, self.bytes = math.prod(shape), BYTES[dtype]

    def __getitem__(self, index):
        self._trace.note("load", self, index)
        return 1.0

    def __setitem__(self, index, value):
        self._trace.note("store", self, index)


class Number(int):
    """A number that ``with`` takes too."""

    def __enter__(self):
        return int(self)

    def __exit__(self, *failure):
        return False


class KernelScript:
    """Stands for ``T`` in a kernel: a call of any other name returns its last argument."""

    min, max = staticmethod(min), staticmethod(max)

    def __init__(self, trace):
        self._trace = trace
        self.cuda = self

    def __getattr__(self, name):
        return lambda *args, **named: args[-1] if args else 1

    def launch_thread(self, axis, extent):
        return Number(self._trace.here(axis))

    def attr(self, *args):
        return Number(0)

    def tvm_storage_sync(self, scope):
        self._trace.phase += 1

    def shift_right(self, one, other):
        return one >> other

    def Ramp(self, base, stride, lanes):
        return range(base, base + stride * lanes, stride)

    def declared(self, name, shape, dtype="float32", *, scope="", **named):
        space = "shared" if "shared" in scope else "local" if "local" in scope else "global"
        return TracedBuffer(self._trace, name, shape, dtype, space)


class _Named(ast.NodeTransformer):
    """Tell each buffer its name, and let ``T.if_then_else`` read on one side only."""

    def visit_Assign(self, node):
        self.generic_visit(node)
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            how = call.func.attr
            if how == "decl_buffer" or how.startswith("alloc_"):
                call.func.attr = "declared"
                call.args.insert(0, ast.Constant(node.targets[0].id))
                if how not in ("decl_buffer", "alloc_buffer"):
                    call.keywords.append(ast.keyword("scope", ast.Constant(how)))
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "if_then_else":
            condition, one, other = node.args
            return ast.IfExp(condition, one, other)
        return node
