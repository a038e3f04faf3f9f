"""OpenCL kernels that call the system: what they do without a jail, and what the jail refuses."""

import json
import platform
import subprocess
import sys

import pytest

from viz.harness import opencl
from viz.service.sandbox import PROFILES, lacking, probe

pytestmark = [
    pytest.mark.skipif(bool(opencl.missing()), reason=str(opencl.missing())),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the calls are those of x86-64"),
    pytest.mark.skipif(
        sys.platform != "linux" or bool(lacking(PROFILES["run-opencl"], probe())),
        reason="this kernel denies a layer of the jail",
    ),
]

CALLS = {
    "a file": '85, (long)(__constant char*)"{marker}1", 511, 0',
    "a folder": '83, (long)(__constant char*)"{marker}2", 511, 0',
    "a link": '88, (long)(__constant char*)"/etc/passwd", (long)(__constant char*)"{marker}3", 0',
    "a secret": '2, (long)(__constant char*)"/etc/passwd", 0, 0',
    "a program": '59, (long)(__constant char*)"/bin/touch", 0, 0',
    "a socket": "41, 2, 1, 0",
    "a watched parent": "101, 16, call(110, 0, 0, 0), 0",
    "its parent's end": "62, call(110, 0, 0, 0), 9, 0",
    "root again": "105, 0, 0, 0",
    "namespaces": "272, 268435456, 0, 0",
    "a key": "250, 0, -3, 0",
}
"""Calls of the kernel of x86-64 that a program of somebody must not make: less than 0 if refused."""

HEAD = """
long call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
}
"""

JAILED = """
import json, os, socket, sys
from viz.harness.opencl import OpenclLaunch, OpenclMemory, OpenclTask, evaluate
from viz.service.engine import preload
from viz.service.engine.parts import usable
from viz.service.worker import delegate, jail_access, jailed_child
import numpy, pyopencl

text, jailed, folder, count = sys.argv[1], sys.argv[2] == "1", sys.argv[3], int(sys.argv[4])
run = evaluate
if jailed:
    context = jailed_child.ForkContext(
        layers=(), grants=jail_access.grants([]), parent=os.getpid(),
        engine=preload.loaded(usable()), as_owner=jail_access.as_owner([]),
    )
    caller_end, task_end = socket.socketpair()
    if os.fork() == 0:
        jailed_child.run_delegated("run-opencl", task_end.detach(), 7, folder, context)
    run = delegate.DelegatedKernels(caller_end.fileno())
memory = OpenclMemory(bytes(4 * count), 0, 4 * count)
launch = OpenclLaunch("f", (0,), (1, 1, 1), (1, 1, 1))
result = run(OpenclTask(text, (memory,), (launch,)))
print(json.dumps(numpy.frombuffer(result.memories[0], "int32").tolist()))
"""


def results(calls, jailed, folder):
    """Run one kernel that makes some calls and return what each returned."""
    body = "".join(f"  A[{i}] = call({CALLS[name]});\n" for i, name in enumerate(calls))
    text = f"{HEAD}__kernel void f(__global int* A) {{\n{body}}}\n"
    text = text.replace("{marker}", str(folder / "marker"))
    own = folder / "own"
    own.mkdir()
    own.chmod(0o777)
    command = [sys.executable, "-c", JAILED, text, str(int(jailed)), str(own), str(len(calls))]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(zip(calls, json.loads(done.stdout), strict=True))


def test_kernels_do_harm_where_nothing_stops_them(folder):
    found = results(["a file", "a folder", "a link", "a secret"], False, folder)
    assert all(value >= 0 for value in found.values())
    assert len(list(folder.glob("marker*"))) == 3


def test_the_jail_refuses_what_kernels_call(folder):
    found = results(CALLS, True, folder)
    assert all(value < 0 for value in found.values()), found
    assert not [*folder.glob("marker*")]
