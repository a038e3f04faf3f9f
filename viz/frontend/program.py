"""A pasted file read with Python's ``ast``: which definitions it holds and what was left out.

Nothing is executed here and TVM is not needed. The result is plain data;
:mod:`viz.frontend.extract` turns one definition of it into the text that TVM's parser gets.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator
from typing import Any

import msgspec

from viz.errors import RequestError, SourceError
from viz.frontend.constant_propagation import Compound, Known, bind, merged, paths, stored
from viz.frontend.syntax import decorated, dotted, evaluate, span_of, tree_of
from viz.model import Argument, Definition, LeftOut, Plain, Scalar
from viz.text import Span, Text

MOST_CHARACTERS = 200_000
NAMESPACES = {"tir": "T", "tirx": "T", "ir": "I", "relax": "R"}
"""Modules of ``tvm.script`` and the letter each is known by."""


class Metadata(Plain, frozen=True):
    """What a shipped example says about itself beside its program."""

    title: str = ""
    description: str = ""
    reference: str = ""
    sizes: dict[str, int] = {}
    ranges: dict[str, tuple[float, float]] = {}


class Program(Plain, frozen=True):
    """A text and what was found in it.

    ``macros`` are the names of its macros. ``constants`` holds the values in force at a definition,
    under the offset where that definition starts.
    """

    text: str
    definitions: tuple[Definition, ...]
    macros: frozenset[str] = frozenset()
    left_out: tuple[LeftOut, ...] = ()
    namespaces: dict[str, str] = {}
    constants: dict[int, dict[str, Any]] = {}
    metadata: Metadata = Metadata()

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
        found = ", ".join(definition.name for definition in self.definitions)
        message = f"there is no definition named {name!r} in this text"
        raise RequestError(message, hint=f"It has: {found}.")


# What a statement of a pasted file is, when it is no TVMScript, and what to do about it. The first
# name that the statement mentions decides.
HINTS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("te", "topi"),
        "a tensor expression",
        "Tensor expressions only become TVMScript when Python runs them. Print "
        "`te.create_prim_func([...]).script()` and paste that.",
    ),
    (
        ("nn", "torch", "onnx", "from_exported_program", "from_onnx"),
        "a model",
        "A model becomes TVMScript by exporting it. Print `mod.script()` of the exported "
        "module and paste that.",
    ),
    (
        ("Schedule", "sch", "schedule", "ApplyDefaultSchedule", "meta_schedule", "dlight", "dl"),
        "a schedule",
        "Schedules are Python that has to run. Print `sch.mod.script()` afterwards and paste that.",
    ),
    (
        ("build", "compile", "lower"),
        "a build",
        "TIRscope builds for you: choose a target.",
    ),
    (
        ("rand", "randn", "random", "array", "tensor", "nd", "empty", "zeros", "ones", "testing"),
        "array set-up",
        "TIRscope makes inputs itself when you press Run.",
    ),
    (("print", "show"), "output", ""),
)


def read(text: str) -> Program:
    """Find the TVMScript definitions of a pasted text.

    Raises
    ------
    SourceError
        When the text is empty, too big, no text, no Python, or holds no TVMScript definition.
    """
    _refuse_what_is_no_text(text)
    tree = tree_of(text)
    try:
        return _Reader(Text(text)).read(tree)
    except RecursionError:
        raise SourceError("the text is nested too deeply to be read") from None


def _refuse_what_is_no_text(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        message = (
            f"the text has {len(text):,} characters; {MOST_CHARACTERS:,} is the most that is read"
        )
        raise SourceError(message, hint="Paste only the functions you want to look at.")
    odd = next((i for i, c in enumerate(text) if c < " " and c not in "\t\n\r\f"), None)
    if odd is not None:
        message = "this is not a text file: it has control characters"
        raise SourceError(message, span=Span(odd, odd + 1), hint="Paste Python text.")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise SourceError(
            "this is not a text file: it has broken Unicode", hint="Save it as UTF-8."
        )
    if not text.strip():
        raise SourceError(
            "there is nothing here yet", hint="Paste a @T.prim_func function, or choose an example."
        )


def is_definition(node: ast.AST) -> bool:
    """Whether a node is a PrimFunc or a module class."""
    if isinstance(node, ast.FunctionDef):
        return decorated(node, "prim_func")
    return isinstance(node, ast.ClassDef) and decorated(node, "ir_module")


def is_macro(node: ast.AST) -> bool:
    """Whether a class or function is decorated as a macro."""
    return decorated(node, "macro") or decorated(node, "inline")


def relax_functions(node: ast.AST) -> list[ast.FunctionDef]:
    """Return the Relax functions of a module class."""
    body = node.body if isinstance(node, ast.ClassDef) else []
    return [
        each for each in body if isinstance(each, ast.FunctionDef) and decorated(each, "function")
    ]


_TABLES: dict[str, Any] = {"SIZES": dict[str, int], "RANGES": dict[str, tuple[float, float]]}
"""What TIRscope reads from an example; a user's own constant of that name looks different."""
_RELAX = ("a Relax function", "Only the PrimFuncs of a module are shown.")
_ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)


class _Reader:
    """Collects what :func:`read` returns while it goes through the statements once."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.definitions: dict[tuple[str, str], Definition] = {}
        self.macros: set[str] = set()
        self.left_out: list[LeftOut] = []
        self.namespaces: dict[str, str] = {}
        self.known: Known = {}
        self.constants: dict[int, Known] = {}
        self.metadata: dict[str, Any] = {}
        self.scope = ""

    def read(self, tree: ast.Module) -> Program:
        for statement in tree.body:
            self.statement(statement)
        if not self.definitions:
            raise self.nothing_found(tree)
        definitions = tuple(sorted(self.definitions.values(), key=lambda each: each.span))
        for each in definitions:
            if each.kind == "factory":  # it is called after the whole file was read
                self.constants[each.span.start] = self.known
        return Program(
            text=self.text.string,
            definitions=definitions,
            macros=frozenset(self.macros),
            left_out=tuple(sorted(self.left_out, key=lambda left: left.span)),
            namespaces=self.namespaces,
            constants={each.span.start: self.constants[each.span.start] for each in definitions},
            metadata=Metadata(**self.metadata),
        )

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.imports(node)
        elif is_definition(node):
            kind = "module" if isinstance(node, ast.ClassDef) else "function"
            self.define(node, kind)
        elif isinstance(node, ast.FunctionDef):
            self.function(node)
        elif isinstance(node, Compound) and self.readable(node):
            self.compound(node)
        elif isinstance(node, _ASSIGNMENTS):
            self.assignment(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            if isinstance(node.value.value, str) and not self.metadata and not self.definitions:
                title, _, description = node.value.value.strip().partition("\n")
                self.metadata |= {
                    "title": title.strip().rstrip("."),
                    "description": description.strip(),
                }
        elif not isinstance(node, ast.Pass):
            self.leave_out(node)

    def readable(self, node: Compound) -> bool:
        """Whether to look inside: for definitions, or since a condition chooses constants."""
        if any(is_definition(child) for child in ast.walk(node)):
            return True
        plain = (*_ASSIGNMENTS, ast.Pass)
        inside = [*node.body, *node.orelse] if isinstance(node, ast.If) else []
        return bool(inside) and all(isinstance(each, plain) for each in inside)

    def compound(self, node: Compound) -> None:
        """Follow every path that may be taken; after it only what they agree on is known."""
        before, scope = dict(self.known), self.scope
        if isinstance(node, ast.ClassDef):
            self.scope = f"{scope}{node.name}."
        if isinstance(node, ast.For | ast.While):
            for name in stored(node):
                before.pop(name, None)
        ways = paths(node, before)
        if isinstance(node, ast.If) and len(ways) == 1:
            for statement in node.orelse if ways[0] is node.body else node.body:
                self.left_out.append(
                    LeftOut(span=span_of(statement, self.text), what="a branch not taken")
                )
        ends: list[Known] = []
        for way in ways:
            self.known = dict(before)
            for statement in way:
                self.statement(statement)
            ends.append(self.known)
        self.scope = scope
        self.known = before if isinstance(node, ast.ClassDef) else merged(ends)

    def imports(self, node: ast.Import | ast.ImportFrom) -> None:
        self.leave_out(node, "an import")
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
        assert isinstance(node, ast.ClassDef | ast.FunctionDef)
        for function in (f for each in ast.walk(node) for f in relax_functions(each)):
            self.left_out.append(
                LeftOut(span=span_of(function, self.text), what=_RELAX[0], hint=_RELAX[1])
            )
        key = (self.scope, node.name)
        earlier = self.definitions.pop(key, None)
        if earlier is not None:
            what = f"an earlier definition of {node.name}"
            self.left_out.append(
                LeftOut(span=earlier.span, what=what, hint="Python sees the last one.")
            )
        span = span_of(node, self.text)
        self.definitions[key] = Definition(
            name=node.name, kind=kind, span=span, arguments=arguments
        )
        self.constants[span.start] = dict(self.known)
        self.known.pop(node.name, None)

    def function(self, node: ast.FunctionDef) -> None:
        if is_macro(node):
            self.macros.add(node.name)
            self.leave_out(node, f"the macro {node.name}")
        elif any(is_definition(child) for child in ast.walk(node)):
            self.define(node, "factory", tuple(_arguments(node.args, self.known)))
        elif node.name == "reference":
            self.metadata["reference"] = self.text.slice(span_of(node, self.text))
        elif decorated(node, "function"):
            self.leave_out(node, *_RELAX)
        else:
            annotated = any(
                "Buffer" in ast.unparse(arg.annotation) for arg in node.args.args if arg.annotation
            )
            hint = (
                f"If {node.name} is TVMScript, write @T.prim_func in the line above it."
                if annotated
                else ""
            )
            self.leave_out(node, f"the Python function {node.name}", hint)

    def assignment(self, node: ast.stmt) -> None:
        before = self.known.keys() & stored(node)
        if self.table(node) or bind(node, self.known):
            return
        what, hint = _describe(node)
        if before and not hint:
            names = ", ".join(sorted(before))
            hint = f"It takes Python to compute: from here on {names} has no known value."
        self.leave_out(node, what, hint)

    def table(self, node: ast.stmt) -> bool:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if not isinstance(node, ast.Assign) or not isinstance(target, ast.Name):
            return False
        if target.id not in _TABLES:
            return False
        try:
            value = ast.literal_eval(node.value)
            self.metadata[target.id.lower()] = msgspec.convert(value, _TABLES[target.id])
        except (ValueError, TypeError, RecursionError, MemoryError):
            return False  # msgspec's ValidationError is a ValueError
        return True

    def leave_out(self, node: ast.stmt, what: str = "", hint: str = "") -> None:
        if not what:
            what, hint = _describe(node)
        for name in stored(node):
            self.known.pop(name, None)
        self.left_out.append(LeftOut(span=span_of(node, self.text), what=what, hint=hint))

    def nothing_found(self, tree: ast.Module) -> SourceError:
        message = (
            "there is no TVMScript in this text: no @T.prim_func function and no @I.ir_module class"
        )
        hinted = [each for each in self.left_out if each.hint]
        if not hinted:
            return SourceError(
                message, hint="Write @T.prim_func above a function, or choose an example."
            )
        return SourceError(message, span=hinted[0].span, hint=hinted[0].hint)


def _describe(node: ast.stmt) -> tuple[str, str]:
    names = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
    names |= {child.attr for child in ast.walk(node) if isinstance(child, ast.Attribute)}
    for words, what, hint in HINTS:
        if names.intersection(words):
            return what, hint
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return "an assignment", ""
    if isinstance(node, ast.ClassDef):
        return f"the Python class {node.name}", ""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return f"a call of {dotted(node.value) or 'a function'}", ""
    return "a Python statement", ""


def _arguments(arguments: ast.arguments, known: Known) -> Iterator[Argument]:
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [
        *([None] * (len(plain) - len(arguments.defaults))),
        *arguments.defaults,
    ]
    for arg, default in zip(
        [*plain, *arguments.kwonlyargs], [*defaults, *arguments.kw_defaults], strict=True
    ):
        value = None
        if default is not None:
            with contextlib.suppress(SourceError):
                value = evaluate(default, known)
        yield Argument(
            name=arg.arg,
            default=value if isinstance(value, Scalar) else None,
            annotation=ast.unparse(arg.annotation) if arg.annotation else "",
        )
