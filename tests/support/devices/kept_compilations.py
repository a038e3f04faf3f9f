"""Compile each text once for all tests: the same text with the same flags gives the same library."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from viz.harness import toolchain
from viz.harness.compilers import compiler
from viz.harness.toolchain import Compilation, Compiled


@contextmanager
def kept_compilations(folder: Path) -> Iterator[None]:
    """Keep what compilers write for this process in a folder, which several processes share.

    What they refuse is asked again, and so is what they only check. Jailed processes and threads
    compile by themselves.
    """
    folder.mkdir(exist_ok=True)
    written: list[Path] = []

    def compiled(compilation: Compilation) -> Compiled:
        if compilation.check:
            return toolchain.build(compilation)
        kept = folder / _key(compilation)
        try:
            return toolchain.open_library(kept.read_bytes())
        except OSError:
            pass  # not compiled yet
        done = toolchain.build(compilation)
        if done.diagnostic is None:
            part = kept.with_suffix(f".{os.getpid()}")
            part.write_bytes(os.pread(done.file, os.fstat(done.file).st_size, 0))
            part.replace(kept)
            written.append(kept)
        return done

    token = toolchain.BACKEND.set(compiled)
    try:
        yield
    finally:
        toolchain.BACKEND.reset(token)
        for path in written:
            path.unlink(missing_ok=True)


def _key(compilation: Compilation) -> str:
    asked = msgspec.structs.replace(compilation, seconds=0)
    words = compiler(compilation.language).encode(), os.environ.get("PATH", "").encode()
    return hashlib.sha256(b"\0".join((*words, msgspec.msgpack.encode(asked)))).hexdigest()
