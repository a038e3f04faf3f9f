"""From C or C++ text to a library in memory: the one way to the machine's compilers.

Nothing is left on disk: the compiler works in a folder of its own that is removed, and where the
system has files in memory (Linux) the library is one of those, named ``/proc/self/fd/N``.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from viz.errors import RunError
from viz.model import Plain

Language = Literal["c", "c++"]

COMPILER_SECONDS = 60.0
"""How long a compiler may take."""

MOST_COMPLAINT_CHARACTERS = 300


class Row(NamedTuple):
    """A language: the variable that names its compiler, the usual ones, its files' suffix."""

    variable: str
    programs: tuple[str, ...]
    suffix: str
    title: str


LANGUAGES: dict[Language, Row] = {
    "c": Row("CC", ("gcc", "cc", "clang"), ".c", "C"),
    "c++": Row("CXX", ("g++", "c++", "clang++"), ".cpp", "C++"),
}

FLAGS = re.compile(
    r"-O[0-3s]|-w|-g|-std=[\w+]+|-m[\w.=-]+|-D\w+(=[\w.+-]*)?|-l(m|pthread|dl)|-pthread"
    r"|-W(no-)?[a-z][\w-]*|-f(visibility|fp-contract)=\w+|-f(no-)?sanitize(-recover)?=[\w-]+"
    r"|-f(no-)?(asynchronous-unwind-tables|builtin|exceptions|fast-math|finite-math-only|inline"
    r"|math-errno|omit-frame-pointer|openmp|rtti|signed-zeros|stack-protector|strict-aliasing"
    r"|threadsafe-statics|trapping-math|trapv|tree-vectorize|unroll-loops|wrapv)"
)
"""The flags that may be given: none that names a file, writes more than one, runs a program or
speaks to the linker."""


class Compilation(Plain, frozen=True):
    """A text for a compiler. ``objects`` holds further object files' bytes by name."""

    text: str
    language: Language
    shared: bool = True
    flags: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    objects: dict[str, bytes] = {}
    seconds: float = COMPILER_SECONDS


class Compiled(NamedTuple):
    """What came of it: an open file and its name, or what the compiler complains of."""

    complaint: str = ""
    file: int = -1
    path: str = ""


class Library(NamedTuple):
    """A shared library that may be loaded.

    Attributes
    ----------
    path
        What ``ctypes.CDLL`` takes. It stays for the life of the process: the dynamic loader knows
        libraries by name, and a name used again would give the old one.
    """

    path: str


Build = Callable[[Compilation], Compiled]


def compile_shared(
    text: str,
    language: Language,
    *,
    flags: Sequence[str] = (),
    includes: Sequence[Path] = (),
    objects: Mapping[str, bytes] | None = None,
    seconds: float = COMPILER_SECONDS,
) -> Library:
    """Compile a text, link it with object files and return the shared library.

    Parameters
    ----------
    flags
        Beyond ``-shared -fPIC``; those that :data:`FLAGS` matches.
    objects
        Object files' bytes by name, linked after the text.

    Raises
    ------
    RunError
        When there is no compiler, or it refuses the text (the message names the line), or it takes
        longer than ``seconds``.
    """
    objects = dict(objects or {})
    return Library(_compiled(text, language, True, flags, includes, objects, seconds).path)


def compile_object(
    text: str,
    language: Language,
    *,
    flags: Sequence[str] = (),
    includes: Sequence[Path] = (),
    seconds: float = COMPILER_SECONDS,
) -> bytes:
    """Compile a text and return the object file, to be linked by :func:`compile_shared`.

    Raises
    ------
    RunError
        As :func:`compile_shared`.
    """
    done = _compiled(text, language, False, flags, includes, {}, seconds)
    with os.fdopen(done.file, "rb") as opened:
        return opened.read()


def _compiled(
    text: str,
    language: Language,
    shared: bool,
    flags: Sequence[str],
    includes: Sequence[Path],
    objects: dict[str, bytes],
    seconds: float,
) -> Compiled:
    compilation = Compilation(
        text=text,
        language=language,
        shared=shared,
        flags=tuple(flags),
        includes=tuple(map(str, includes)),
        objects=objects,
        seconds=seconds,
    )
    done = ROUTE.get()(compilation)
    if done.complaint:
        raise RunError(done.complaint)
    return done


def compiler(language: Language) -> str:
    """Return the path of a compiler for a language, or an empty string."""
    if language in _SETTLED:
        return _SETTLED[language]
    row = LANGUAGES[language]
    names = (os.environ.get(row.variable, ""), *row.programs)
    found = (shutil.which(name) for name in names if name)
    return next((path for path in found if path), "")


def settle() -> None:
    """Look for the compilers now: a jailed process may not see whether a file is there."""
    _SETTLED.update({language: compiler(language) for language in LANGUAGES})


def do_without() -> None:
    """Act from now on as if there were no compilers, where none may be run."""
    _SETTLED.update(dict.fromkeys(LANGUAGES, ""))


_SETTLED: dict[Language, str] = {}


def build(compilation: Compilation, inside: str | None = None) -> Compiled:
    """Run the compiler in a folder of its own; a refusal is an answer as well.

    Parameters
    ----------
    inside
        The folder that the compiler's own is made in.
    """
    row = LANGUAGES[compilation.language]
    program = compiler(compilation.language)
    if not program:
        return Compiled(f"no {row.title} compiler is installed")
    wrong = [flag for flag in compilation.flags if not FLAGS.fullmatch(flag)]
    if wrong:
        return Compiled(f"the flag {wrong[0]} may not be given to the compiler")
    with tempfile.TemporaryDirectory(
        prefix="tirscope-", dir=inside, ignore_cleanup_errors=True
    ) as name:
        return _built(compilation, program, row, Path(name), jailed=inside is not None)


ROUTE: ContextVar[Build] = ContextVar("route", default=build)
"""Who compiles: this process, or for a jailed one the process that may."""


def _built(
    compilation: Compilation, program: str, row: Row, folder: Path, *, jailed: bool
) -> Compiled:
    source, result = folder / f"program{row.suffix}", folder / "program.out"
    source.write_text(compilation.text, encoding="utf-8", errors="surrogateescape")
    objects = []
    for number, content in enumerate(compilation.objects.values()):
        objects.append(folder / f"object{number}.o")
        objects[-1].write_bytes(content)
    libraries = [flag for flag in compilation.flags if flag.startswith("-l")]
    command = [program, "-shared" if compilation.shared else "-c", "-fPIC"]
    command += [flag for flag in compilation.flags if flag not in libraries]
    command += [f"-I{path}" for path in compilation.includes]
    command += [*map(str, (source, *objects)), "-o", str(result), *libraries]
    status, said = _run(command, folder, compilation.seconds, own_group=not jailed)
    if status is None:
        return Compiled(f"the {row.title} compiler took longer than {compilation.seconds:g} s")
    if status or not result.exists():
        complaint = _complaint(said, source.name, status)
        return Compiled(f"the {row.title} compiler refuses the emitted text: {complaint}")
    return _kept(result.read_bytes())


def _kept(content: bytes) -> Compiled:
    """Return a file with some content, in memory where the system has such files."""
    if sys.platform != "linux":
        file, path = tempfile.mkstemp(prefix="tirscope-", suffix=".so")
        Path(path).write_bytes(content)
        return Compiled(file=file, path=path)
    import fcntl

    file = os.memfd_create("library", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with os.fdopen(os.dup(file), "wb") as opened:
        opened.write(content)
    os.lseek(file, 0, os.SEEK_SET)
    # Whoever gets it can change it no more.
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK)
    return Compiled(file=file, path=handed_over(file))


def handed_over(file: int) -> str:
    """Return the path under which an open file can be opened, on Linux."""
    return f"/proc/self/fd/{file}"


def _run(
    command: list[str], folder: Path, seconds: float, *, own_group: bool
) -> tuple[int | None, str]:
    """Return a command's status, None when it took too long, and what it said.

    A compiler is a family of programs, which must end together: it gets a process group, or it is
    in that of a jail, which is ended as a whole.
    """
    own_group = own_group and sys.platform != "win32"
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
    }
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=None if sys.platform == "win32" else environment,
        start_new_session=own_group,
    ) as process:
        try:
            _, said = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            if own_group:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            return None, ""
    return process.returncode, said.decode("utf-8", "replace")


def _complaint(said: str, name: str, status: int) -> str:
    found = re.search(rf"{re.escape(name)}:(\d+):\d+: (?:fatal )?error: (.*)", said)
    if found:
        text = f"line {found[1]}: {found[2]}"
    else:
        # What a header says, or the linker, or nothing that looks like an error.
        lines = re.findall(r"error: .*", said) or said.strip().splitlines()[-1:]
        text = lines[0] if lines else f"no reason given (status {status})"
    return text[:MOST_COMPLAINT_CHARACTERS]


@cache
def family(language: Language) -> tuple[str, ...]:
    """Return the paths of the programs that a compiler runs: itself, its parts, the linker."""
    program = compiler(language)
    if not program:
        return ()
    parts = ("cc1", "cc1plus", "collect2", "as", "ld", "lto-wrapper")
    found = {program}
    for part in parts:
        done = subprocess.run(
            [program, f"-print-prog-name={part}"], capture_output=True, text=True, check=False
        )
        path = shutil.which(done.stdout.strip())
        if path:
            found.add(path)
    return tuple(sorted(found | {os.path.realpath(path) for path in found}))
