"""List the exceptions that TVM raises when it refuses a program, an option or an argument.

They are caught where TVM is called on a user's program, and turned into TIRscope's own errors.
"""

from __future__ import annotations

TVM_ERRORS = (RuntimeError, ValueError, TypeError)
"""``tvm.error.InternalError`` (a failed check in C++), ``DiagnosticError``, ``ScheduleError`` and
``NotImplementedError`` are RuntimeErrors. A place where TVM's Python raises others too, such as an
AttributeError, names them beside this tuple."""
