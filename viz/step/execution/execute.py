"""Run a program of the Python codegen on arrays, in this process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np


def call(text: str, function: str, arguments: Iterable[Any]) -> Any:
    """Execute a program and call one of its functions; what it writes is in the arrays afterwards.

    The text is Python and does what it says: it must be trusted, or this process jailed.

    Parameters
    ----------
    text
        What :func:`~viz.step.python_codegen.python_of` wrote.
    function
        Name of the function in the text.
    arguments
        Arrays for buffers, and NumPy's numbers for scalars.

    Returns
    -------
    Any
        What the function returns.

    Raises
    ------
    Exception
        Whatever the program raises: IndexError outside of a buffer, AssertionError, OverflowError
        where a signed integer does not fit into the buffer that it is stored to.
    """
    namespace: dict[str, Any] = {}
    exec(compile(text, "<python>", "exec"), namespace)
    # Overflow, and division by zero of floats, are no errors in TIR.
    with np.errstate(all="ignore"):
        return namespace[function](*arguments)
