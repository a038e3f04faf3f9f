"""Import the parts of the engine one by one, and tell which work with the installed TVM."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from viz import tvm_version
from viz.errors import TVM_ERRORS, EngineError, VizError
from viz.ir import tvm_names
from viz.ir.tvm_names import Parts, TvmDifference
from viz.messages import Message, message_of
from viz.model import catalog

NOT_IMPORTED = (*TVM_ERRORS, ImportError)
"""What a module raises that is imported with a TVM it does not know."""


NOT_LOADED = (VizError, OSError, *NOT_IMPORTED)
"""What ends the start of an engine."""


@cache
def usable() -> Parts:
    """Import every part that has the names it needs, and return which parts work.

    Raises
    ------
    EngineError
        When an essential part does not work, or there is no TVM of this generation.
    """
    parts = tvm_names.installed()
    parts.require_essential()
    for part, row in catalog.engine_parts().items():
        for module in row.modules:
            if part in parts.off:
                break
            try:
                import_module(module)
            except NOT_IMPORTED as error:
                parts = parts.without(failed(part, module, error))
    parts.require_essential()
    return parts


def failed(part: str, where: Message | str, error: Exception) -> TvmDifference:
    """Return the difference for an error of a part that no row of the table predicts."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    what = message_of("tvm-fails-in", where=where)
    return TvmDifference(reason, what, (part,), message_of("tvm-unpredicted"))


def no_engine(error: Exception) -> VizError:
    """Return the error that ends the start of an engine in plain words."""
    if isinstance(error, VizError):
        return error
    reason = f"{type(error).__name__}: {error}"
    version = tvm_version.installed() or message_of("from-no-package")
    message = message_of("tvm-not-loaded", version=version, reason=reason)
    return EngineError(message, hint=tvm_names.HINT)
