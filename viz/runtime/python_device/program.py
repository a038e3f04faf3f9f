"""Run a program as the Python that our own codegen writes of it, with a limit on its loops.

The text is what :mod:`viz.step` makes of the program as the user wrote it: no pass and no compiler
has a part in it, and threads of a GPU take turns. It is slow, so a run is stopped at
:data:`MOST_ROUNDS` or after :data:`MOST_SECONDS`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tvm

from viz.errors import RunError
from viz.harness.arrays import numpy_dtype
from viz.ir.labels import dtype
from viz.ir.walker import walk
from viz.messages import message_of
from viz.step.execution.limited import Limit, LimitedProgram, LimitReached, ProgramError
from viz.step.python_codegen import name_in, python_of

MOST_ROUNDS = 10_000_000
"""Rounds of all loops and threads of one call."""

MOST_SECONDS = 30.0
"""Seconds of one call."""


class PythonProgram:
    """A function of a module, to be called as a built module's: with arrays and numbers.

    Raises
    ------
    RunError
        When a node of the module has no rule.
    """

    def __init__(self, mod: tvm.IRModule, function: str) -> None:
        tree = walk(mod)
        emission = python_of(tree)
        self._function = name_in(tree, emission, function)
        chosen = next(f for gv, f in mod.functions.items() if gv.name_hint == function)
        self._kinds = [dtype(parameter.ty) for parameter in chosen.params]
        self._program = LimitedProgram([emission.text])
        self.seconds: float | None = None
        """How long the last call took."""

    def __getitem__(self, _symbol: str) -> Callable[..., Any]:
        """Return the function, by whatever name a codegen of TVM would give it."""
        return self._call

    def _call(self, *arguments: Any) -> Any:
        """Call the function; numbers get the types of its parameters.

        Raises
        ------
        RunError
            When it stops with an error, or its limit stops it.
        """
        values = [
            value if isinstance(value, np.ndarray) else numpy_dtype(kind).type(value)
            for value, kind in zip(arguments, self._kinds, strict=True)
        ]
        began = time.monotonic()
        try:
            ran = self._program.call(
                self._function,
                values,
                Limit(MOST_ROUNDS, began + MOST_SECONDS),
                checking=True,
            )
        except LimitReached as error:
            id_ = "python-too-many-rounds" if error.rounds else "python-too-slow"
            limits = {"rounds": f"{MOST_ROUNDS:,}", "seconds": f"{MOST_SECONDS:g}"}
            raise RunError(message_of(id_, **limits)) from None
        except ProgramError as error:
            reason = f"{type(error.error).__name__}: {error}"
            raise RunError(message_of("python-stopped", line=error.line, reason=reason)) from None
        self.seconds = time.monotonic() - began
        return ran.value
