"""Write macros out where they are called: ``T.inline`` and ``T.macro``, as TVM expands them.

TVM does so while Python runs: it parses the macro's body at the call, with the parameters bound to
the arguments and the other names looked up where the macro stands. Here the body is copied to the
call with the arguments in the place of the parameters, and only where that gives the same program.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import NamedTuple

from viz.errors import SourceError
from viz.frontend.constant_propagation import assigned_names
from viz.frontend.macros.arguments import MacroArguments
from viz.frontend.macros.macro import (
    DEEPEST,
    NESTED,
    OUTSIDE,
    ArgumentText,
    Body,
    Macro,
    assigned,
    free,
    heads,
    is_docstring,
    is_macro,
    names_outside_macros,
    stored,
    variables_of,
)
from viz.frontend.macros.pieces import MOST_CALLS, Pieces
from viz.frontend.syntax import Constant, DefinitionNode, dotted, evaluate, parsed, span_of
from viz.messages import message_of
from viz.text import Patched, Piece, Span, Spliced


class Written(NamedTuple):
    """A text with its macros written out, and how often each was."""

    patched: Patched
    calls: Mapping[str, int]


def write_out(
    patched: Patched, variables: Mapping[str, Constant], captured: Mapping[str, Constant]
) -> Written:
    """Write out the macros of a text; it stays as it is where it has none, or is no Python.

    Parameters
    ----------
    patched
        The text: functions or a class, and the macros that they use.
    variables, captured
        The constants of the functions and those where the macros stand, by name.

    Raises
    ------
    SourceError
        When a macro cannot be written out exactly, at its call.
    """
    try:
        tree = parsed(patched.string)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Written(patched, {})  # TVM's parser refuses it, with the place
    if not any(is_macro(node) for node in ast.walk(tree)):
        return Written(patched, {})
    return _Writer(patched, variables, captured).write(tree)


class _Writer(Pieces):
    """Collects what is replaced in one text."""

    def __init__(
        self, base: Patched, variables: Mapping[str, Constant], captured: Mapping[str, Constant]
    ) -> None:
        super().__init__(base, variables, captured)
        self.arguments = MacroArguments(self)
        self.replaced: list[tuple[Span, list[Piece]]] = []
        self.calls: dict[str, int] = {}
        self.all_calls = 0
        self.counts: dict[ast.AST, int] = {}
        self.host: set[str] = set()
        """Names that the PrimFunc uses itself."""
        self.introduced: set[str] = set()
        """Names of variables of the macros that were written out in it."""

    def write(self, tree: ast.Module) -> Written:
        """Write out the macros of a module."""
        self.functions(tree.body, {})
        pieces: list[Piece] = []
        done = 0
        for span, new in sorted(self.replaced, key=lambda pair: pair[0]):
            pieces += [self.verbatim(Span(done, span.start), Body()), *new]
            done = span.end
        pieces.append(self.verbatim(Span(done, len(self.base.string)), Body()))
        return Written(Spliced(self.base, pieces), self.calls)

    def functions(self, statements: list[ast.stmt], macros: dict[str, Macro]) -> None:
        """Write out the macros of a module or a class."""
        for node in statements:
            if isinstance(node, ast.FunctionDef) and is_macro(node):
                macros = {**macros, node.name: Macro(node, 0)}
                self.cut(node)
        for node in statements:
            if isinstance(node, ast.ClassDef):
                self.functions(node.body, macros)
            elif isinstance(node, ast.FunctionDef) and not is_macro(node):
                self.host, self.introduced = names_outside_macros(node), set()
                parameters = frozenset(argument.arg for argument in node.args.args)
                self.suite(node.body, macros, ((0, parameters),), 1)

    def suite(
        self,
        statements: list[ast.stmt],
        macros: dict[str, Macro],
        around: tuple[tuple[int, frozenset[str]], ...],
        depth: int,
    ) -> None:
        """Write out the macros that are called in a list of statements of a PrimFunc."""
        bound: frozenset[str] = frozenset()
        for node in statements:
            if isinstance(node, ast.FunctionDef) and is_macro(node):
                macros = {**macros, node.name: Macro(node, depth)}
                self.cut(node, alone=len(statements) == 1)
                continue
            scopes = (*around, (depth, bound))
            body = Body(macros=macros, scopes=scopes)
            if (call := self.called(node, body)) is not None:
                indent = " " * node.col_offset
                pieces = self.joined(self.expansion(call, body, indent), indent, call)
                self.replaced.append((span_of(node, self.text), pieces))
                continue
            inner = [*getattr(node, "body", ()), *getattr(node, "orelse", ())]
            self.require_no_value(heads(node) if inner else [node], body)
            if inner:
                head = frozenset(name for part in heads(node) for name in stored(part))
                for suite in (getattr(node, "body", []), getattr(node, "orelse", [])):
                    self.suite(suite, macros, (*scopes, (depth + 1, head)), depth + 1)
            else:
                bound |= assigned_names(node)

    def called(self, node: ast.stmt, body: Body) -> ast.Call | None:
        """Return the call of a statement that calls a macro, else None."""
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
            return None
        function = node.value.func
        if isinstance(function, ast.Name) and self.macro_of(function.id, body) is not None:
            return node.value
        return None

    def expansion(self, call: ast.Call, body: Body, indent: str) -> list[list[Piece]]:
        """Return the statements that a call stands for, each without its indentation."""
        assert isinstance(call.func, ast.Name)
        name = call.func.id
        macro = self.macro_of(name, body)
        assert macro is not None
        if body.level >= DEEPEST:
            self.refuse(call, name, message_of("macro-endless"))
        self.calls[macro.node.name] = self.calls.get(macro.node.name, 0) + 1
        self.all_calls += 1
        if self.all_calls > MOST_CALLS:
            span = self.base.origin(span_of(call, self.text))
            raise SourceError(message_of("macros-too-long"), span=span)
        values = {**macro.values, **self.arguments.bound(call, macro, body)}
        self.require_same_names(call, macro, body, values)
        count = self.counts.get(macro.node, 0)
        self.counts[macro.node] = count + 1
        names = self.renamed(macro, values, body)
        inner = Body(
            values=values,
            names={**macro.names, **names},
            macros=self.visible(macro, body),
            suffix=f"_{count}" if count else "",
            level=body.level + 1,
            scopes=body.scopes,
            locals=body.locals | (variables_of(macro.node) - names.keys()) | {*names.values()},
            captures=macro.depth == OUTSIDE and macro.hygienic,
            frame=self.new_frame(),
            around=((body.frame, span_of(call, self.text)), *body.around),
        )
        return self.statements(macro.node.body, inner, indent, call)

    def visible(self, macro: Macro, body: Body) -> dict[str, Macro]:
        """Return the macros that the body of a macro may call."""
        if macro.depth:
            return body.macros
        return {name: other for name, other in body.macros.items() if not other.depth}

    def require_same_names(
        self, call: ast.Call, macro: Macro, body: Body, values: Mapping[str, ArgumentText]
    ) -> None:
        """Refuse a call where a name of the macro means another thing than where it stands."""
        if not macro.hygienic or macro.depth == NESTED:
            return
        for name in sorted(free(macro.node) - values.keys()):
            constant = macro.depth == OUTSIDE and name in self.captured
            if not constant and body.binds(name, macro.depth if macro.depth else -1):
                self.refuse(call, macro.node.name, message_of("macro-other-name", name=name))

    def renamed(
        self, macro: Macro, values: Mapping[str, ArgumentText], body: Body
    ) -> dict[str, str]:
        """Return new names for variables of a macro that mean something else at the call."""
        in_arguments = frozenset().union(*(value.names for value in values.values()))
        own, repeated = variables_of(macro.node), assigned(macro.node) & self.introduced
        clashing = own & in_arguments
        if macro.depth and macro.hygienic:
            # An assignment to a variable of the function around is a store.
            clashing |= {name for name in own if body.binds(name, macro.depth)}
            clashing |= repeated - self.host
        elif macro.hygienic:
            clashing |= (own & self.host) | repeated
        names: dict[str, str] = {}
        for name in sorted(clashing):
            number = 1
            while f"{name}_{number}" in self.host | self.introduced:
                number += 1
            names[name] = f"{name}_{number}"
        self.introduced |= (own - names.keys()) | {*names.values()}
        return names

    def statements(
        self, nodes: list[ast.stmt], body: Body, indent: str, call: ast.Call
    ) -> list[list[Piece]]:
        """Return the statements of a macro as they are written at a call."""
        written: list[list[Piece]] = []
        for number, node in enumerate(nodes):
            if isinstance(node, ast.FunctionDef) and is_macro(node):
                inner = Macro(node, NESTED, body.values, body.names)
                body = body._replace(macros={**body.macros, node.name: inner})
            elif isinstance(node, ast.Return | DefinitionNode):
                self.refuse(call, self.name(call), message_of("macro-return"))
            elif not (number == 0 and is_docstring(node)):
                written += self.statement(node, body, indent, call)
        return written

    def statement(
        self, node: ast.stmt, body: Body, indent: str, call: ast.Call
    ) -> list[list[Piece]]:
        """Return a statement of a macro; none, one, or those that it stands for."""
        if (inner := self.called(node, body)) is not None:
            if body.level >= DEEPEST:
                self.refuse(call, self.name(call), message_of("macro-endless"))
            return self.expansion(inner, body, indent)
        span = span_of(node, self.text)
        if isinstance(node, ast.If) and self.text.slice(span).startswith("elif"):
            span = Span(span.start + len("el"), span.end)
        suite = getattr(node, "body", None)
        if not suite:
            self.require_no_value([node], body)
            return [self.substituted(span, [node], body)]
        if isinstance(node, ast.If) and (taken := self.taken(node, body)) is not None:
            return self.statements(taken, body, indent, call)
        self.require_no_value(heads(node), body)
        head = Span(span.start, span_of(suite[0], self.text).start)
        kept = len(self.text.slice(head).rstrip())
        pieces = self.substituted(Span(head.start, head.start + kept), heads(node), body)
        pieces += self.block(suite, body, indent, call)
        if otherwise := getattr(node, "orelse", None):
            place = span_of(otherwise[0], self.text)
            pieces.append(self.piece(f"\n{indent}else:", place, body))
            pieces += self.block(otherwise, body, indent, call)
        return [pieces]

    def block(self, nodes: list[ast.stmt], body: Body, indent: str, call: ast.Call) -> list[Piece]:
        """Return the lines of an indented list of statements, a line break before each."""
        inner = indent + "    "
        place = span_of(nodes[0], self.text)
        written = self.statements(nodes, body, inner, call)
        written = written or [[self.piece("pass", place, body)]]
        pieces: list[Piece] = []
        for statement in written:
            pieces += [self.piece(f"\n{inner}", place, body), *statement]
        return pieces

    def taken(self, node: ast.If, body: Body) -> list[ast.stmt] | None:
        """Return the branch that is taken where the arguments decide it, else None."""
        constants = {
            name: value.constant
            for name, value in body.values.items()
            if value.constant is not None
        }
        try:
            return node.body if evaluate(node.test, constants) else node.orelse
        except SourceError:
            return None

    def joined(self, statements: list[list[Piece]], indent: str, call: ast.Call) -> list[Piece]:
        """Return statements with line breaks and indentation between."""
        place = span_of(call, self.text)
        if not statements:
            return [self.piece("pass", place, Body())]
        pieces = list(statements[0])
        for statement in statements[1:]:
            pieces += [self.piece(f"\n{indent}", place, Body()), *statement]
        return pieces

    def cut(self, node: ast.FunctionDef, *, alone: bool = False) -> None:
        """Take a macro out of the text; lines stay lines.

        Raises
        ------
        SourceError
            When another decorator changes what the macro is.
        """
        if len(node.decorator_list) > 1:
            what = message_of("macro-other-decorator")
            self.refuse(node.decorator_list[0], node.name, what)
        span = span_of(node, self.text)
        blank = "".join(c for c in self.text.slice(span) if c in "\r\n")
        new = "pass" + blank if alone else blank
        self.replaced.append((span, [self.piece(new, span, Body())]))

    def name(self, call: ast.Call) -> str:
        """Return the name that a call calls."""
        return dotted(call) or "this macro"
