"""Edits of the user's text after which its accesses cost less: each was applied and measured."""

from __future__ import annotations

from typing import Literal

from viz.messages import Message
from viz.model.base import Plain, Problem
from viz.model.running.cost import AccessKind, Cost, Figures, MemorySpace
from viz.text import Patch, Span

AccessFlaw = Literal["conflicts", "scattered", "misaligned"]
"""A known pattern of an access. ``conflicts``: lanes of a warp want different words of one bank;
``scattered``: neighbouring lanes want bytes that are apart in global memory; ``misaligned``: they
want bytes in a row that do not begin where a sector does."""

CostEditKind = Literal["pad", "swizzle", "vectorise", "bind", "swap", "interleave", "align", "tile"]
"""What an edit does. ``pad``: longer rows of a buffer of the program's own; ``swizzle``: its
columns are permuted in each row; ``vectorise``: one access for several elements in a row; ``bind``:
other thread axes for loops; ``swap``: a loop over threads changes places with a serial one;
``interleave``: neighbouring threads take neighbouring elements; ``align``: the first thread is that
of the start of a sector; ``tile``: through shared memory."""


class AccessChange(Plain, frozen=True):
    """What the accesses of one kind to a buffer cost before and after an edit, added up."""

    buffer: str
    kind: AccessKind
    space: MemorySpace
    before: Figures | None
    """None where the edit brought them in."""
    after: Figures | None
    """None where none are left."""


class KernelChange(Plain, frozen=True):
    """What all accesses of a kernel cost before and after an edit, added up."""

    kernel: str
    before: Figures
    after: Figures
    shared_before: int = 0
    """Bytes of shared memory of a block."""
    shared_after: int = 0


class CostSuggestion(Plain, frozen=True):
    """An edit of the user's text after which the program costs less and still is right."""

    kind: CostEditKind
    flaw: AccessFlaw
    """What is wrong with the access."""
    title: Message
    """What the edit does, in a few words."""
    why: Message
    """What is wrong, and why the edit helps."""
    buffer: str
    """The buffer whose access it is about."""
    span: Span | None
    """That access in the user's text; None where it is not known."""
    line: int | None
    """1-based line of the user's text where ``span`` begins."""
    edits: tuple[Patch, ...]
    """What is replaced in the user's text."""
    text: str
    """The user's whole text after them."""
    accesses: tuple[AccessChange, ...] = ()
    """Of each buffer, the accesses that it is about first."""
    kernels: tuple[KernelChange, ...] = ()


class TriedEdit(Plain, frozen=True):
    """An edit that was tried and is not suggested."""

    title: Message
    why: Message
    """What came of it."""
    buffer: str = ""


class CostAdvice(Plain, frozen=True):
    """What a run on the emulator costs, and edits after which it costs less."""

    passed: bool
    """Whether the program as it is passes its run: else no edit is looked for."""
    cost: Cost | None = None
    """What it costs as it is."""
    suggestions: tuple[CostSuggestion, ...] = ()
    """Those that help most first."""
    tried: tuple[TriedEdit, ...] = ()
    problems: tuple[Problem, ...] = ()
    """What was left out, and why."""
