"""What is known of a kernel whose accesses have a flaw."""

from __future__ import annotations

from typing import NamedTuple

S_TIR = """from tvm.script import tirx as T

@T.prim_func(s_tir=True)
def main({parameters}):
    T.func_attr({{"tirx.noalias": True}})
"""


class Flawed(NamedTuple):
    """A kernel with a flaw."""

    text: str
    buffer: str
    kind: str
    """What the flawed access does."""
    edits: tuple[str, ...]
    """The kinds of edits that mend it, of which each is expected."""
    before: int
    """Sectors, or rounds of the banks, of the flawed accesses as they are."""
    ideal: int
    """What is left of them with each of the edits."""
    why: str
    """Where the numbers come from."""
