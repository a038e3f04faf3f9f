"""Parse a TVMScript text to an IRModule, with errors placed in the user's text."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import tvm
from tvm.error import DiagnosticError
from tvm.script.ir_builder import IRBuilder
from tvm.script.parser.core import doc
from tvm.script.parser.core.diagnostics import Source
from tvm.script.parser.core.entry import _default_globals
from tvm.script.parser.core.error import ParserError

from viz.errors import TVM_ERRORS, LoweringError, ParseError, RefusedError
from viz.frontend.dialect import rewrite
from viz.frontend.dialect.rewrite import Upgrade
from viz.frontend.extract import Extract, extract
from viz.frontend.gate.not_tvmscript import refuse, unannotated
from viz.frontend.program import Program
from viz.frontend.reading.attempts import Reading
from viz.frontend.reading.names import checks_form, definition_name, name_span
from viz.frontend.reading.parser_messages import deepest, explained, first_line
from viz.frontend.syntax import Constant, SizeVariable
from viz.ir.functions import is_relax, prim_funcs
from viz.ir.located_parser import LocatedError, LocatedParser
from viz.ir.parse_errors import ill_formed
from viz.ir.process_state import cheap_stack, deep_recursion, is_own_process
from viz.ir.relax_places import place_relax
from viz.ir.source_map import UserText
from viz.messages import message_of
from viz.model import Edit, Problem, Scalar
from viz.model.catalog import tvm_messages
from viz.text import Patched, Span, Text


class Parsed(NamedTuple):
    """A module, the text it was parsed from with its mapping to the user's text, and the edits.

    Where the steps of the user's schedule made ``mod``, ``unscheduled`` is what was parsed.
    """

    mod: tvm.IRModule
    program: Program
    definition: str
    patched: Patched
    upgrade: Upgrade
    problems: tuple[Problem, ...]
    unscheduled: tvm.IRModule | None = None
    whole: tvm.IRModule | None = None
    """The module of all functions, where ``mod`` has some of them alone."""

    @property
    def has_relax(self) -> bool:
        """Whether the module has a Relax function."""
        return any(is_relax(function) for function in self.mod.functions.values())

    def prim_funcs_only(self) -> Parsed:
        """Return the program without its Relax functions, itself where it has none.

        Raises
        ------
        LoweringError
            When it has no other.
        """
        if not self.has_relax:
            return self
        mod = prim_funcs(self.mod)
        if not mod.functions:
            raise LoweringError(message_of("needs-prim-func"))
        return self._replace(mod=mod, whole=self.whole or self.mod)

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
        return name_span(self.program, self.definition, function)


def parse(
    program: Program,
    definition: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    *,
    function: str = "",
    gated: bool = False,
) -> Parsed:
    """Parse one definition of a program, rewriting older spellings where needed.

    Unless a spelling is certainly old, the text is first parsed unchanged, since some old spellings
    (a bare ``@T.prim_func``) have another meaning today.

    Parameters
    ----------
    function
        The function of a model that is asked about: of a definition with Relax functions no others
        are parsed but those that it needs.
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
    extracted = extract(program, definition, arguments).only(function)
    try:
        return _read(extracted, gated=gated)
    except (ParseError, RefusedError) as error:
        inside = error.span is not None and extracted.in_relax(error.span)
        if not inside or not extracted.prim_funcs:
            raise
        # Relax changes faster than TensorIR: the kernels of an older module are still of interest.
        parsed = _read(extracted.without_relax(), gated=gated)
        names = tuple(function.name for function in extracted.relax_functions)
        what = message_of("relax-not-read", names=names, why=error.what)
        remark = Problem(code="relax", severity="warning", what=what, span=error.span)
        return parsed._replace(problems=(remark, *parsed.problems))


def _read(extracted: Extract, *, gated: bool) -> Parsed:
    refuse(extracted)
    upgrade = rewrite.upgrade(extracted)
    attempts = [upgrade] if upgrade.certain else [upgrade.harmless(), upgrade]
    reading = Reading(lambda text, tree: _parse(text, extracted, tree), gated=gated)
    accepted = reading.first(extracted, attempts)
    return Parsed(
        _shown(accepted.module),
        extracted.program,
        extracted.definition.name,
        accepted.patched,
        accepted.upgrade,
        accepted.remarks,
    )


def parsed_module(program: tvm.IRModule | tvm.tirx.PrimFunc) -> Parsed:
    """Return a module that was built elsewhere as if TVM's print of it had been parsed.

    Raises
    ------
    ParseError
        When a module has no function of TensorIR or Relax.
    """
    whole = program if isinstance(program, tvm.IRModule) else _module_of(program, "main")
    mod, text = _shown(whole), str(program.script())
    read = Program(text=text, definitions=())
    return Parsed(mod, read, "", Patched(text), Upgrade(Text(text)), ())


class _CheckedSource(Source):  # type: ignore[misc]
    """A text with its Python AST: TVM evaluates the very tree that the gate has checked."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        super().__init__(text)
        self._tree = tree

    def as_ast(self) -> doc.AST:
        return doc.to_doc(self._tree)


def _parse(patched: Patched, extracted: Extract, tree: ast.Module | None) -> tvm.IRModule:
    names = _default_globals()
    for alias, letter in extracted.program.namespaces.items():
        names[alias] = names[letter]
    variables = {**names, **{name: _value(v) for name, v in extracted.variables.items()}}
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
        failure = explained(str(error), error.span, patched, variables, tvm.__version__)
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
    if extracted.relax_functions:
        place_relax(mod, patched.string, tree or ast.parse(patched.string))
    if checks_form(extracted):
        _verify(mod, extracted, patched)
    return mod


def _value(constant: Constant) -> Any:
    """Return what TVM's parser knows a constant as."""
    return TypeVar(constant.name) if isinstance(constant, SizeVariable) else constant


def _module_of(function: Any, name: str) -> tvm.IRModule:
    symbol = function.attrs.get("global_symbol") if function.attrs else None
    return tvm.IRModule({str(symbol or name): function})


def _verify(mod: tvm.IRModule, extracted: Extract, patched: Patched) -> None:
    try:
        tvm.s_tir.analysis.verify_well_formed(mod)
        for function in mod.functions.values():
            if isinstance(function, tvm.tirx.PrimFunc) and not function.attrs.get("s_tir", False):
                tvm.tirx.analysis.verify_tirx_well_formed(function)
    except TVM_ERRORS as error:
        what, span = ill_formed(error, mod, patched, extracted)
        name = definition_name(extracted)
        raise ParseError(what, span=span or name) from None


def _shown(mod: tvm.IRModule) -> tvm.IRModule:
    """Return the module with its PrimFuncs and Relax functions: extern functions have no body."""
    functions = {
        variable: function
        for variable, function in mod.functions.items()
        if isinstance(function, tvm.tirx.PrimFunc) or is_relax(function)
    }
    if not functions:
        raise ParseError(message_of("no-functions"))
    return mod if len(functions) == len(mod.functions) else tvm.IRModule(functions, attrs=mod.attrs)
