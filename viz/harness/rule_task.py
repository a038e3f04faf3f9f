"""Write a tree by a user's rules and run what they wrote, within limits.

The rules and what they write are Python of somebody's: this belongs into a jailed process, and what
comes out of it is to be looked at before it is believed.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np

from viz.errors import RunError
from viz.harness.arrays import Array, numpy_dtype
from viz.messages import Message, message_of
from viz.model import Emission, Mark, RuleError, RuleLanguage, Tree
from viz.step.execution.limited import Limit, LimitedProgram, LimitReached, ProgramError
from viz.step.own_rules import MOST_CHARACTERS, RuleFailedError, TimeUp, described, own_text
from viz.step.python_codegen import name_in

RULE_SECONDS = 3.0
"""How long all rules together may take."""

RUN_SECONDS = 20.0
"""How long what they wrote may run."""

MOST_ROUNDS = 5_000_000
"""Rounds of all its loops."""


class RuleTask(NamedTuple):
    """A tree, the rules by the type or operator that they are for, and a call of a function.

    Attributes
    ----------
    values
        Arrays and numbers by parameter; nothing is run without ``kinds``.
    kinds
        TVM's types of the parameters that are numbers, by name.
    """

    tree: Tree
    rules: Mapping[str, str]
    language: RuleLanguage
    function: str
    values: Mapping[str, Array | int | float]
    kinds: Mapping[str, str] | None


class TriedRules(NamedTuple):
    """What the rules wrote and what that computed.

    Attributes
    ----------
    outputs
        All arrays after the run, by parameter; None where nothing ran to its end.
    returned
        What the function returned, if it returns something.
    """

    text: str = ""
    marks: tuple[Mark, ...] = ()
    uses: Mapping[str, int] = {}
    error: RuleError | None = None
    outputs: Mapping[str, Array] | None = None
    returned: Array | None = None


def evaluate(task: RuleTask) -> TriedRules:
    """Try the rules in this process."""
    try:
        with _time_limit(RULE_SECONDS):
            emission, uses = own_text(task.tree, task.language, task.rules)
    except RuleFailedError as failed:
        return TriedRules(error=RuleError(what=failed.what, rule=failed.rule, line=failed.line))
    except RunError as error:
        return TriedRules(error=RuleError(what=error.what))
    except TimeUp:
        return TriedRules(error=RuleError(what=_too_slow("rule-too-slow", RULE_SECONDS)))
    except BaseException as error:  # of our writer, with what the rules gave it
        what = message_of("rule-raised", reason=described(error))
        return TriedRules(error=RuleError(what=what))
    tried = TriedRules(emission.text, emission.marks, dict(uses))
    if task.kinds is None:
        return tried
    copies = {
        name: np.copy(value)
        if isinstance(value, np.ndarray)
        else numpy_dtype(task.kinds[name]).type(value)
        for name, value in task.values.items()
    }
    failure, returned = _run(task, emission, copies)
    if failure is not None:
        return tried._replace(error=failure)
    arrays = {name: value for name, value in copies.items() if isinstance(value, np.ndarray)}
    return tried._replace(outputs=arrays, returned=returned)


def _run(
    task: RuleTask, emission: Emission, values: Mapping[str, Any]
) -> tuple[RuleError | None, Array | None]:
    """Run a text; return what is wrong with it, or what its function returned."""
    try:
        with _time_limit(RUN_SECONDS):
            function = name_in(task.tree, emission, task.function)
            limit = Limit(MOST_ROUNDS, time.monotonic() + RUN_SECONDS)
            ran = LimitedProgram([emission.text]).call(function, values.values(), limit)
            return None, None if ran.value is None else np.asarray(ran.value)
    except SyntaxError as error:
        return _no_python(error), None
    except LimitReached as error:
        what = _too_slow("rule-text-too-slow", RUN_SECONDS)
        if error.rounds:
            what = message_of("rule-text-too-many-rounds", rounds=f"{MOST_ROUNDS:,}")
        return RuleError(what=what), None
    except ProgramError as error:
        if isinstance(error.error, SyntaxError):
            return _no_python(error.error), None
        what = message_of("rule-text-stopped", reason=described(error.error))
        return RuleError(what=what, line=error.line), None
    except TimeUp:
        return RuleError(what=_too_slow("rule-text-too-slow", RUN_SECONDS)), None
    except BaseException as error:  # it is anybody's Python
        return RuleError(what=message_of("rule-text-stopped", reason=described(error))), None


def _no_python(error: SyntaxError) -> RuleError:
    what = message_of("rule-text-syntax", reason=str(error.msg))
    return RuleError(what=what, line=error.lineno or 0)


def _too_slow(id_: str, seconds: float) -> Message:
    return message_of(id_, seconds=f"{seconds:g}")


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise :class:`TimeUp` in this thread after some seconds of Python code."""
    thread, done = threading.get_ident(), threading.Event()

    def interrupt() -> None:
        if not done.wait(seconds):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread), ctypes.py_object(TimeUp)
            )

    watcher = threading.Thread(target=interrupt, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        with suppress(TimeUp):  # it came when all was over
            watcher.join()


# ---------------------------------------------------------------- what is believed of an answer


def believed(tried: TriedRules, task: RuleTask) -> TriedRules:
    """Return what can be believed of an answer from a process in which anything may have run.

    Marks that no walk could have made are an error; arrays of another kind or shape are no outputs.
    """
    if len(tried.text) > MOST_CHARACTERS or not _nest(tried, len(task.tree.nodes)):
        return TriedRules(error=RuleError(what=message_of("rule-marks")))
    uses = {key: count for key, count in tried.uses.items() if key in task.rules}
    outputs = tried.outputs
    if outputs is not None:
        expected = {n: v for n, v in task.values.items() if isinstance(v, np.ndarray)}
        if outputs.keys() != expected.keys() or any(
            (outputs[n].dtype, outputs[n].shape) != (v.dtype, v.shape) for n, v in expected.items()
        ):
            outputs = None
    return tried._replace(uses=uses, outputs=outputs)


def _nest(tried: TriedRules, nodes: int) -> bool:
    """Whether marks are in the text, in the order in which they open, nested or disjoint."""
    around: list[Mark] = []
    before = 0
    for mark in tried.marks:
        while around and around[-1].end <= mark.start:
            around.pop()
        if not before <= mark.start < mark.end <= len(tried.text) or not 0 <= mark.node < nodes:
            return False
        if around and mark.end > around[-1].end:
            return False
        before = mark.start
        around.append(mark)
    return True


BACKEND: ContextVar[Callable[[RuleTask], TriedRules]] = ContextVar("backend", default=evaluate)
"""What tries rules: this process, unless it may not."""

REFUSAL: ContextVar[Message | None] = ContextVar("refusal", default=None)
"""Why no rules are tried here; None where they may."""
