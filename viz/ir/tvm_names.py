"""Check the installed TVM against the names that TIRscope leans on, and tell which parts are off.

The names stand in ``viz/model/catalog/tvm_names.toml``, a line each. A part of the engine without
one of its names is off and says so; the others work. Without an essential one there is no engine.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from importlib import import_module
from typing import Any, NamedTuple

from viz import tvm_version
from viz.errors import EngineError
from viz.messages import Message, message_of, verbatim
from viz.model import Check, Problem, catalog
from viz.model.catalog import TvmNameRow

CODE = "tvm"
"""The code of the problem that names the differences of the installed TVM."""

MOST_NAMED = 5
"""Differences that the one sentence names; ``doctor`` lists all."""

HINT = message_of("right-tvm", tested=tvm_version.TESTED)


class TvmDifference(NamedTuple):
    """One thing that the installed TVM lacks: ``what`` says it, ``breaks`` what no longer works."""

    name: str
    what: Message
    parts: tuple[str, ...]
    breaks: Message


class Parts:
    """Which parts of the engine work with the installed TVM.

    Parameters
    ----------
    version
        TVM's own, such as ``0.27.0.post1``.
    differences
        What is not as TIRscope knows it.
    """

    def __init__(self, version: str, differences: tuple[TvmDifference, ...] = ()) -> None:
        self.version = version
        self.differences = differences

    @cached_property
    def off(self) -> frozenset[str]:
        """The parts that do not work, those included that need another one."""
        rows = catalog.engine_parts()
        off = {part for difference in self.differences for part in difference.parts}
        while more := {name for name, row in rows.items() if off.intersection(row.needs)} - off:
            off |= more
        return frozenset(off)

    def without(self, difference: TvmDifference) -> Parts:
        """Return these parts with one more difference; one of the same name is joined with it."""
        others = []
        for known in self.differences:
            if known.name == difference.name:
                joined = dict.fromkeys((*known.parts, *difference.parts))
                difference = known._replace(parts=tuple(joined))
            else:
                others.append(known)
        return Parts(self.version, (*others, difference))

    def require(self, part: str) -> None:
        """Refuse what needs a part that is off.

        Raises
        ------
        EngineError
            With the differences that it is off for.
        """
        if part in self.off:
            reasons = self._reasons(part)
            what = message_of("part-off", part=_title(part), version=self.version, reasons=reasons)
            raise EngineError(what, hint=HINT)

    def require_essential(self) -> None:
        """Refuse a TVM without which nothing can be read or walked.

        Raises
        ------
        EngineError
            With the differences.
        """
        for part, row in catalog.engine_parts().items():
            if row.essential and part in self.off:
                what = message_of(
                    "tvm-unusable",
                    release=release(),
                    version=self.version,
                    reasons=self._reasons(part),
                )
                raise EngineError(what, hint=HINT)

    def _reasons(self, part: str) -> tuple[Message, ...]:
        needed = _with_needs(part)
        return _listed([each for each in self.differences if needed.intersection(each.parts)])

    def notice(self) -> Problem | None:
        """Return the sentence about all differences and what is off, None where there are none."""
        if not self.differences:
            return None
        what = message_of(
            "other-tvm",
            release=release(),
            version=self.version,
            differences=_listed(self.differences),
            parts=tuple(_title(part) for part in catalog.engine_parts() if part in self.off),
        )
        return Problem(code=CODE, severity="warning", what=what, advice=HINT)

    def checks(self) -> Iterator[Check]:
        """Yield a line of ``doctor`` for each difference."""
        for difference in self.differences:
            parts = tuple(map(_title, difference.parts))
            yield Check(
                name=difference.name,
                title=verbatim(difference.name),
                state="missing",
                what=difference.what,
                advice=message_of("tvm-breaks", breaks=difference.breaks, parts=parts),
            )


def release() -> str:
    """Return the release of TVM that TIRscope was written for, such as ``0.27``."""
    return ".".join(tvm_version.TESTED.split(".")[:2])


@cache
def installed() -> Parts:
    """Check the names of the table; imports TVM.

    Raises
    ------
    EngineError
        When there is no TVM, or it is of the generation before ``tvm.tirx``.
    """
    tvm_version.require()
    version = str(import_module("tvm").__version__)
    return Parts(version, tuple(differences(catalog.tvm_names())))


def require_engine() -> None:
    """Make sure that programs can be read and walked here.

    Raises
    ------
    EngineError
        When there is no TVM, one of an older generation, or one without an essential name.
    """
    installed().require_essential()


def differences(rows: Iterable[TvmNameRow]) -> Iterator[TvmDifference]:
    """Yield what the installed TVM lacks of some rows of the table."""
    for row in rows:
        for what in _problems(row):
            yield TvmDifference(
                row.name, what, row.parts, message_of("tvm-without", breaks=row.breaks)
            )


def _problems(row: TvmNameRow) -> Iterator[Message]:
    if row.find:
        if not _can_find(row.name):
            yield message_of("tvm-lacks")
        return
    try:
        value = resolve(row.name)
    except (ImportError, AttributeError):
        yield message_of("tvm-lacks")
        return
    for member in row.members:
        if not hasattr(value, member):
            yield message_of("tvm-lacks-member", name=member)
    if row.fields:
        fields = set(_fields(value))
        lacking = (name for name in row.fields if name not in fields)
        yield from (message_of("tvm-lacks-field", name=name) for name in lacking)
    if row.parameters:
        accepted = _parameters(value)
        if accepted is not None:
            lacking = (name for name in row.parameters if name not in accepted)
            yield from (message_of("tvm-lacks-parameter", name=name) for name in lacking)


def _can_find(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


def resolve(name: str) -> Any:
    """Return what a dotted name stands for; its modules are imported.

    A function may hide a module of the same name, as ``tvm.tirx.build`` does: the module is meant
    where more follows.

    Raises
    ------
    ImportError, AttributeError
        When there is no such module or attribute.
    """
    parts = name.split(".")
    value: Any = import_module(parts[0])
    for i, part in enumerate(parts[1:], 1):
        module = ".".join(parts[: i + 1])
        if i + 1 < len(parts) and module in sys.modules:
            value = sys.modules[module]
        elif hasattr(value, part):
            value = getattr(value, part)
        else:
            value = import_module(module)
    return value


def _fields(cls: Any) -> Iterator[str]:
    info = getattr(cls, "__tvm_ffi_type_info__", None)
    while info is not None:
        yield from (field.name for field in info.fields)
        info = info.parent_type_info


def _parameters(function: Any) -> frozenset[str] | None:
    """Return the names of a function's parameters; None where they cannot be known."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()):
        return None
    return frozenset(parameters)


def _with_needs(part: str) -> set[str]:
    """Return a part and all that it is built on."""
    needs = catalog.engine_parts()[part].needs
    return {part}.union(*map(_with_needs, needs))


def _title(part: str) -> Message:
    return message_of(f"part-{part}")


def _listed(differences: list[TvmDifference] | tuple[TvmDifference, ...]) -> tuple[Message, ...]:
    named = tuple(
        message_of("tvm-difference", name=difference.name, what=difference.what)
        for difference in differences[:MOST_NAMED]
    )
    more = len(differences) - len(named)
    return (*named, message_of("tvm-more-differences", count=more)) if more else named
