"""Parse a TVMScript text to an IRModule, with errors placed in the user's text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import tvm
from tvm.error import DiagnosticError
from tvm.script.ir_builder import IRBuilder
from tvm.script.parser.core import doc
from tvm.script.parser.core.diagnostics import Source
from tvm.script.parser.core.entry import _default_globals
from tvm.script.parser.core.error import ParserError

from viz.errors import TVM_ERRORS, ParseError, RefusedError, VizError
from viz.frontend import gate
from viz.frontend.dialect import rewrite
from viz.frontend.dialect.obsolete import cannot_upgrade, misspelt, obsolete
from viz.frontend.dialect.rewrite import AcceptedEdit, Upgrade
from viz.frontend.extract import Extract, extract
from viz.frontend.gate.not_tvmscript import refuse, unannotated
from viz.frontend.program import Program
from viz.frontend.syntax import parsed
from viz.ir.located_parser import LocatedError, LocatedParser
from viz.ir.parse_errors import deepest, explained, first_line, ill_formed, of_the_file
from viz.ir.process_state import cheap_stack, deep_recursion, is_own_process
from viz.ir.source_map import UserText
from viz.messages import message_of
from viz.model import Definition, Edit, Problem, Scalar
from viz.model.catalog import tvm_messages
from viz.text import Patched, Span, Text


class Parsed(NamedTuple):
    """A module, the text it was parsed from with its mapping to the user's text, and the edits."""

    mod: tvm.IRModule
    program: Program
    definition: str
    patched: Patched
    upgrade: Upgrade
    problems: tuple[Problem, ...]

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The older spellings that were replaced."""
        return self.program.edits + self.upgrade.edits

    @property
    def upgraded(self) -> str:
        """The user's whole text with the older spellings replaced; empty when there are none."""
        return Patched(self.program.text, self.upgrade.patches).string if self.upgrade.edits else ""

    @property
    def user_span(self) -> UserText:
        """Maps a TVM span to the user's text; to None for a module that was built elsewhere."""
        return UserText(self.patched if self.definition else None)

    def name_span(self, function: str) -> Span | None:
        """Return the span of a function's name; None for a module that was built elsewhere.

        For a function with another ``global_symbol`` it is the name of the enclosing definition.
        """
        for definition in self.program.definitions:
            if definition.name == self.definition:
                return _def_span(self.program.text, definition, function) or _def_span(
                    self.program.text, definition, ""
                )
        return None


def _def_span(text: str, definition: Definition, function: str) -> Span | None:
    """Return the span of a function's name inside a definition; the definition's own for ``""``."""
    pattern = rf"\bdef\s+({re.escape(function)})\b" if function else r"\b(?:def|class)\s+(\w+)"
    match = re.search(pattern, text[definition.span.start : definition.span.end])
    if match is None:
        return None
    return Span(definition.span.start + match.start(1), definition.span.start + match.end(1))


def parse(
    program: Program,
    definition: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    *,
    gated: bool = False,
) -> Parsed:
    """Parse one definition of a program, rewriting older spellings where needed.

    Unless a spelling is certainly old, the text is first parsed unchanged, since some old spellings
    (a bare ``@T.prim_func``) have another meaning today.

    Parameters
    ----------
    gated
        Whether the text is untrusted. TVM's parser evaluates what it reads, so it then gets only
        text in which :mod:`viz.frontend.gate` finds nothing but TVMScript.

    Raises
    ------
    RefusedError
        When the gate refuses the text, with the place in the user's text.
    ParseError
        When TVM's parser refuses the text, with the place in the user's text.
    RequestError, SourceError
        See :func:`viz.frontend.extract.extract`.
    """
    extracted = extract(program, definition, arguments)
    refuse(extracted)
    upgrade = rewrite.upgrade(extracted)
    attempts = [upgrade] if upgrade.certain else [upgrade.harmless(), upgrade]
    failure: VizError | None = None
    for attempt in attempts:
        try:
            return _attempt(program, extracted, attempt, gated=gated)
        except (ParseError, RefusedError) as error:
            failure = error
    assert failure is not None
    raise obsolete(extracted, upgrade) or of_the_file(failure, program) or failure


MOST_RETRIES = 4
"""Times that edits are taken back because TVM refuses what they make."""


def _attempt(program: Program, extracted: Extract, upgrade: Upgrade, *, gated: bool) -> Parsed:
    """Parse a definition with an upgrade; edits that are refused themselves are taken back.

    So an error is never about what the user did not write.

    Raises
    ------
    RefusedError, ParseError
        See :func:`parse`.
    """
    remaining = upgrade
    taken_back: list[tuple[tuple[AcceptedEdit, ...], VizError]] = []
    for _ in range(MOST_RETRIES):
        text = extracted.patched(remaining.patches)
        try:
            patched, calls = extracted.written_out(text)
            if gated:
                tree = gate.check(patched, program.namespaces, extracted.variables)
            else:
                tree = _tree(patched.string)
            if tree is None and remaining.accepted:  # the user's own text is Python
                remaining = remaining.without(remaining.accepted)
                continue
            mod = _parse(patched, extracted, tree)
        except (ParseError, RefusedError) as error:
            failure = error
            involved = remaining.involved(error.span, extracted)
            if not involved:
                break
            taken_back.append((involved, error))
            remaining = remaining.without(involved)
            continue
        return Parsed(
            _prim_funcs(mod),
            program,
            extracted.definition.name,
            patched,
            remaining,
            tuple([*_remarks(mod), *_written_out(calls)]),
        )
    for rows, refused in taken_back:
        for row in rows:
            if row.scope == "old" and _within(failure.span, row.edit.span):
                raise misspelt(row.edit, refused, extracted) or cannot_upgrade(row.edit, refused)
    raise failure


def _within(span: Span | None, outer: Span) -> bool:
    return span is not None and span.start < outer.end and outer.start < span.end


def parsed_module(program: tvm.IRModule | tvm.tirx.PrimFunc) -> Parsed:
    """Return a module that was built elsewhere as if TVM's print of it had been parsed.

    Raises
    ------
    ParseError
        When a module has no PrimFunc.
    """
    whole = program if isinstance(program, tvm.IRModule) else _module_of(program, "main")
    mod, text = _prim_funcs(whole), str(program.script())
    read = Program(text=text, definitions=())
    return Parsed(mod, read, "", Patched(text), Upgrade(Text(text)), tuple(_remarks(whole)))


class _CheckedSource(Source):  # type: ignore[misc]
    """A text with its Python AST: TVM evaluates the very tree that the gate has checked."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        super().__init__(text)
        self._tree = tree

    def as_ast(self) -> doc.AST:
        return doc.to_doc(self._tree)


def _tree(text: str) -> ast.Module | None:
    """Return the ``ast`` of a text; None for one that TVM's parser is to refuse."""
    try:
        return parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _parse(patched: Patched, extracted: Extract, tree: ast.Module | None) -> tvm.IRModule:
    names = _default_globals()
    for alias, letter in extracted.program.namespaces.items():
        names[alias] = names[letter]
    variables = {**names, **extracted.variables}
    text = Source(patched.string) if tree is None else _CheckedSource(patched.string, tree)
    parser = LocatedParser(text, {})
    try:
        with IRBuilder() as builder, cheap_stack(), deep_recursion():
            try:
                parser.parse(extra_vars=variables)
            except ParserError as error:
                parser.report_error(error.node, error.args[0])
        parsed = builder.get()
    except LocatedError as error:
        failure = explained(str(error), error.span, patched, variables)
        failure.span = failure.span or unannotated(extracted)
        raise failure from None
    except DiagnosticError as error:
        raise ParseError(tvm_messages.explained("parser", first_line(str(error)))) from None
    except SyntaxError as error:  # TVM parses strings in shapes as Python
        raise ParseError(message_of("text-not-python", reason=error.msg)) from None
    except RecursionError:
        id_ = "nested-too-deeply" if is_own_process() else "nested-too-deeply-here"
        place = deepest(extracted.nodes, extracted.text)
        raise ParseError(message_of(id_), span=place) from None
    mod = (
        parsed if isinstance(parsed, tvm.IRModule) else _module_of(parsed, extracted.nodes[0].name)
    )
    if not _unchecked(extracted):
        _verify(mod, extracted, patched)
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


def _verify(mod: tvm.IRModule, extracted: Extract, patched: Patched) -> None:
    try:
        tvm.s_tir.analysis.verify_well_formed(mod)
        for function in mod.functions.values():
            if isinstance(function, tvm.tirx.PrimFunc) and not function.attrs.get("s_tir", False):
                tvm.tirx.analysis.verify_tirx_well_formed(function)
    except TVM_ERRORS as error:
        what, span = ill_formed(error, mod, patched, extracted)
        name = _def_span(extracted.program.text, extracted.definition, "")
        raise ParseError(what, span=span or name) from None


def _prim_funcs(mod: tvm.IRModule) -> tvm.IRModule:
    """Return the module with its PrimFuncs only, without Relax and extern functions."""
    functions = {gv: f for gv, f in mod.functions.items() if isinstance(f, tvm.tirx.PrimFunc)}
    if not functions:
        raise ParseError(message_of("only-relax"))
    return mod if len(functions) == len(mod.functions) else tvm.IRModule(functions, attrs=mod.attrs)


def _written_out(calls: Mapping[str, int]) -> Iterator[Problem]:
    """Yield a remark for each macro that was written out, with the number of its calls."""
    for name, count in calls.items():
        what = message_of("macro-written-out", macro=name, count=count)
        yield Problem(code="macro", severity="info", what=what)


def _remarks(mod: tvm.IRModule) -> list[Problem]:
    others = [
        gv.name_hint for gv, f in mod.functions.items() if not isinstance(f, tvm.tirx.PrimFunc)
    ]
    if not others:
        return []
    return [
        Problem(
            code="relax",
            severity="info",
            what=message_of("relax-left-out", names=tuple(sorted(others))),
        )
    ]
