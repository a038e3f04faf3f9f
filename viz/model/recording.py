"""Recordings: what a program did, statement by statement, on its inputs."""

from __future__ import annotations

from typing import Literal

from viz.model.base import Plain, Problem
from viz.model.stages import StageName


class Column(Plain, frozen=True):
    """Numbers of one kind, in the content of a recording."""

    name: str
    dtype: str
    """NumPy's name of their type, little endian."""
    count: int


class RecordedBuffer(Plain, frozen=True):
    """A buffer's memory: a parameter, or what was allocated."""

    name: str
    dtype: str
    """NumPy's name of an element's type; of a buffer of vectors that of a lane."""
    shape: tuple[int, ...]
    """The lanes of a buffer of vectors are a further extent."""
    strides: tuple[int, ...]
    """Bytes between neighbours, by dimension."""
    size: int
    """Bytes of the memory."""
    variable: int
    """Node of its variable."""
    scope: str = "global"
    thread: int = -1
    """The thread whose own it is, by its row in ``threads`` with no block; -1 for all."""
    parameter: bool = False


class RecordedVariable(Plain, frozen=True):
    """A loop's variable or a name for a value; of a branch or a ``while`` its condition."""

    name: str
    node: int
    """Node of the variable, or of the statement whose condition it is."""
    condition: bool = False
    dtype: str = ""


class StepRecording(Plain, frozen=True):
    """What a program did: a statement or a round of a loop a step, with what it read and wrote.

    The columns stand one after the other in ``content``, which is compressed by zlib:

    - of each step ``node``, ``thread`` (a row of ``threads``), ``sets`` and ``accesses`` (how many
      of the next columns' rows are its own);
    - of each value that a variable got ``variable`` and ``value``;
    - of each access ``access`` (0 read, 1 written, 2 new memory, whose bits are 1), ``buffer`` and
      ``offset`` (in bytes);
    - ``written``: the bytes of the elements that were written, one after the other;
    - ``initial``: the memory of the parameters before the run, one after the other;
    - ``reads`` and ``writes``: how often each element was accessed in the whole run, of all buffers
      one after the other, as many numbers for each as ``size`` has elements;
    - ``own``: of each row of ``threads`` that with the same indices and no block;
    - ``threads``: a row for each thread, a number for each of ``tags``, -1 where it is not bound.
    """

    stage: StageName
    target: str
    function: str
    steps: int
    """Steps that are kept: all, or as many as the limit allows."""
    total: int
    """Steps that were made."""
    stopped: Literal["", "steps", "seconds"] = ""
    """The limit that the run hit: after ``steps`` it went on without its steps being kept, after
    ``seconds`` it was ended."""
    buffers: tuple[RecordedBuffer, ...] = ()
    variables: tuple[RecordedVariable, ...] = ()
    tags: tuple[str, ...] = ()
    """The indices of threads and blocks, such as ``threadIdx.x``."""
    problem: Problem | None = None
    """What ended the run; its span is that of the statement."""
    failed: int | None = None
    """Node of the statement at which it ended."""
    columns: tuple[Column, ...] = ()
    content: bytes = b""
