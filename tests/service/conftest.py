"""A folder open to every user, for the tests of programs that try to write files."""

import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def folder():
    """A folder that every user may write to: only the gates or the jail can keep it empty."""
    made = Path(tempfile.mkdtemp(prefix="attacks-", dir="/tmp"))
    made.chmod(0o777)
    yield made
    shutil.rmtree(made)
