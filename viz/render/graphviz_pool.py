"""A pool of processes that run Graphviz; one that takes too long is killed.

Starting a process costs more than most drawings, so a few are kept for the next ones. Graphviz
cannot be interrupted: a process over its time is killed, and the next drawing starts a new one.
"""

from __future__ import annotations

import atexit
import struct
import subprocess
import sys
import threading

MOST_IDLE = 2
"""Processes that are kept while nothing is drawn."""
MOST_DRAWINGS = 200
"""Drawings after which a process is ended, so that memory it may leak is freed."""

# The script of a child process: without imports from viz it is ready after 50 ms.
_CHILD = """\
import struct, sys
from pygraphviz import AGraph
requests, replies = sys.stdin.buffer, sys.stdout.buffer
while head := requests.read(8):
    size, kind = struct.unpack("<I4s", head)
    dot, kind = requests.read(size).decode(), kind.decode().strip("\\0")
    kind = {"json": "json0"}.get(kind, kind)
    try:
        body, failed = AGraph(string=dot).draw(format=kind, prog="dot"), 0
    except Exception as error:
        body, failed = (str(error).strip() or type(error).__name__).encode(), 1
    replies.write(struct.pack("<IB", len(body), failed) + body)
    replies.flush()
"""


class GraphvizError(Exception):
    """Graphviz reported an error, or is not installed."""


class _Drawer:
    """A process that draws, used by one thread at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,  # a buffer could not be flushed once the process is killed
            start_new_session=True,  # so that Ctrl+C interrupts only the server
        )
        self.drawings = 0

    def draw(self, dot: bytes, format: str, seconds: float) -> bytes:
        assert self._process.stdin is not None
        self.drawings += 1
        timed_out = threading.Event()

        def kill() -> None:
            timed_out.set()
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
            if timed_out.is_set():
                raise TimeoutError from error
            raise GraphvizError(f"its process ended ({self._process.returncode})") from error
        finally:
            timer.cancel()
        if failed:
            raise GraphvizError(body.decode(errors="replace").rpartition("\n")[2])
        return body

    def _read(self, size: int) -> bytes:
        assert self._process.stdout is not None
        content = bytearray()
        while len(content) < size:
            piece = self._process.stdout.read(size - len(content))
            if not piece:
                raise EOFError
            content += piece
        return bytes(content)

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
    """Return the output of ``dot -T<format>`` for a DOT text.

    Raises
    ------
    TimeoutError
        When it takes longer than ``seconds``.
    GraphvizError
        When it fails.
    """
    with _LOCK:
        drawer = _IDLE.pop() if _IDLE else None
    if drawer is not None and not drawer.alive:  # ended while it was idle
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
    """End the idle processes."""
    with _LOCK:
        while _IDLE:
            _IDLE.pop().close()
