"""Run a program while two of its threads take turns in a chosen way, and note what they access.

A thread hands over each access to memory by a ``yield``, as it does where it waits for others: so
it can be held before any of them.
"""

from __future__ import annotations

import ast
import itertools
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from viz.step.execution.counted import placed
from viz.step.threads import answers_to

Policy = Literal["first", "second", "both"]
"""Which of the two threads goes on first between two barriers; ``both``: each is held before it
writes what the other one accesses, until the other one is there too."""


class Access(NamedTuple):
    """One access of one of the two threads."""

    thread: int
    """0 or 1."""
    kind: Literal["reads", "writes"]
    address: int
    """Of the first byte of the element, or of the first lane's."""
    buffer: str
    """What the program calls the buffer."""
    at: tuple[Any, ...]
    """The index; a lane of several has an array in it."""
    value: Any
    line: int
    """1-based line of the program."""
    phase: int
    """How many times the threads had waited for each other."""


class TwoThreads(NamedTuple):
    """Two threads of one block, by the indices of the block and their own."""

    block: Mapping[str, int]
    """The index of the block by the name of its variable in the program."""
    numbers: tuple[int, int]
    """The numbers of the threads in their block: ``threadIdx.x`` counts first."""


class MemoryRequest(NamedTuple):
    """What a thread yields to access memory."""

    kind: Literal["reads", "writes"]
    array: Any
    at: Any
    value: Any
    line: int
    buffer: str


def interleaved(text: str) -> Any:
    """Return a program compiled so that its threads hand over their accesses.

    Parameters
    ----------
    text
        A program whose threads are functions (``python_of(separate_threads=True)``).
    """
    module = ast.parse(text)
    for function in module.body:
        for node in ast.walk(function):
            if isinstance(node, ast.FunctionDef) and node is not function:  # a thread
                node.body = [_Handing().visit(statement) for statement in node.body]
    return compile(module, "<python 0>", "exec")


class _Handing(ast.NodeTransformer):
    """Replaces accesses by requests for them; not within the functions of an expression."""

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            return node
        request = _request("reads", node, ast.Constant(None))
        return placed(ast.Yield(request), node)

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        target = node.targets[0]
        node.value = self.visit(node.value)
        if not isinstance(target, ast.Subscript):
            return node
        target.slice = self.visit(target.slice)
        return placed(ast.Expr(ast.Yield(_request("writes", target, node.value))), node)


def _request(kind: str, of: ast.Subscript, value: ast.expr) -> ast.Call:
    place = [ast.Constant(of.lineno), ast.Constant(ast.unparse(of.value))]
    arguments = [ast.Constant(kind), of.value, of.slice, value, *place]
    return ast.Call(ast.Name("_Request", ast.Load()), arguments, [])


class TurnTaking:
    """Runs thread blocks, two threads of one of them in a chosen order.

    Attributes
    ----------
    accesses
        Those of the two threads, in the order in which they were made.
    """

    def __init__(
        self,
        threads: TwoThreads,
        policy: Policy,
        held: Callable[[int, MemoryRequest], bool] = lambda thread, request: False,
        most: int = 2_000_000,
    ) -> None:
        self._threads = threads
        self._policy = policy
        self._held = held
        self._most = most
        self.accesses: list[Access] = []
        self._phase = 0

    def call(self, code: Any, function: str, arguments: Sequence[Any]) -> None:
        """Call a function of a program that :func:`interleaved` made.

        Raises
        ------
        RuntimeError
            When there are too many accesses, or threads wait for one that has ended.
        Exception
            Whatever the program raises.
        """
        namespace: dict[str, Any] = {"_Request": MemoryRequest}
        exec(code, namespace)
        namespace["run_threads"] = self._run
        with np.errstate(all="ignore"):
            namespace[function](*arguments)

    def _run(self, thread: Callable[..., Any], *extents: int) -> None:
        names = sys._getframe(1).f_locals
        is_here = all(names.get(name) == at for name, at in self._threads.block.items())
        chosen = self._threads.numbers if is_here else ()
        indices = list(itertools.product(*map(range, extents)))
        runs = {number: thread(*index) for number, index in enumerate(indices)}
        answers: dict[int, Any] = {number: None for number, run in runs.items() if run is not None}
        first = chosen[::-1] if self._policy == "second" else chosen
        order = [*first, *(number for number in runs if number not in first)]
        waiting: dict[int, Any] = {}
        self._phase = 0
        while answers:
            going = [number for number in order if number in answers]
            together = self._policy == "both" and len(chosen) == 2 and set(chosen) <= set(going)
            if together:
                self._both(runs, chosen, answers, waiting)
                going = [number for number in going if number not in chosen]
            for number in going:
                track = chosen.index(number) if number in chosen else -1
                self._finish(number, self._turns(runs[number], track, answers[number]), waiting)
            answers = answers_to(waiting, indices)
            self._phase += 1
            for number in answers:
                del waiting[number]

    def _finish(
        self, number: int, turns: Generator[MemoryRequest, None, Any], waiting: dict[int, Any]
    ) -> None:
        """Let a thread go on until it waits or ends."""
        while True:
            try:
                next(turns)
            except StopIteration as ended:
                waiting.pop(number, None)
                if ended.value is not None:
                    waiting[number] = ended.value
                return

    def _both(
        self, runs: Any, chosen: Sequence[int], answers: Any, waiting: dict[int, Any]
    ) -> None:
        """Let both threads go on, each up to where it is held, then both to the end."""
        turns = [self._turns(runs[n], track, answers[n]) for track, n in enumerate(chosen)]
        held: list[int] = []
        for track, number in enumerate(chosen):
            while True:
                try:
                    request = next(turns[track])
                except StopIteration as ended:
                    waiting.pop(number, None)
                    if ended.value is not None:
                        waiting[number] = ended.value
                    break
                if self._held(track, request):
                    held.append(track)
                    break
        for track in held:
            self._finish(chosen[track], turns[track], waiting)

    def _turns(self, run: Any, track: int, answer: Any) -> Generator[MemoryRequest, None, Any]:
        """Make the accesses of a thread one by one, each after it was handed over.

        Returns what the thread waits with; None where it has ended.
        """
        while True:
            try:
                asked = run.send(answer)
            except StopIteration:
                return None
            if not isinstance(asked, MemoryRequest):
                return asked
            yield asked
            answer = self._access(asked, track)

    def _access(self, request: MemoryRequest, track: int) -> Any:
        self._most -= 1
        if self._most < 0:
            raise RuntimeError("too many accesses")
        if request.kind == "writes":
            request.array[request.at] = request.value
            value = request.value
        else:
            value = request.array[request.at]
        if track >= 0:
            index = request.at if isinstance(request.at, tuple) else (request.at,)
            self.accesses.append(
                Access(
                    thread=track,
                    kind=request.kind,
                    address=address_of(request.array, index),
                    buffer=request.buffer,
                    at=index,
                    value=np.copy(value)[()],
                    line=request.line,
                    phase=self._phase,
                )
            )
        return value


def address_of(array: Any, index: Sequence[Any]) -> int:
    """Return where an element begins, of several the first one."""
    start = int(array.__array_interface__["data"][0])
    for at, step in zip(index, array.strides, strict=False):
        start += int(np.asarray(at).reshape(-1)[0]) * step
    return start
