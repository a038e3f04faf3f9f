"""The jail, layer by layer, with both gates off: what is refused, and what still works."""

import ctypes
import errno
import functools
import mmap
import os
import platform
import signal
import socket
import struct
import sys
import threading
import time
from pathlib import Path

import pytest

from viz.service.sandbox import (
    PROFILES,
    Grants,
    identity,
    lacking,
    landlock,
    restrict,
    rlimits,
    seccomp,
)
from viz.service.sandbox.jail import Layer
from viz.service.sandbox.kernel import prctl, syscall
from viz.service.sandbox.profiles import MIB
from viz.service.sandbox.syscall_numbers import NUMBERS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")

USER = 61_300
X86_64 = NUMBERS["x86_64"]


def outcome(layers, act):
    """Run something in a forked process behind some layers.

    Returns what it returned, or the name of the error or signal that it ended with.
    """
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        result = "?"
        try:
            for layer in layers:
                layer()
            result = str(act())
        except OSError as error:
            result = errno.errorcode.get(error.errno, "?")
        except BaseException as error:
            result = type(error).__name__
        finally:
            os.write(write_end, result.encode())
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as stream:
        result = stream.read()
    _, status = os.waitpid(pid, 0)
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else result


@functools.cache
def granted(name):
    """Whether this kernel grants a layer."""
    layer = {
        "landlock": lambda: landlock.restrict(Grants()),
        "seccomp": lambda: seccomp.restrict("closed", os.getpid()),
        "identity": lambda: identity.restrict(USER),
    }[name]
    return outcome([identity.no_new_privileges, layer], lambda: "on") == "on"


def need(name):
    if not granted(name):
        pytest.skip(f"this kernel denies {name}")


def limited(**values):
    return lambda: rlimits.restrict(PROFILES["view"]._replace(**values))


def behind_seccomp(calls, act):
    need("seccomp")
    return outcome([identity.no_new_privileges, lambda: seccomp.restrict(calls, os.getpid())], act)


def behind_landlock(grants, act):
    need("landlock")
    return outcome([identity.no_new_privileges, lambda: landlock.restrict(grants)], act)


def spin():
    while True:
        pass


def connect():
    with socket.socket() as tried:
        tried.connect(("127.0.0.1", 9))


def start_thread():
    seen = []
    thread = threading.Thread(target=seen.append, args=(1,))
    thread.start()
    thread.join()
    return seen


def start_threads():
    threading.stack_size(1 << 16)
    for _ in range(5000):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()


def write_file(path):
    Path(path).write_text("x", encoding="utf-8")


# ---------------------------------------------------------------- one layer at a time


@pytest.mark.parametrize(
    ("values", "act", "expected"),
    [
        ({"memory": 64 * MIB}, lambda: len(mmap.mmap(-1, 256 * MIB)), "ENOMEM"),
        ({"memory": 64 * MIB}, lambda: len(bytearray(256 * MIB)), "MemoryError"),
        ({"processor": 1}, spin, "SIGXCPU"),
        ({"opened": 16}, lambda: [os.dup(0) for _ in range(32)], "EMFILE"),
    ],
    ids=["mapping", "allocation", "processor", "files"],
)
def test_limits_hold(values, act, expected):
    # A processor that was late to tell may end a process by the hard limit, a second above.
    also = "SIGKILL" if expected == "SIGXCPU" else expected
    assert outcome([limited(**values)], act) in (expected, also)


def test_no_file_grows(tmp_path):
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        path = str(tmp_path / "grown")
        # The suite's own open files must not be what stops it.
        assert outcome([limited(written=0, opened=1 << 12)], lambda: write_file(path)) == "SIGXFSZ"
    finally:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as Python has it


def test_limits_cannot_be_raised():
    import resource

    def raise_it():
        resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 10, 1 << 10))

    need("identity")
    layers = [limited(opened=16), lambda: identity.restrict(USER)]
    assert outcome(layers, raise_it) in ("EPERM", "ValueError")


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda: os.open("/etc/passwd", os.O_RDONLY), "EACCES"),
        (lambda: Path("/etc/passwd").stat(), "ENOENT"),
        (lambda: list(Path("/").iterdir()), "EACCES"),
        (lambda: write_file("/tmp/written"), "EACCES"),
        (lambda: Path("/tmp/made").mkdir(), "EPERM"),
        (lambda: Path("/tmp/none").unlink(), "EPERM"),
        (lambda: socket.socket(), "EPERM"),
        (lambda: socket.socketpair(), "EPERM"),
        (lambda: os.fork(), "EPERM"),
        (lambda: os.execv("/bin/true", ["true"]), "EPERM"),
        (lambda: os.kill(os.getppid(), 0), "EPERM"),
        (lambda: os.kill(-1, 0), "EPERM"),
        (lambda: os.pidfd_open(os.getppid()), "EPERM"),
        (lambda: os.setsid(), "EPERM"),
        (lambda: os.setpriority(os.PRIO_PROCESS, 0, 5), "EPERM"),
        (lambda: os.memfd_create("x"), "EPERM"),
        (lambda: prctl(38, 0), "EPERM"),
        (lambda: start_thread(), "[1]"),
        (lambda: len(os.urandom(4)), "4"),
        (lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC).close(), "None"),
    ],
)
def test_seccomp_lets_a_worker_compute_and_nothing_else(act, expected):
    assert behind_seccomp("closed", act) == expected


def test_a_thread_that_asks_for_processors_is_told_that_it_has_them():
    def pin(process):
        before = os.sched_getaffinity(os.getppid())
        os.sched_setaffinity(process(), {min(before)})
        return os.sched_getaffinity(os.getppid()) == before

    assert behind_seccomp("closed", lambda: pin(os.getppid)) == "True"
    assert behind_seccomp("library", lambda: pin(lambda: 0)) == "True"


def test_machine_code_does_not_see_what_is_there():
    def look():
        path = Path("/etc/passwd")
        return path.exists(), os.access(path, os.R_OK), list(Path("/").iterdir())

    assert behind_seccomp("library", look) == "(False, False, [])"
    assert behind_seccomp("library", lambda: Path("/proc/self/exe").readlink()) == "ENOENT"
    assert behind_seccomp("library", lambda: os.fstat(0).st_size >= 0) == "True"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="these numbers are x86-64's")
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("ptrace", (101, 16, 1, 0, 0), "EPERM"),
        ("process_vm_readv", (310, 1, 0, 0, 0, 0, 0), "EPERM"),
        ("io_uring_setup", (425, 1, 0), "EPERM"),
        ("bpf", (321, 0, 0, 0), "EPERM"),
        ("mount", (165, 0, 0, 0, 0, 0), "EPERM"),
        ("unshare", (272, 0x10000000), "EPERM"),
        ("userfaultfd", (323, 0), "EPERM"),
        ("keyctl", (250, 0), "EPERM"),
        ("perf_event_open", (298, 0, 0, 0, 0, 0), "EPERM"),
        ("clone into a new process", (X86_64["clone"], 17, 0, 0, 0, 0), "EPERM"),
        ("clone into a namespace", (X86_64["clone"], 0x10010000, 0, 0, 0, 0), "EPERM"),
        ("clone3", (X86_64["clone3"], 0, 0), "ENOSYS"),
        ("tgkill of the parent", (X86_64["tgkill"], os.getpid(), os.getpid(), 0), "EPERM"),
        ("fcntl F_SETOWN", (X86_64["fcntl"], 0, 8, 0), "EPERM"),
        ("ioctl TIOCSTI", (X86_64["ioctl"], 0, 0x5412, 0), "ENOTTY"),
        ("the 32-bit interface's numbers", (0x40000000 + 1, 1, 0, 0), "SIGSYS"),
    ],
)
def test_seccomp_by_number(name, arguments, expected):
    assert behind_seccomp("closed", lambda: syscall(*arguments)) == expected


@pytest.mark.parametrize("flags", [os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_APPEND])
def test_seccomp_opens_to_read_only(flags, tmp_path):
    path = tmp_path / "file"
    path.write_text("x")
    assert behind_seccomp("library", lambda: os.open(path, flags)) == "EPERM"
    assert behind_seccomp("library", lambda: os.read(os.open(path, os.O_RDONLY), 1)) == "b'x'"


def test_landlock_opens_what_is_granted(tmp_path):
    for name in ("read", "written", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("content")
    grants = Grants(reads=[str(tmp_path / "read")], writes=[str(tmp_path / "written")])

    def read(name):
        return (tmp_path / name / "file").read_text()

    assert behind_landlock(grants, lambda: read("read")) == "content"
    assert behind_landlock(grants, lambda: read("other")) == "EACCES"
    assert behind_landlock(grants, lambda: write_file(tmp_path / "read" / "new")) == "EACCES"
    assert behind_landlock(grants, lambda: write_file(tmp_path / "written" / "new")) == "None"
    assert behind_landlock(grants, lambda: os.execv("/bin/true", ["true"])) == "EACCES"
    # What is in no folder stays: a library that was handed over.
    memory = os.memfd_create("library")
    os.write(memory, b"library")
    path = Path(f"/proc/self/fd/{memory}")
    assert behind_landlock(Grants(), path.read_text) == "library"
    os.close(memory)


def test_landlock_keeps_signals_and_tcp_inside():
    need("landlock")
    if landlock.version() >= landlock.NETWORK_SINCE:
        assert behind_landlock(Grants(), connect) == "EACCES"
    if landlock.version() >= landlock.SCOPES_SINCE:
        assert behind_landlock(Grants(), lambda: os.kill(os.getppid(), 0)) == "EPERM"


def test_identity_gives_up_root_for_good():
    need("identity")
    layers = [lambda: identity.restrict(USER), identity.no_new_privileges]

    def who():
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return [line.split()[1] for line in lines if line.startswith(("CapEff", "NoNewPrivs"))]

    assert outcome(layers, who) == "['0000000000000000', '1']"
    if os.geteuid() == 0:
        assert outcome(layers, os.geteuid) == str(USER)
        assert outcome(layers, lambda: os.setuid(0)) == "EPERM"
        assert outcome(layers, lambda: os.kill(os.getppid(), 0)) == "EPERM"
        assert outcome(layers, start_threads) == "RuntimeError"


# ---------------------------------------------------------------- all layers together


def test_the_layers_that_hold_are_reported(monkeypatch):
    def refused(*arguments):
        raise OSError(errno.EOPNOTSUPP, "switched off")

    monkeypatch.setattr(landlock, "restrict", refused)
    monkeypatch.setattr(seccomp, "restrict", lambda calls, own: calls)
    monkeypatch.setattr(rlimits, "restrict", lambda profile: "limits")
    monkeypatch.setattr(identity, "restrict", lambda user: "nobody")
    monkeypatch.setattr(identity, "no_new_privileges", lambda: "none")
    layers = restrict(PROFILES["run-library"], Grants(), USER)
    assert [layer.name for layer in layers if not layer.on] == ["landlock"]
    # Nothing can tell one file from another then, so none may be opened.
    assert layers[-1] == Layer("seccomp", True, "closed")
    monkeypatch.delenv("TIRSCOPE_UNJAILED", raising=False)
    assert not lacking(PROFILES["run-library"], layers)
    assert [layer.name for layer in lacking(PROFILES["run-python"], layers)] == ["landlock"]
    monkeypatch.setenv("TIRSCOPE_UNJAILED", "1")
    assert not lacking(PROFILES["run-python"], layers)


def test_the_whole_jail_lets_native_code_do_nothing(tmp_path):
    """What machine code can do, called past Python: as an attack that got through would."""
    need("seccomp")
    need("landlock")
    libc = ctypes.CDLL(None, use_errno=True)
    marker = str(tmp_path / "marker").encode()
    tmp_path.chmod(0o777)

    def attack():
        libc.system(b"touch " + marker)
        libc.open(marker, os.O_CREAT | os.O_WRONLY, 0o666)
        libc.syscall(X86_64["openat"], -100, marker, os.O_CREAT | os.O_WRONLY, 0o666)
        libc.mkdir(marker, 0o777)
        return libc.socket(2, 1, 0), libc.fork()

    for name in ("view", "run-library", "run-python"):
        result = outcome([lambda name=name: restrict(PROFILES[name], Grants(), USER)], attack)
        assert result == "(-1, -1)"
        assert list(tmp_path.iterdir()) == []


def test_a_restricted_process_dies_with_its_parent():
    read_end, write_end = os.pipe()
    middle = os.fork()
    if middle == 0:
        inner = os.fork()
        if inner == 0:
            restrict(PROFILES["view"], Grants(), USER)
            os.write(write_end, struct.pack("i", os.getpid()))
            spin()
        time.sleep(60)
    os.close(write_end)
    (inner,) = struct.unpack("i", os.read(read_end, 4))
    os.kill(middle, signal.SIGKILL)
    os.waitpid(middle, 0)
    # The end of its open pipe is the end of the process.
    assert os.read(read_end, 1) == b""
    os.close(read_end)
