"""Cut one definition out of a program: the text for TVM's parser.

The rest of the text is blanked, so that lines keep their numbers and every position maps back to
the user's text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from viz.errors import RequestError, SourceError
from viz.frontend.factory import Factory
from viz.frontend.macros import Written, is_macro, write_out
from viz.frontend.program import Program
from viz.frontend.scopes import (
    is_prim_func,
    is_relax_function,
    needed_functions,
    uses_blocks,
)
from viz.frontend.syntax import (
    Constant,
    DefinitionNode,
    dotted,
    python_functions,
    span_of,
)
from viz.messages import message_of
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
    macros
        The macros outside of it that it uses.
    relax
        Whether the Relax functions of a module class are kept.
    function
        The function of a module class that is kept, with those it needs; all if empty.
    """

    def __init__(
        self,
        program: Program,
        definition: Definition,
        variables: dict[str, Constant],
        node: DefinitionNode,
        macros: tuple[ast.FunctionDef, ...] = (),
        *,
        relax: bool = True,
        function: str = "",
    ) -> None:
        self.program = program
        self.definition = definition
        self.variables = variables
        self.text = Text(program.text)
        self.nodes: list[DefinitionNode] = [node]
        self.macros = macros
        self.relax = relax
        self.function = function

    @property
    def relax_functions(self) -> list[ast.FunctionDef]:
        """The Relax functions of the definition."""
        bodies = (node.body if isinstance(node, ast.ClassDef) else [node] for node in self.nodes)
        functions = (each for body in bodies for each in body)
        return [
            each
            for each in functions
            if isinstance(each, ast.FunctionDef) and is_relax_function(each)
        ]

    @property
    def prim_funcs(self) -> list[ast.stmt]:
        """The PrimFuncs of the definition."""
        bodies = (node.body if isinstance(node, ast.ClassDef) else [node] for node in self.nodes)
        return [each for body in bodies for each in body if is_prim_func(each)]

    def in_relax(self, span: Span) -> bool:
        """Return whether a span of the text stands in a Relax function that is kept."""
        functions = self.relax_functions if self.relax else []
        return any(span.start in span_of(function, self.text) for function in functions)

    def without_relax(self) -> Extract:
        """Return the same definition without its Relax functions.

        Raises
        ------
        SourceError
            When it has no other.
        """
        (node,) = self.nodes
        if self.relax_functions and not self.prim_funcs:
            raise SourceError(message_of("only-relax"), span=span_of(node, self.text))
        return Extract(
            self.program, self.definition, self.variables, node, self.macros, relax=False
        )

    def only(self, function: str) -> Extract:
        """Return the definition with one of its functions and those it needs, and no other.

        That is for models: their Relax functions take TVM's parser long. Other definitions, and
        those without such a function, stay as they are.
        """
        (node,) = self.nodes
        if not self.relax_functions or function not in {each.name for each in self._functions}:
            return self
        return Extract(
            self.program, self.definition, self.variables, node, self.macros, function=function
        )

    @property
    def _functions(self) -> list[ast.FunctionDef]:
        """The functions of a module class."""
        bodies = (node.body for node in self.nodes if isinstance(node, ast.ClassDef))
        return [each for body in bodies for each in body if isinstance(each, ast.FunctionDef)]

    def _left_out(self) -> list[ast.FunctionDef]:
        """Return the functions of the definition that TVM's parser does not get."""
        left_out = [function for node in self.nodes for function in python_functions(node)]
        if not self.relax:
            left_out += self.relax_functions
        if self.function:
            needed = needed_functions(self.function, self._functions)
            left_out += [each for each in self._functions if each.name not in needed]
        return left_out

    def roots(self) -> list[ast.stmt]:
        """Return the function, or the statements of the module class that are kept."""
        left_out = self._left_out()
        roots: list[ast.stmt] = list(self.macros)
        for node in self.nodes:
            roots += node.body if isinstance(node, ast.ClassDef) else [node]
        return [root for root in roots if root not in left_out]

    def spans(self) -> list[Span]:
        """Return the outermost spans of the text that are kept, in order."""
        spans = sorted(span_of(node, self.text) for node in [*self.nodes, *self.macros])
        return [
            span
            for span in spans
            if not any(o.start < span.start and span.end <= o.end for o in spans)
        ]

    def patched(self, patches: Iterable[Patch] = ()) -> Patched:
        """Return the text for TVM: the definition unindented, the rest blank, patches applied.

        The functions of a module that are Python are blanked too, the base class which such a
        module has, and without ``relax`` its Relax functions.
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
            for dedent in _dedent(self.text, span, self.program.margins)
            if not any(
                dedent.span.start < other.span.end and other.span.start < dedent.span.end
                for other in replaced
            )
        ]
        layout = [patch for patch in (*blanks, *dedents) if patch.span.start < patch.span.end]
        return Patched(self.text.string, layout + inside + list(self._decorators()))

    def written_out(self, patched: Patched) -> Written:
        """Write out the macros of such a text.

        Raises
        ------
        SourceError
            When one cannot be written out exactly, at its call.
        """
        captured: dict[str, Constant] = {}
        for macro in self.macros:
            start = span_of(macro, self.text).start
            captured |= self.program.constants.get(start, self.variables)
        return write_out(patched, self.variables, captured)

    def _decorators(self) -> Iterator[Patch]:
        """Yield the decorator of a function to which TVM's test class gives one."""
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef) and not node.decorator_list:
                names = (name for name, letter in self.program.namespaces.items() if letter == "T")
                start = span_of(node, self.text).start
                options = "(s_tir=True)" if uses_blocks(node) else ""
                decorator = f"@{next(names, 'T')}.prim_func{options}\n"
                yield Patch(Span(start, start), decorator)

    def _gaps(self, spans: list[Span]) -> list[Span]:
        """Return the spans between those that are kept, and those of what is left out inside."""
        edges = [
            0,
            *(edge for span in spans for edge in (span.start, span.end)),
            len(self.text.string),
        ]
        gaps = [Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
        bases = (base for node in self.nodes for base in _python_base(node, self.text))
        return gaps + [span_of(each, self.text) for each in self._left_out()] + list(bases)


def _python_base(node: DefinitionNode, text: Text) -> Iterator[Span]:
    """Yield the span of ``(BasePyModule)`` behind the name of a module class."""
    bases = node.bases if isinstance(node, ast.ClassDef) and not node.keywords else []
    plain = len(bases) == 1 and isinstance(bases[0], ast.Name | ast.Attribute)
    if plain and dotted(bases[0]).rpartition(".")[2] == "BasePyModule":
        base = span_of(bases[0], text)
        start = text.string.rfind("(", 0, base.start)
        end = text.string.find(")", base.end) + 1
        between = text.string[start + 1 : base.start] + text.string[base.end : end - 1]
        if start >= 0 and end > 0 and not between.strip(" ,\t\r\n"):
            yield Span(start, end)


def _dedent(text: Text, span: Span, margins: tuple[int, ...]) -> Iterator[Patch]:
    """Yield patches that remove the indentation of a span's first line from the other lines.

    Parameters
    ----------
    margins
        The width of the margin of each line, which is removed too; none if empty.
    """

    def margin(line: int) -> int:
        return margins[line - 1] if margins else 0

    first = text.position(span.start)
    indent = text.line(first.line)[margin(first.line) : first.column - 1]
    if indent.strip() or not (indent or any(margins)):
        return
    for line in range(first.line + 1, text.position(span.end).line + 1):
        start, width = text.line_span(line).start, margin(line)
        if text.line(line)[width:].startswith(indent):
            width += len(indent)
        if width:
            yield Patch(Span(start, start + width), "")


ARGUMENTS_NEEDED = "arguments-needed"
"""The message that names the arguments of a factory that have no value, as ``arguments``."""


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
        When the definition cannot be read: the factory computes something that is no constant.
    """
    definition = program.definition(name)
    text = Text(program.text)
    node, functions = _found(program, definition, text)
    accepted = {argument.arg for function in functions for argument in function.args.args}
    if isinstance(node, ast.FunctionDef):
        accepted |= {argument.arg for argument in node.args.args}
    variables = _variables(program, definition, dict(arguments or {}), accepted)
    if definition.arguments:
        for function, inner in pairwise([*functions, node]):
            assert isinstance(function, ast.FunctionDef)
            variables = Factory(function, variables, text).constants_at(inner)
    if definition.kind == "factory" and isinstance(node, ast.FunctionDef):
        try:
            node, variables = Factory(node, variables, text).product()
        except RecursionError:
            raise SourceError(message_of("text-too-nested")) from None
    macros = _used_macros(node, program.tree())
    return Extract(program, definition, variables, node, macros)


def _used_macros(node: DefinitionNode, tree: ast.Module) -> tuple[ast.FunctionDef, ...]:
    """Return the macros in the scopes around a definition that it uses, or that those use."""
    visible: dict[str, ast.FunctionDef] = {}
    for scope in _scopes(node, tree):
        for macro in _macros(scope, node):
            visible[macro.name] = macro
    used: dict[str, ast.FunctionDef] = {}
    waiting: list[ast.AST] = [node] if visible else []
    while waiting:
        for inner in ast.walk(waiting.pop()):
            name = inner.id if isinstance(inner, ast.Name) else ""
            if name in visible and name not in used:
                used[name] = visible[name]
                waiting.append(visible[name])
    return tuple(used.values())


def _scopes(node: DefinitionNode, tree: ast.AST) -> list[ast.AST]:
    """Return the module and the functions around a definition, outermost first."""
    for child in ast.iter_child_nodes(tree):
        if child is node:
            return [tree]
        if isinstance(child, ast.stmt | ast.excepthandler) and (inner := _scopes(node, child)):
            is_scope = isinstance(tree, ast.Module | ast.FunctionDef)
            return [tree, *inner] if is_scope else inner
    return []


def _macros(scope: ast.AST, node: DefinitionNode) -> Iterator[ast.FunctionDef]:
    """Yield the macros of a scope that stand before a definition."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, ast.FunctionDef) and is_macro(child) and child.lineno < node.lineno:
            yield child
        elif isinstance(child, ast.stmt) and not isinstance(child, DefinitionNode):
            yield from _macros(child, node)


def _found(
    program: Program, definition: Definition, text: Text
) -> tuple[DefinitionNode, list[ast.FunctionDef]]:
    """Return the node of a definition, and the functions around it, outermost first."""
    functions: list[ast.FunctionDef] = []
    for node in ast.walk(program.tree()):
        if isinstance(node, DefinitionNode):
            span = span_of(node, text)
            if span == definition.span:
                return node, functions
            if isinstance(node, ast.FunctionDef) and definition.span.start in span:
                functions.append(node)  # those around come first
    raise LookupError(definition.name)


def _variables(
    program: Program, definition: Definition, arguments: dict[str, Scalar], accepted: set[str]
) -> dict[str, Constant]:
    """Return the constants at a definition, with the arguments of the functions around it.

    Those in ``accepted`` may be given although the definition does not need them.

    Raises
    ------
    RequestError
        When an argument is missing or unknown.
    """
    variables: dict[str, Constant] = dict(program.constants.get(definition.span.start, {}))
    missing: list[Argument] = []
    for argument in definition.arguments:
        if argument.name in arguments:
            variables[argument.name] = arguments.pop(argument.name)
        elif argument.default is not None:
            variables[argument.name] = argument.default
        else:
            missing.append(argument)
    if missing:
        what = message_of(
            ARGUMENTS_NEEDED,
            definition=definition.name,
            arguments=tuple(argument.name for argument in missing),
            example=" ".join(map(_example, missing)),
        )
        raise RequestError(what, span=definition.span)
    if unknown := arguments.keys() - accepted:
        name = sorted(unknown)[0]
        what = message_of("no-argument-named", definition=definition.name, argument=name)
        raise RequestError(what, span=definition.span)
    return variables


def _example(argument: Argument) -> str:
    """Return an option of the command line that gives an argument a likely value."""
    words = f"{argument.name} {argument.annotation}"
    return f"--arg {argument.name}=" + ("float32" if "str" in words or "dtype" in words else "8")
