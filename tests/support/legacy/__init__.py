"""Tests of the 2024 engine: those that need its TVM, and those that ask its process."""

import importlib.util
import os
import warnings
from pathlib import Path

import pytest

VARIABLE = "TIRSCOPE_LEGACY_PYTHON"

needs_second_engine = pytest.mark.skipif(
    not os.environ.get(VARIABLE), reason=f"no TVM of 2024: {VARIABLE} is not set"
)
"""For tests that go through the service."""


def require_legacy_tvm():
    """Skip a module of tests where ``tvm`` is of another generation: today's has ``tirx``."""
    spec = importlib.util.find_spec("tvm")
    if spec is None or spec.origin is None or Path(spec.origin).with_name("tirx").is_dir():
        pytest.skip("needs the TVM of 2024", allow_module_level=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports distutils
        importlib.import_module("tvm")
