"""One definition of a program, chosen and cut out of the rest: the text that TVM's parser gets.

The rest is blanked, so lines stay where they are and every place leads back to the user's text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from viz.errors import RequestError, SourceError
from viz.model import Definition, Scalar
from viz.source import Program, is_definition, is_macro
from viz.syntax import Constant, evaluate, span_of, tree_of
from viz.text import Patch, Patched, Span, Text


class Extract:
    """One definition, ready for TVM's parser: its text, the names it may use, its ``ast`` nodes."""

    def __init__(
        self, program: Program, definition: Definition, variables: dict[str, Constant]
    ) -> None:
        self.program = program
        self.definition = definition
        self.variables = variables
        self.text = Text(program.text)
        tree = tree_of(program.text)
        self.nodes: list[ast.FunctionDef | ast.ClassDef] = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and self._kept(node)
        ]

    def _kept(self, node: ast.FunctionDef | ast.ClassDef) -> bool:
        span = span_of(node, self.text)
        if span in self.program.macros:
            return True
        if self.definition.kind == "factory":
            inside = (
                self.definition.span.start < span.start and span.end <= self.definition.span.end
            )
            return inside and (is_definition(node) or is_macro(node))
        return span == self.definition.span

    def spans(self) -> list[Span]:
        """Return the spans that are kept, outermost only, in order."""
        spans = sorted(span_of(node, self.text) for node in self.nodes)
        return [
            span
            for span in spans
            if not any(o.start < span.start and span.end <= o.end for o in spans)
        ]

    def patched(self, patches: Iterable[Patch] = ()) -> Patched:
        """Return the text for TVM: the rest blank, definitions at the left, patches applied."""
        spans = self.spans()
        edges = [
            0,
            *(edge for span in spans for edge in (span.start, span.end)),
            len(self.text.string),
        ]
        layout: list[Patch] = []
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            gap = self.text.string[start:end]
            layout.append(Patch(Span(start, end), "".join(c for c in gap if c in "\r\n")))
        for span in spans:
            layout += _dedent(self.text, span)
        inside = [
            patch for patch in patches if any(s.start <= patch.span.start < s.end for s in spans)
        ]
        return Patched(
            self.text.string,
            [patch for patch in layout if patch.span.start < patch.span.end] + inside,
        )


def _dedent(text: Text, span: Span) -> Iterator[Patch]:
    first = text.position(span.start)
    indent = text.line(first.line)[: first.column - 1]
    if not indent or indent.strip():
        return
    for line in range(first.line + 1, text.position(span.end).line + 1):
        start = text.line_span(line).start
        if text.line(line).startswith(indent):
            yield Patch(Span(start, start + len(indent)), "")


def extract(
    program: Program, name: str = "", arguments: Mapping[str, Scalar] | None = None
) -> Extract:
    """Choose a definition and give a factory its arguments.

    Raises
    ------
    RequestError
        When there is no such definition, or an argument is missing or unknown.
    SourceError
        When a factory computes something that is no constant.
    """
    definition = program.definition(name)
    given = dict(arguments or {})
    variables: dict[str, Constant] = dict(program.constants)
    for argument in definition.arguments:
        if argument.name in given:
            variables[argument.name] = given.pop(argument.name)
        elif argument.default is not None:
            variables[argument.name] = argument.default
        else:
            message = f"{definition.name} needs a value for {argument.name}"
            raise RequestError(
                message, span=definition.span, hint=f"Give one, for example {argument.name}=8."
            )
    if given:
        message = f"{definition.name} has no argument named {next(iter(given))!r}"
        raise RequestError(message, span=definition.span)
    extracted = Extract(program, definition, variables)
    if definition.kind == "factory":
        _run_factory(extracted)
    return extracted


def _run_factory(extracted: Extract) -> None:
    """Evaluate the constants that a factory computes before its definition."""
    text, span = extracted.text, extracted.definition.span
    for node in ast.walk(tree_of(extracted.program.text)):
        if isinstance(node, ast.FunctionDef) and span_of(node, text) == span:
            for statement in node.body:
                if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                    try:
                        value = evaluate(statement.value, extracted.variables)
                    except SourceError as error:
                        error.span = span_of(statement, text)
                        error.hint = "A factory may compute constants with + - * / // % only."
                        raise
                    extracted.variables[statement.targets[0].id] = value
