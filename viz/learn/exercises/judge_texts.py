"""Judge the tree of an answer, its schedule, and what a rule wrote."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from viz.learn.exercises.asking import Replies
from viz.learn.exercises.checks import NodesCheck, RuleCheck, StepsCheck, UnchangedCheck
from viz.learn.exercises.exercise import CheckResult
from viz.learn.exercises.judge_runs import shown
from viz.messages import Message, message_of
from viz.model import Function, Node, RuleTrial, Tree


def parameters(replies: Replies) -> CheckResult:
    """Judge whether the functions of the exercise are there, with their parameters."""
    own, given = (replies.overview(own).functions for own in (True, False))
    wanted = message_of("exercise-parameters", functions=tuple(f.name for f in given))
    functions = {function.name: function for function in own}
    for function in given:
        found: Message | None = None
        if function.name not in functions:
            found = message_of("exercise-no-function", name=function.name)
        elif _signature(functions[function.name]) != _signature(function):
            found = message_of(
                "exercise-other-parameters",
                name=function.name,
                own=_signature(functions[function.name]),
                given=_signature(function),
            )
        if found is not None:
            return CheckResult(passed=False, wanted=wanted, found=found)
    return CheckResult(passed=True, wanted=wanted)


def _signature(function: Function) -> str:
    return ", ".join(
        f"{of.name}: {of.dtype}" + ("" if of.shape is None else f" ({', '.join(of.shape)})")
        for of in function.parameters
    )


def nodes(check: NodesCheck, replies: Replies) -> CheckResult:
    """Judge how many nodes of some types there are."""
    rows = [node for node in replies.tree(True, check.function).nodes if node.title in check.nodes]
    most = check.most
    wanted = message_of(
        "exercise-nodes-least" if most is None else "exercise-nodes-most",
        kinds=check.nodes,
        limit=(check.least if most is None else most) or 0,
    )
    if check.function:
        wanted = message_of("exercise-in-function", what=wanted, name=check.function)
    if (most is None or len(rows) <= most) and (check.least is None or len(rows) >= check.least):
        return CheckResult(passed=True, wanted=wanted)
    found = message_of("exercise-counted", value=str(len(rows)))
    line = _line(replies, rows[-1]) if rows and most is not None else None
    return CheckResult(passed=False, wanted=wanted, found=found, line=line)


def unchanged(check: UnchangedCheck, replies: Replies) -> CheckResult:
    """Judge whether functions are as the exercise has them, but for blanks and comments."""
    wanted = message_of("exercise-unchanged", functions=check.unchanged)
    for name in check.unchanged:
        own, given = replies.tree(True, name), replies.tree(False, name)
        if (changed := _first_change(own, given)) is not None:
            found = message_of("exercise-changed", name=name)
            line = _line(replies, changed)
            return CheckResult(passed=False, wanted=wanted, found=found, line=line)
    return CheckResult(passed=True, wanted=wanted)


def _first_change(own: Tree, given: Tree) -> Node | None:
    for node, other in zip(own.nodes, given.nodes, strict=False):
        if _without_place(node) != _without_place(other):
            return node
    if len(own.nodes) == len(given.nodes):
        return None
    return own.nodes[min(len(own.nodes), len(given.nodes)) - 1]


def _without_place(node: Node) -> tuple[object, ...]:
    return node.path, node.type_key, node.label, node.dtype, node.fields, node.variable


def steps(check: StepsCheck, replies: Replies) -> CheckResult:
    """Judge a schedule: each of its steps applies. What it computes, a run has to show."""
    wanted = message_of("exercise-steps")
    report = replies.steps()
    count = len(report.stops) - 1
    if report.code is None or count < check.steps:
        found = message_of("exercise-few-steps", count=max(count, 0), least=check.steps)
        return CheckResult(passed=False, wanted=wanted, found=found)
    for stop in report.stops:
        if stop.problem is not None:
            line = None if stop.step is None else _line_at(replies, stop.step.span.start)
            found = stop.problem.what
            return CheckResult(passed=False, wanted=wanted, found=found, line=line)
    return CheckResult(passed=True, wanted=wanted)


# ---------------------------------------------------------------- rules


FOREIGN = {
    *("import", "breakpoint", "compile", "delattr", "dir", "eval", "exec", "getattr", "globals"),
    *("input", "locals", "open", "setattr", "vars"),
}
"""Names by which a rule could reach more than its node and its writer."""


def rule(check: RuleCheck, replies: Replies) -> list[CheckResult]:
    """Judge a rule: that it is one's own, and what it writes of each hidden program."""
    return [
        *_own(check, replies.asked.answer),
        *(_written(check, number, replies) for number in range(len(check.programs))),
    ]


def _own(check: RuleCheck, answer: str) -> Iterator[CheckResult]:
    wanted = message_of("exercise-own-rule", rule=check.rule)
    try:
        tree = ast.parse(answer)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # the trial says where
    for node in ast.walk(tree):
        name = ""
        if isinstance(node, ast.Import | ast.ImportFrom):
            name = "import"
        elif isinstance(node, ast.Name):
            name = node.id
        elif isinstance(node, ast.Attribute):
            name = node.attr
        if name in FOREIGN or name.startswith("_"):
            found = message_of("exercise-foreign", name=name)
            line = getattr(node, "lineno", None)
            yield CheckResult(passed=False, wanted=wanted, found=found, line=line)
            return
    yield CheckResult(passed=True, wanted=wanted)


def _written(check: RuleCheck, number: int, replies: Replies) -> CheckResult:
    wanted = message_of("exercise-hidden", number=number + 1, count=len(check.programs))
    trial = replies.trial(check, number)
    found, line = _wrong_rule(trial)
    if found is None:
        return CheckResult(passed=True, wanted=wanted)
    return CheckResult(passed=False, wanted=wanted, found=found, line=line)


def _wrong_rule(trial: RuleTrial) -> tuple[Message | None, int | None]:
    """Return what is wrong with what a rule wrote, and the line of the rule where it is known."""
    if (error := trial.error) is not None:
        line = error.line if error.rule and error.line else None
        if error.rule or not error.line_text:
            return error.what, line
        return message_of("exercise-wrote", reason=error.what, text=error.line_text), None
    if not any(trial.uses.values()):
        return message_of("exercise-unused-rule"), None
    if trial.passed:
        return None, None
    wrong = next((row for row in trial.comparisons if not row.passed), None)
    if wrong is not None and wrong.first is not None and trial.difference is not None:
        return message_of(
            "exercise-wrote-wrong",
            text=trial.difference.got.strip(),
            element=f"{wrong.name}[{', '.join(map(str, wrong.first.index))}]",
            got=shown(wrong.first.got),
            expected=shown(wrong.first.expected),
        ), None
    text = trial.difference.got.strip() if trial.difference is not None else ""
    return message_of("exercise-wrote-other", text=text), None


# ---------------------------------------------------------------- places


def _line(replies: Replies, node: Node) -> int | None:
    return None if node.span is None else _line_at(replies, node.span.start)


def _line_at(replies: Replies, offset: int) -> int:
    return replies.asked.answer.count("\n", 0, offset) + 1
