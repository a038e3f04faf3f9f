"""Write device texts in a process of their own, where this one would compile or load them.

With a GPU's runtime loaded, TVM's device codegens compile what they write unless an environment
variable forbids it (:data:`viz.ir.process_state.SOURCE_ONLY`). The engine's own processes set it.
A process that is somebody else's is not changed: it starts one process that has the variable,
sends it lowered modules and gets their texts. It takes the seconds of importing TVM once.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
import weakref
from typing import Any, BinaryIO

import msgspec
import tvm
from tvm.target import Target
from tvm.tirx.build import codegen_build

from viz.errors import TVM_ERRORS
from viz.ir.process_state import SOURCE_ONLY, is_own_process
from viz.shipped import python_path

_FALSE = {"", "0", "false", "off", "no"}
_LENGTH = struct.Struct("<Q")


class _WriteRequest(msgspec.Struct):
    """A lowered module and its target, as TVM's JSON, and the form that is asked for."""

    mod: str
    target: str
    form: str


class _WriteReply(msgspec.Struct):
    """The text, or the message of TVM's error."""

    text: str = ""
    error: str | None = None


def is_needed(target: Target) -> bool:
    """Whether a codegen of this process would compile or load the text that it writes."""
    if is_own_process() or os.environ.get(SOURCE_ONLY, "").lower() not in _FALSE:
        return False
    create = f"ffi.Module.create.{target.kind.name}"
    return tvm.get_global_func(create, allow_missing=True) is not None


def write(mod: tvm.IRModule, target: Target, form: str = "") -> str:
    """Return the text of a lowered module, written by the codegen in the other process.

    Raises
    ------
    RuntimeError
        When the codegen refuses the module, with its message, or its process ends.
    """
    request = _WriteRequest(str(tvm.ir.save_json(mod)), str(tvm.ir.save_json(target)), form)
    written = _process().ask(request)
    if written.error is not None:
        raise RuntimeError(written.error)
    return written.text


class _WriterProcess:
    """The other process; it ends when its standard input is closed, at the latest by our end."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", "viz.codegen.source_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {SOURCE_ONLY: "1", "PYTHONPATH": python_path()},
        )
        self.owner = os.getpid()
        self._lock = threading.Lock()
        self._stop = weakref.finalize(self, _end, self._popen)

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked by this process, which may be a fork of the one it serves."""
        return self.owner == os.getpid() and self._popen.poll() is None

    def ask(self, request: _WriteRequest) -> _WriteReply:
        """Return what comes back for a request."""
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        try:
            with self._lock:
                _send(self._popen.stdin, msgspec.msgpack.encode(request))
                reply = _receive(self._popen.stdout)
        except OSError:
            reply = b""
        if not reply:
            self._stop()
            raise RuntimeError("the process that writes the source text ended")
        return msgspec.msgpack.decode(reply, type=_WriteReply)


_running: list[_WriterProcess] = []
_starting = threading.Lock()


def _process() -> _WriterProcess:
    with _starting:
        if not (_running and _running[0].is_alive):
            _running[:] = [_WriterProcess()]
        return _running[0]


def _end(popen: subprocess.Popen[bytes]) -> None:
    for stream in (popen.stdin, popen.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                pass  # it has ended before it read everything
    popen.wait()


def _send(stream: BinaryIO | Any, content: bytes) -> None:
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()


def _receive(stream: BinaryIO | Any) -> bytes:
    """Return the next message; an empty one at the end of the stream."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return b""
    (length,) = _LENGTH.unpack(head)
    content: bytes = stream.read(length)
    return content if len(content) == length else b""


# ---------------------------------------------------------------- in the other process


def main() -> None:
    """Write what is asked on standard input until it closes."""
    # What TVM prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    while content := _receive(sys.stdin.buffer):
        request = msgspec.msgpack.decode(content, type=_WriteRequest)
        _send(answers, msgspec.msgpack.encode(_written(request)))


def _written(request: _WriteRequest) -> _WriteReply:
    mod, target = tvm.ir.load_json(request.mod), tvm.ir.load_json(request.target)
    try:
        built = codegen_build(mod, target)
        form = (request.form,) if request.form else ()
        return _WriteReply(str(built.inspect_source(*form)))
    except TVM_ERRORS as error:
        return _WriteReply(error=str(error))


if __name__ == "__main__":
    main()
