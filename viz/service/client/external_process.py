"""Hold a process that is no child of this one by a pidfd, to kill it and to wait for its end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from typing import Protocol


class Process(Protocol):
    """A process that was started, by this one (:class:`subprocess.Popen`) or by another."""

    @property
    def pid(self) -> int:
        """The process number."""

    def kill(self) -> None:
        """Send SIGKILL."""

    def wait(self, timeout: float | None = None) -> object:
        """Wait until the process has ended.

        Raises
        ------
        subprocess.TimeoutExpired
            After ``timeout`` seconds.
        """


class ExternalProcess:
    """A process that is no child of this one; its pidfd never names another with the same number.

    Raises
    ------
    OSError
        When there is no process of that number, or the system has no pidfds.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._pidfd = os.pidfd_open(pid)

    def kill(self) -> None:
        """Send SIGKILL."""
        try:
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has ended

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the process has ended.

        Raises
        ------
        subprocess.TimeoutExpired
            After ``timeout`` seconds.
        """
        if self._pidfd < 0:
            return
        if not select.select([self._pidfd], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        try:
            # In a container this process may be the one that inherits orphans.
            os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            pass  # another process reaps it, as is usual
        os.close(self._pidfd)
        self._pidfd = -1
