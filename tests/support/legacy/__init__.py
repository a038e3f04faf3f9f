"""Say whether the installed TVM is of the 2024 generation, for tests that need it."""

import pytest


def require_legacy_tvm():
    """Skip a module of tests where ``tvm`` is of another generation: today's has ``tirx``."""
    tvm = pytest.importorskip("tvm")
    if hasattr(tvm, "tirx"):
        pytest.skip("needs the TVM of 2024", allow_module_level=True)
