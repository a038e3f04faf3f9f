"""Try a user's rules over a program: compare the text with ours, and what it computes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from viz.errors import RunError, VizError
from viz.harness import arrays
from viz.harness import rule_task as tasks
from viz.harness.comparison import Tolerance, compare
from viz.harness.rule_task import RuleTask, TriedRules
from viz.ir.parse import Parsed
from viz.messages import message_of
from viz.model import (
    Comparison,
    Emission,
    OutputVerdict,
    Problem,
    RuleError,
    RulePart,
    RuleTrial,
    TextDifference,
    Tree,
)
from viz.model.problem import problem_of
from viz.runtime.analysis.precision import tolerances
from viz.runtime.execute import RETURNED
from viz.runtime.python_device.made_inputs import made_inputs
from viz.step.own_rules import key_of, our_text, tables_of
from viz.text import Text

MOST_RULE_CHARACTERS = 20_000
"""Characters of a rule."""


def trial(parsed: Parsed, tree: Tree, name: str, part: RulePart) -> RuleTrial:
    """Return what came of a user's rules.

    Parameters
    ----------
    parsed
        The module as the user wrote it: it tells what the inputs are.
    tree
        The tree of the stage that is written.
    name
        Name of the function whose outputs are compared.

    Raises
    ------
    RequestError
        When there is no rule of such a name.
    RunError
        When our own rules cannot write the program, or no rules may be tried here.
    """
    if (refusal := tasks.REFUSAL.get()) is not None:
        raise RunError(refusal)
    tables = tables_of(tree, part.language)
    rules = {key_of(key, tables): text for key, text in part.rules.items()}
    for key, text in rules.items():
        if len(text) > MOST_RULE_CHARACTERS:
            raise RunError(message_of("rule-longer", rule=key, most=f"{MOST_RULE_CHARACTERS:,}"))
    ours = our_text(tree, part.language)
    written = RuleTask(tree, rules, part.language, name, {}, None)
    task, right, problems = written, None, tuple[Problem, ...]()
    if part.language == "python":
        try:
            task, right = _with_inputs(written, parsed, part)
        except VizError as error:
            problems = (problem_of(error),)
    tried = tasks.believed(tasks.BACKEND.get()(task), task)
    return _told(task, tried, ours, right, problems)


class _Right(NamedTuple):
    """What our own text computes, and the relative tolerance of each output by name."""

    outputs: Mapping[str, arrays.Array]
    returned: arrays.Array | None
    allowed: Mapping[str, Tolerance]


def _told(
    task: RuleTask,
    tried: TriedRules,
    ours: Emission,
    right: _Right | None,
    problems: tuple[Problem, ...],
) -> RuleTrial:
    error = tried.error and _with_line(tried.error, task.rules, tried.text)
    emission = None
    if tried.text:
        emission = msgspec.structs.replace(ours, text=tried.text, marks=tried.marks)
    comparisons = () if right is None else _comparisons(task, tried, right)
    outputs: OutputVerdict = "not-run"
    if comparisons:
        outputs = "match" if all(each.passed for each in comparisons) else "differ"
    return RuleTrial(
        language=task.language,
        ours=ours,
        emission=emission,
        uses={key: tried.uses.get(key, 0) for key in task.rules} if emission else {},
        error=error,
        difference=None if emission is None else difference(task.tree, emission, ours),
        outputs=outputs,
        comparisons=comparisons,
        problems=problems,
    )


def _with_line(error: RuleError, rules: Mapping[str, str], text: str) -> RuleError:
    """Return an error with the line that it is about."""
    lines = (rules.get(error.rule, "") if error.rule else text).split("\n")
    line = error.line if 1 <= error.line <= len(lines) else 0
    return RuleError(
        what=error.what,
        rule=error.rule if error.rule in rules else "",
        line=line,
        line_text=lines[line - 1].strip()[:200] if line else "",
    )


# ---------------------------------------------------------------- the text


def difference(tree: Tree, emission: Emission, ours: Emission) -> TextDifference | None:
    """Return the first place at which a text differs from ours; None where it does not."""
    got, expected = emission.text, ours.text
    if got == expected:
        return None
    same = min(len(got), len(expected))
    offset = next((at for at in range(same) if got[at] != expected[at]), same)
    line = expected.count("\n", 0, offset) + 1
    column = offset - (expected.rfind("\n", 0, offset) + 1) + 1
    in_ours = offset < len(expected)
    around = [
        mark
        for mark in (ours.marks if in_ours else emission.marks)
        if mark.start <= offset < mark.end
    ]
    node = tree.nodes[around[-1].node if around else 0]
    return TextDifference(
        line=line,
        column=column,
        got=_line(got, line),
        expected=_line(expected, line),
        node=node.id,
        title=f"{node.title} {node.label}".strip(),
        span=node.span,
    )


def _line(text: str, number: int) -> str:
    lines = Text(text)
    return lines.line(number)[:400] if number <= lines.line_count else ""


# ---------------------------------------------------------------- what it computes


def _with_inputs(task: RuleTask, parsed: Parsed, part: RulePart) -> tuple[RuleTask, _Right]:
    """Return a task that is run, too, and what our own text computes.

    Raises
    ------
    VizError
        When no inputs can be made, or our own text does not run to its end.
    """
    made = made_inputs(parsed, task.function, part.seed, part.sizes)
    task = task._replace(values=made.arguments.values, kinds=made.kinds)
    run = tasks.evaluate(task._replace(rules={}))
    if run.error is not None or run.outputs is None:
        raise RunError(run.error.what if run.error else message_of("rule-marks"))
    allowed = tolerances(made.function, parsed.mod, made.arguments.sizes)
    return task, _Right(run.outputs, run.returned, allowed)


def _comparisons(task: RuleTask, tried: TriedRules, right: _Right) -> tuple[Comparison, ...]:
    """Return the outputs beside those of our text: those that it changed, or that differ."""
    if tried.outputs is None:
        return ()
    rows = []
    for name, expected in right.outputs.items():
        got, before = tried.outputs[name], np.asarray(task.values[name])
        if expected.tobytes() != before.tobytes() or got.tobytes() != expected.tobytes():
            rows.append(compare(name, got, expected, right.allowed.get(name, Tolerance())))
    if (expected_value := right.returned) is not None:
        value = tried.returned
        if value is None or value.shape != expected_value.shape or value.dtype.kind not in "biuf":
            value = np.full(expected_value.shape, np.nan)
        rows.append(compare(RETURNED, value, expected_value))
    return tuple(rows)
