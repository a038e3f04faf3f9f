"""Compares a pattern with the nodes of a Tree, and counts how far it is from matching.

Every comparison has a cost: how many of the pattern's demands are not met. A match costs nothing;
the node where the cost is least is the nearest one, and what it misses is what a reader wants to
see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from viz.model import Node, Tree
from viz.render.folding import field_name
from viz.testing.pattern import Anywhere, Nowhere, Pattern, Value, show, size

Element = int | str
"""What a field holds: a child, by its id, or a text."""

_IMMEDIATES = {"ir.IntImm", "ir.FloatImm"}
_NAMES = ("name", "name_hint", "value")
"""Fields that say what a node is called, beside its label."""


class Miss(NamedTuple):
    """A demand that is not met, at the node where one would look; ``where`` is a path."""

    node: int
    where: str
    expected: str
    found: str


class Report(msgspec.Struct, frozen=True):
    """How a pattern compares with a node: its cost, what is missed, and which nodes matched."""

    cost: int = 0
    misses: tuple[Miss, ...] = ()
    matched: tuple[int, ...] = ()

    def __add__(self, other: Report) -> Report:
        """Return both comparisons as one."""
        return Report(
            self.cost + other.cost, self.misses + other.misses, self.matched + other.matched
        )


class Matcher:
    """Compares patterns with the nodes of one Tree; what was compared once is kept."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._known: dict[tuple[int, int], Report] = {}

    def match(self, want: Value, id_: int) -> Report:
        """Compare a pattern, ``anywhere``, ``nowhere`` or a literal with a node."""
        return self._value(want, id_, id_, self.tree.nodes[id_].path)

    # ------------------------------------------------------------ nodes

    def _pattern(self, want: Pattern, id_: int) -> Report:
        # The pattern lives as long as the search, so its address names it.
        key = (id(want), id_)
        if key not in self._known:
            self._known[key] = self._compare(want, self.tree.nodes[id_])
        return self._known[key]

    def _compare(self, want: Pattern, node: Node) -> Report:
        if not want.names(node.type_key, node.title):
            return Report(size(want), (Miss(node.id, node.path, show(want), describe(node)),))
        report = Report(matched=(node.id,))
        if want.says is not ... and not self._says(want.says, node.id):
            report += Report(1, (Miss(node.id, node.path, show(want.says), describe(node)),))
        for name, value in want.fields.items():
            report += self._field(value, node, name)
        return report

    def _below(self, want: Anywhere | Nowhere, id_: int) -> Report:
        found = min((self._pattern(want.pattern, n.id) for n in self.tree.walk(id_)), key=_cost)
        if isinstance(want, Anywhere):
            return found
        if found.cost:
            return Report()
        node = self.tree.nodes[found.matched[0]]
        return Report(1, (Miss(node.id, node.path, f"no {want.pattern!r}", describe(node)),))

    # ------------------------------------------------------------ fields

    def _field(self, want: Value, node: Node, name: str) -> Report:
        where = f"{node.path}.{name}" if node.path else name
        entries = _entries(node, name)
        if isinstance(want, list | tuple):
            return self._sequence(want, self._elements(entries), node.id, where)
        if isinstance(want, Mapping):
            return self._map(want, entries, node.id, where)
        if want is None:
            if not entries:
                return Report()
            count = f" and {len(entries) - 1} more" if len(entries) > 1 else ""
            return Report(1, (Miss(node.id, where, "nothing", self._show(entries) + count),))
        if not entries:
            there = ", ".join(_names(node)) or "none"
            miss = Miss(node.id, where, show(want), f"no such field; there are {there}")
            return Report(size(want), (miss,))
        if "" in entries:
            return self._value(want, entries[""], node.id, where)
        if isinstance(want, Anywhere):
            return min((self._value(want, e, node.id, where) for e in entries.values()), key=_cost)
        if isinstance(want, Nowhere):
            return sum(
                (self._value(want, e, node.id, where) for e in entries.values()), start=Report()
            )
        if want is ...:
            return Report()
        found = f"a sequence of {len(entries)}: write it in [ ]"
        return Report(size(want), (Miss(node.id, where, show(want), found),))

    def _value(self, want: Value, element: Element, parent: int, where: str) -> Report:
        if want is ...:
            return Report()
        if isinstance(want, Pattern) and isinstance(element, int):
            return self._pattern(want, element)
        if isinstance(want, Anywhere | Nowhere) and isinstance(element, int):
            return self._below(want, element)
        if isinstance(want, Nowhere):
            return Report()
        at = element if isinstance(element, int) else parent
        if self._says(want, element):
            return Report(matched=(at,))
        return Report(size(want), (Miss(at, where, show(want), self._show({"": element})),))

    def _map(
        self, want: Mapping[str, Value], entries: dict[str, Element], at: int, where: str
    ) -> Report:
        report = Report()
        for key, value in want.items():
            place = f"{where}[{key}]"
            if key in entries:
                report += self._value(value, entries[key], at, place)
            elif value is not None:
                there = ", ".join(entries) or "none"
                miss = Miss(at, place, show(value), f"no such key; there are {there}")
                report += Report(size(value), (miss,))
        return report

    def _elements(self, entries: dict[str, Element]) -> list[Element]:
        only = entries.get("")
        if isinstance(only, int) and self.tree.nodes[only].type_key == "tirx.SeqStmt":
            return [child.id for child in self.tree.nodes[only].children]
        return list(entries.values())

    def _sequence(self, want: Sequence[Value], has: list[Element], at: int, where: str) -> Report:
        """Compare from first to last by the cheapest alignment: some are missing, some too many."""

        def extra(j: int, count: int = 1) -> Report:
            found = self._show({"": has[j]}) + (f" and {count - 1} more" if count > 1 else "")
            miss = Miss(_at(has[j], at), f"{where}[{j}]", "no more", found)
            return Report(count, (miss,))

        # row[j]: the cheapest comparison of want[i:] with has[j:], for i from the last to the first
        last = len(has)
        row = [*(extra(j, last - j) for j in range(last)), Report()]
        for each in reversed(want):
            below, row = row, [Report()] * (last + 1)
            for j in reversed(range(last + 1)):
                choices = []
                if each is ...:
                    choices = [below[j], *row[j + 1 : j + 2]]
                else:
                    if j < last:
                        matched = self._value(each, has[j], at, f"{where}[{j}]")
                        choices = [matched + below[j + 1], extra(j) + row[j + 1]]
                    miss = Miss(at, where, show(each), "nothing")
                    choices.append(Report(size(each), (miss,)) + below[j])
                row[j] = min(choices, key=_cost)
        return row[0]

    # ------------------------------------------------------------ literals

    def _says(self, want: Value, element: Element) -> bool:
        texts = [element] if isinstance(element, str) else _texts(self.tree.nodes[element])
        if isinstance(want, str):
            return want in texts
        if isinstance(want, re.Pattern):
            return any(want.fullmatch(text) for text in texts)
        if isinstance(element, int) and self.tree.nodes[element].type_key not in _IMMEDIATES:
            return False
        number = _number(texts[0])
        if number is None or (
            isinstance(want, bool | int | float) and type(number) is not type(want)
        ):
            return False
        return bool(want == number)

    def _show(self, entries: dict[str, Element]) -> str:
        element = next(iter(entries.values()))
        return describe(self.tree.nodes[element]) if isinstance(element, int) else repr(element)


def describe(node: Node) -> str:
    """Return what a node is in a few words: ``FloatImm 1.0``, ``for i in range(8)``."""
    words = node.label.casefold()
    if words == node.title.casefold() or words.startswith(f"{node.title.casefold()} "):
        return node.label
    return f"{node.title} {node.label}".rstrip()


def _cost(report: Report) -> int:
    return report.cost


def _at(element: Element, parent: int) -> int:
    return element if isinstance(element, int) else parent


def _texts(node: Node) -> list[str]:
    return [node.label, *(node.fields[name] for name in _NAMES if name in node.fields)]


def _entries(node: Node, name: str) -> dict[str, Element]:
    """Return what a field holds: one thing under ``""``, or elements by their index or key."""
    found: dict[str, Element] = {}
    held: list[tuple[str, Element]] = [*node.fields.items()]
    held += [(child.field, child.id) for child in node.children]
    for field, element in held:
        if field == name:
            found[""] = element
        elif field.startswith(f"{name}["):
            found[field[len(name) + 1 : -1]] = element
    if not found and name in ("dtype", "label"):
        found[""] = str(getattr(node, name))
    return found


def _names(node: Node) -> list[str]:
    named = [field.partition("[")[0] for field in node.fields]
    return list(dict.fromkeys([*named, *map(field_name, node.children)]))


def _number(text: str) -> bool | int | float | None:
    """Return the number that a text is, of the type it is written in."""
    if text in ("True", "False"):
        return text == "True"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None
