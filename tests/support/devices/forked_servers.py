"""Fork servers of tests are forked from one that has loaded the same engine before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

from viz.service.client.child_environment import environment
from viz.service.client.engines import TODAY
from viz.service.client.fork_server_client import ForkServerClient


@contextmanager
def forked_servers() -> Iterator[None]:
    """Start a fork server of each kind once and keep a replica, which the next ones are forked from.

    Those have the same command, variables and working directory; loading the engine takes seconds.
    """
    kept: dict[Any, ForkServerClient] = {}
    lock, spawn = threading.Lock(), ForkServerClient.spawn

    def started(
        changed=lambda server: None, engine=TODAY, *, preload=False, unsafe=False
    ) -> ForkServerClient:
        # An engine answers in no language: its callers do.
        variables = {
            (name, value)
            for name, value in environment(unsafe, foreign=engine.foreign).items()
            if not name.startswith(("LANG", "LC_"))
        }
        key = engine.fork_server, preload, tuple(sorted(variables)), Path.cwd()
        with lock:
            first = kept.get(key)
        if first is not None and first.ready:
            with suppress(OSError):
                return first.replica(changed)

        def loaded(server: ForkServerClient) -> None:
            with lock, suppress(OSError):
                if key not in kept and server.ready:
                    kept[key] = server.replica(lambda server: None)
            changed(server)

        return spawn(loaded, engine, preload=preload, unsafe=unsafe)

    with patch.object(ForkServerClient, "spawn", started):
        yield
    for server in kept.values():
        server.close()
