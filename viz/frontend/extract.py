"""Cut one definition out of a program: the text for TVM's parser.

The rest of the text is blanked, so that lines keep their numbers and every position maps back to
the user's text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from viz.errors import RequestError, SourceError
from viz.frontend.factory import Factory
from viz.frontend.program import Program, is_definition, is_macro, relax_functions
from viz.frontend.syntax import Constant, DefinitionNode, span_of, tree_of
from viz.model import Argument, Definition, Scalar
from viz.text import Patch, Patched, Span, Text


class Extract:
    """One definition of a program.

    Attributes
    ----------
    program, definition
        The program, and its definition that is extracted.
    variables
        The constants that the definition may use, by name.
    text
        The user's text.
    nodes
        The ``ast`` node of the definition; of a factory that of the definition which it returns.
    """

    def __init__(
        self,
        program: Program,
        definition: Definition,
        variables: dict[str, Constant],
        node: DefinitionNode,
    ) -> None:
        self.program = program
        self.definition = definition
        self.variables = variables
        self.text = Text(program.text)
        self.nodes: list[DefinitionNode] = [node]

    def roots(self) -> list[ast.stmt]:
        """Return the function, or the statements of the module class without Relax functions."""
        relax = [function for node in self.nodes for function in relax_functions(node)]
        roots: list[ast.stmt] = []
        for node in self.nodes:
            roots += node.body if isinstance(node, ast.ClassDef) else [node]
        return [root for root in roots if root not in relax]

    def spans(self) -> list[Span]:
        """Return the outermost spans of the text that are kept, in order."""
        spans = sorted(span_of(node, self.text) for node in self.nodes)
        return [
            span
            for span in spans
            if not any(o.start < span.start and span.end <= o.end for o in spans)
        ]

    def patched(self, patches: Iterable[Patch] = ()) -> Patched:
        """Return the text for TVM: the definition unindented, the rest blank, patches applied.

        Relax functions are blanked too: they are not shown, and may be of another TVM.
        """
        spans = self.spans()
        blanks = [
            Patch(gap, "".join(c for c in self.text.slice(gap) if c in "\r\n"))
            for gap in self._gaps(spans)
        ]
        inside = [
            patch
            for patch in patches
            if any(
                s.start <= patch.span.start < s.end or patch.span == Span(s.end, s.end)
                for s in spans
            )
        ]
        replaced = [*blanks, *inside]
        # A line that is replaced as a whole needs no other indentation.
        dedents = [
            dedent
            for span in spans
            for dedent in _dedent(self.text, span)
            if not any(
                dedent.span.start < other.span.end and other.span.start < dedent.span.end
                for other in replaced
            )
        ]
        layout = [patch for patch in (*blanks, *dedents) if patch.span.start < patch.span.end]
        return Patched(self.text.string, layout + inside)

    def _gaps(self, spans: list[Span]) -> list[Span]:
        """Return the spans between those that are kept, and those of Relax functions."""
        edges = [
            0,
            *(edge for span in spans for edge in (span.start, span.end)),
            len(self.text.string),
        ]
        gaps = [Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
        relax = (function for node in self.nodes for function in relax_functions(node))
        return gaps + [span_of(function, self.text) for function in relax]


def _dedent(text: Text, span: Span) -> Iterator[Patch]:
    """Yield patches that remove the indentation of a span's first line from the other lines."""
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
    """Extract a definition of a program; of a factory the one that it returns.

    Parameters
    ----------
    name
        Name of the definition; the first if empty.
    arguments
        Values of a factory's arguments, by name.

    Raises
    ------
    RequestError
        When there is no such definition, or an argument is missing or unknown.
    SourceError
        When the definition cannot be read: it uses a macro, or the factory computes something that
        is no constant.
    """
    definition = program.definition(name)
    variables = _variables(program, definition, dict(arguments or {}))
    text = Text(program.text)
    node = next(
        node
        for node in ast.walk(tree_of(program.text))
        if isinstance(node, DefinitionNode) and span_of(node, text) == definition.span
    )
    macros = set(program.macros)
    if definition.kind == "factory" and isinstance(node, ast.FunctionDef):
        macros |= {macro.name for macro in _macros(node)}
        try:
            node, variables = Factory(node, variables, text).product()
        except RecursionError:
            raise SourceError("the text is nested too deeply to be read") from None
    _require_readable(node, macros, text)
    return Extract(program, definition, variables, node)


def _variables(
    program: Program, definition: Definition, arguments: dict[str, Scalar]
) -> dict[str, Constant]:
    """Return the constants at a definition, with the arguments of a factory.

    Raises
    ------
    RequestError
        When an argument is missing or unknown.
    """
    variables: dict[str, Constant] = dict(program.constants.get(definition.span.start, {}))
    for argument in definition.arguments:
        if argument.name in arguments:
            variables[argument.name] = arguments.pop(argument.name)
        elif argument.default is not None:
            variables[argument.name] = argument.default
        else:
            message = f"{definition.name} needs a value for {argument.name}"
            raise RequestError(
                message, span=definition.span, hint=f"Give one, such as {_example(argument)}."
            )
    if arguments:
        message = f"{definition.name} has no argument named {next(iter(arguments))!r}"
        raise RequestError(message, span=definition.span)
    return variables


def _macros(node: ast.AST) -> Iterator[ast.FunctionDef]:
    """Yield the macros at or below a node."""
    functions = (inner for inner in ast.walk(node) if isinstance(inner, ast.FunctionDef))
    return (function for function in functions if is_macro(function))


def _example(argument: Argument) -> str:
    """Return an option of the command line that gives an argument a likely value."""
    words = f"{argument.name} {argument.annotation}"
    return f"--arg {argument.name}=" + ("float32" if "str" in words or "dtype" in words else "8")


def _require_readable(node: DefinitionNode, macros: set[str], text: Text) -> None:
    """Raise SourceError for a definition that has no PrimFunc, or holds or uses a macro."""
    if relax_functions(node) and not any(is_definition(statement) for statement in node.body):
        raise SourceError(
            "this module has no PrimFunc, only Relax functions",
            span=span_of(node, text),
            hint="Print the module after LegalizeOps, or paste one of its @T.prim_func functions.",
        )
    for inner in ast.walk(node):
        macro = inner.id if isinstance(inner, ast.Name) and inner.id in macros else ""
        if isinstance(inner, ast.FunctionDef) and is_macro(inner):
            macro = inner.name
        if macro:
            # scan_macro of TVM 0.27 asks inspect for the source of the function, which has to run.
            message = f"{node.name} uses the macro {macro}, which TVM expands only when Python runs"
            hint = f"Print `{node.name}.script()` and paste that: macros are written out in it."
            raise SourceError(message, span=span_of(inner, text), hint=hint)
