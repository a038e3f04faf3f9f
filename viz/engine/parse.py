"""From a text to an IRModule, with errors placed in the user's own text."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

import tvm
from tvm.error import DiagnosticError
from tvm.script.ir_builder import IRBuilder
from tvm.script.parser.core import doc
from tvm.script.parser.core.diagnostics import Source
from tvm.script.parser.core.entry import _default_globals
from tvm.script.parser.core.error import ParserError
from tvm.script.parser.core.parser import Parser

from viz import dialect
from viz.engine.stack import cheap_stack
from viz.errors import ParseError, VizError
from viz.extract import Extract, extract
from viz.model import Edit, Problem, Scalar
from viz.source import Program
from viz.syntax import span_of
from viz.text import Patched, Span, Text


class Parsed(NamedTuple):
    """A module, the text it was read from with the way back to the user's, and the edits."""

    mod: tvm.IRModule
    program: Program
    definition: str
    patched: Patched
    edits: tuple[Edit, ...]
    problems: tuple[Problem, ...]

    def user_span(self, span: Any) -> Span | None:
        """Return where a TVM span lies in the user's text; None for no span."""
        # A module made elsewhere has spans of another text, or none.
        if span is None or not hasattr(span, "end_line") or not self.definition:
            return None
        text = Text(self.patched.string)
        # TVM's lines and columns are 1-based, its columns UTF-8 bytes.
        start = text.offset_of_byte(span.line, span.column - 1)
        end = text.offset_of_byte(span.end_line, span.end_column - 1)
        return self.patched.origin(Span(start, end)) if start < end else None


class _Located(DiagnosticError):  # type: ignore[misc]
    """The parser's complaint with the place it is about (offsets in the text that TVM got)."""

    def __init__(self, message: str, span: Span | None) -> None:
        super().__init__(message)
        self.span = span


class _Parser(Parser):  # type: ignore[misc]
    """TVM's parser, except that it hands out where an error is instead of rendering it."""

    def report_error(self, node: doc.AST, err: Exception | str) -> NoReturn:
        if isinstance(err, DiagnosticError):
            raise err
        message = str(err).strip() or type(err).__name__
        if isinstance(err, KeyError):
            message = f"unknown key {message}"
        raise _Located(message, _doc_span(node, Text(self.diag.source.source))) from None


def _doc_span(node: doc.AST, text: Text) -> Span | None:
    line = getattr(node, "lineno", None)
    if line is None:
        return None
    start = text.offset_of_byte(line, node.col_offset)
    return Span(start, text.offset_of_byte(node.end_lineno or line, node.end_col_offset or 0))


def parse(
    program: Program, definition: str = "", arguments: Mapping[str, Scalar] | None = None
) -> Parsed:
    """Parse one definition of a program, bringing older spellings up to date where needed.

    Text that is not old for certain is first tried as it stands, since some old spellings
    (a bare ``@T.prim_func``) mean something else today.

    Raises
    ------
    ParseError
        When TVM's parser refuses the text, with the place in the user's text.
    RequestError, SourceError
        See :func:`viz.extract.extract`.
    """
    extracted = extract(program, definition, arguments)
    upgrade = dialect.upgrade(extracted)
    attempts = [upgrade] if upgrade.certain or not upgrade.edits else [None, upgrade]
    failure: VizError | None = None
    for attempt in attempts:
        patched = extracted.patched(attempt.patches if attempt else ())
        try:
            mod = _parse(patched, extracted)
        except ParseError as error:
            failure = error
            continue
        edits = attempt.edits if attempt else ()
        return Parsed(
            _prim_funcs(mod),
            program,
            extracted.definition.name,
            patched,
            edits,
            tuple(_remarks(mod)),
        )
    assert failure is not None
    raise failure


def parsed_module(mod: tvm.IRModule) -> Parsed:
    """Return a module that was made elsewhere as if TVM's own print of it had been parsed."""
    text = str(mod.script())
    program = Program(text=text, definitions=())
    return Parsed(mod, program, "", Patched(text), (), tuple(_remarks(mod)))


def _parse(patched: Patched, extracted: Extract) -> tvm.IRModule:
    names = _default_globals()
    for alias, letter in extracted.program.namespaces.items():
        names[alias] = names[letter]
    variables = {**names, **extracted.variables}
    text = Source(patched.string)
    parser = _Parser(text, {})
    try:
        with IRBuilder() as builder, cheap_stack():
            try:
                parser.parse(extra_vars=variables)
            except ParserError as error:
                parser.report_error(error.node, error.args[0])
        parsed = builder.get()
    except _Located as error:
        raise _explained(error, patched, variables) from None
    except DiagnosticError as error:
        raise ParseError(_first_line(str(error))) from None
    except SyntaxError as error:  # TVM parses strings in shapes as Python
        raise ParseError(f"a text inside the program is not Python: {error.msg}") from None
    except RecursionError:
        raise ParseError("the program is nested too deeply for TVM's parser") from None
    mod = (
        parsed
        if isinstance(parsed, tvm.IRModule)
        else _module_of(parsed, extracted.definition.name)
    )
    if not _unchecked(extracted):
        _verify(mod, extracted)
    return mod


def _module_of(function: Any, name: str) -> tvm.IRModule:
    symbol = function.attrs.get("global_symbol") if function.attrs else None
    return tvm.IRModule({str(symbol or name): function})


def _unchecked(extracted: Extract) -> bool:
    """Whether the user asked for no check: ``@T.prim_func(check_well_formed=False)``."""
    keywords = [
        keyword
        for node in extracted.nodes
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
    ]
    return any(k.arg == "check_well_formed" and ast.unparse(k.value) == "False" for k in keywords)


def _verify(mod: tvm.IRModule, extracted: Extract) -> None:
    try:
        tvm.s_tir.analysis.verify_well_formed(mod)
        for function in mod.functions.values():
            if isinstance(function, tvm.tirx.PrimFunc) and not function.attrs.get("s_tir", False):
                tvm.tirx.analysis.verify_tirx_well_formed(function)
    except (tvm.error.InternalError, ValueError, RuntimeError, TypeError) as error:
        message = f"the program is not well-formed: {_first_line(str(error))}"
        hint = "Declare every buffer and variable before it is used, and use it inside its scope."
        if "SBlockRealize" in message:
            hint = "A function with blocks is marked @T.prim_func(s_tir=True)."
        raise ParseError(message, span=_name_span(extracted), hint=hint) from None


def _name_span(extracted: Extract) -> Span:
    start = extracted.definition.span.start
    found = re.compile(r"\b(def|class)\s+").search(extracted.text.string, start)
    begin = found.end() if found else start
    return Span(begin, begin + len(extracted.definition.name))


def _prim_funcs(mod: tvm.IRModule) -> tvm.IRModule:
    """Return the module without what is no PrimFunc (Relax functions, extern functions)."""
    functions = {gv: f for gv, f in mod.functions.items() if isinstance(f, tvm.tirx.PrimFunc)}
    if not functions:
        raise ParseError(
            "this module has no PrimFunc, only Relax functions",
            hint="Print the module after LegalizeOps, or paste one of its @T.prim_func functions.",
        )
    return mod if len(functions) == len(mod.functions) else tvm.IRModule(functions, attrs=mod.attrs)


def _remarks(mod: tvm.IRModule) -> list[Problem]:
    others = [
        gv.name_hint for gv, f in mod.functions.items() if not isinstance(f, tvm.tirx.PrimFunc)
    ]
    if not others:
        return []
    names = ", ".join(sorted(others))
    return [
        Problem(
            code="relax",
            severity="info",
            message=f"Relax functions are left out: {names}.",
            hint="TIRscope shows the PrimFuncs of a module.",
        )
    ]


# ---------------------------------------------------------------- plain words

_UNDEFINED = re.compile(r"(?:Undefined variable: |name ')(?P<name>\w+)")
_NO_MEMBER = re.compile(r"has no attribute '(?P<name>\w+)'")


def _explained(error: _Located, patched: Patched, variables: Mapping[str, Any]) -> ParseError:
    message, span, hint = _first_line(str(error)), error.span, ""
    if (found := _UNDEFINED.search(message)) and span is not None:
        name = found["name"]
        message = f"`{name}` is not defined"
        span = _find(patched.string, span, ast.Name, name) or span
        hint = _nearest(name, _names_in(patched.string) | set(variables)) or (
            "Define it in the program, or as a constant above it (N = 8)."
        )
    elif (found := _NO_MEMBER.search(message)) and span is not None:
        name = found["name"]
        place = _find(patched.string, span, ast.Attribute, name)
        owner = _owner(patched.string, place, variables) if place else None
        written = patched.string[place.start : place.end] if place else name
        message = f"`{written}` does not exist in TVM {tvm.__version__}"
        hint = (
            _nearest(name, {each for each in dir(owner) if not each.startswith("_")})
            if owner
            else ""
        )
        span = place or span
    elif "is not callable" in message:
        hint = "This name is no function."
    return ParseError(message, span=patched.origin(span) if span else None, hint=hint)


def _first_line(message: str) -> str:
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    useful = [
        line for line in lines if not line.startswith(("Traceback", "File ", "-->", "|", "^"))
    ]
    text = (useful or lines or ["TVM gave no reason"])[0]
    return re.sub(r"^(error|\w*Error): ", "", text)


def _walk_inside(text: str, span: Span) -> list[tuple[ast.AST, Span]]:
    lines = Text(text)
    inside = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.expr | ast.stmt):
            found = span_of(node, lines)
            if span.start <= found.start and found.end <= span.end:
                inside.append((node, found))
    return sorted(inside, key=lambda pair: pair[1])


def _find(text: str, span: Span, kind: type[ast.AST], name: str) -> Span | None:
    for node, found in _walk_inside(text, span):
        if isinstance(node, kind) and name == getattr(node, "id", getattr(node, "attr", None)):
            return found
    return None


def _owner(text: str, place: Span, variables: Mapping[str, Any]) -> Any:
    """Return what the name before the last dot stands for, when it is a namespace such as ``T``."""
    first, *rest = text[place.start : place.end].split(".")
    value = variables.get(first)
    for part in rest[:-1]:
        value = getattr(value, part, None)
    return value


def _names_in(text: str) -> set[str]:
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    return names | {node.arg for node in ast.walk(ast.parse(text)) if isinstance(node, ast.arg)}


def _nearest(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known - {name}), n=3, cutoff=0.6)
    return f"Did you mean {', '.join(close)}?" if close else ""
