"""Keep TVM's tensor intrinsics on disk: parsing them takes seconds, reading them half of one.

The package :data:`INTRINSICS` has some 260 functions in TVMScript, which are parsed when it is
imported. What a function is depends on its text and on the numbers that it refers to from the
function around it; both are in its key, and the file is for this TVM and this text of the package.
"""

from __future__ import annotations

import hashlib
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import tvm

from viz.harness import kept_files
from viz.ir import process_state

INTRINSICS = "tvm.s_tir.tensor_intrin"
"""The package that dlight's matmul rule imports when it first fits a function."""


@contextmanager
def kept_intrinsics() -> Iterator[None]:
    """Read the functions of the package, where they are kept, instead of parsing them.

    What had to be parsed is kept afterwards. Only the engine's own processes do so.
    """
    parse = process_state.PARSE
    if not process_state.is_own_process() or parse is None:
        yield
        return
    kept = _KeptFunctions(parse)
    try:
        with process_state.decorated_by(kept):
            yield
    finally:
        kept.store()


class _KeptFunctions:
    """Stands for TVM's parser of a decorated function."""

    def __init__(self, parse: Callable[..., Any]) -> None:
        self._parse = parse
        self._path: Path | None = None
        self._texts: dict[str, str] = {}
        self._is_new = False

    def __call__(self, program: Any, *arguments: Any, **named: Any) -> Any:
        key = _key(program)
        if not key:
            return self._parse(program, *arguments, **named)
        if self._path is None:
            self._path = kept_files.folder() / f"intrinsics-{_digest()}.json"
            with suppress(OSError, msgspec.MsgspecError):
                self._texts = msgspec.json.decode(self._path.read_bytes(), type=dict[str, str])
        if key in self._texts:
            return tvm.ir.load_json(self._texts[key])
        function = self._parse(program, *arguments, **named)
        self._texts[key] = str(tvm.ir.save_json(function))
        self._is_new = True
        return function

    def store(self) -> None:
        """Write the functions to the disk if there are new ones."""
        if self._is_new and self._path is not None:
            kept_files.store(self._path, msgspec.json.encode(self._texts))


def _key(program: Any) -> str:
    """Return the key of a function of the package; empty for others, and for those without one."""
    if not isinstance(program, types.FunctionType) or not program.__module__.startswith(INTRINSICS):
        return ""
    try:
        return f"{program.__module__} {_words(program)}"
    except ValueError:
        return ""


def _words(value: Any) -> str:
    """Return what tells a value from others.

    Raises
    ------
    ValueError
        When it is of a type that is not known, or a variable has no value yet.
    """
    if isinstance(value, types.FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        return f"{value.__qualname__}:{value.__code__.co_firstlineno}{_words(cells)}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_words, value))}]"
    if isinstance(value, tvm.tirx.IntImm | tvm.tirx.FloatImm):
        return f"{value.ty}({value.value!r})"
    if value is None or isinstance(value, int | float | str):
        return repr(value)
    raise ValueError(type(value))


def _digest() -> str:
    """Return what tells this TVM's package from those of others."""
    digest = hashlib.sha256()
    for name in ("apache-tvm", "apache-tvm-ffi"):
        with suppress(PackageNotFoundError):
            digest.update(version(name).encode())
    digest.update(tvm.__version__.encode())
    spec = find_spec(INTRINSICS)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(folder).glob("*.py")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
