"""List the exceptions that TVM raises when it refuses a program, an option or an argument.

They are caught where TVM is called on a user's program, and turned into TIRscope's own errors.
"""

from __future__ import annotations

TVM_ERRORS = (
    RuntimeError,
    ValueError,
    TypeError,
    AssertionError,
    AttributeError,
    LookupError,
    ArithmeticError,
)
"""Whatever TVM's C++ and Python throw at a program.

``tvm.error.InternalError`` (a failed check in C++), ``DiagnosticError``, ``ScheduleError`` and
``NotImplementedError`` are RuntimeErrors; an index out of an array's range in C++ is an IndexError,
and TVM's Python asserts, looks up and divides."""
