"""What stands in the way of launching a program on a GPU, before anything is built."""

from __future__ import annotations

from viz.messages import Message
from viz.model.base import Plain, Problem

MOST_THREADS = 1024
"""Threads of a block, at every architecture."""


class LaunchPart(Plain, tag="launch", frozen=True):
    """Ask whether a GPU could launch the kernels of the request's target."""

    mends: bool = True
    """Also what would mend each mistake: the program is lowered once more for each."""
    compile: bool = False
    """Also whether a compiler takes the kernels, for each of some architectures."""


class Mend(Plain, frozen=True):
    """A change of the user's text that mends a mistake: the text with it was checked again."""

    title: Message
    """What it does, in a few words."""
    text: str
    """The user's whole text after it."""


class Advice(Problem, frozen=True, kw_only=True):
    """A mistake: what is wrong, where, why it is wrong, and how to mend it.

    ``code`` is the id of its message, such as ``too-many-threads``; an ``error`` is what no GPU
    runs as the program means it.
    """

    why: Message | None = None
    """The rule that is broken, in a sentence."""
    mend: Mend | None = None
    """A change that mends it; None where none is known or wanted."""


class LaunchedKernel(Plain, frozen=True):
    """How a kernel is launched; an extent that is no constant is None."""

    name: str
    grid: tuple[int | None, int | None, int | None] = (1, 1, 1)
    """Blocks, as ``(x, y, z)``."""
    block: tuple[int | None, int | None, int | None] = (1, 1, 1)
    """Threads of a block, as ``(x, y, z)``."""
    shared: int = 0
    """Bytes of shared memory of a block, of the scopes ``shared`` and ``shared.dyn`` together."""


class CompileCheck(Plain, frozen=True):
    """What a compiler says of the kernels' text for an architecture."""

    arch: str
    """Such as ``sm_80``; empty where the target has none."""
    program: str
    """The compiler's name; empty where there is none."""
    seconds: float
    problem: Problem | None = None
    """Its first error, at the place in the user's text that wrote the line; an ``info`` says why
    nothing was checked. None where it takes the text."""


class LaunchReport(Plain, frozen=True):
    """The kernels of a target's build, and what stands in their way."""

    target: str
    arch: str = ""
    """The architecture whose limits hold, such as ``sm_80``; empty where a target has none."""
    kernels: tuple[LaunchedKernel, ...] = ()
    """In the order of the module; empty where lowering failed."""
    advice: tuple[Advice, ...] = ()
    """By their places in the text."""
    compiled: tuple[CompileCheck, ...] = ()
    """What a compiler says, where it was asked."""

    @property
    def launchable(self) -> bool:
        """Whether nothing of it is an error."""
        said = (check.problem for check in self.compiled if check.problem is not None)
        return all(each.severity != "error" for each in (*self.advice, *said))
