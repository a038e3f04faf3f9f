"""Pack CUDA kernels into a library for another machine, as PTX in the place of their source.

Without a GPU's runtime TVM keeps the source in the module; a machine that has one loads PTX.
"""

from __future__ import annotations

import re
import struct
from typing import Any

import tvm

from viz.errors import RunError
from viz.messages import message_of

_KIND = b"cuda"
"""The kind of the module, and the format of its kernels where they are source."""

_NUMBER = struct.Struct("<Q")


def packed_imports(host: Any, source: str, ptx: bytes) -> str:
    """Return C text that defines what a library imports: the kernels of a host module, as PTX.

    Parameters
    ----------
    source
        The text of the kernels, which the module holds.

    Raises
    ------
    RunError
        When TVM packs them in another way than known.
    """
    text = str(tvm.get_global_func("runtime.ModulePackImportsToC")(host, False, ""))
    head, array, tail = _split(text)
    content = with_ptx(array, source.encode(), ptx)
    numbers = ",".join(map(str, content))
    return f"{head}[{len(content)}] = {{{numbers}}}{tail}"


def _split(text: str) -> tuple[str, bytes, str]:
    """Return the C text before the array's size, the array's bytes, and the text after it."""
    match = re.search(r"\[\d+\] = \{([^}]*)\}", text)
    if match is None:
        raise RunError(message_of("remote-not-packed"))
    content = bytes(int(number, 16) for number in re.findall(r"0x[0-9a-f]{2}", match[1]))
    return text[: match.start()], content, text[match.end() :]


def with_ptx(packed: bytes, source: bytes, ptx: bytes) -> bytes:
    """Return the packed bytes of a module with PTX in the place of its source.

    They begin with their length; strings have theirs before them.

    Raises
    ------
    RunError
        When they have another form.
    """
    kind, text = _string(_KIND), _string(source)
    at = packed.find(kind) + len(kind)
    start = at + _NUMBER.size
    if at < len(kind) or start > len(packed):
        raise RunError(message_of("remote-not-packed"))
    (length,) = _NUMBER.unpack_from(packed, at)
    module = packed[start : start + length]
    if not (module.startswith(kind) and module.endswith(text)):
        raise RunError(message_of("remote-not-packed"))
    changed = _string(b"ptx") + module[len(kind) : -len(text)] + _string(ptx)
    rest = packed[_NUMBER.size : at] + _string(changed) + packed[start + length :]
    return _string(rest)


def _string(content: bytes) -> bytes:
    return _NUMBER.pack(len(content)) + content
