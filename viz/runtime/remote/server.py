"""Serve this machine by TVM's RPC; programs that crash end their session alone.

``python -m viz.runtime.remote.server --tracker HOST:PORT --key gpu``. TVM's own server does the
work, ``tvm.exec.rpc_server``; it stops listening after a program that crashed, so it is begun anew.
Sent programs run without a jail: give them a machine, or a container, of their own.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from tvm.rpc import server as tvm_server

PORTS = range(9090, 9200)
"""The ports to try, one after the other."""


def serve(
    host: str, ports: Sequence[int], key: str, tracker: tuple[str, int] | None, *, name: str = ""
) -> None:
    """Serve until the process ends; the port is printed once it listens.

    Parameters
    ----------
    tracker
        Where the tracker is, if there is one.
    name
        The address that the tracker tells clients, where it is not the one it sees.

    Raises
    ------
    OSError
        When none of the ports is free.
    """
    listening = _bound(host, ports)
    port = listening.getsockname()[1]
    print(port, flush=True)
    home = Path.cwd()
    while True:
        try:
            tvm_server._listen_loop(listening, port, key, tracker, None, name or None)
        except RuntimeError as error:
            print(error, file=sys.stderr)
            os.chdir(home)  # it stood in the session's folder, which is gone


def _bound(host: str, ports: Sequence[int]) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in ports:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError:
            listening.close()
            if port == ports[-1]:
                raise
            continue
        listening.listen(1)
        return listening
    raise OSError(ports)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m viz.runtime.remote.server")
    parser.add_argument("--host", default="127.0.0.1", help="listen on this address")
    parser.add_argument("--port", type=int, help="9090, or the next free one, when left out")
    parser.add_argument("--tracker", type=_address, metavar="HOST:PORT")
    parser.add_argument("--key", default="", help="the name by which clients ask for it")
    parser.add_argument("--name", default="", help="its address as clients reach it")
    given = parser.parse_args(arguments)
    ports = PORTS if given.port is None else [given.port]
    serve(given.host, ports, given.key, given.tracker, name=given.name)


if __name__ == "__main__":
    main()
