"""Compile C with checks, run it and describe the accesses outside of buffers that it made."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viz.codegen.emit import write
from viz.errors import TVM_ERRORS
from viz.harness.toolchain import compile_shared
from viz.ir import tvm_names
from viz.messages import message_of
from viz.model import Finding, Options, Site
from viz.passes.lowering_error import lowering_error
from viz.passes.pipeline import Lowered
from viz.runtime.build import C_FLAGS, explained, includes, load

if TYPE_CHECKING:
    from viz.runtime.checked_c.instrument import CheckedAccess

CHECKS = Path(__file__).parent
"""The folder of ``checks.h``."""

_FLAGS = ("-O1", *(flag for flag in C_FLAGS if not flag.startswith("-O")))


class _Record(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_uint64),
        ("index", ctypes.c_int64),
        ("extent", ctypes.c_int64),
        ("order", ctypes.c_uint64),
    )


class CheckedProgram:
    """A built program that checks its accesses: ``program["main"](*tensors)`` runs it.

    Parameters
    ----------
    lowered
        A module lowered for C, with these options.

    Raises
    ------
    EngineError
        When checks cannot be added with this TVM.
    LoweringError
        When the codegen writes no text.
    RunError
        When the text cannot be compiled.
    """

    def __init__(self, lowered: Lowered, options: Options) -> None:
        # Checks are added by what also adds marks, which may be off.
        tvm_names.installed().require("marks")
        from viz.runtime.checked_c.instrument import checked

        self.options = options
        self.text = _written(lowered, lowered.host)
        with_checks = checked(lowered.final())
        self.places: tuple[CheckedAccess, ...] = with_checks.places
        text = f'#include "checks.h"\n#line 1\n{_written(lowered, with_checks.mod)}'
        flags = (f"-DCHECK_PLACES={max(1, len(self.places))}", *_FLAGS)
        with explained():
            library = compile_shared(text, "c", flags=flags, includes=(*includes(), CHECKS))
        self._module = load(library)
        loaded = ctypes.CDLL(library.path)
        self._records = (_Record * len(self.places)).in_dll(loaded, "check_records")

    def __getitem__(self, name: str) -> Callable[..., Any]:
        """Return a function that takes tensors on the CPU and numbers."""
        function: Callable[..., Any] = self._module[name]
        return function

    def findings(self) -> list[tuple[CheckedAccess, Finding]]:
        """Return what all calls so far did outside of buffers, each with its place."""
        numbered = [(n, record) for n, record in enumerate(self._records) if record.count]
        numbered.sort(key=lambda pair: pair[1].order)
        return [(self.places[n], _finding(self.places[n], record)) for n, record in numbered]


def _written(lowered: Lowered, mod: Any) -> str:
    try:
        return write(mod, lowered.target)
    except TVM_ERRORS as error:
        raise lowering_error(error, lowered.name, lowered.scheduled) from error


def _finding(place: CheckedAccess, record: _Record) -> Finding:
    one = record.extent == 1
    what = message_of(
        "finding-program-writes" if place.writes else "finding-program-reads",
        element=f"{place.buffer}[{record.index}]",
        buffer=place.buffer,
        elements=message_of("one-element" if one else "elements", count=record.extent),
    )
    doing = message_of("doing-writes" if place.writes else "doing-reads")
    return Finding(
        kind="bounds",
        what=what,
        sites=(Site(block=(0, 0, 0), thread=(0, 0, 0), doing=doing),),
        buffer=place.buffer,
        index=(record.index,),
        flat_index=record.index,
        extent=record.extent,
        count=record.count,
    )
