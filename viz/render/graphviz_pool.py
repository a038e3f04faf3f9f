"""Processes that run Graphviz: kept ready, killed when they take too long.

Starting one costs more than most drawings, so a few wait for the next. Nothing in Graphviz can be
interrupted; a process that is late is killed and another takes its place.
"""

from __future__ import annotations

import atexit
import struct
import subprocess
import sys
import threading

MOST_IDLE = 2
MOST_DRAWINGS = 200
"""After so many a process is replaced, whatever it has not given back."""

# A text and not a module, so that the child imports nothing of ours: it is up after 50 ms.
_CHILD = """\
import struct, sys
from pygraphviz import AGraph
take, give = sys.stdin.buffer, sys.stdout.buffer
while head := take.read(8):
    size, kind = struct.unpack("<I4s", head)
    dot, kind = take.read(size).decode(), kind.decode().strip("\\0")
    kind = {"json": "json0"}.get(kind, kind)
    try:
        body, failed = AGraph(string=dot).draw(format=kind, prog="dot"), 0
    except Exception as error:
        body, failed = (str(error).strip() or type(error).__name__).encode(), 1
    give.write(struct.pack("<IB", len(body), failed) + body)
    give.flush()
"""


class Failed(Exception):
    """Graphviz said no, or is not there."""


class _Drawer:
    """One process. Used by one thread at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,  # what is left in a buffer could not be written when it is killed
            start_new_session=True,  # Ctrl+C is for the server
        )
        self.drawings = 0

    def draw(self, dot: bytes, format: str, seconds: float) -> bytes:
        assert self._process.stdin is not None
        self.drawings += 1
        late = threading.Event()

        def kill() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(seconds, kill)
        timer.start()
        try:
            self._process.stdin.write(struct.pack("<I4s", len(dot), format[:4].encode()) + dot)
            self._process.stdin.flush()
            size, failed = struct.unpack("<IB", self._read(5))
            body = self._read(size)
        except (OSError, EOFError) as error:
            self._process.wait()
            if late.is_set():
                raise TimeoutError from error
            raise Failed(f"its process ended ({self._process.returncode})") from error
        finally:
            timer.cancel()
        if failed:
            raise Failed(body.decode(errors="replace").rpartition("\n")[2])
        return body

    def _read(self, size: int) -> bytes:
        assert self._process.stdout is not None
        found = bytearray()
        while len(found) < size:
            piece = self._process.stdout.read(size - len(found))
            if not piece:
                raise EOFError
            found += piece
        return bytes(found)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


_IDLE: list[_Drawer] = []
_LOCK = threading.Lock()


def draw(dot: str, format: str, seconds: float) -> bytes:
    """Return what ``dot -T<format>`` writes for a DOT text.

    Raises
    ------
    TimeoutError
        When it takes longer than ``seconds``.
    Failed
        When it fails.
    """
    with _LOCK:
        drawer = _IDLE.pop() if _IDLE else None
    if drawer is not None and not drawer.alive:  # killed by somebody else
        drawer.close()
        drawer = None
    drawer = drawer or _Drawer()
    keep = False
    try:
        content = drawer.draw(dot.encode(), format, seconds)
        with _LOCK:
            keep = len(_IDLE) < MOST_IDLE and drawer.drawings < MOST_DRAWINGS
            if keep:
                _IDLE.append(drawer)
    finally:
        if not keep:
            drawer.close()
    return content


@atexit.register
def close() -> None:
    """End the processes that wait."""
    with _LOCK:
        while _IDLE:
            _IDLE.pop().close()
