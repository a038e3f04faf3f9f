"""A tracker of TVM's RPC and one server of ours on this machine, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from viz.harness import relay
from viz.service.client.submit import Engine

KEY = "a-key"

_TRACKER = """
import sys
from tvm.rpc.tracker import Tracker
tracker = Tracker(host="127.0.0.1", port=29_100, port_end=29_500, silent=True)
print(tracker.port, flush=True)
sys.stdin.read()
tracker.terminate()
"""


@contextmanager
def remote_device() -> Iterator[tuple[int, int]]:
    """Start a tracker and a server of it; give their ports."""
    with _started("-c", _TRACKER) as tracker:
        address = f"127.0.0.1:{tracker}"
        command = ("-m", "viz.runtime.remote.server", "--port", "0", "--key", KEY)
        with _started(*command, "--tracker", address) as server:
            yield tracker, server


@contextmanager
def remote_engine(seconds: int = 20) -> Iterator[tuple[Engine, int]]:
    """Start them, and an engine whose device ``remote`` they are; give it and the server's port.

    ``seconds`` is how long a session may last.
    """
    patch = pytest.MonkeyPatch()
    with remote_device() as (tracker, server):
        patch.setenv(relay.TRACKER, f"127.0.0.1:{tracker}")
        patch.setenv(relay.KEY, KEY)
        patch.setenv(relay.SECONDS, str(seconds))
        engine = Engine(local=True)
        try:
            yield engine, server
        finally:
            engine.close()
            patch.undo()


@contextmanager
def _started(*arguments: str) -> Iterator[int]:
    """Start Python with some arguments; give the port that it prints."""
    with subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.terminate()
