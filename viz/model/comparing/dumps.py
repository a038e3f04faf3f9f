"""Dumps: the stages of a compilation that ran elsewhere, as the files that it left behind."""

from __future__ import annotations

from typing import Literal

from viz.model.base import Described, Plain

RECORDED = "recorded"
"""The target of a stage that was recorded elsewhere: no pipeline of this machine made it."""


class DumpStage(Plain, frozen=True):
    """A file of a dump: the program, or what was written of it, at one point of a compilation."""

    name: str
    """Its path in the dump, with ``/``."""
    text: str
    """What is in the file, in UTF-8 without a byte order mark."""
    kind: Literal["program", "source"] = "program"
    """``source`` for what a codegen wrote, which is shown and never parsed."""
    label: str = ""
    """The name of the file without its number, its ending, and ``before`` or ``after``."""
    pass_name: str = ""
    """The pass of the catalog that the name of the file names; empty for none."""
    functions: tuple[str, ...] = ()
    """The functions that the text defines, in its order, as far as lines tell."""
    changed: bool = True
    """Whether its text is another than that of the stage before."""

    @property
    def title(self) -> str:
        """The name of the file without its folders."""
        return self.name.rpartition("/")[2]


class LeftFile(Described, frozen=True, kw_only=True):
    """A file of a dump that is no stage, and why."""

    name: str
    """Its path in the dump."""


class Dump(Plain, frozen=True):
    """The stages of a dump in their order, and the files that are none."""

    name: str = ""
    """The name of the folder or archive; empty for files without one."""
    stages: tuple[DumpStage, ...] = ()
    left_out: tuple[LeftFile, ...] = ()
