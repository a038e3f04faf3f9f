"""Start the app as the README does, and Chromium to open it.

Used by benchmarks/workbench.py, docs/pictures.py and the tests in tests/browser.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserType, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

WEBGPU_FLAGS = [
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
]
"""With these Chromium has a GPU for WebGPU, in software."""


def chromium_path(*flags: str) -> str | None:
    """Return the path of Debian's Chromium, None where it is not installed.

    Its shell without windows takes less time for each page; WebGPU needs the whole browser.
    """
    shell = None if flags else shutil.which("chromium-headless-shell")
    return shell or shutil.which("chromium")


@contextmanager
def driven() -> Iterator[BrowserType]:
    """Start playwright's driver; until it ends no other event loop can run in this thread."""
    with sync_playwright() as started:
        yield started.chromium


@contextmanager
def launched(*flags: str) -> Iterator[Browser]:
    """Start Chromium; until it is closed no other event loop can run in this thread."""
    with driven() as chromium:
        browser = chromium.launch(executable_path=chromium_path(*flags), args=[*FLAGS, *flags])
        yield browser
        browser.close()


class Server:
    """The app on a free port of this machine.

    Parameters
    ----------
    log
        A file for its output, which is discarded when left out.
    starter
        What Python is given to run Streamlit's command line.
    """

    def __init__(
        self, log: Path | None = None, starter: tuple[str, ...] = ("-m", "streamlit")
    ) -> None:
        self.log = log or Path("/dev/null")
        self.starter = starter
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, *self.starter, "run", "app.py"]
        command += ["--server.port", str(self.port), "--server.address", "127.0.0.1"]
        with self.log.open("a") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
        end = time.monotonic() + 60
        while not self.answers():
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.1)

    def answers(self) -> bool:
        """Return whether it takes requests."""
        try:
            with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1) as reply:
                return bool(reply.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        """End it with SIGTERM and check that no process of it is left."""
        assert self.process is not None
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        children = [int(child) for task in tasks for child in task.read_text().split()]
        assert children
        self.process.terminate()
        self.process.wait(30)
        end = time.monotonic() + 60  # an engine that still loads TVM ends once it is loaded
        while any(map(_lives, children)):
            assert time.monotonic() < end, children
            time.sleep(0.1)


@contextmanager
def serving() -> Iterator[str]:
    """Start the app; yield its address."""
    server = Server()
    server.start()
    try:
        yield server.address
    finally:
        server.stop()


def until_quiet(seconds: float = 60.0) -> None:
    """Wait until the machine is idle, at most ``seconds``.

    A server that has just started loads modules in the background for half a minute.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = _idle()
        time.sleep(1)
        if _idle() - before > 0.95 * (os.cpu_count() or 1):
            return


def _idle() -> float:
    """Return the seconds that all processors together have been idle since the start."""
    fields = Path("/proc/stat").read_text().split()
    return int(fields[4]) / os.sysconf("SC_CLK_TCK")


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
