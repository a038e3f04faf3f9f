"""Answers requests: one function from a Request to the reply of its part, in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tvm

from viz import source
from viz.engine import codegen, environment, execution, inputs, nodes, schedule
from viz.engine.parse import Parsed, parse
from viz.errors import RequestError
from viz.model import (
    EnvironmentPart,
    Function,
    Overview,
    OverviewPart,
    Reply,
    Request,
    RunPart,
    SourcePart,
    Tree,
    TreePart,
)

Report = Callable[[str], None]
"""Called with the name of each step as it begins."""


def answer(request: Request, report: Report = lambda step: None) -> Reply:
    """Answer one request.

    Raises
    ------
    VizError
        Of the kind that fits, with the place in the user's text where there is one.
    """
    if isinstance(request.part, EnvironmentPart):
        return environment.look()
    report("parsing")
    program = source.read(request.text)
    parsed = parse(program, request.definition, request.arguments)
    return answer_parsed(request, parsed, report)


def answer_parsed(request: Request, parsed: Parsed, report: Report = lambda step: None) -> Reply:
    """Answer a request about a module that is parsed already."""
    return _ANSWERS[type(request.part)](request, parsed, report)


def _overview(request: Request, parsed: Parsed, report: Report) -> Overview:
    return Overview(
        definitions=parsed.program.definitions,
        definition=parsed.definition,
        functions=tuple(_functions(parsed)),
        edits=parsed.edits,
        left_out=parsed.program.left_out,
        problems=parsed.problems,
        script=str(parsed.mod.script()),
    )


def _functions(parsed: Parsed) -> list[Function]:
    found = []
    for variable, function in parsed.mod.functions.items():
        name = str(variable.name_hint)
        span = parsed.user_span(getattr(function, "span", None))
        found.append(inputs.describe(name, function, span, bound=schedule.is_bound(function)))
    # main first: it is what one wants to see.
    return sorted(found, key=lambda function: (function.name != "main", function.name))


def _tree(request: Request, parsed: Parsed, report: Report) -> Tree:
    part = request.part
    assert isinstance(part, TreePart)
    if part.stage == "input":
        return nodes.walk(_chosen(request, parsed.mod), "input", "", parsed.user_span)
    report(f"lowering for {request.target}")
    lowered = codegen.lower(parsed.mod, request.target, request.options)
    if part.stage == "scheduled":
        return nodes.walk(
            _chosen(request, lowered.scheduled), "scheduled", request.target, parsed.user_span
        )
    return nodes.walk(lowered.final(), "final", request.target, parsed.user_span)


def _chosen(request: Request, mod: tvm.IRModule) -> Any:
    if not request.function:
        return mod
    return function_of(mod, request.function)


def function_of(mod: tvm.IRModule, name: str) -> Any:
    """Return a module's PrimFunc by name.

    Raises
    ------
    RequestError
        When there is none.
    """
    for variable, function in mod.functions.items():
        if variable.name_hint == name:
            return function
    names = ", ".join(sorted(str(variable.name_hint) for variable in mod.functions))
    raise RequestError(f"there is no function named {name!r}", hint=f"Functions: {names}.")


def _source(request: Request, parsed: Parsed, report: Report) -> Reply:
    report(f"lowering for {request.target}")
    lowered = codegen.lower(parsed.mod, request.target, request.options)
    report(f"writing {request.target}")
    return codegen.emit(lowered)


def _run(request: Request, parsed: Parsed, report: Report) -> Reply:
    assert isinstance(request.part, RunPart)
    name = request.function or _functions(parsed)[0].name
    function_of(parsed.mod, name)
    report(f"running {name} on {request.part.device}")
    return execution.run(parsed, name, request)


_ANSWERS: dict[type, Callable[[Request, Parsed, Report], Reply]] = {
    OverviewPart: _overview,
    TreePart: _tree,
    SourcePart: _source,
    RunPart: _run,
}
