"""Write a tree by the rules of a codegen with some of a user's own in their place.

A rule is a Python text that defines ``rule``: of a statement a function ``rule(w, n)`` that returns
the pieces of its text, of an expression ``rule(w, of)`` that returns also how tightly that binds.
It does what it says, so this belongs into a jailed process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from viz.errors import RequestError, RunError
from viz.messages import Message, message_of
from viz.model import Emission, RuleLanguage, Tree
from viz.step import expressions, pseudo_c, writer
from viz.step.python_codegen import (
    HELPERS,
    RuleTables,
    emission_of,
    functions_of,
    rule_tables,
)
from viz.step.writer import NEWLINE, Block, Helper, Operand, Part, Piece, RuleWriter, Within

MOST_CHARACTERS = 1_000_000
"""Characters of a text; one that is longer is not what a program becomes."""

MOST_REASON_CHARACTERS = 300

OFFERED: dict[str, Any] = {
    name: value
    for module in (expressions, writer)
    for name, value in vars(module).items()
    if getattr(value, "__module__", module.__name__) == module.__name__
    if not name.startswith("_") and not isinstance(value, ModuleType) and name != "annotations"
}
"""What a rule may name: what ours are made of."""


class RuleFailedError(Exception):
    """A user's rule is wrong.

    Attributes
    ----------
    rule
        The type or operator that it is for; empty where it is none of them alone.
    line
        The 1-based line of its text; 0 where that is not known.
    what
        What is wrong.
    """

    def __init__(self, rule: str, line: int, what: Message) -> None:
        super().__init__(rule, line)
        self.rule = rule
        self.line = line
        self.what = what


class TimeUp(BaseException):
    """Raised from outside when the time of the rules is used up."""


def tables_of(tree: Tree, language: RuleLanguage) -> RuleTables:
    """Return our own rules of a language for a module."""
    if language == "pseudo-c":
        return RuleTables(pseudo_c.STATEMENTS, pseudo_c.EXPRESSIONS, pseudo_c.OPERATORS)
    return rule_tables(tree)


def key_of(name: str, tables: RuleTables) -> str:
    """Return the type or operator that a rule is for, which may be named without its dialect.

    Raises
    ------
    RequestError
        When there is no rule of that name.
    """
    ours = [key for table in tables for key in table]
    # Functions are written by their names: a rule of one's own comes before that.
    keys = dict.fromkeys((*ours, *expressions.FUNCTIONS))
    short = {key.rpartition(".")[2]: key for key in reversed(keys)}
    if name not in keys and name not in short:
        names = tuple(sorted(key.rpartition(".")[2] for key in ours))
        raise RequestError(message_of("no-such-rule", name=name, known=names))
    return name if name in keys else short[name]


def our_text(tree: Tree, language: RuleLanguage) -> Emission:
    """Return what our own rules write.

    Raises
    ------
    RunError
        When a node has no rule.
    """
    return _written(tree, language, tables_of(tree, language), RuleWriter)


def own_text(
    tree: Tree, language: RuleLanguage, rules: Mapping[str, str]
) -> tuple[Emission, Counter[str]]:
    """Return what a user's rules write together with ours, and how often each was asked.

    Raises
    ------
    RuleFailedError
        When a rule is wrong.
    RunError
        When a node has no rule.
    """
    tables, uses = tables_of(tree, language), Counter[str]()
    statements = dict(tables.statements)
    expressions_, operators = dict(tables.expressions), dict(tables.operators)
    for key, text in rules.items():
        function = _function_of(key, text)
        if key in statements:
            statements[key] = _statement(key, function, uses)
        else:
            (expressions_ if key in expressions_ else operators)[key] = _expression(
                key, function, uses
            )
    own = RuleTables(statements, expressions_, operators)
    try:
        return _written(tree, language, own, _BoundedWriter), uses
    except RecursionError:
        culprit = max(uses, key=uses.__getitem__, default="")
        raise RuleFailedError(culprit, 0, message_of("rule-endless")) from None


def _written(
    tree: Tree, language: RuleLanguage, tables: RuleTables, kind: type[RuleWriter]
) -> Emission:
    is_python = language == "python"
    made = kind(*tables, HELPERS if is_python else {})
    try:
        for function in functions_of(tree):
            made.write(NEWLINE, NEWLINE, function, NEWLINE)
    except RunError as error:
        if is_python or "what" not in error.what.values:
            raise
        what = message_of("no-pseudo-c", what=error.what.values["what"])
        raise RunError(what, span=error.span) from None
    return emission_of(made) if is_python else emission_of(made, "Pseudo-C", "c")


class _BoundedWriter(RuleWriter):
    """A writer that stops at :data:`MOST_CHARACTERS`."""

    def _write(self, text: str) -> None:
        super()._write(text)
        if self._length > MOST_CHARACTERS:
            raise RuleFailedError("", 0, message_of("rule-too-long", most=f"{MOST_CHARACTERS:,}"))


# ---------------------------------------------------------------- a rule


def _function_of(key: str, text: str) -> Callable[..., Any]:
    """Return the function ``rule`` that a text defines."""
    file = _file(key)
    try:
        code = compile(text, file, "exec", dont_inherit=True)
    except SyntaxError as error:
        reason = message_of("rule-syntax", reason=str(error.msg))
        raise RuleFailedError(key, error.lineno or 0, reason) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise RuleFailedError(key, 0, message_of("rule-syntax", reason=described(error))) from None
    namespace: dict[str, Any] = dict(OFFERED)
    try:
        exec(code, namespace)
    except TimeUp:
        raise
    except BaseException as error:
        raise _failed(key, error) from None
    function = namespace.get("rule")
    if not callable(function):
        raise RuleFailedError(key, 0, message_of("rule-missing"))
    wanted: Callable[..., Any] = function
    return wanted


def _statement(
    key: str, function: Callable[..., Any], uses: Counter[str]
) -> Callable[[RuleWriter, Part], tuple[Piece, ...]]:
    def rule(w: RuleWriter, n: Part) -> tuple[Piece, ...]:
        return _pieces(key, function, _called(key, function, uses, w, n))

    return rule


def _expression(
    key: str, function: Callable[..., Any], uses: Counter[str]
) -> Callable[[RuleWriter, Operand], tuple[int, tuple[Piece, ...]]]:
    def rule(w: RuleWriter, of: Operand) -> tuple[int, tuple[Piece, ...]]:
        result = _called(key, function, uses, w, of)
        if type(result) is not tuple or len(result) != 2 or type(result[0]) is not int:
            raise _no_pieces("rule-no-level", key, function, result)
        return result[0], _pieces(key, function, result[1])

    return rule


def _called(key: str, function: Callable[..., Any], uses: Counter[str], *of: Any) -> Any:
    uses[key] += 1
    try:
        return function(*of)
    except (RunError, RuleFailedError, RecursionError, TimeUp):
        raise  # of a rule of ours that it called; without end; from outside
    except BaseException as error:
        raise _failed(key, error) from None


def _pieces(key: str, function: Callable[..., Any], result: Any) -> tuple[Piece, ...]:
    """Return the pieces that a rule gave back, each of which can be written."""
    if isinstance(result, str):
        return (str(result),)
    if type(result) not in (tuple, list):
        raise _no_pieces("rule-no-pieces", key, function, result)
    pieces: list[Piece] = []
    for piece in result:
        if isinstance(piece, str):
            pieces.append(str(piece))
        elif type(piece) in (Block, Within):
            pieces.append(piece._replace(pieces=_pieces(key, function, piece.pieces)))
        elif type(piece) in (Part, Operand, Helper):
            pieces.append(piece)
        else:
            raise _no_pieces("rule-no-piece", key, function, piece)
    return tuple(pieces)


def _no_pieces(id_: str, key: str, function: Callable[..., Any], result: Any) -> RuleFailedError:
    code = getattr(function, "__code__", None)
    line = code.co_firstlineno if code is not None and code.co_filename == _file(key) else 0
    return RuleFailedError(key, line, message_of(id_, kind=type(result).__name__[:60]))


def _failed(key: str, error: BaseException) -> RuleFailedError:
    """Return the failure of a rule that raised an error, at its innermost line of the rule."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _file(key):
            line = trace.tb_lineno
        trace = trace.tb_next
    return RuleFailedError(key, line, message_of("rule-raised", reason=described(error)))


def _file(key: str) -> str:
    return f"<rule {key}>"


def described(error: BaseException) -> str:
    """Return an error of somebody's code in one line, whatever its own text does."""
    name = type(error).__name__[:60]
    try:
        words = " ".join(str(error)[:MOST_REASON_CHARACTERS].split())
    except Exception:
        words = ""
    return f"{name}: {words}" if words else name
