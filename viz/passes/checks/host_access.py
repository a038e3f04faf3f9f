"""Find where host code touches GPU memory: a statement that no thread is around.

TVM puts such a statement into the host function, where a real GPU's driver ends the program. Its
own check looks at parameters alone, and no longer finds them once buffers have been flattened. So
the lowered host function is asked what it touches, and the user's function where that stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import tvm
import tvm_ffi
from tvm import ir, tirx

from viz.ir.functions import callees
from viz.ir.labels import label, operator
from viz.ir.parse import Parsed
from viz.ir.walker import Occurrence, occurrences
from viz.messages import Message, message_of
from viz.model import Problem
from viz.passes.function_roles import begins_threads

_MESSAGES = {
    ("reads", True): "host-access-in-reads",
    ("writes", True): "host-access-in-writes",
    ("reads", False): "host-access-reads",
    ("writes", False): "host-access-writes",
}


class HostAccess(NamedTuple):
    """A buffer in GPU memory that host code reads or writes."""

    function: str
    """The user's function whose host code it is."""
    buffer: str
    doing: str
    """``reads`` or ``writes``."""
    place: Any = None
    """The span, TVM's, of the outermost loop that could be bound, else of the statement."""
    statement: str = ""
    """The statement in short, as ``C[vi] = …``."""

    is_loop: bool = False
    """Whether the place is a loop, which could be bound."""

    def described(self) -> Message:
        """Return what is wrong."""
        return message_of(
            _MESSAGES[self.doing, bool(self.statement)],
            function=self.function,
            buffer=self.buffer,
            statement=self.statement,
        )

    def advice(self) -> Message | None:
        """Return what to do about it; None for what the hint of the message says."""
        if self.is_loop:
            return None
        return message_of("write-in-one-thread" if self.doing == "writes" else "read-in-a-thread")

    def problem(self, parsed: Parsed) -> Problem:
        """Return it as a warning at its place in the user's text."""
        return Problem(
            code="host-access",
            severity="warning",
            what=self.described(),
            advice=self.advice(),
            span=None if self.place is None else parsed.user_span(self.place),
        )


def host_accesses(
    mod: tvm.IRModule, host: tvm.IRModule, names: list[str]
) -> tuple[HostAccess, ...]:
    """Return what the host code of functions for a GPU touches of its memory.

    Parameters
    ----------
    mod
        The module before the passes, whose nodes have places.
    host
        The lowered host functions.
    names
        The functions that are for a GPU; those that they call run where they are called.
    """
    lowered = {str(variable.name_hint): function for variable, function in host.functions.items()}
    mine = {str(variable.name_hint): function for variable, function in mod.functions.items()}
    found: list[HostAccess] = []
    waiting, known = list(names), set(names)
    while waiting:
        name = waiting.pop(0)
        if name not in lowered:
            continue
        for called in callees(lowered[name]) - known:
            known.add(called)
            waiting.append(called)
        touched = _touched(lowered[name])
        own = mine.get(name) or mine.get(name.removesuffix("_host"))
        found += _placed(name, own, touched) if touched else ()
    return tuple(found)


def _touched(function: Any) -> dict[str, str]:
    """Return the buffers that are no allocation of the host's own, and what is done to each."""
    sources: dict[int, Any] = {}
    accesses: list[tuple[Any, str]] = []

    def declare(node: Any) -> None:
        sources[node.buffer.__chandle__()] = node.data

    def allocate(node: Any) -> None:
        sources[node.buffer.__chandle__()] = None

    callbacks = [
        (tirx.DeclBuffer, declare),
        (tirx.AllocBuffer, allocate),
        (tirx.BufferStore, lambda node: accesses.append((node.buffer, "writes"))),
        (ir.TensorLoad, lambda node: accesses.append((node.source, "reads"))),
    ]
    tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    touched: dict[str, str] = {}
    for buffer, doing in accesses:
        if not _is_hosts(buffer, sources) and touched.get(str(buffer.name)) != "writes":
            touched[str(buffer.name)] = doing
    return touched


def _is_hosts(buffer: Any, sources: Mapping[int, Any]) -> bool:
    """Whether a buffer is the host function's own allocation, through any number of aliases."""
    while True:
        handle = buffer.__chandle__()
        if handle not in sources:
            return False
        data = sources[handle]
        if data is None:
            return True
        if operator(data) != "tirx.buffer_data":
            return False
        buffer = data.args[0]


def _placed(name: str, function: Any, touched: Mapping[str, str]) -> Iterator[HostAccess]:
    """Yield the accesses with their places in a function as it was before the passes."""
    placed = list(_outside_threads(name, function)) if function is not None else []
    # Passes give flattened and aliased buffers a number; their names are told apart nowhere else.
    bases = {buffer.rstrip("0123456789").removesuffix("_") for buffer in touched} | set(touched)
    located = [access for access in placed if access.buffer in bases]
    if located:
        seen = set()
        for access in located:
            key = str(access.place)
            if key not in seen:  # one warning a loop
                seen.add(key)
                yield access
        return
    for buffer, doing in touched.items():
        yield HostAccess(name, buffer, doing)


def _outside_threads(name: str, function: Any) -> Iterator[HostAccess]:
    """Yield the accesses that are below no thread, writes of a statement before its reads."""
    nodes = occurrences(function)
    threaded = [False] * len(nodes)
    holds_threads = [False] * len(nodes)
    for node in nodes[1:]:
        threaded[node.id] = threaded[node.parent] or begins_threads(node.obj)
        if threaded[node.id] and not threaded[node.parent]:
            above = node.parent
            while above >= 0 and not holds_threads[above]:
                holds_threads[above] = True
                above = nodes[above].parent
    for node in nodes:
        cls = node.obj.__class__
        if threaded[node.id] or cls not in (tirx.BufferStore, ir.TensorLoad):
            continue
        writes = cls is tirx.BufferStore
        buffer = node.obj.buffer if writes else node.obj.source
        doing = "writes" if writes else "reads"
        yield HostAccess(name, str(buffer.name), doing, *_place(node, nodes, holds_threads))


def _place(
    node: Occurrence, nodes: list[Occurrence], holds_threads: list[bool]
) -> tuple[Any, str, bool]:
    """Return the place of an access, its statement in short, and whether the place is a loop.

    The place is the outermost loop around it that has no thread in it, else its statement, else
    itself, as in the condition of an ``if`` around threads.
    """
    statement = None
    loop = None
    here = node.id
    while here > 0 and not holds_threads[here]:
        obj = nodes[here].obj
        if isinstance(obj, tirx.Stmt) and statement is None:
            statement = obj
        if isinstance(obj, tirx.For):
            loop = obj
        here = nodes[here].parent
    if statement is None and isinstance(nodes[here].obj, tirx.For | tirx.IfThenElse | tirx.While):
        return node.obj.span, label(nodes[here].obj), False
    around = loop or statement
    return (
        None if around is None else around.span,
        "" if statement is None else label(statement),
        loop is not None,
    )
