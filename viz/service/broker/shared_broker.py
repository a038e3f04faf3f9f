"""Make the broker that all pages and routes of this process share, by the server's options."""

from __future__ import annotations

import argparse
import atexit
import sys
import threading
from collections.abc import Sequence
from functools import cache

from viz.harness.relay import TARGETS
from viz.service.broker import log
from viz.service.broker.broker import Broker
from viz.service.client import rpc_relay
from viz.service.client.engines import use_legacy_python
from viz.service.client.submit import Engine

SERVER_SECONDS = 120.0
"""The longest that a request of a server may take; the limit of its profile may be shorter.

TVM's schedule of a float16 matmul takes up to 50 s.
"""

_LOCK = threading.Lock()
_SETTINGS = argparse.Namespace(scheduler="", workers=None, unsafe_run=False)


def shared() -> Broker:
    """Return the broker of this process, made on first use."""
    with _LOCK:  # without it two threads could make two
        return _made()


@cache
def _made() -> Broker:
    broker = Broker(
        workers=_SETTINGS.workers,
        engine=Engine(warm=True, unsafe=_SETTINGS.unsafe_run),
        scheduler=_SETTINGS.scheduler,
        seconds=SERVER_SECONDS,
    )
    atexit.register(broker.close)
    return broker


def stop() -> None:
    """Close the broker of this process and its engine; :func:`shared` then makes another."""
    with _LOCK:
        if _made.cache_info().currsize:
            _made().close()
            atexit.unregister(_made().close)
            _made.cache_clear()


def configure(arguments: Sequence[str]) -> None:
    """Read the server's command line: ``tirscope serve -- --scheduler tcp://…``.

    Unknown arguments are ignored. Call it before :func:`shared`.
    """
    parser = argparse.ArgumentParser(prog="tirscope serve --", allow_abbrev=False)
    parser.add_argument(
        "--scheduler",
        default="",
        metavar="tcp://HOST:PORT",
        help="let the workers of a dask cluster do the work",
    )
    parser.add_argument(
        "--workers", type=_positive, help="how many work at once; one per core when left out"
    )
    parser.add_argument(
        "--unsafe-run",
        action="store_true",
        help="run programs although this system denies a protection that running needs",
    )
    parser.add_argument(
        "--legacy-python",
        default="",
        metavar="PATH",
        help="the environment, or the Python, whose TVM is of 2024",
    )
    parser.add_argument("--rpc-tracker", default="", metavar="HOST:PORT")
    parser.add_argument("--rpc-server", default="", metavar="HOST:PORT")
    parser.add_argument("--rpc-key", default="", help="of the servers of the remote device")
    parser.add_argument("--rpc-target", default="", choices=("", *TARGETS))
    parser.add_argument("--log", action="store_true", help="a line of JSON per ticket on stderr")
    settings, _ = parser.parse_known_args(arguments)
    vars(_SETTINGS).update(
        scheduler=settings.scheduler, workers=settings.workers, unsafe_run=settings.unsafe_run
    )
    if settings.legacy_python:
        use_legacy_python(settings.legacy_python)
    rpc_relay.use(settings.rpc_tracker, settings.rpc_server, settings.rpc_key, settings.rpc_target)
    if settings.log:
        log.write_to(sys.stderr)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number
