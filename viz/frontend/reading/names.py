"""Find the names of a text's functions, and what the decorators of a definition ask for."""

from __future__ import annotations

import ast
import re

from viz.frontend.extract import Extract
from viz.frontend.program import Program
from viz.frontend.syntax import parsed, span_of
from viz.model import Definition
from viz.text import Span, Text


def name_span(program: Program, definition: str, function: str) -> Span | None:
    """Return the span of a function's name in a definition; None where there is no such definition.

    For a function with another ``global_symbol`` it is the name of the enclosing definition.
    """
    for each in program.definitions:
        if each.name == definition:
            return _def_span(program.text, each, function) or _def_span(program.text, each, "")
    return None


def declaring_spans(program: Program, definition: str, function: str) -> dict[str, Span]:
    """Return where a function of a definition declares what it names, by name.

    Of a parameter that is the parameter; of what an assignment names, as a buffer of
    ``T.match_buffer``, the assignment; the function itself has the empty name.
    """
    at = name_span(program, definition, function)
    text = Text(program.text)
    found: dict[str, Span] = {}
    for node in ast.walk(parsed(program.text)):
        if not isinstance(node, ast.FunctionDef) or at is None:
            continue
        if span_of(node, text).start > at.start or span_of(node, text).end < at.end:
            continue
        start = program.text.rfind("def", 0, at.start)  # without its decorators
        found[""] = Span(start, span_of(node, text).end)
        found |= {arg.arg: span_of(arg, text) for arg in node.args.args}
        for each in ast.walk(node):
            if isinstance(each, ast.Assign | ast.AnnAssign):
                names = each.targets if isinstance(each, ast.Assign) else [each.target]
                for name in names:
                    if isinstance(name, ast.Name):
                        found.setdefault(name.id, span_of(each, text))
    return found


def definition_name(extracted: Extract) -> Span | None:
    """Return the span of the name of the definition that is extracted."""
    return _def_span(extracted.program.text, extracted.definition, "")


def _def_span(text: str, definition: Definition, function: str) -> Span | None:
    """Return the span of a function's name inside a definition; the definition's own for ``""``."""
    pattern = rf"\bdef\s+({re.escape(function)})\b" if function else r"\b(?:def|class)\s+(\w+)"
    match = re.search(pattern, text[definition.span.start : definition.span.end])
    if match is None:
        return None
    return Span(definition.span.start + match.start(1), definition.span.start + match.end(1))


def checks_form(extracted: Extract) -> bool:
    """Whether TVM is to check the form: there is no ``@T.prim_func(check_well_formed=False)``."""
    keywords = [
        keyword
        for node in extracted.nodes
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
    ]
    return not any(
        keyword.arg == "check_well_formed" and ast.unparse(keyword.value) == "False"
        for keyword in keywords
    )
