"""Compare a pattern with the nodes of a Tree, and count the demands that are not met.

That count is the cost of a comparison: 0 for a match. The node with the least cost is the nearest
one, and its unmet demands are what a failing test shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from viz.model import Node, Tree
from viz.model.tree import words_of
from viz.render.folding import field_name
from viz.testing.pattern import Anywhere, Nowhere, Pattern, Value, show, size

Element = int | str
"""The content of a field: the id of a child, or a text."""

_IMMEDIATES = {"ir.IntImm", "ir.FloatImm"}
_NAMES = ("name", "name_hint", "value")
"""Fields with the name or the value of a node, which a pattern may say instead of its label."""


class Miss(NamedTuple):
    """A demand that is not met, with the id of the node and the path of the field."""

    node: int
    where: str
    expected: str
    actual: str


class Report(msgspec.Struct, frozen=True):
    """The comparison of a pattern with a node: cost, unmet demands, ids of nodes that matched."""

    cost: int = 0
    misses: tuple[Miss, ...] = ()
    matched: tuple[int, ...] = ()

    def __add__(self, other: Report) -> Report:
        """Return the sum of two comparisons."""
        return Report(
            self.cost + other.cost, self.misses + other.misses, self.matched + other.matched
        )


class Matcher:
    """Compares patterns with the nodes of one Tree, and caches the comparisons."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._compared: dict[tuple[int, int], Report] = {}

    def match(self, want: Value, id_: int) -> Report:
        """Compare a pattern, ``anywhere``, ``nowhere`` or a literal with a node."""
        return self._value(want, id_, id_, self.tree.nodes[id_].path)

    # ------------------------------------------------------------ nodes

    def _pattern(self, want: Pattern, id_: int) -> Report:
        # The pattern lives as long as the search, so its address identifies it.
        key = (id(want), id_)
        if key not in self._compared:
            self._compared[key] = self._compare(want, self.tree.nodes[id_])
        return self._compared[key]

    def _compare(self, want: Pattern, node: Node) -> Report:
        if not want.has_type(node.type_key, node.title):
            return Report(size(want), (Miss(node.id, node.path, show(want), describe(node)),))
        report = Report(matched=(node.id,))
        if want.says is not ... and not self._says(want.says, node.id):
            report += Report(1, (Miss(node.id, node.path, show(want.says), describe(node)),))
        for name, value in want.fields.items():
            report += self._field(value, node, name)
        return report

    def _below(self, want: Anywhere | Nowhere, id_: int) -> Report:
        nearest = min((self._pattern(want.pattern, n.id) for n in self.tree.walk(id_)), key=_cost)
        if isinstance(want, Anywhere):
            return nearest
        if nearest.cost:
            return Report()
        node = self.tree.nodes[nearest.matched[0]]
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
            names = ", ".join(_names(node)) or "none"
            miss = Miss(node.id, where, show(want), f"no such field; there are {names}")
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
        actual = f"a sequence of {len(entries)}: write it in [ ]"
        return Report(size(want), (Miss(node.id, where, show(want), actual),))

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
                keys = ", ".join(entries) or "none"
                miss = Miss(at, place, show(value), f"no such key; there are {keys}")
                report += Report(size(value), (miss,))
        return report

    def _elements(self, entries: dict[str, Element]) -> list[Element]:
        only = entries.get("")
        if isinstance(only, int) and self.tree.nodes[only].type_key == "tirx.SeqStmt":
            return [child.id for child in self.tree.nodes[only].children]
        return list(entries.values())

    def _sequence(self, want: Sequence[Value], has: list[Element], at: int, where: str) -> Report:
        """Compare two sequences by the cheapest alignment, in which elements may be unmatched."""

        def extra(j: int, count: int = 1) -> Report:
            actual = self._show({"": has[j]}) + (f" and {count - 1} more" if count > 1 else "")
            miss = Miss(_at(has[j], at), f"{where}[{j}]", "no more", actual)
            return Report(count, (miss,))

        # row[j]: the cheapest comparison of want[i:] with has[j:], for i from the last to the first
        last = len(has)
        row = [*(extra(j, last - j) for j in range(last)), Report()]
        for wanted in reversed(want):
            below, row = row, [Report()] * (last + 1)
            for j in reversed(range(last + 1)):
                choices = []
                if wanted is ...:
                    choices = [below[j], *row[j + 1 : j + 2]]
                else:
                    if j < last:
                        matched = self._value(wanted, has[j], at, f"{where}[{j}]")
                        choices = [matched + below[j + 1], extra(j) + row[j + 1]]
                    miss = Miss(at, where, show(wanted), "nothing")
                    choices.append(Report(size(wanted), (miss,)) + below[j])
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
    """Return title and label of a node."""
    return words_of(node.title, node.label)


def _cost(report: Report) -> int:
    return report.cost


def _at(element: Element, parent: int) -> int:
    return element if isinstance(element, int) else parent


def _texts(node: Node) -> list[str]:
    return [node.label, *(node.fields[name] for name in _NAMES if name in node.fields)]


def _entries(node: Node, name: str) -> dict[str, Element]:
    """Return the content of a field: one element under ``""``, or several by index or key."""
    entries: dict[str, Element] = {}
    elements: list[tuple[str, Element]] = [*node.fields.items()]
    elements += [(child.field, child.id) for child in node.children]
    for field, element in elements:
        if field == name:
            entries[""] = element
        elif field.startswith(f"{name}["):
            entries[field[len(name) + 1 : -1]] = element
    if not entries and name in ("dtype", "label"):
        entries[""] = str(getattr(node, name))
    return entries


def _names(node: Node) -> list[str]:
    """Return the names of a node's fields, each once."""
    named = [field.partition("[")[0] for field in node.fields]
    return list(dict.fromkeys([*named, *map(field_name, node.children)]))


def _number(text: str) -> bool | int | float | None:
    """Return the value of a text as bool, int or float; None for any other text."""
    if text in ("True", "False"):
        return text == "True"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None
