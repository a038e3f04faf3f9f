"""Read a file with Python's ``ast``: find its definitions, and what is left out.

Nothing is executed and TVM is not needed. :mod:`viz.frontend.extract` turns one definition of the
result into the text for TVM's parser.
"""

from __future__ import annotations

import ast
from typing import Any

import msgspec

from viz.errors import RequestError, SourceError
from viz.frontend import foreign
from viz.frontend.bare_names import program_tree
from viz.frontend.constant_propagation import (
    Compound,
    Constants,
    assigned_names,
    branches,
    merge,
    propagate,
)
from viz.frontend.left_out import describe
from viz.frontend.macros import is_macro
from viz.frontend.readable import readable
from viz.frontend.schedule.code import find_schedules, left_out_beside
from viz.frontend.scopes import (
    fixture_value,
    is_definition,
    is_factory,
    is_test_function,
    named_apart,
    needed_arguments,
)
from viz.frontend.syntax import (
    DefinitionNode,
    python_functions,
    span_of,
    statements_below,
    tree_of,
    without_margins,
)
from viz.messages import Message, hint_message, message_of
from viz.model import Argument, Definition, Edit, LeftOut, Plain, ScheduleCode, catalog
from viz.text import Span, Text

NAMESPACES = {"tir": "T", "tirx": "T", "ir": "I", "relax": "R"}
"""Modules of ``tvm.script`` and the letter by which TVM's parser knows each."""


class Metadata(Plain, frozen=True):
    """What a file holds beside its program."""

    title: str = ""
    """First line of its docstring, without the full stop."""
    description: str = ""
    """The rest of the docstring."""
    reference: str = ""
    """Text of its function ``reference``."""
    sizes: dict[str, int] = {}
    """Its table ``SIZES``: values of the variables in shapes, by name."""
    ranges: dict[str, tuple[float, float]] = {}
    """Its table ``RANGES``: ranges of random inputs by name, low inclusive, high exclusive."""
    targets: tuple[str, ...] = ()
    """Its tuple ``TARGETS``: names of the targets it is shown for; empty for no matter which."""


class Program(Plain, frozen=True):
    """A text and the definitions in it."""

    text: str
    """The user's text; what is no Python in it is overwritten with blanks."""
    definitions: tuple[Definition, ...]
    """In the order of the text."""
    edits: tuple[Edit, ...] = ()
    """What was overwritten."""
    margins: tuple[int, ...] = ()
    """The width of the blank margin of each line of the text; empty where there is none."""
    macros: frozenset[str] = frozenset()
    """Names of the macros."""
    left_out: tuple[LeftOut, ...] = ()
    """The statements that are not TVMScript."""
    namespaces: dict[str, str] = {}
    """The names by which the text imports modules of ``tvm.script``: ``{"tir": "T"}``."""
    constants: dict[int, dict[str, Any]] = {}
    """The values that names have at a definition or a macro, by the offset where it starts."""
    metadata: Metadata = Metadata()
    schedules: tuple[ScheduleCode, ...] = ()
    """The schedules of the text, in its order."""

    def tree(self) -> ast.Module:
        """Return the ``ast`` of the text, with positions in the text: do not change it."""
        return program_tree(self.text, self.margins)

    def plain_text(self) -> str:
        """Return the text without its margins, line by line the same: Python reads it."""
        return without_margins(self.text, self.margins)

    def in_text(self, span: Span) -> Span:
        """Return a span of the text for one of :meth:`plain_text` that stands in a line."""
        line = Text(self.plain_text()).position(span.start).line
        by = sum(self.margins[:line])
        return Span(span.start + by, span.end + by)

    def definition(self, name: str = "") -> Definition:
        """Return a definition by name, the first when the name is empty.

        Raises
        ------
        RequestError
            When there is none of that name.
        """
        for definition in self.definitions:
            if not name or definition.name == name:
                return definition
        known = tuple(definition.name for definition in self.definitions)
        raise RequestError(message_of("no-definition-named", name=name, known=known))


def read(text: str) -> Program:
    """Find the TVMScript definitions of a text.

    Raises
    ------
    SourceError
        When the text cannot be read (:func:`viz.frontend.readable.readable`), is another language,
        or has no TVMScript definition.
    """
    clean = readable(text)
    tree = tree_of(clean.text, clean.margins)
    foreign.require_no_tilelang(tree, Text(clean.text))
    try:
        tree = program_tree(clean.text, clean.margins)
        program = _Reader(Text(clean.text), clean.margins).read(tree)
        return msgspec.structs.replace(program, edits=clean.edits, margins=clean.margins)
    except RecursionError:
        raise SourceError(message_of("text-too-nested")) from None


_TABLES: dict[str, Any] = {
    "SIZES": dict[str, int],
    "RANGES": dict[str, tuple[float, float]],
    "TARGETS": tuple[str, ...],
}
"""Tables of an example and their types; a user's own constant of that name has another type."""
_ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)


class _Reader:
    """Collects what :func:`read` returns, statement by statement."""

    def __init__(self, text: Text, margins: tuple[int, ...]) -> None:
        self.margins = margins
        self.text = text
        self.definitions: dict[tuple[str, str], Definition] = {}
        """By the classes around and the name: Python sees the last one of a name."""
        self.macros: set[str] = set()
        self.left_out: list[LeftOut] = []
        self.namespaces: dict[str, str] = {}
        self.known: Constants = {}
        """The constants at the statement that is read."""
        self.constants: dict[int, Constants] = {}
        """The constants at each definition, by its offset."""
        self.metadata: dict[str, Any] = {}
        self.late: set[int] = set()
        """Offsets of factories, which are called after the whole file was executed."""
        self.prefix = ""
        """Names of the classes and functions around, such as ``Outer.``."""
        self.functions: list[ast.FunctionDef] = []
        """The functions around, outermost first."""
        self.class_: ast.ClassDef | None = None
        """The class around."""
        self.fixtures: Constants = {}
        """First values of the parameters of TVM's tests, by name."""

    def read(self, tree: ast.Module) -> Program:
        """Read the statements of the file."""
        for statement in tree.body:
            self.statement(statement)
        if not self.definitions:
            raise foreign.recognised(tree, self.text) or self.no_definition()
        definitions = tuple(
            sorted(named_apart(self.definitions), key=lambda definition: definition.span)
        )
        for definition in definitions:
            if definition.span.start in self.late:
                self.constants[definition.span.start] = self.known
        found = find_schedules(tree, self.text, (each.name for each in definitions))
        left_out = left_out_beside(self.left_out, found)
        return Program(
            text=self.text.string,
            definitions=definitions,
            macros=frozenset(self.macros),
            left_out=tuple(sorted(left_out, key=lambda statement: statement.span)),
            schedules=found.codes,
            namespaces=self.namespaces,
            constants=self.constants,
            metadata=Metadata(**self.metadata),
        )

    def statement(self, node: ast.stmt) -> None:
        """Read one statement of the file."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.imports(node)
        elif isinstance(node, DefinitionNode) and (
            is_definition(node) or is_test_function(node, self.class_)
        ):
            kind = "module" if isinstance(node, ast.ClassDef) else "function"
            self.define(node, kind, self.arguments(node, *self.functions))
        elif isinstance(node, ast.FunctionDef):
            self.function(node)
        elif isinstance(node, Compound) and self.readable(node):
            self.compound(node)
        elif isinstance(node, _ASSIGNMENTS):
            self.assignment(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            self.docstring(node.value.value)
        elif not isinstance(node, ast.Pass):
            self.leave_out(node)

    def docstring(self, value: object) -> None:
        """Take title and description from a string that stands before anything else."""
        beside = self.metadata or self.definitions or self.functions
        if isinstance(value, str) and not beside:
            title, _, description = value.strip().partition("\n")
            self.metadata |= {
                "title": title.strip().rstrip("."),
                "description": description.strip(),
            }

    def readable(self, node: Compound) -> bool:
        """Return whether to read the statements inside.

        They hold definitions, or they are the assignments of an ``if``.
        """
        if any(is_definition(child) for child in ast.walk(node)):
            return True
        if isinstance(node, ast.ClassDef) and any(is_test_function(s, node) for s in node.body):
            return True
        inside = [*node.body, *node.orelse] if isinstance(node, ast.If) else []
        return bool(inside) and all(isinstance(s, (*_ASSIGNMENTS, ast.Pass)) for s in inside)

    def compound(self, node: Compound) -> None:
        """Read every branch that may be taken; known after it is what all branches agree on."""
        before, prefix, class_ = dict(self.known), self.prefix, self.class_
        if isinstance(node, ast.ClassDef):
            self.prefix, self.class_ = f"{prefix}{node.name}.", node
        if isinstance(node, ast.For | ast.While):
            for name in assigned_names(node):
                before.pop(name, None)
        bodies = branches(node, before)
        if isinstance(node, ast.If) and len(bodies) == 1:
            for statement in node.orelse if bodies[0] is node.body else node.body:
                what = message_of("left-out-branch")
                self.left_out.append(LeftOut(span=span_of(statement, self.text), what=what))
        ends: list[Constants] = []
        for body in bodies:
            self.known = dict(before)
            for statement in body:
                self.statement(statement)
            ends.append(self.known)
        self.prefix, self.class_ = prefix, class_
        self.known = before if isinstance(node, ast.ClassDef) else merge(ends)

    def scope(self, node: ast.FunctionDef) -> None:
        """Read the definitions inside a function that returns none, such as a test."""
        before, prefix, class_ = dict(self.known), self.prefix, self.class_
        inside = span_of(node, self.text)
        left_out, self.left_out = self.left_out, []
        self.prefix, self.class_ = f"{prefix}{node.name}.", None
        self.functions.append(node)
        for argument in node.args.args:
            self.known.pop(argument.arg, None)
        for statement in node.body:
            self.statement(statement)
        self.functions.pop()
        self.known, self.prefix, self.class_ = before, prefix, class_
        # What else the function does is left out as a whole, not statement by statement.
        spans = [d.span for d in self.definitions.values() if d.span.start in inside]
        self.left_out = left_out + [
            statement
            for statement in self.left_out
            if any(statement.span.start in span for span in spans)
        ]

    def arguments(self, node: DefinitionNode, *functions: ast.FunctionDef) -> tuple[Argument, ...]:
        """Return the parameters of the functions around that a definition needs."""
        return needed_arguments(node, functions, self.known, self.fixtures)

    def imports(self, node: ast.Import | ast.ImportFrom) -> None:
        """Note by which names the modules of ``tvm.script`` are imported."""
        self.leave_out(node, message_of("left-out-import"))
        for alias in node.names:
            path = f"{getattr(node, 'module', '') or ''}.{alias.name}".strip(".")
            name = path.rpartition(".")[2]
            if (
                path.startswith("tvm.script")
                and name in NAMESPACES
                and (alias.asname or "." not in alias.name)
            ):
                self.namespaces[alias.asname or alias.name] = NAMESPACES[name]

    def define(self, node: ast.stmt, kind: Any, arguments: tuple[Argument, ...] = ()) -> None:
        """Note a definition, and the constants that it may use."""
        assert isinstance(node, ast.ClassDef | ast.FunctionDef)
        classes = () if kind == "function" else (node, *statements_below(node))
        for function in (f for inner in classes for f in python_functions(inner)):
            what = message_of("left-out-python-function-of-module")
            self.left_out.append(LeftOut(span=span_of(function, self.text), what=what))
        key = (self.prefix, node.name)
        earlier = self.definitions.pop(key, None)
        if earlier is not None:
            what = message_of("left-out-earlier-definition", name=node.name)
            self.left_out.append(LeftOut(span=earlier.span, what=what))
        span = span_of(node, self.text)
        self.definitions[key] = Definition(
            name=node.name, kind=kind, span=span, arguments=arguments
        )
        self.constants[span.start] = dict(self.known)
        self.known.pop(node.name, None)

    def function(self, node: ast.FunctionDef) -> None:
        """Read a Python function: a macro, a factory, the reference, or one to leave out."""
        if is_macro(node):
            self.macros.add(node.name)
            self.constants[span_of(node, self.text).start] = dict(self.known)
            self.leave_out(node, message_of("left-out-macro", name=node.name))
        elif any(is_definition(child) for child in ast.walk(node)):
            if not is_factory(node):
                self.scope(node)
                return
            if not self.functions:
                self.late.add(span_of(node, self.text).start)
            self.define(node, "factory", self.arguments(node, *self.functions, node))
        elif node.name == "reference":
            self.metadata["reference"] = self.own_text(node)
        else:
            annotated = any(
                "Buffer" in ast.unparse(arg.annotation) for arg in node.args.args if arg.annotation
            )
            id_ = "left-out-undecorated" if annotated else "left-out-python-function"
            self.leave_out(node, message_of(id_, name=node.name))

    def own_text(self, node: ast.stmt) -> str:
        """Return the text of a statement, of a text with margins without them."""
        span = span_of(node, self.text)
        first = self.text.position(span.start).line
        margins = self.margins[first - 1 : node.end_lineno]
        return without_margins(self.text.slice(span), (0, *margins[1:]) if margins else ())

    def assignment(self, node: ast.stmt) -> None:
        """Propagate an assignment, or leave it out."""
        if (fixture := fixture_value(node, self.known)) is not None:
            self.fixtures[fixture[0]] = fixture[1]
        before = self.known.keys() & assigned_names(node)
        is_table = self.table(node)  # its names are constants like others where they can be
        if propagate(node, self.known) or is_table:
            return
        what = describe(node)
        if before and not what.hint():
            what = message_of("left-out-unknown-values", names=tuple(sorted(before)))
        self.leave_out(node, what)

    def table(self, node: ast.stmt) -> bool:
        """Take a table of metadata; return False where the statement is none."""
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if not isinstance(node, ast.Assign) or not isinstance(target, ast.Name):
            return False
        if target.id not in _TABLES:
            return False
        try:
            value = msgspec.convert(ast.literal_eval(node.value), _TABLES[target.id])
        except (ValueError, TypeError, RecursionError, MemoryError):
            return False  # msgspec's ValidationError is a ValueError
        if target.id == "TARGETS" and not catalog.targets().keys() >= {*value}:
            return False
        self.metadata[target.id.lower()] = value
        return True

    def leave_out(self, node: ast.stmt, what: Message | None = None) -> None:
        """Leave a statement out; the names that it binds have no known value from here on."""
        for name in assigned_names(node):
            self.known.pop(name, None)
        said = describe(node) if what is None else what
        self.left_out.append(LeftOut(span=span_of(node, self.text), what=said))

    def no_definition(self) -> SourceError:
        """Return the error for a text without a definition, at the first statement with a hint."""
        what = message_of("no-tvmscript")
        hinted = [statement for statement in self.left_out if statement.hint]
        if not hinted:
            return SourceError(what)
        hint = hint_message(hinted[0].what)
        return SourceError(what, span=hinted[0].span, hint=hint)
