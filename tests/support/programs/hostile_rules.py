"""Rules that mean harm, for the expression Mul: each with what is said of it."""

import textwrap


def binary(level: int, sign: str) -> str:
    """Return the rule that writes ``a + b``."""
    return f'def rule(w, of):\n    return {level}, (of.part["a"], " {sign} ", of.part["b"])\n'


def _body(text: str) -> str:
    inner = textwrap.indent(textwrap.dedent(text).strip(), "    ")
    return f"def rule(w, of):\n{inner}\n    return 10, (of.part['a'], ' * ', of.part['b'])\n"


HOSTILE: dict[str, tuple[str, str]] = {
    "an endless loop": (_body("while True: pass"), "stopped after 3 seconds"),
    "memory": (_body("kept = [0] * (1 << 34)"), "MemoryError"),
    "much memory piece by piece": (
        _body("kept = []\nwhile True: kept.append(bytes(1 << 26))"),
        "MemoryError",
    ),
    "reads a file": (_body("open('/etc/passwd').read()"), "PermissionError"),
    "writes a file": (_body("open('written', 'w').write('x')"), "PermissionError"),
    "the network": (
        _body("import socket\nsocket.socket()"),
        "PermissionError",
    ),
    "forks": (_body("import os\nos.fork()"), "PermissionError"),
    "starts a program": (
        _body("import subprocess\nsubprocess.run(['/bin/true'])"),
        "PermissionError",
    ),
    "kills its parent": (_body("import os\nos.kill(os.getppid(), 9)"), "PermissionError"),
    "lists a folder": (_body("import os\nos.listdir('/')"), "PermissionError"),
    "many threads": (
        _body(
            "import threading, time\nwhile True:\n"
            "    threading.Thread(target=time.sleep, args=(99,), daemon=True).start()"
        ),
        "RuntimeError: can't start new thread",
    ),
    "sys.exit": (_body("import sys\nsys.exit(0)"), "SystemExit"),
    "os._exit": (_body("import os\nos._exit(0)"), "the process that tried the rules ended"),
    "a segmentation fault": (
        _body("import ctypes\nctypes.string_at(0)"),
        "the process that tried the rules ended",
    ),
    "patches builtins": (
        _body("import builtins\nbuiltins.len = builtins.isinstance = None"),
        "",
    ),
    "patches our code": (
        _body("from viz.step import own_rules, writer\nwriter.RuleWriter._write = None"),
        "",
    ),
    "much text": (
        "def rule(w, of):\n    return 10, ('x' * 2_000_000,)\n",
        "more than 1,000,000 characters",
    ),
    "an error that cannot be told": (
        _body("class Odd(Exception):\n    def __str__(self): raise ValueError\nraise Odd"),
        "it stopped with Odd",
    ),
    "an error of no kind": (
        _body("class Odd(BaseException): pass\nraise Odd('x' * 100_000_000)"),
        "it stopped with Odd: xxx",
    ),
    "an interrupt": (_body("raise KeyboardInterrupt"), "it stopped with KeyboardInterrupt"),
    "the end of an iteration": (_body("raise StopIteration"), "it stopped with StopIteration"),
    "a string of its own kind": (
        _body("class S(str):\n    def replace(self, *a): raise SystemExit\nreturn 1, (S('xyz'),)"),
        "NameError: name 'xyz' is not defined",
    ),
    "a generator": ("def rule(w, of):\n    yield 'x'\n", "returned a generator"),
    "marks of its own": (
        _body("from viz.model import Mark\nw._marks += [Mark(0, 10**9, 10**9)]"),
        "no walk over the tree",
    ),
    "a text that does harm": (
        "def rule(w, of):\n    return 10, ('__import__(\"os\").fork()',)\n",
        "PermissionError",
    ),
    "a text that ends the process": (
        "def rule(w, of):\n    return 10, ('__import__(\"os\")._exit(0)',)\n",
        "the process that tried the rules ended",
    ),
    "a text that is no text": ("def rule(w, of):\n    return 10, ('\\0',)\n", "null bytes"),
}
