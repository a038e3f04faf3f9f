"""Find the compilers of this machine, by language, and what they read and run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from viz.harness import nvrtc

Language = Literal["c", "c++", "assembly", "cuda", "opencl"]


TOOLKIT_SECONDS = 10.0
"""How long nvcc may take to tell where it stands."""


class LanguageRow(NamedTuple):
    """A language.

    Attributes
    ----------
    variable
        The variable that names its compiler.
    programs
        The usual compilers.
    suffix
        That of its files.
    check
        The compiler's arguments to find errors in a text whose result nobody uses.
    """

    variable: str
    programs: tuple[str, ...]
    suffix: str
    title: str
    check: tuple[str, ...] = ("-fsyntax-only",)


LANGUAGES: dict[Language, LanguageRow] = {
    "c": LanguageRow("CC", ("gcc", "cc", "clang"), ".c", "C"),
    "c++": LanguageRow("CXX", ("g++", "c++", "clang++"), ".cpp", "C++"),
    "assembly": LanguageRow("CC", ("gcc", "cc", "clang"), ".s", "assembly"),
    "cuda": LanguageRow(
        "NVCC", ("nvcc", "/usr/local/cuda/bin/nvcc"), ".cu", "CUDA", ("--ptx", "-w", "-o", "ptx")
    ),
    "opencl": LanguageRow(
        "CLANG",
        ("clang",),
        ".cl",
        "OpenCL",
        ("-cl-std=CL2.0", "-fsyntax-only", "-w", "-Xclang", "-finclude-default-header"),
    ),
}


def compiler(language: Language) -> str:
    """Return the path of a compiler for a language, or an empty string."""
    if language in _COMPILERS:
        return _COMPILERS[language]
    row = LANGUAGES[language]
    names = (os.environ.get(row.variable, ""), *row.programs)
    paths = (shutil.which(name) for name in names if name)
    found = next((path for path in paths if path), "")
    return _toolkit(found) if found and language == "cuda" else found


def checker(language: Language) -> str:
    """Return the path of what can check a text: a compiler, else for CUDA the library NVRTC.

    Empty where there is neither.
    """
    return compiler(language) or (nvrtc_library() if language == "cuda" else "")


def name_of(path: str) -> str:
    """Return what a compiler is called."""
    name = re.sub(r".*[/\\]", "", path)
    return nvrtc.NAME if "nvrtc" in name else name


def nvrtc_library() -> str:
    """Return the path of the library NVRTC, or an empty string."""
    return _LIBRARIES["nvrtc"] if _LIBRARIES else nvrtc.library()


@cache
def _toolkit(nvcc: str) -> str:
    """Return the path of the nvcc that a script of that name starts, as it tells itself."""
    try:
        done = subprocess.run(
            [nvcc, "--dryrun", "-x", "cu", os.devnull],
            capture_output=True,
            text=True,
            timeout=TOOLKIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return nvcc
    here = re.search(r"_HERE_=(.+)", done.stderr)
    program = Path(here[1].strip(), "nvcc") if here else Path(nvcc)
    return str(program) if program.exists() else nvcc


def settle() -> None:
    """Find the compilers now: a jailed process cannot see whether a file exists."""
    _COMPILERS.update({language: compiler(language) for language in LANGUAGES})
    _LIBRARIES["nvrtc"] = nvrtc_library()


def do_without() -> None:
    """Report no compilers from now on, in a process that may not run any."""
    _COMPILERS.update(dict.fromkeys(LANGUAGES, ""))
    _LIBRARIES["nvrtc"] = ""


_COMPILERS: dict[Language, str] = {}
_LIBRARIES: dict[str, str] = {}


@cache
def family(language: Language) -> tuple[str, ...]:
    """Return the paths of the programs that a compiler runs: itself, its passes, the linker."""
    program = compiler(language)
    if not program:
        return ()
    paths = {program}
    if language == "cuda":
        tools = Path(program).resolve().parent
        own = ("../nvvm/bin/cicc", "cudafe++", "ptxas", "fatbinary")
        found = [str((tools / part).resolve()) for part in own if (tools / part).exists()]
        paths |= {*found, *family("c"), *family("c++"), shutil.which("sh") or program}
        return tuple(sorted(paths | {os.path.realpath(path) for path in paths}))
    parts = ("cc1", "cc1plus", "collect2", "as", "ld", "lto-wrapper")
    for part in parts:
        done = subprocess.run(
            [program, f"-print-prog-name={part}"], capture_output=True, text=True, check=False
        )
        path = shutil.which(done.stdout.strip())
        if path:
            paths.add(path)
    return tuple(sorted(paths | {os.path.realpath(path) for path in paths}))


def folders() -> tuple[str, ...]:
    """Return the folders that compilers read, beyond those of the system."""
    if nvcc := compiler("cuda"):
        return (str(Path(nvcc).resolve().parent.parent),)
    library = checker("cuda")
    return (str(Path(library).resolve().parent.parent),) if library else ()
