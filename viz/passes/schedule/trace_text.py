"""Write a trace of TVM's as steps that a person would write: without choices, notes and leftovers.

MetaSchedule draws numbers (``v5, v6 = sch.sample_perfect_tile(…, decision=[8, 16])``), leaves notes
for its own later steps (``meta_schedule.…``) and looks up what it does not use.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

HEAD = "def schedule(sch: s_tir.Schedule):"

_DEFAULTS = re.compile(
    r", (?:preserve_unit_iters=True|disable_predication=False|preserve_unit_loops=False|index=-1)"
)
"""Arguments that TVM prints though a call without them means the same."""

_SAMPLED = re.compile(
    r"^(?P<names>v\d+(?:, v\d+)*),? = sch\.(?P<method>sample_\w+)\((?P<rest>.*)\)$"
)
_DECISION = re.compile(r", decision=(\[[^\]]*\]|-?\d+)$")
_CHOICES = re.compile(r"candidates=(\[[^\]]*\])")
_VALUE = re.compile(r"(\bv\d+\b)")
_NOTE = re.compile(r"^sch\.(?:un)?annotate\(.*ann_key=\"meta_schedule\.")
_LOOKUP = re.compile(r"^(?:(?P<names>[\w, ]+?),? = )?sch\.get_\w+\(")


def lines_of(trace: str) -> list[str]:
    """Return the statements of a printed trace, without what means nothing when they are replayed.

    Parameters
    ----------
    trace
        ``str(schedule.trace)``.
    """
    lines: list[str] = []
    values: dict[str, str] = {}
    for line in trace.splitlines():
        statement = line.strip()
        if not line.startswith(" ") or statement == "sch.enter_postproc()":
            continue
        if (drawn := _drawn(statement)) is not None:
            values |= drawn
            continue
        if not _NOTE.search(statement):
            parts = _VALUE.split(statement)
            replaced = "".join(values.get(part, part) for part in parts)
            lines.append(_DEFAULTS.sub("", replaced))
    return _used(lines)


def _drawn(statement: str) -> dict[str, str] | None:
    """Return the numbers that a statement draws, by their names; None if it draws none."""
    sampled = _SAMPLED.match(statement)
    if sampled is None or (decision := _DECISION.search(sampled["rest"])) is None:
        return None
    decided = ast.literal_eval(decision[1])
    if sampled["method"] == "sample_categorical":
        choices = _CHOICES.search(sampled["rest"])
        if choices is None:
            return None
        decided = [ast.literal_eval(choices[1])[decided]]
    if not isinstance(decided, list):
        return None
    return dict(zip(sampled["names"].split(", "), map(str, decided), strict=True))


def _used(lines: list[str]) -> list[str]:
    """Return the statements without look-ups of which nothing is used further on."""
    kept: list[str] = []
    used: set[str] = set()
    for line in reversed(lines):
        lookup = _LOOKUP.match(line)
        names = set(re.split(r", *", lookup["names"])) if lookup and lookup["names"] else set()
        if lookup and not names & used:
            continue
        used |= set(re.findall(r"\b\w+\b", line)) - names
        kept.append(line)
    return kept[::-1]


def named(lines: Iterable[str], function: str, *, is_only: bool) -> list[str]:
    """Return statements that TVM recorded of a function by the name ``main`` with its own name.

    Parameters
    ----------
    is_only
        Whether the module has no other function, so that no statement has to name one.
    """
    own = "" if is_only else f', func_name="{function}"'
    return [line.replace(', func_name="main"', own) for line in lines]


def in_function(lines: Iterable[str]) -> str:
    """Return statements as the text of a function that takes a Schedule; empty for none."""
    body = [f"    {line}" for line in lines]
    return "\n".join([HEAD, *body, ""]) if body else ""
