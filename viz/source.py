"""A pasted file read with Python's ``ast``: which definitions it holds and what was left out.

Nothing is executed here and TVM is not needed. The result is plain data; :func:`extract` turns one
definition of it into the text that TVM's parser gets, with the way back to the user's own text.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from viz.errors import RequestError, SourceError
from viz.model import Argument, Definition, LeftOut, Plain, Scalar
from viz.text import Patch, Patched, Span, Text

MOST_CHARACTERS = 200_000
NAMESPACES = {"tir": "T", "tirx": "T", "ir": "I", "relax": "R"}
"""Modules of ``tvm.script`` and the letter each is known by."""

Constant = bool | int | float | str | tuple["Constant", ...]


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
    tree = _python(text)
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


def _python(text: str) -> ast.Module:
    lines = Text(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        line = error.lineno or 1
        # SyntaxError counts columns in code points, 1-based (Python 3.11 and later).
        start = lines.offset(line, error.offset or 1)
        end = start + 1
        if error.end_lineno == line and error.end_offset and error.end_offset > (error.offset or 1):
            end = lines.offset(line, error.end_offset)
        message = f"this is not Python: {error.msg}"
        raise SourceError(
            message, span=Span(start, end), hint=_syntax_hint(text, lines.line(line))
        ) from None
    except (RecursionError, MemoryError):
        raise SourceError("the text is nested too deeply to be read") from None


def _syntax_hint(text: str, line: str) -> str:
    if "```" in text:
        return "Leave out the ``` lines of the page you copied from."
    if line.lstrip().startswith((">>>", "...", "In [")):
        return "Leave out the prompts (>>>, In [1]:) and paste the code alone."
    if line.lstrip().startswith(("%", "!")):
        return "Leave out notebook commands that start with % or !."
    first = next((each for each in text.splitlines() if each.strip()), "")
    if first[:1].isspace():
        return "The first line is indented: move the whole text to the left."
    return "Mend this line; everything else is kept as you typed it."


# ---------------------------------------------------------------- reading


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for such an expression or a call of it, else an empty string."""
    if isinstance(node, ast.Call):
        node = node.func
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def decorated(node: ast.AST, name: str) -> bool:
    """Whether a class or function is decorated with something that ends in ``name``."""
    decorators = getattr(node, "decorator_list", ())
    return any(dotted(decorator).rpartition(".")[2] == name for decorator in decorators)


def _is_definition(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef):
        return decorated(node, "prim_func")
    return isinstance(node, ast.ClassDef) and decorated(node, "ir_module")


_MACRO_DECORATORS = ("macro", "inline")
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
        elif _is_definition(node):
            kind = "module" if isinstance(node, ast.ClassDef) else "function"
            self.define(node, kind)
        elif isinstance(node, ast.FunctionDef) and any(
            decorated(node, name) for name in _MACRO_DECORATORS
        ):
            self.macros.append(span_of(node, self.text))
        elif isinstance(node, ast.FunctionDef):
            self.function(node)
        elif isinstance(node, _COMPOUND) and any(_is_definition(child) for child in ast.walk(node)):
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
        if any(_is_definition(child) for child in ast.walk(node)):
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


def span_of(node: ast.AST, text: Text) -> Span:
    """Return the span of an ``ast`` node, decorators included."""
    assert isinstance(node, ast.stmt | ast.expr | ast.arg | ast.keyword)
    line, column = node.lineno, node.col_offset
    decorators = getattr(node, "decorator_list", ())
    if decorators:
        line = decorators[0].lineno
        column = text.line(line).encode().find(b"@")
    end = text.offset_of_byte(node.end_lineno or line, node.end_col_offset or column)
    return Span(text.offset_of_byte(line, column), end)


# ---------------------------------------------------------------- constants

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_LARGEST = 2**63


def evaluate(node: ast.expr, known: Mapping[str, Constant]) -> Constant:
    """Return the value of a constant expression: literals, tuples and arithmetic over known names.

    Raises
    ------
    SourceError
        When it is anything else, or a number leaves 64 bits.
    """
    try:
        value = _value(node, known)
    except (TypeError, KeyError, ArithmeticError, RecursionError):
        raise SourceError(f"`{ast.unparse(node)[:60]}` is not a constant") from None
    if isinstance(value, int) and abs(value) >= _LARGEST:
        raise SourceError(f"`{ast.unparse(node)[:60]}` does not fit into 64 bits")
    constant: Constant = value
    return constant


def _value(node: ast.expr, known: Mapping[str, Constant]) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str):
        return node.value
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(evaluate(element, known) for element in node.elts)
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS[type(node.op)](evaluate(node.operand, known))
    if isinstance(node, ast.BinOp):
        left, right = evaluate(node.left, known), evaluate(node.right, known)
        if not all(isinstance(side, int | float) for side in (left, right)):
            raise TypeError
        return _OPERATORS[type(node.op)](left, right)
    raise TypeError


# ---------------------------------------------------------------- extraction


class Extract:
    """One definition, ready for TVM's parser: its text, the names it may use, its ``ast`` nodes."""

    def __init__(
        self, program: Program, definition: Definition, variables: dict[str, Constant]
    ) -> None:
        self.program = program
        self.definition = definition
        self.variables = variables
        self.text = Text(program.text)
        tree = _python(program.text)
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
            return inside and (
                _is_definition(node) or any(decorated(node, name) for name in _MACRO_DECORATORS)
            )
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
    for node in ast.walk(_python(extracted.program.text)):
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
