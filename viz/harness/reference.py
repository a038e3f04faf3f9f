"""Run a reference: a Python function over NumPy arrays, with the definitions that it uses."""

from __future__ import annotations

import ast
import inspect
import re
import symtable
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np

from viz.errors import RunError
from viz.frontend.macros import is_macro
from viz.frontend.scopes import is_definition
from viz.frontend.syntax import parsed
from viz.harness.arrays import Arguments, Array
from viz.messages import Message, message_of
from viz.model import Scalar
from viz.text import Span, Text

MOST_PARAMETERS = 6
"""Parameters that are named where a reference is asked for."""

_FILE = "<reference>"
"""What a reference is called in tracebacks."""


class Task(NamedTuple):
    """A reference function and what it is called with.

    Attributes
    ----------
    source
        Text that defines ``reference``; its parameters are named after the buffers and scalars it
        needs, and it returns the final content of the outputs, in parameter order. ``np`` is NumPy.
    values
        The function's arguments by name.
    names
        The outputs' names.
    text
        The program's text, whose constants, functions and imports the reference may use.
    constants
        Further names and their values: the arguments of a factory.
    """

    source: str
    values: Mapping[str, Array | int | float]
    names: list[str]
    text: str = ""
    constants: Mapping[str, Scalar] = {}


def call(
    source: str,
    arguments: Arguments,
    names: list[str],
    text: str = "",
    constants: Mapping[str, Scalar] | None = None,
    shapes: Mapping[str, tuple[int, ...]] = {},
) -> dict[str, Array]:
    """Run a reference function over copies of the inputs; for the parameters see :class:`Task`.

    Parameters
    ----------
    shapes
        The shapes of outputs that are none of the arguments.

    Raises
    ------
    RunError
        When it fails, or returns another number of arrays, other shapes or no numbers.
    """
    task = Task(source, arguments.values, names, text, constants or {})
    results = BACKEND.get()(task)
    if len(results) != len(names):
        raise RunError(
            message_of("reference-count", count=len(results), count2=len(names), names=tuple(names))
        )
    expected = dict(zip(names, results, strict=True))
    for name, array in expected.items():
        _check(name, array, shapes.get(name, np.shape(arguments.values.get(name, 0))))
    return expected


def evaluate(task: Task) -> list[Array]:
    """Run a reference in this process and return what it returns.

    Raises
    ------
    RunError
        When it fails, or takes a parameter that the function does not have.
    """
    given = _nested(task.values)
    reference = _load(task.source, task.text, task.constants, given)
    parameters = _parameters(reference)
    unknown = [
        parameter.name
        for parameter in parameters
        if parameter.name not in given and parameter.default is parameter.empty
    ]
    if unknown:
        raise RunError(
            message_of("reference-parameter", unknown=unknown[0], values=tuple(given)),
        )
    arguments = {
        parameter.name: _copied(given[parameter.name])
        for parameter in parameters
        if parameter.name in given
    }
    try:
        result = reference(**arguments)
        results = result if isinstance(result, tuple) else (result,)
        return [np.asarray(value) for value in results]
    except MemoryError:
        raise RunError(message_of("reference-memory")) from None
    except (Exception, SystemExit) as error:
        # The reference is the user's code and may raise anything.
        what = message_of("reference-failed", error=_describe(error))
        raise RunError(what, span=_failing_line(error, task)) from None


def signature(names: Iterable[str], outputs: Collection[str] = ()) -> str:
    """Return the parameters of a reference, as one may write them: the names of the inputs.

    Parameters
    ----------
    names
        The parameters of a program, or of a tuple its parts: ``p[0]`` is of ``p``.
    outputs
        Those of them that it writes.
    """
    whole = [*dict.fromkeys(name.partition("[")[0] for name in names)]
    read = [name for name in whole if name not in outputs] or whole
    shown = read[:MOST_PARAMETERS]
    return ", ".join([*shown, "…"] if len(read) > len(shown) else shown)


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by name; those of ``p[0]`` and ``p[1]`` as a tuple ``p``, also nested ones."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        whole, *places = re.split(r"[\[\]]+", name.rstrip("]"))
        if not places:
            found[name] = value
            continue
        inside = found.setdefault(whole, {})
        for place in places[:-1]:
            inside = inside.setdefault(int(place), {})
        inside[int(places[-1])] = value
    return {name: _tuple(value) for name, value in found.items()}


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value.values())) if isinstance(value, dict) else value


def _copied(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_copied, value))
    return np.copy(value) if isinstance(value, np.ndarray) else value


def _failing_line(error: BaseException, task: Task) -> Span | None:
    """Return the innermost line of the program's text that an error was thrown in."""
    text = Text(task.text)
    before, found, _ = task.text.partition(task.source)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if found and frame.filename == _FILE and frame.lineno is not None:
            # The reference was compiled from its own text, what it uses from the program's.
            offset = before.count("\n") if frame.name == "reference" else 0
            line = text.line_span(frame.lineno + offset)
            indent = len(text.slice(line)) - len(text.slice(line).lstrip())
            return Span(line.start + indent, line.end)
    return None


Evaluate = Callable[[Task], list[Array]]

BACKEND: ContextVar[Evaluate] = ContextVar("backend", default=evaluate)
"""Runs a reference: in this process, or for a jailed process in another one."""


class _Remembered:
    """Runs a reference once, and gives the same results to whoever asks again."""

    def __init__(self, evaluate: Evaluate) -> None:
        self._evaluate = evaluate
        self._results: list[Array] | None = None

    def __call__(self, task: Task) -> list[Array]:
        if self._results is None:
            self._results = self._evaluate(task)
        return self._results


@contextmanager
def remembered() -> Iterator[None]:
    """Run a reference once for all runs inside, which are on the same inputs.

    A jailed process may run one a single time.
    """
    token = BACKEND.set(_Remembered(BACKEND.get()))
    try:
        yield
    finally:
        BACKEND.reset(token)


REFUSAL: ContextVar[Message | None] = ContextVar("refusal", default=None)
"""Why references are not run here; None where they are."""


def _load(source: str, text: str, constants: Mapping[str, Scalar], given: Mapping[str, Any]) -> Any:
    scope: dict[str, Any] = {"np": np, **constants}
    try:
        tree = parsed(source)
        used = list(_used(tree, parsed(text), scope))
        # In the order of the text, the reference last.
        module = ast.Module(body=[*used, *tree.body], type_ignores=[])
        exec(compile(module, _FILE, "exec"), scope)
    except (Exception, SystemExit) as error:
        # As above: the top level of the user's text runs here.
        raise RunError(message_of("reference-unreadable", error=_describe(error))) from None
    if not callable(scope.get("reference")):
        raise RunError(
            message_of("reference-missing", parameters=signature(given)),
        )
    return scope["reference"]


def _used(
    reference: ast.Module, program: ast.Module, known: Mapping[str, Any]
) -> Iterator[ast.stmt]:
    """Yield the top-level statements of a text that a reference needs, directly or through others.

    No other statement is executed: a pasted file may also schedule, build and print.
    """
    bound = {name: node for node in program.body if not _is_program(node) for name in _bound(node)}
    for name in ("reference", *known):
        bound.pop(name, None)
    needed: list[ast.stmt] = []
    waiting: list[ast.AST] = [reference]
    while waiting:
        for name in _names(waiting.pop()):
            if name in bound and bound[name] not in needed:
                needed.append(bound[name])
                waiting.append(bound[name])
    return (node for node in program.body if node in needed)


def _is_program(node: ast.stmt) -> bool:
    return is_definition(node) or is_macro(node)


def _bound(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        for child in ast.walk(node):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                yield child.id


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the global names that a module or statement reads: no parameters, no local names."""
    tables = [symtable.symtable(ast.unparse(node), _FILE, "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (table.get_type() == "module" or symbol.is_global()):
                yield symbol.get_name()


def _parameters(reference: Any) -> list[inspect.Parameter]:
    """Return a function's parameters without ``*args`` and ``**kwargs``."""
    parameters = inspect.signature(reference).parameters.values()
    return [
        parameter
        for parameter in parameters
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]


def _check(name: str, array: Array, shape: tuple[int, ...]) -> None:
    # ml_dtypes' narrow floats are of NumPy's kind V.
    if array.dtype.kind not in "biufV" or array.dtype.names:
        raise RunError(message_of("reference-dtype", name=name, dtype=str(array.dtype)))
    if array.shape != shape:
        raise RunError(
            message_of("reference-shape", name=name, shape=str(array.shape), shape2=str(shape))
        )


def _describe(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return str(error)
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
