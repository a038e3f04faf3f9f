"""The state of a run of all lanes at once, and what compiles nodes into functions on it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from viz.messages import Message, message_of, verbatim
from viz.model import AccessKind, MemorySpace, Tree
from viz.step.accesses.figures import MatrixTile
from viz.step.accesses.memory import BufferMemory, BufferTooLargeError, BufferView, Lanes
from viz.step.accesses.needed import FRAGMENTS, Needed
from viz.step.accesses.recorder import AccessKey, AccessRecorder
from viz.step.gpu_rules import BINDING, binding
from viz.step.kernel_calls import LAUNCH
from viz.step.tirx_rules import ENTRY
from viz.step.writer import Part

Mask: TypeAlias = Any
"""Which lanes are active, of shape ``(lanes, 1)``, or ``(lanes, n)`` where the ``n`` rounds of a
vectorised loop go different ways; None outside of a kernel. The rounds of loops that run at once
are further axes before these, the innermost loop first."""

Value: TypeAlias = Callable[[Mask], Any]
"""Computes an expression for all lanes: one number where it is the same for all, else an array
that goes with a mask, of one extent where an axis makes no difference. The last axis are the lanes
of a vector."""

Run: TypeAlias = Callable[[Mask], None]
"""Runs a statement for all active lanes, or makes the accesses of an expression."""

MOST_ROUNDS = 2_000_000
"""Rounds of loops after which a run ends."""

HOST_STATEMENTS = ("tirx.Bind", "tirx.DeclBuffer", "tirx.AllocBuffer", "tirx.SeqStmt")
"""Statements of a host's function that run although no kernel is in them."""

MOST_DEPTH = 50
"""Calls of functions within each other."""


class UnableError(Exception):
    """A stage cannot be run here.

    Attributes
    ----------
    why
        The reason in words.
    """

    def __init__(self, why: Message) -> None:
        super().__init__(str(why))
        self.why = why


@contextmanager
def stops_explained() -> Iterator[None]:
    """Raise what a run stops with as an UnableError; NumPy warns of no number meanwhile."""
    try:
        with np.errstate(all="ignore"):
            yield
    except BufferTooLargeError as error:
        raise UnableError(message_of("causes-large", what=str(error))) from error
    except MemoryError as error:
        raise UnableError(message_of("unable-memory")) from error
    # Of the program's numbers, such as a division by zero, or of nodes that nest too deeply.
    except (ArithmeticError, ValueError, TypeError, IndexError, RecursionError) as error:
        name = type(error).__name__
        raise UnableError(message_of("unable-stops", error=verbatim(f"{name}: {error}"))) from error


class Machine:
    """What a run has computed so far.

    Parameters
    ----------
    blocks
        How many blocks of each kernel run.
    until
        The moment of ``time.monotonic()`` at which the run ends.
    most_rounds
        What :meth:`round` counts up to before the run ends.
    late
        The reason to give when the time is used up.
    """

    def __init__(
        self,
        recorder: AccessRecorder,
        *,
        blocks: int,
        until: float,
        most_rounds: int | None = None,
        late: Message = message_of("causes-time"),
    ) -> None:
        self.recorder = recorder
        self.blocks = blocks
        self.lanes: Lanes | None = None
        self.most_run = 0
        self.kernel = 0
        """How many kernels have begun."""
        self.doubted: list[BufferMemory] = []
        """What was read although some of its content is not known."""
        self.gone: Mask = None
        """Lanes that have left the round of a loop, the loop or the function."""
        self.broke: Mask = None
        self.returned: Mask = None
        self.result: Any = 0
        self.depth = 0
        self.axes: list[int] = []
        """How many rounds of each loop run at once, the outermost first."""
        self.vector = 1
        """How many rounds of a vectorised loop run at once."""
        self.repeats = 1
        """How often a codegen writes the expression that is run, for the lanes of a vector."""
        self.spread = 1
        """The same for those of its parts that have no lanes themselves."""
        self._until, self._late = until, late
        self._most_rounds = MOST_ROUNDS if most_rounds is None else most_rounds
        self._rounds = 0

    def round(self) -> None:
        """Count one round of a loop.

        Raises
        ------
        UnableError
            When there were too many, or the time is used up.
        """
        self._rounds += 1
        if self._rounds > self._most_rounds:
            rounds, most = self._rounds, self._most_rounds
            raise UnableError(message_of("unable-rounds", rounds=rounds, most=most))
        if time.monotonic() > self._until:
            raise UnableError(self._late)

    def note(self, node: int, kind: AccessKind, view: BufferView, at: Any, mask: Mask) -> None:
        """Record an access of all active lanes.

        The lanes of a vector are one access where they lie beside each other, as a codegen writes
        it, and else one after the other.
        """
        if self.lanes is None:
            return
        self.round()
        size = view.element
        at = np.asarray(at)
        if at.ndim < 2:
            at = at.reshape(1, 1)
        columns = max(at.shape[-1], mask.shape[-1])
        repeats = self.repeats * (self.spread if columns == 1 else 1)
        if columns > 1 and mask.shape[-1] == 1:
            first = at[..., :1]
            one = (at == first + np.arange(columns)) & (first % columns == 0)
            if (one | ~mask).all():
                at, columns, size = first, 1, size * columns
        space = view.memory.space
        for column in range(columns):
            here = at[..., min(column, at.shape[-1] - 1)]
            active = mask[..., min(column, mask.shape[-1] - 1)]
            offsets = np.where(active, here * view.element, -1)
            # A round of loops that makes no difference is the same once more.
            times = repeats * math.prod(self.axes) * self.lanes.count // offsets.size
            key = AccessKey(node, kind, space, size, view.name)
            self.recorder.record(key, offsets, times)

    def written(self, memory: BufferMemory, *, is_known: bool) -> None:
        """Note that a kernel writes memory: later ones do not know what other blocks wrote."""
        if not is_known:
            memory.unknown_since = 0
        elif memory.space == "global" and self.lanes is not None and not self.lanes.is_whole:
            is_first = memory.unknown_since in (None, self.kernel)
            memory.unknown_since = self.kernel if is_first else 0

    def read(self, memory: BufferMemory) -> None:
        """Note that a value is read which decides about accesses."""
        if memory.unknown_since in (None, self.kernel) or memory in self.doubted:
            return
        self.doubted.append(memory)

    def note_tile(self, key: AccessKey, at: Any, mask: Mask, tile: MatrixTile) -> None:
        """Record that each warp accesses a tile, which begins at some byte of the memory."""
        if self.lanes is None:
            return
        self.round()
        at = np.asarray(at)
        if at.ndim < 2:
            at = at.reshape(1, 1)
        offsets = np.where(mask[..., 0], at[..., 0], -1)
        times = math.prod(self.axes) * self.lanes.count // offsets.size
        self.recorder.record(key, offsets, times, tile)


class Tables(NamedTuple):
    """What runs each type of node."""

    values: Mapping[str, Callable[[Compiler, Part], Value]]
    accesses: Mapping[str, Callable[[Compiler, Part], Run | None]]
    """Of expressions whose value nobody needs, where it is not simply what their operands do."""
    statements: Mapping[str, Callable[[Compiler, Part], Run]]
    call: Callable[[Compiler, Part], Run]
    """What calls a function of the module."""
    space: Callable[[Compiler, Part], MemorySpace]
    """Says who has a buffer in common that is allocated somewhere."""
    at_once: Callable[[Compiler, Part], bool]
    """Whether the rounds of a loop may run at once."""
    fill: int = 0
    """The bytes of memory that nothing has written yet."""


class Compiler:
    """Turns the nodes of a tree into functions that run them.

    Attributes
    ----------
    env
        The values of variables, and the buffers, by the ids of the variables.
    inside
        Whether what is compiled is part of a kernel. Of a host's function only that is run which
        has a kernel in it, and what that needs.
    launcher
        What launches a kernel that is a function, by its name with its arguments.
    tables
        What runs each type of node.
    """

    def __init__(
        self,
        tree: Tree,
        machine: Machine,
        tables: Tables,
        same: Iterable[tuple[int, int]] = (),
        needed: Needed | None = None,
    ) -> None:
        self.tree = tree
        self.machine = machine
        self.needed = Needed(tree, same) if needed is None else needed
        self.env: dict[int, Any] = {}
        self.inside = False
        self.launcher: Callable[[str, Sequence[Any]], None] | None = None
        self.tables = tables

    def value(self, part: Part) -> Value:
        """Return what computes an expression.

        Raises
        ------
        UnableError
            When nothing here computes such a node.
        """
        rule = self.tables.values.get(part.key)
        if rule is None:
            raise UnableError(message_of("causes-node", what=part.field("op") or part.key))
        return rule(self, part)

    def statement(self, part: Part) -> Run:
        """Return what runs a statement.

        Raises
        ------
        UnableError
            When nothing here runs such a node.
        """
        if not (self.inside or part.key in HOST_STATEMENTS or has_kernel(part)):
            return lambda mask: None
        rule = self.tables.statements.get(part.key)
        if rule is None:
            raise UnableError(message_of("causes-node", what=part.field("op") or part.key))
        return rule(self, part)

    def space(self, buffer: Part) -> MemorySpace:
        """Return who has a buffer in common that is allocated at this place."""
        return self.tables.space(self, buffer)

    def call(self, part: Part) -> Run:
        """Return what calls a function of the module."""
        return self.tables.call(self, part)

    def accesses(self, part: Part) -> Run | None:
        """Return what makes the accesses of an expression and computes nothing else.

        None where it has none.
        """
        # Conditions within it are computed; where it has none, its loads alone.
        found = part.find("ir.TensorLoad", "ir.GlobalVar", "ir.Call")
        if not any(each.key != "ir.Call" or each.field("op") in FRAGMENTS for each in found):
            return None
        return self._loads(part)

    def _loads(self, part: Part) -> Run | None:
        rule = self.tables.accesses.get(part.key)
        if rule is not None:
            return rule(self, part)
        below = [
            run
            for child in part.node.children
            if (run := self.accesses(Part(self.tree, self.tree.nodes[child.id]))) is not None
        ]
        return together(below)

    def view(self, part: Part) -> BufferView:
        """Return the buffer that a variable stands for now.

        Raises
        ------
        UnableError
            When it was never declared.
        """
        view = self.env.get(part.variable)
        if not isinstance(view, BufferView):
            raise UnableError(message_of("causes-node", what=part.field("name")))
        return view


def has_kernel(part: Part) -> bool:
    """Whether a statement has a kernel in it, or launches one."""
    return any(
        binding(each) is not None
        or each.field("attr_key") == ENTRY
        or each.field("op") == LAUNCH
        or each.key == "ir.GlobalVar"
        for each in part.find(*BINDING, "ir.Call", "ir.GlobalVar")
    )


def together(runs: list[Run]) -> Run | None:
    """Return what does one after the other; None for nothing."""
    if len(runs) < 2:
        return runs[0] if runs else None

    def run(mask: Mask) -> None:
        for each in runs:
            each(mask)

    return run
