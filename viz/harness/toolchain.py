"""Compile C or C++ text to a library in memory, with the machine's compilers; check other texts.

Nothing is left on disk: the compiler works in a temporary folder, and on Linux the library is a
file in memory, named ``/proc/self/fd/N``.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

from viz.errors import RunError
from viz.harness import nvrtc
from viz.harness.compilers import LANGUAGES, Language, checker, compiler, name_of, nvrtc_library
from viz.messages import Message, message_of, verbatim
from viz.model import Plain

COMPILER_SECONDS = 60.0
"""How long a compiler may take."""

MOST_DIAGNOSTIC_CHARACTERS = 300


FLAGS = re.compile(
    r"-O[0-3s]|-w|-arch=sm_\w+|-g|-std=[\w+]+|-m[\w.=-]+|-D\w+(=[\w.+-]*)?|-l(m|pthread|dl)|-pthread"
    r"|-W(no-)?[a-z][\w-]*|-f(visibility|fp-contract)=\w+|-f(no-)?sanitize(-recover)?=[\w-]+"
    r"|-f(no-)?(asynchronous-unwind-tables|builtin|exceptions|fast-math|finite-math-only|inline"
    r"|math-errno|omit-frame-pointer|openmp|rtti|signed-zeros|stack-protector|strict-aliasing"
    r"|threadsafe-statics|trapping-math|trapv|tree-vectorize|unroll-loops|wrapv)"
)
"""The flags that are accepted: none names a file, writes more than one, runs a program or is passed
to the linker."""


class Compilation(Plain, frozen=True):
    """A text for a compiler. ``objects`` holds the bytes of further object files by name."""

    text: str
    language: Language
    shared: bool = True
    flags: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    objects: dict[str, bytes] = {}
    seconds: float = COMPILER_SECONDS
    check: bool = False
    """Whether only errors are looked for; then ``shared`` and ``objects`` mean nothing."""


class Compiled(NamedTuple):
    """The result of a compilation: an open file and its path, or why there is none."""

    diagnostic: Message | None = None
    file: int = -1
    path: str = ""


class Library(NamedTuple):
    """A shared library that may be loaded.

    Attributes
    ----------
    path
        For ``ctypes.CDLL``. It stays open for the life of the process: the dynamic loader caches
        libraries by name, so a reused name would give the old library.
    """

    path: str


Compile = Callable[[Compilation], Compiled]


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
        In addition to ``-shared -fPIC``; only those that :data:`FLAGS` matches.
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


class CompilerError(NamedTuple):
    """The first error of a compiler: its place in the text, both counting from 1, and its words.

    The column is 0 where the compiler names none. Without a place, line 0, it says why nothing was
    checked.
    """

    line: int
    column: int
    message: Message


def check(
    text: str, language: Language, *, flags: Sequence[str] = (), includes: Sequence[Path] = ()
) -> CompilerError | None:
    """Return the first error that a compiler finds in a text, or None."""
    compilation = Compilation(
        text=text,
        language=language,
        flags=tuple(flags),
        includes=tuple(map(str, includes)),
        check=True,
    )
    done = BACKEND.get()(compilation)
    if done.diagnostic is None:
        os.close(done.file)
        return None
    if done.diagnostic.id != ERROR:
        return CompilerError(0, 0, done.diagnostic)
    values = done.diagnostic.values
    return CompilerError(
        int(str(values["line"])), int(str(values["column"])), verbatim(str(values["error"]))
    )


def compile_ptx(text: str, arch: str) -> bytes:
    """Return CUDA text as PTX, which a GPU's driver loads.

    Raises
    ------
    RunError
        When there is neither nvcc nor NVRTC, or it refuses the text.
    """
    flags = (f"-arch={arch}",)
    done = BACKEND.get()(Compilation(text=text, language="cuda", flags=flags, check=True))
    if done.diagnostic is not None:
        raise RunError(message_of("ptx-not-made", diagnostic=done.diagnostic))
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
    done = BACKEND.get()(compilation)
    if done.diagnostic is not None:
        raise RunError(done.diagnostic)
    return done


def build(compilation: Compilation, inside: str | None = None) -> Compiled:
    """Run the compiler in a temporary folder; a refusal is returned as a diagnostic.

    Parameters
    ----------
    inside
        The folder in which the temporary one is created; the system's default if None.
    """
    row = LANGUAGES[compilation.language]
    find = checker if compilation.check else compiler
    program = find(compilation.language)
    if not program:
        return Compiled(message_of("compiler-missing", title=row.title))
    wrong = [flag for flag in compilation.flags if not FLAGS.fullmatch(flag)]
    if wrong:
        return Compiled(message_of("compiler-flag", flag=wrong[0]))
    with tempfile.TemporaryDirectory(
        prefix="tirscope-", dir=inside, ignore_cleanup_errors=True
    ) as name:
        act = _checked if compilation.check else _built
        return act(compilation, program, Path(name), jailed=inside is not None)


BACKEND: ContextVar[Compile] = ContextVar("backend", default=build)
"""Compiles a text: in this process, or for a jailed process in another one."""


def _built(compilation: Compilation, program: str, folder: Path, *, jailed: bool) -> Compiled:
    row = LANGUAGES[compilation.language]
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
    status, output = _run(command, folder, compilation.seconds, own_group=not jailed)
    if status is None:
        return Compiled(message_of("compiler-slow", title=row.title, seconds=compilation.seconds))
    if status or not result.exists():
        diagnostic = _diagnostic(output, source.name, status)
        return Compiled(message_of("compiler-refuses", title=row.title, diagnostic=diagnostic))
    return open_library(result.read_bytes())


ERROR = "compiler-error"
"""The id of the diagnostic of a check that found an error."""

_ERRORS = (
    r"{name}:(?P<line>\d+):(?P<column>\d+): (?:fatal )?error: (?P<message>.*)",
    r"{name}\((?P<line>\d+)\)(?P<column>): (?:catastrophic )?error: (?P<message>.*)",
)
"""How compilers write an error: GCC and clang, nvcc."""


def _checked(compilation: Compilation, program: str, folder: Path, *, jailed: bool) -> Compiled:
    row = LANGUAGES[compilation.language]
    source = folder / f"program{row.suffix}"
    source.write_text(compilation.text, encoding="utf-8", errors="surrogateescape")
    flags = [flag for flag in compilation.flags if not flag.startswith("-l")]
    status: int | None
    if program != nvrtc_library():
        command = [program, *row.check, *flags, *(f"-I{path}" for path in compilation.includes)]
        command.append(source.name)
        status, output = _run(command, folder, compilation.seconds, own_group=not jailed)
    elif jailed:
        # This process is there for compiling alone, and may not start Python.
        status, output = nvrtc.check(program, compilation.text, flags, folder)
    else:
        command = [sys.executable, "-I", nvrtc.__file__, program, source.name, *flags]
        status, output = _run(command, folder, compilation.seconds, own_group=True)
    if status == 0:
        result = folder / nvrtc.PTX
        return open_library(result.read_bytes() if result.exists() else b"")
    name = re.escape(f"program{row.suffix}")
    found = (re.search(pattern.format(name=name), output) for pattern in _ERRORS)
    if match := next(filter(None, found), None):
        message = match["message"][:MOST_DIAGNOSTIC_CHARACTERS]
        line, column = int(match["line"]), int(match["column"] or 0)
        return Compiled(message_of(ERROR, line=line, column=column, error=message))
    title = name_of(program)
    if status == nvrtc.NO_HEADERS:
        return Compiled(message_of("nvrtc-without-headers"))
    if status is None:
        return Compiled(message_of("program-slow", program=title, seconds=compilation.seconds))
    diagnostic = _diagnostic(output, name, status)
    return Compiled(message_of("program-failed", program=title, diagnostic=diagnostic))


def open_library(content: bytes) -> Compiled:
    """Return an open file with this content, in memory on Linux."""
    if sys.platform != "linux":
        file, path = tempfile.mkstemp(prefix="tirscope-", suffix=".so")
        Path(path).write_bytes(content)
        return Compiled(file=file, path=path)
    import fcntl

    file = os.memfd_create("library", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with os.fdopen(os.dup(file), "wb") as opened:
        opened.write(content)
    os.lseek(file, 0, os.SEEK_SET)
    # The process that receives it cannot change it.
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK)
    return Compiled(file=file, path=handed_over(file))


def handed_over(file: int) -> str:
    """Return the path under which an open file can be opened, on Linux."""
    return f"/proc/self/fd/{file}"


def _run(
    command: list[str], folder: Path, seconds: float, *, own_group: bool
) -> tuple[int | None, str]:
    """Return a command's exit status, None when it took too long, and what it wrote to stderr.

    A compiler starts further programs, and all must end together: it gets a process group, unless
    it runs in a jail, whose group is ended as a whole.
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
            _, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            if own_group:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            return None, ""
    return process.returncode, errors.decode("utf-8", "replace")


def _diagnostic(output: str, name: str, status: int) -> Message:
    match = re.search(rf"{re.escape(name)}:(\d+):\d+: (?:fatal )?error: (.*)", output)
    if match:
        error = match[2][:MOST_DIAGNOSTIC_CHARACTERS]
        return message_of("diagnostic-at-line", line=int(match[1]), error=error)
    # An error in a header or of the linker, or no line that looks like an error.
    lines = re.findall(r"error: .*", output) or output.strip().splitlines()[-1:]
    if not lines:
        return message_of("diagnostic-none", status=status)
    return verbatim(lines[0][:MOST_DIAGNOSTIC_CHARACTERS])
