"""The rules by which accesses are counted, and the limits of architectures that occupancy needs."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from viz.messages import Words
from viz.model import CostCertainty

USUAL_ARCHITECTURE = "sm_80"
"""The architecture whose limits hold where none is named."""


class CostRuleRow(msgspec.Struct, frozen=True, rename={"certainty": "class"}):
    """How a figure comes about in one sentence, how sure it is, and where that is from."""

    certainty: CostCertainty
    title: Words
    en: str
    zh: str
    source: str


class ArchitectureRow(msgspec.Struct, frozen=True):
    """What a multiprocessor holds at most.

    ``shared`` are bytes of shared memory, of which a block may have ``shared_of_block``; it takes a
    multiple of ``granule`` of them and ``kept`` more.
    """

    threads: int
    blocks: int
    shared: int
    shared_of_block: int
    granule: int
    kept: int = 0


@cache
def _table() -> dict[str, Any]:
    text = files(__package__).joinpath("cost_rules.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def cost_rules() -> dict[str, CostRuleRow]:
    """Return the rule of each figure, by the figure's name."""
    return msgspec.convert(_table()["rule"], type=dict[str, CostRuleRow])


@cache
def architectures() -> dict[str, ArchitectureRow]:
    """Return the limits of each architecture that has a row, by its name such as ``sm_80``."""
    return msgspec.convert(_table()["architecture"], type=dict[str, ArchitectureRow])


def architecture_of(name: str) -> str | None:
    """Return the architecture that an option names, without a letter such as that of ``sm_90a``.

    None for one that the table does not have.
    """
    match = re.fullmatch(r"(sm_\d+)[af]?", name)
    return match[1] if match and match[1] in architectures() else None
