"""One definition of a program, chosen and cut out of the rest: the text that TVM's parser gets.

The rest is blanked, so lines stay where they are and every place leads back to the user's text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

from viz.errors import RequestError, SourceError
from viz.frontend.constant_propagation import Compound, Known, bind, merged, paths, stored
from viz.frontend.program import Program, is_definition, is_macro, relax_functions
from viz.frontend.syntax import Constant, span_of, tree_of
from viz.model import Argument, Definition, Scalar
from viz.text import Patch, Patched, Span, Text

Node = ast.FunctionDef | ast.ClassDef


class Extract:
    """One definition, ready for TVM's parser: its text, the names it may use, its ``ast`` nodes."""

    def __init__(
        self, program: Program, definition: Definition, variables: dict[str, Constant], node: Node
    ) -> None:
        self.program = program
        self.definition = definition
        self.variables = variables
        self.text = Text(program.text)
        self.nodes: list[Node] = [node]

    def roots(self) -> list[ast.stmt]:
        """Return what is looked at by itself: a function, or each statement of a module class."""
        left_out = [each for node in self.nodes for each in relax_functions(node)]
        found: list[ast.stmt] = []
        for node in self.nodes:
            found += node.body if isinstance(node, ast.ClassDef) else [node]
        return [each for each in found if each not in left_out]

    def spans(self) -> list[Span]:
        """Return the spans that are kept, outermost only, in order."""
        spans = sorted(span_of(node, self.text) for node in self.nodes)
        return [
            span
            for span in spans
            if not any(o.start < span.start and span.end <= o.end for o in spans)
        ]

    def patched(self, patches: Iterable[Patch] = ()) -> Patched:
        """Return the text for TVM: the rest blank, definitions at the left, patches applied.

        Relax functions are blank too: nothing shows them, and they may be of another generation.
        """
        spans = self.spans()
        edges = [
            0,
            *(edge for span in spans for edge in (span.start, span.end)),
            len(self.text.string),
        ]
        layout: list[Patch] = []
        gaps = [Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
        gaps += [span_of(each, self.text) for node in self.nodes for each in relax_functions(node)]
        for gap in gaps:
            layout.append(Patch(gap, "".join(c for c in self.text.slice(gap) if c in "\r\n")))
        inside = [
            patch for patch in patches if any(s.start <= patch.span.start < s.end for s in spans)
        ]
        written = [*layout, *inside]
        for span in spans:
            # What is written anew as a whole needs no moving to the left.
            layout += [
                move
                for move in _dedent(self.text, span)
                if not any(
                    move.span.start < other.span.end and other.span.start < move.span.end
                    for other in written
                )
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
    variables: dict[str, Constant] = dict(program.constants.get(definition.span.start, {}))
    for argument in definition.arguments:
        if argument.name in given:
            variables[argument.name] = given.pop(argument.name)
        elif argument.default is not None:
            variables[argument.name] = argument.default
        else:
            message = f"{definition.name} needs a value for {argument.name}"
            raise RequestError(
                message, span=definition.span, hint=f"Give one, such as {_example(argument)}."
            )
    if given:
        message = f"{definition.name} has no argument named {next(iter(given))!r}"
        raise RequestError(message, span=definition.span)
    text = Text(program.text)
    node = next(
        each
        for each in ast.walk(tree_of(program.text))
        if isinstance(each, Node) and span_of(each, text) == definition.span
    )
    macros = set(program.macros)
    if definition.kind == "factory" and isinstance(node, ast.FunctionDef):
        macros |= {each.name for each in ast.walk(node) if _macro(each)}
        try:
            node, variables = _Factory(node, variables, text).product()
        except RecursionError:
            raise SourceError("the text is nested too deeply to be read") from None
    _refuse_what_tvm_cannot_read(node, macros, text)
    return Extract(program, definition, variables, node)


def _example(argument: Argument) -> str:
    words = f"{argument.name} {argument.annotation}"
    return f"--arg {argument.name}=" + ("float32" if "str" in words or "dtype" in words else "8")


def _macro(node: ast.AST) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and is_macro(node)


def _refuse_what_tvm_cannot_read(node: Node, macros: set[str], text: Text) -> None:
    if relax_functions(node) and not any(is_definition(each) for each in node.body):
        raise SourceError(
            "this module has no PrimFunc, only Relax functions",
            span=span_of(node, text),
            hint="Print the module after LegalizeOps, or paste one of its @T.prim_func functions.",
        )
    for each in ast.walk(node):
        used = each.id if isinstance(each, ast.Name) and each.id in macros else ""
        if _macro(each):
            used = each.name
        if used:
            # scan_macro of TVM 0.27 asks inspect for the source of the function, which has to run.
            message = f"{node.name} uses the macro {used}, which TVM expands only when Python runs"
            hint = f"Print `{node.name}.script()` and paste that: macros are written out in it."
            raise SourceError(message, span=span_of(each, text), hint=hint)


def _outermost(node: ast.AST) -> Iterator[Node]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Node) and is_definition(child):
            yield child
        else:
            yield from _outermost(child)


class _Factory:
    """Goes through a factory's statements to what it returns; nothing is executed."""

    def __init__(self, node: ast.FunctionDef, known: Known, text: Text) -> None:
        self.node = node
        self.known = known
        self.text = text
        self.made: dict[str, tuple[Node, Known]] = {}
        self.unread: dict[str, ast.stmt] = {}
        self.inner = list(_outermost(node))

    def product(self) -> tuple[Node, Known]:
        """Return the definition that the factory returns, and the constants in force there.

        Raises
        ------
        SourceError
            When that cannot be told, or the definition uses what takes Python to compute.
        """
        name = self.follow(self.node.body)
        if len(self.inner) == 1:
            node = self.inner[0]
            known = self.made.get(node.name, (node, self.known))[1]
        elif name:
            node, known = self.made[name]
        else:
            raise self.undecided(self.node)
        own = {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}
        own = own.union(known, *(stored(each) for each in node.body))
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and each.id not in own and each.id in self.unread:
                statement = self.unread[each.id]
                message = f"`{each.id}` is no constant: it takes Python to compute"
                hint = "A factory may compute constants with + - * / // % ** << >> and if only."
                raise SourceError(message, span=span_of(statement, self.text), hint=hint)
        return node, known

    def follow(self, statements: list[ast.stmt]) -> str:
        """Carry out statements up to a ``return``; return the name of what it returns."""
        for statement in statements:
            if isinstance(statement, Node) and is_definition(statement):
                self.made[statement.name] = (statement, dict(self.known))
            elif isinstance(statement, ast.Return):
                named = {each.id for each in ast.walk(statement) if isinstance(each, ast.Name)}
                found = sorted(named & self.made.keys())
                return found[0] if len(found) == 1 else ""
            elif isinstance(statement, Compound):
                if name := self.branch(statement):
                    return name
            elif (
                not isinstance(statement, ast.Import | ast.ImportFrom)
                and not _macro(statement)
                and not bind(statement, self.known)
            ):
                self.unread |= dict.fromkeys(stored(statement), statement)
        return ""

    def branch(self, node: Compound) -> str:
        before, ways = dict(self.known), paths(node, self.known)
        chosen = any(isinstance(each, ast.Return) or is_definition(each) for each in ast.walk(node))
        if chosen and len(ways) > 1 and len(self.inner) > 1:
            raise self.undecided(node)
        ends: list[Known] = []
        name = ""
        for way in ways:
            self.known = dict(before)
            name = self.follow(way)
            ends.append(self.known)
        self.known = merged(ends)
        self.unread |= dict.fromkeys(stored(node) - self.known.keys(), node)
        return name

    def undecided(self, node: ast.stmt) -> SourceError:
        names = ", ".join(dict.fromkeys(each.name for each in self.inner))
        message = f"it takes Python to tell which definition {self.node.name} returns: {names}"
        if not any(isinstance(each, ast.Return) for each in ast.walk(self.node)):
            message = f"{self.node.name} returns none of its definitions: {names}"
        hint = "Keep one @T.prim_func in it, or let it depend on arguments and constants only."
        return SourceError(message, span=span_of(node, self.text), hint=hint)
