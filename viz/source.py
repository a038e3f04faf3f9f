"""A pasted file read with Python's ``ast``: which definitions it holds and what was left out.

Nothing is executed here and TVM is not needed. The result is plain data; :mod:`viz.extract` turns
one definition of it into the text that TVM's parser gets.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from viz.errors import RequestError, SourceError
from viz.model import Argument, Definition, LeftOut, Plain, Scalar
from viz.syntax import Constant, decorated, dotted, evaluate, span_of, tree_of
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
    """A text and what was found in it. ``macros`` are kept with every definition."""

    text: str
    definitions: tuple[Definition, ...]
    macros: tuple[Span, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    namespaces: dict[str, str] = {}
    constants: dict[str, Any] = {}
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
    return _Reader(Text(text)).read(tree)


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


_COMPOUND = (ast.ClassDef, ast.If, ast.With, ast.Try, ast.For, ast.While)


class _Reader:
    """Collects what :func:`read` returns while it goes through the statements once."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.definitions: list[Definition] = []
        self.macros: list[Span] = []
        self.left_out: list[LeftOut] = []
        self.namespaces: dict[str, str] = {}
        self.constants: dict[str, Constant] = {}
        self.metadata: dict[str, Any] = {}

    def read(self, tree: ast.Module) -> Program:
        for statement in tree.body:
            self.statement(statement)
        if not self.definitions:
            raise self.nothing_found(tree)
        return Program(
            text=self.text.string,
            definitions=tuple(self.definitions),
            macros=tuple(self.macros),
            left_out=tuple(self.left_out),
            namespaces=self.namespaces,
            constants=dict(self.constants),
            metadata=Metadata(**self.metadata),
        )

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.imports(node)
        elif is_definition(node):
            kind = "module" if isinstance(node, ast.ClassDef) else "function"
            self.define(node, kind)
        elif isinstance(node, ast.FunctionDef) and is_macro(node):
            self.macros.append(span_of(node, self.text))
        elif isinstance(node, ast.FunctionDef):
            self.function(node)
        elif isinstance(node, _COMPOUND) and any(is_definition(child) for child in ast.walk(node)):
            for child in node.body:
                self.statement(child)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and self.constant(node):
            return
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            if isinstance(node.value.value, str) and not self.metadata and not self.definitions:
                title, _, description = node.value.value.strip().partition("\n")
                self.metadata |= {
                    "title": title.strip().rstrip("."),
                    "description": description.strip(),
                }
        elif not isinstance(node, ast.Pass):
            self.leave_out(node)

    def imports(self, node: ast.Import | ast.ImportFrom) -> None:
        self.left_out.append(LeftOut(span=span_of(node, self.text), what="an import"))
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
        self.definitions.append(
            Definition(
                name=node.name, kind=kind, span=span_of(node, self.text), arguments=arguments
            )
        )

    def function(self, node: ast.FunctionDef) -> None:
        if any(is_definition(child) for child in ast.walk(node)):
            self.define(node, "factory", tuple(_arguments(node.args)))
        elif node.name == "reference":
            self.metadata["reference"] = self.text.slice(span_of(node, self.text))
        elif decorated(node, "function"):
            self.leave_out(node, "a Relax function", "Only the PrimFuncs of a module are shown.")
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

    def constant(self, node: ast.Assign | ast.AnnAssign) -> bool:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if not isinstance(target, ast.Name) or node.value is None:
            return False
        if target.id in ("SIZES", "RANGES"):
            return self.table(target.id.lower(), node.value)
        try:
            self.constants[target.id] = evaluate(node.value, self.constants)
        except SourceError:
            return False
        return True

    def table(self, name: str, value: ast.expr) -> bool:
        try:
            self.metadata[name] = ast.literal_eval(value)
        except ValueError:
            return False
        return True

    def leave_out(self, node: ast.stmt, what: str = "", hint: str = "") -> None:
        if not what:
            what, hint = _describe(node)
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


def _arguments(arguments: ast.arguments) -> Iterator[Argument]:
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [
        *([None] * (len(plain) - len(arguments.defaults))),
        *arguments.defaults,
    ]
    for arg, default in zip(
        [*plain, *arguments.kwonlyargs], [*defaults, *arguments.kw_defaults], strict=True
    ):
        value = default.value if isinstance(default, ast.Constant) else None
        yield Argument(
            name=arg.arg,
            default=value if isinstance(value, Scalar) else None,
            annotation=ast.unparse(arg.annotation) if arg.annotation else "",
        )
