"""Harmful names, arguments, options, sizes and stages beside a text, and harmful references.

With the gates and without them: no file may appear, whoever asked is told why, the next works.
"""

import sys
import time

import pytest

from viz.model import (
    DiffPart,
    End,
    Options,
    Overview,
    Request,
    RunPart,
    SourcePart,
    StageTextPart,
    TreePart,
)
from viz.service.client.submit import Engine, Submission, submit_all
from viz.service.wire import MOST_PROBLEM_CHARACTERS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the jail is Linux's")

SECRET = "the owner's own secret"
EVIL = "__import__('os').system('touch MARKER')"
PLAIN = """@T.prim_func
def f(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        B[i] = A[i]
"""
SIZED = """@T.prim_func
def f(a: T.handle):
    n = T.int32()
    A = T.match_buffer(a, (n,), "float32")
    for i in range(n):
        A[i] = T.float32(1)
"""
FACTORY = """def make(N):
    @T.prim_func
    def f(A: T.Buffer((N,), "float32")):
        for i in range(N):
            A[i] = T.float32(1)
    return f
"""


def source(target="llvm", **options):
    return {"target": target, "part": SourcePart(), "options": Options(**options)}


def run(text=PLAIN, **fields):
    return {"text": text, "part": RunPart(**fields)}


# What a request holds beside a program. All of these must be refused, with a reason.
REFUSED = {
    "a definition": {"definition": EVIL},
    "a function": {"function": EVIL},
    "an argument that is code": {"text": FACTORY, "arguments": {"N": EVIL}},
    "an argument that ends a string": {"text": FACTORY, "arguments": {"N": f"8') or {EVIL} or ('"}},
    "an argument's name": {"text": FACTORY, "arguments": {f"N={EVIL},x": 1, "N": 8}},
    "an infinite argument": {"text": FACTORY, "arguments": {"N": float("inf")}},
    "an argument that is no number": {"text": FACTORY, "arguments": {"N": float("nan")}},
    "a target that is code": source(EVIL),
    "a target that is a path": source("../../../etc/passwd"),
    "a target that is JSON": source('{"kind": "llvm"}'),
    "another machine": source(attributes={"mtriple": "../../x"}),
    "options of LLVM": source(attributes={"cl-opt": "-load=/tmp/evil.so"}),
    "libraries": source(attributes={"libs": "cblas"}),
    "a host": source("cuda", attributes={"host": f"c -keys={EVIL}"}),
    "another kind": source("c", attributes={"kind": "ext_dev"}),
    "a pass": source(config={"tirx.add_lower_pass": EVIL}),
    "an unknown pass": source(config={EVIL: True}),
    "an infinite option": source(config={"tirx.disable_vectorize": float("-inf")}),
    "a stage out of range": {"part": StageTextPart(stage=10**9)},
    "a stage before the first": {"part": TreePart(stage=-1)},
    "a difference of nothing": {"part": DiffPart(before=-5, after=10**9)},
    "a device that is a path": run(device="../c"),
    "a seed below zero": run(seed=-1),
    "a size of terabytes": run(SIZED, sizes={"n": 10**12}),
    "a size of nothing": run(SIZED, sizes={"n": 0}),
    "a size that is code": run(SIZED, sizes={EVIL: 8}),
    "ranges without an end": run(f"{PLAIN}RANGES = {{'A': (1e999, -1e999)}}\n"),
    "a character that is none": {"text": f"{PLAIN}\0"},
    "half a character": {"text": f"{PLAIN}# \ud800"},
}
# These may do what they say, or not; they must do no harm.
HARMLESS = {
    "a huge argument": {"text": FACTORY, "arguments": {"N": 10**18}},
    "an argument beyond 64 bits": {"text": FACTORY, "arguments": {"N": 10**30}},
    "a long processor": source(arch="x" * 100_000),
    "a processor that is code": source("cuda", arch=f"sm_80; {EVIL}"),
    "a processor that is a file": source("cuda", arch="sm_80 -Xcompiler @/etc/passwd"),
    "sizes that are code": run(f"{PLAIN}SIZES = {{'n': {EVIL}}}\n"),
    "sizes that are classes": run(f"{PLAIN}SIZES = ().__class__.__bases__[0].__subclasses__()\n"),
    "ranges that are code": run(f"{PLAIN}RANGES = {{'A': (float('nan'), {EVIL})}}\n"),
    "a reference's module": run(reference=f"{EVIL}\ndef reference(A): return A\n"),
    "a reference's default": run(reference=f"def reference(A, x={EVIL}): return A\n"),
    "a reference's decorator": run(reference=f"@{EVIL}\ndef reference(A): return A\n"),
    "a reference's annotation": run(reference=f"def reference(A: {EVIL}): return A\n"),
    "what stands around a reference": run(
        f"import os\nX = {EVIL}\n{PLAIN}\ndef reference(A):\n    os.system('touch MARKER')\n    return A\n"
    ),
    "another encoding": {"text": f"# -*- coding: utf-7 -*-\n# +AAo-{EVIL}\n{PLAIN}"},
    "a comment on types": {"text": PLAIN.replace("(8):", f"(8): # type: {EVIL}\n       ")},
    "old line ends": {"text": PLAIN.replace("\n", f" # {EVIL}\r")},
}

# Expressions of a reference, and what must be in what is said of them.
REFERENCES = {
    "the owner's variables": ("str(os.environ)", "failed: ValueError"),
    "the fork server's memory": ("open(f'/proc/{os.getppid()}/mem', 'rb')", "PermissionError"),
    "the fork server's variables": ("open(f'/proc/{os.getppid()}/environ')", "PermissionError"),
    "its own maps": ("open('/proc/self/maps')", "PermissionError"),
    "who is there": ("os.listdir('/proc')", "PermissionError"),
    "what is there": ("os.listdir('/tmp')", "PermissionError"),
    "a file of the server": ("open(os.path.join(sys.prefix, 'pyvenv.cfg'))", "PermissionError"),
    "a symbolic link": ("os.symlink('/etc/passwd', 'MARKER')", "PermissionError"),
    "a hard link": ("os.link('/etc/passwd', 'MARKER')", "PermissionError"),
    "a pipe with a name": ("os.mkfifo('MARKER')", "PermissionError"),
    "a device": ("os.mknod('MARKER')", "PermissionError"),
    "a temporary file": ("__import__('tempfile').mkdtemp()", "Error"),
    "a local socket": ("socket.socket(socket.AF_UNIX)", "PermissionError"),
    "the kernel's socket": ("socket.socket(16, 3, 0)", "PermissionError"),
    "a name's address": ("socket.getaddrinfo('localhost', 80)", "rror"),
    "a process": ("subprocess.run(['true'])", "Error"),
    "processes": ("multiprocessing.Process(target=print).start()", "Error"),
    "everybody's end": ("os.kill(-1, 9)", "PermissionError"),
    "the fork server's end": ("os.killpg(os.getpgid(os.getppid()), 9)", "PermissionError"),
    "its group": ("os.setpgid(0, 0)", "PermissionError"),
    "its session": ("os.setsid()", "PermissionError"),
    "its user": ("os.setuid(0)", "PermissionError"),
    "its root": ("os.chroot('/tmp')", "PermissionError"),
    "its priority": ("os.setpriority(0, 0, -20)", "PermissionError"),
    "its limits": ("resource.setrlimit(resource.RLIMIT_AS, (-1, -1))", "Error"),
    "threads without end": ("[threading.Thread(target=time.sleep, args=(9,)).start() for _ in range(5000)]", "RuntimeError"),
    "files without end": ("[os.dup(0) for _ in range(5000)]", "OSError"),
    "files in memory": ("os.memfd_create('x')", "PermissionError"),
    "its fork server's memory, traced": ("ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)", "failed: ValueError: -1"),
    "words to every file": ("[os.write(n, b'\\xff' * 64) for n in range(3, 64)]", "reference"),
    "marks of a terminal": ("'\\x1b]0;mine\\x07'", "failed: ValueError"),
    "an endless text": ("'x' * 10_000_000", "failed: ValueError"),
}  # fmt: skip
REFERENCE = """def reference(A):
    import ctypes, multiprocessing, os, resource, socket, subprocess, sys, threading, time
    raise ValueError({})
"""


@pytest.fixture(scope="module")
def engines():
    """Engines with the gates on and off, started where the owner has a secret."""
    patch = pytest.MonkeyPatch()
    patch.setenv("SECRET_OF_THE_OWNER", SECRET)
    made = {}
    for gates in ("on", "off"):
        if gates == "off":
            patch.setenv("TIRSCOPE_GATES", gates)
        made[gates] = Engine()
        assert made[gates].lease()[0].wait_until_ready(60)
    patch.undo()
    yield made
    for engine in made.values():
        engine.close()


def aimed(fields, marker):
    """Return a request with the path of a file that must not appear."""
    fields = {"text": PLAIN} | fields

    def aim(value):
        if isinstance(value, str):
            return value.replace("MARKER", marker)
        if isinstance(value, dict):
            return {aim(key): aim(inner) for key, inner in value.items()}
        return value

    fields = {key: aim(value) for key, value in fields.items()}
    if isinstance(fields.get("part"), RunPart):
        part = fields["part"]
        fields["part"] = RunPart(
            device=part.device, seed=part.seed, sizes=aim(part.sizes), reference=aim(part.reference)
        )
    return Request(**fields)


def ends(engine, *requests, seconds=10.0):
    frames = submit_all(requests, engine=engine, seconds=seconds).frames()
    ends_by_index = {frame.index: frame for frame in frames if isinstance(frame, End)}
    return [ends_by_index[index] for index in range(len(requests))]


def next_works(engine):
    text = f"{PLAIN}# {time.monotonic_ns()}\n"
    assert isinstance(Submission(engine, Request(text=text)).result(), Overview)


@pytest.mark.parametrize("gates", ["on", "off"])
def test_what_comes_with_a_text_is_held_to_what_it_is_for(engines, folder, gates):
    asked = REFUSED | HARMLESS
    requests = [aimed(fields, str(folder / "marker")) for fields in asked.values()]
    for name, end in zip(asked, ends(engines[gates], *requests), strict=True):
        assert end.status in ("ok", "failed"), name
        if name in REFUSED:
            assert end.status == "failed", name
        if end.status == "failed":
            assert end.problem.code not in ("internal", "worker"), (name, end.problem)
            assert end.problem.message
    assert not list(folder.iterdir())
    next_works(engines[gates])


def test_a_reference_learns_and_changes_nothing(engines, folder):
    asked = {
        name: run(reference=REFERENCE.format(expression))
        for name, (expression, _) in REFERENCES.items()
    }
    requests = [aimed(fields, str(folder / "marker")) for fields in asked.values()]
    for name, end in zip(asked, ends(engines["on"], *requests), strict=True):
        assert end.status == "failed", name
        assert REFERENCES[name][1] in end.problem.message, (name, end.problem.message)
        assert SECRET not in end.problem.message, name
        assert len(end.problem.message) <= MOST_PROBLEM_CHARACTERS
    assert not list(folder.iterdir())
    next_works(engines["on"])
