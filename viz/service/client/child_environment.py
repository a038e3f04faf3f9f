"""Choose the environment variables of the engine's processes."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

from viz.harness import relay
from viz.service.sandbox import UNJAILED
from viz.shipped import python_path

PASSED_ON = tuple(
    """
    PATH HOME LANG LANGUAGE LC_* TZ TMPDIR TEMP TMP XDG_CACHE_HOME PYTHON* VIRTUAL_ENV LD_* DYLD_*
    TVM_* TIRSCOPE_* CC CXX CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH LIBRARY_PATH CUDA_* NVIDIA_*
    OMP_* OPENBLAS_* GLIBC_TUNABLES SYSTEMROOT WINDIR COMSPEC PATHEXT USERPROFILE APPDATA
    LOCALAPPDATA NUMBER_OF_PROCESSORS PROCESSOR_* NVCC CLANG
    """.split()
)
"""Patterns of the variables that the engine's processes get.

Others may be secrets of the server's owner: what a program or its reference can read it can put
into an answer.
"""


WITHHELD = (relay.KEY,)
"""What they do not get all the same: only the relay needs it."""

OF_THIS_PYTHON = ("PYTHON*", "VIRTUAL_ENV", "TVM_*")
"""Patterns of the variables that are about this Python and its packages alone."""


def environment(unsafe: bool = False, *, foreign: bool = False) -> dict[str, str]:
    """Return the environment of a process that imports this ``viz`` and forks.

    Parameters
    ----------
    unsafe
        Whether it runs programs although the kernel denies a layer of the jail that they need.
    foreign
        Whether its Python is another one than this one; it finds ``viz`` by itself.
    """
    passed_on = {
        name: value
        for name, value in os.environ.items()
        if _matches(name, PASSED_ON)
        and name not in WITHHELD
        and not (foreign and _matches(name, OF_THIS_PYTHON))
    }
    return passed_on | {
        **({} if foreign else {"PYTHONPATH": python_path()}),
        # Threads of a library would make forking unsafe.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        **({UNJAILED: "1"} if unsafe else {}),
    }


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
