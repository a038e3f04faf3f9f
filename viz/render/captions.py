"""The captions of nodes in a picture: their words, and how wide these are.

Widths are computed from a table, so that a layout is the same on every machine and the text fits
its boxes whatever fonts are installed. Names in programs are untrusted: control characters are made
visible here, markup is escaped where it is written.
"""

from __future__ import annotations

from viz.model import Node, Plain, Tree, catalog
from viz.render.folding import Shown, field_name
from viz.text import display_width

SIZE = 13
"""Points of a title and a label."""
SMALL = 12
"""Points of a dtype, a field name and a badge."""
HEIGHT = 24
"""Points, of every box."""
PADDING = 9
"""Points between a box and its text, left and right."""
LONGEST = 40
"""Characters of a label before it is cut."""


class Caption(Plain, frozen=True):
    """The words of a box: cleaned, cut, not escaped. The badge stands at its right end."""

    title: str
    label: str = ""
    dtype: str = ""
    badge: str = ""

    @property
    def text_width(self) -> float:
        """Points from the first to the last character, without the badge."""
        width = text_points(self.title, SIZE, BOLD)
        if self.label:
            width += text_points(" " + self.label, SIZE)
        if self.dtype:
            width += text_points(" " + self.dtype, SMALL)
        return width

    @property
    def badge_width(self) -> float:
        """Points of the badge with its border, 0 without one."""
        return text_points(self.badge, SMALL) + 8 if self.badge else 0.0

    @property
    def width(self) -> float:
        """Points of the whole box."""
        return self.text_width + 2 * PADDING + (self.badge_width + 4 if self.badge else 0)


# Nodes that show a dtype: those for which a codegen chooses a type. Comparisons are always bool.
_TYPED_COLOURS = {"operator", "load", "call"}
# A variable shows its dtype where it is defined, not where it is used.
_DEFINING_FIELDS = {"loop_var", "var", "params", "iter_vars"}


def captions(tree: Tree, shown: Shown) -> dict[int, Caption]:
    """Return the caption of each shown node by id; a dtype where it differs from the parent's."""
    result = {shown.root: _caption(tree.nodes[shown.root], shown)}
    for id_ in shown.nodes:
        parent = tree.nodes[id_]
        for child in shown.children[id_]:
            node = tree.nodes[child.id]
            row = catalog.nodes().get(node.type_key)
            typed = field_name(child) in _DEFINING_FIELDS or (
                (row is None or (row.shows_dtype and row.colour in _TYPED_COLOURS))
                and node.dtype != parent.dtype
            )
            result[child.id] = _caption(node, shown, node.dtype if typed else "")
    return result


def _caption(node: Node, shown: Shown, dtype: str = "") -> Caption:
    title, label, dtype = cut(node.title), cut(_beyond(node.title, node.label)), cut(dtype)
    return Caption(
        title=title,
        label=label,
        dtype="" if dtype in label else dtype,
        badge=f"+{shown.hidden[node.id]}" if node.id in shown.cut else "",
    )


def _beyond(title: str, label: str) -> str:
    """Return a label without the title that it begins with: ``i in range(8)`` of ``for i in …``."""
    if label.casefold() == title.casefold():
        return ""
    start = f"{title} ".casefold()
    return label[len(start) :] if label.casefold().startswith(start) else label


def cut(text: str, longest: int = LONGEST) -> str:
    """Return a text on one line: control characters made visible, an ellipsis if too long."""
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    if character < " ":
        return chr(0x2400 + ord(character))  # Unicode's pictures of control characters
    return " " if character.isspace() else "\ufffd"


# Helvetica's advance widths, thousandths of the size; Arial and Liberation Sans have the same.
# ASCII characters that are not listed take 556, others 600, wide ones 1000.
_REGULAR = {
    width: characters
    for width, characters in (
        (191, "'"), (222, "ijl"), (260, "|"), (278, " !,./:;I[\\]ft"), (333, "()-`r{}"),
        (355, '"'), (389, "*"), (469, "^"), (500, "Jcksvxyz"), (584, "+<=>~"), (611, "FTZ"),
        (667, "&ABEKPSVXY"), (722, "CDHNRUw"), (778, "GOQ"), (833, "Mm"), (889, "%"), (944, "W"),
        (1015, "@"), (1000, "…"),
    )
}  # fmt: skip
_BOLD = {
    width: characters
    for width, characters in (
        (238, "'"), (278, " ,./I\\ijl"), (280, "|"), (333, "!()-:;[]`ft"), (389, "*r{}"),
        (474, '"'), (500, "z"), (584, "+<=>^~"), (611, "?FLTZbdghnopqu"), (667, "EPSVXY"),
        (722, "&ABCDHKNRU"), (778, "GOQw"), (833, "M"), (889, "%m"), (944, "W"), (975, "@"),
        (1000, "…"),
    )
}  # fmt: skip
REGULAR = {c: width for width, characters in _REGULAR.items() for c in characters}
BOLD = {c: width for width, characters in _BOLD.items() for c in characters}


def text_points(text: str, size: float, font: dict[str, int] = REGULAR) -> float:
    """Return how many points wide a text is in Helvetica of ``size`` points."""
    return sum(font.get(c) or _other_width(c) for c in text) * size / 1000


def _other_width(character: str) -> int:
    if character.isascii():
        return 556
    return 1000 if display_width(character) == 2 else 600
