"""Parse a TVMScript text to an IRModule of the 2024 TVM, with errors placed in the user's text."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple

import tvm
from tvm import tir
from tvm.error import DiagnosticError, TVMError
from tvm.script.ir_builder.base import IRBuilder
from tvm.script.parser.core import doc
from tvm.script.parser.core.diagnostics import Source
from tvm.script.parser.core.entry import _default_globals
from tvm.script.parser.core.error import ParserError

from viz.errors import ParseError
from viz.frontend.dialect import rewrite
from viz.frontend.dialect.rewrite import Upgrade
from viz.frontend.extract import Extract, extract
from viz.frontend.gate.not_tvmscript import refuse, unannotated
from viz.frontend.program import Program
from viz.frontend.reading.attempts import Accepted, Reading
from viz.frontend.reading.names import checks_form, definition_name, name_span
from viz.frontend.reading.parser_messages import deepest, explained
from viz.legacy.functions import symbol_of
from viz.legacy.parsing.absent_values import refuse_absent_values
from viz.legacy.parsing.parse_errors import ill_formed, reason_of, words_of
from viz.legacy.parsing.places import PlacedError, PlaceTable, PlacingParser
from viz.legacy.parsing.spelling import GENERATION, respell
from viz.messages import message_of
from viz.model import Edit, Problem, Scalar
from viz.model.catalog import tvm_messages
from viz.text import Patched, Span

OLDER_THAN_2024 = ("0.8.dev0", "0.8", "0.10", "0.11")
"""The last versions that read a spelling which the TVM of 2024 does not have."""


class LegacyParsed(NamedTuple):
    """A module of the 2024 TVM, the text it was parsed from, the edits, and the places.

    ``upgraded`` is the user's whole text in the spelling of 2024; empty where it already is.
    """

    mod: tvm.IRModule
    program: Program
    definition: str
    patched: Patched
    upgrade: Upgrade
    respellings: tuple[Edit, ...]
    problems: tuple[Problem, ...]
    places: PlaceTable
    upgraded: str

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The spellings that were replaced: older ones, and today's that this TVM does not have."""
        return self.program.edits + self.upgrade.edits + self.respellings

    def user_span(self, obj: Any) -> Span | None:
        """Return an object's place in the user's text, in code points; None where it has none."""
        span = self.places.span(obj)
        return None if span is None or span.start >= span.end else self.patched.origin(span)

    def name_span(self, function: str) -> Span | None:
        """Return the span of a function's name in the user's text."""
        return name_span(self.program, self.definition, function)


def parse(
    program: Program,
    definition: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    *,
    gated: bool = False,
) -> LegacyParsed:
    """Parse one definition of a program; today's spellings are brought down to those of 2024.

    Parameters
    ----------
    gated
        Whether the text is untrusted. TVM's parser evaluates what it reads, so it then gets only
        text in which :mod:`viz.frontend.gate` finds nothing but TVMScript of that generation.

    Raises
    ------
    RefusedError
        When the gate refuses the text, with the place in the user's text.
    ParseError
        When TVM's parser refuses the text, with the place in the user's text.
    RequestError, SourceError
        See :func:`viz.frontend.extract.extract`.
    """
    extracted = extract(program, definition, arguments).without_relax()
    refuse(extracted)
    refuse_absent_values(extracted)
    upgrade = rewrite.upgrade(extracted)
    needed = upgrade.only(OLDER_THAN_2024)
    reading = Reading(
        lambda text, tree: _parse(text, extracted, tree),
        gated=gated,
        generation=GENERATION,
        respell=lambda text: respell(text, extracted),
        obsolete=lambda extract, upgrade: None,
    )
    accepted = reading.first(extracted, [needed.harmless(), needed])
    mod, places = accepted.module
    return LegacyParsed(
        _prim_funcs(mod),
        program,
        extracted.definition.name,
        accepted.patched,
        accepted.upgrade,
        accepted.edits,
        tuple([*_remarks(mod), *accepted.remarks]),
        places,
        _upgraded(extracted, accepted) if accepted.upgrade.edits or accepted.edits else "",
    )


def _upgraded(extracted: Extract, accepted: Accepted) -> str:
    """Return the user's whole text in the spelling of 2024, as far as it can be brought there."""
    text = Patched(extracted.program.text, accepted.upgrade.patches)
    try:
        return respell(text, extracted).patched.string
    except ParseError:  # another definition says what this generation cannot
        return text.string


class CheckedText(Source):  # type: ignore[misc]
    """A text with its Python AST: TVM evaluates the very tree that the gate has checked."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        super().__init__(text)
        self._tree = tree

    def as_ast(self) -> doc.AST:
        """Return the tree as TVM's copy of Python's ``ast``."""
        return doc.to_doc(self._tree)


def _parse(
    patched: Patched, extracted: Extract, tree: ast.Module | None
) -> tuple[tvm.IRModule, PlaceTable]:
    names = _default_globals()
    names["tirx"] = names["T"]
    for alias, letter in extracted.program.namespaces.items():
        if letter in names:
            names[alias] = names[letter]
    variables = {**names, **extracted.variables}
    parser = PlacingParser(
        Source(patched.string) if tree is None else CheckedText(patched.string, tree)
    )
    try:
        with IRBuilder() as builder, parser.placing():
            try:
                parser.parse(extra_vars=variables)
            except ParserError as error:
                parser.report_error(error.node, error.args[0])
        result = builder.get()
    except PlacedError as reported:
        placed = parser.failure or reported
        reason, version = reason_of(str(placed)), tvm.__version__
        failure = explained(reason, placed.span, patched, variables, version, GENERATION)
        if failure.what.id == "refused-by-parser":
            failure.what = message_of("refused-by-parser", reason=words_of(reason))
        failure.span = failure.span or unannotated(extracted)
        raise failure from None
    except DiagnosticError as error:
        raise ParseError(tvm_messages.explained("parser", reason_of(str(error)))) from None
    except SyntaxError as error:  # TVM parses strings in shapes as Python
        raise ParseError(message_of("text-not-python", reason=error.msg)) from None
    except RecursionError:
        place = deepest(extracted.nodes, extracted.text)
        raise ParseError(message_of("nested-too-deeply"), span=place) from None
    name = extracted.nodes[0].name
    if isinstance(result, tvm.IRModule):
        mod = result
        for variable, function in mod.functions.items():
            parser.complete(function, str(variable.name_hint))
    else:
        mod = _module_of(result, name)
        parser.complete(result, name)
    if checks_form(extracted):
        _verify(mod, extracted, patched, parser.places)
    return mod, parser.places


def _module_of(function: Any, name: str) -> tvm.IRModule:
    return tvm.IRModule({symbol_of(function) or name: function})


def _verify(mod: tvm.IRModule, extracted: Extract, patched: Patched, places: PlaceTable) -> None:
    try:
        tvm.tir.analysis.verify_well_formed(_prim_funcs(mod))
    except (TVMError, ValueError) as error:
        what, span = ill_formed(error, mod, places, patched, extracted)
        raise ParseError(what, span=span or definition_name(extracted)) from None


def _prim_funcs(mod: tvm.IRModule) -> tvm.IRModule:
    """Return the module with its PrimFuncs only, without Relax and extern functions."""
    functions = {gv: f for gv, f in mod.functions.items() if isinstance(f, tir.PrimFunc)}
    if not functions:
        raise ParseError(message_of("only-relax"))
    return mod if len(functions) == len(mod.functions) else tvm.IRModule(functions, attrs=mod.attrs)


def _remarks(mod: tvm.IRModule) -> list[Problem]:
    others = [gv.name_hint for gv, f in mod.functions.items() if not isinstance(f, tir.PrimFunc)]
    if not others:
        return []
    what = message_of("relax-left-out", names=tuple(sorted(others)))
    return [Problem(code="relax", severity="info", what=what)]
