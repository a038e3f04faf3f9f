"""Replay the steps of a user's schedule on a module: TVM's Schedule makes the changes.

Names and values are read from the text's ``ast`` (:mod:`viz.passes.schedule.values`), so nothing
of the user's Python is executed; only the methods of the catalog are called.
"""

from __future__ import annotations

import ast
import textwrap
import time
from collections.abc import Mapping
from copy import copy
from typing import Any, NamedTuple

import tvm
import tvm_ffi
from tvm.s_tir import Schedule

from viz.errors import TVM_ERRORS, LoweringError, VizError
from viz.ir.process_state import cheap_stack
from viz.messages import Message, message_of
from viz.model import ScheduleCode, ScheduleStep
from viz.model.catalog import schedule_methods, tvm_messages
from viz.passes import gpu_schedule
from viz.passes.schedule.values import MOST_VALUES, Evaluator
from viz.passes.step import Step


class Scheduled(NamedTuple):
    """A module after the steps of a schedule.

    ``steps`` has those that change or name parts of the program, the one that failed last; after it
    ``mod`` is what it was given.
    """

    mod: tvm.IRModule
    steps: tuple[Step, ...] = ()
    failure: VizError | None = None


def replay(mod: tvm.IRModule, code: ScheduleCode, constants: Mapping[str, Any]) -> Scheduled:
    """Apply the steps of a schedule to a module, which stays as it is.

    Parameters
    ----------
    constants
        Values of names that the text gives them elsewhere.

    Returns
    -------
    The module; a step that fails ends the replay, with a LoweringError at its place.
    """
    steps: list[Step] = []
    with cheap_stack():
        try:
            player = Player(mod, constants)
        except LoweringError as error:
            error.span = code.steps[0].span
            return Scheduled(mod, (), error)
        for step in code.steps:
            before, began = player.mod, time.perf_counter()
            failure = player.play(step)
            if not step.method:
                continue  # where a value fails, the step that uses it will
            seconds = time.perf_counter() - began
            name = schedule_methods.PREFIX + step.method
            steps.append(Step(name, before, player.mod, seconds, "schedule", step))
            if failure is not None:
                return Scheduled(before, tuple(steps), failure)
    return Scheduled(player.mod, tuple(steps))


def player_after(
    mod: tvm.IRModule, code: ScheduleCode | None, constants: Mapping[str, Any], number: int | None
) -> tuple[Player, int]:
    """Return the Schedule after the step of a number, all of them if None, and that number.

    Raises
    ------
    LoweringError
        When there can be no Schedule, or a step up to that one fails.
    """
    with cheap_stack():
        player, done = Player(mod, constants), 0
        for step in code.steps if code is not None else ():
            if number is not None and step.method and done == number:
                break
            failure = player.play(step)
            if step.method and failure is not None:
                raise failure
            done += bool(step.method)
    return player, done


class Player:
    """A Schedule of TVM's and the names that its steps gave values to.

    Raises
    ------
    LoweringError
        When TVM makes no Schedule of the module.
    """

    def __init__(self, mod: tvm.IRModule, constants: Mapping[str, Any]) -> None:
        self._held: list[Any] = []
        self._hold(mod)
        self.functions = [str(variable.name_hint) for variable in mod.functions]
        try:
            self.schedule = Schedule(mod, debug_mask="none", error_render_level="fast")
            if len(self.functions) == 1:
                self.schedule.work_on(self.functions[0])
        except TVM_ERRORS as error:
            raise LoweringError(_explained(str(error), "Schedule")) from None
        self._evaluator = Evaluator(dict(constants), self._call)
        self.mod = mod

    @property
    def names(self) -> Mapping[str, Any]:
        """The values of the names that the steps gave, and of those of the text."""
        return self._evaluator.names

    def copy(self) -> Player:
        """Return another one at the same step, which has no effect on this one."""
        other = copy(self)
        other._held = [*self._held]
        other.schedule = self.schedule.copy()
        other._evaluator = Evaluator(dict(self.names), other._call, self._evaluator.failed)
        return other

    def play(self, step: ScheduleStep) -> LoweringError | None:
        """Execute one step; return why it failed."""
        (statement,) = ast.parse(textwrap.dedent(step.text).strip()).body
        try:
            if isinstance(statement, ast.Expr):
                self._evaluator.of(statement.value)
            else:
                assert isinstance(statement, ast.Assign | ast.AnnAssign)
                assert statement.value is not None
                value = self._evaluator.of(statement.value)
                for target in _targets(statement):
                    self._evaluator.assign(target, value)
        except LoweringError as error:
            error.span = step.span
            for target in _targets(statement):
                self._evaluator.forget(target, error.what)
            return error
        if step.method and schedule_methods.methods()[step.method].kind == "change":
            made = self.schedule.mod
            self.mod = tvm.IRModule(made.functions, attrs=made.attrs)
            self._hold(self.mod)
        return None

    def _hold(self, mod: tvm.IRModule) -> None:
        """Keep every statement of a stage: a Schedule writes into those that nobody else has."""
        for function in mod.functions.values():
            tvm_ffi.structural_walk(function.body, (tvm.tirx.Stmt, self._held.append), order="pre")

    def _call(self, written: str, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """Call a method of the Schedule.

        Raises
        ------
        LoweringError
            In the words of the catalog, or TVM's own.
        """
        method = schedule_methods.todays(written)
        if method == "work_on" and arguments and isinstance(arguments[0], str):
            arguments = [self._function(arguments[0])]
        if isinstance(keywords.get("func_name"), str):
            keywords = keywords | {"func_name": self._function(keywords["func_name"])}
        if method == "tensorize":
            gpu_schedule.preload()
        try:
            value = getattr(self.schedule, method)(*arguments, **keywords)
        except TVM_ERRORS as error:
            raise LoweringError(_explained(str(error), method)) from None
        if isinstance(value, list | tuple) and len(value) > MOST_VALUES:
            raise LoweringError(message_of("step-large", most=MOST_VALUES))
        return value

    def _function(self, name: str) -> str:
        """Return a function's name: the only one is called ``main`` where TVM prints a trace."""
        if name not in self.functions and name == "main" and len(self.functions) == 1:
            return self.functions[0]
        return name


def _targets(statement: ast.stmt) -> list[ast.expr]:
    """Return what a step gives values to."""
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, ast.AnnAssign) else []


def _explained(text: str, method: str) -> Message:
    """Return the words for what TVM's Schedule says."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reason = " ".join(lines).removeprefix("ScheduleError: ")
    if ("Expected" in reason and "has wrong type" in reason) or reason.startswith("missing a"):
        return message_of("step-arguments", method=method, reason=reason)
    return message_of("step-failed", method=method, reason=tvm_messages.explained("step", reason))
