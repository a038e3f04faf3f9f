"""Say in words what an access does and how sure a figure is: one word for each, on every surface.

The scripts of the page have the same words in ``ui/workbench/scripts/cost/figures.js``.
"""

from __future__ import annotations

from viz.locale.translator import Translator, marked
from viz.model import AccessKind, CostCertainty, MemorySpace
from viz.model.catalog.cost_rules import cost_rules

ACCESSES: dict[AccessKind, str] = {
    "load": marked("load of {buffer}"),
    "store": marked("store to {buffer}"),
    "atomic": marked("atomic on {buffer}"),
    "fragment": marked("fragment of {buffer}"),
}
"""What an access does, with the name of its buffer."""

SPACES: dict[MemorySpace, str] = {
    "global": marked("global"),
    "shared": marked("shared"),
    "local": marked("local"),
}
"""Where memory lies, in a word."""

CERTAINTIES: dict[CostCertainty, tuple[str, str]] = {
    "counted": ("●", marked("counted exactly")),
    "modelled": ("◐", marked("modelled")),
    "unknown": ("○", marked("not known")),
}
"""A sign and a word for how sure a figure is."""


def access_words(kind: AccessKind, buffer: str, _: Translator) -> str:
    """Return what an access does, such as ``load of A``."""
    return _(ACCESSES[kind], buffer=buffer)


def sign_of(rule: str) -> str:
    """Return the sign of how sure a figure is, by the name of its rule."""
    return CERTAINTIES[cost_rules()[rule].certainty][0]
