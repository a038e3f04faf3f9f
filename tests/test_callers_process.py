"""A process that calls viz.inspect or viz.testing is left as it is: TVM, the environment, hooks."""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

PREPARE = """
import viz
from viz.frontend.examples import examples
from tests.support.process_watch import Watched, forbid_device_modules
ADD = examples()["add_one"].text
"""
CALLS = {
    "inspect of a text": 'viz.inspect(ADD, ["cuda", "llvm"], passes=True)',
    "inspect of a module, of an older spelling, of what is no program": """
from viz.ir.parse import parse
from viz.frontend.program import read
viz.inspect(parse(read(ADD)).mod, ["c", "cuda"])
viz.inspect(ADD.replace("s_tir=True", ""), ["c"])
for text in ("def f(:", "@T.prim_func\\ndef f():\\n    T.nothing()\\n"):
    try:
        viz.inspect(text)
    except viz.VizError:
        pass
""",
    "testing": """
from viz.testing import assert_pass_changes, assert_source
assert_source(ADD, "c", "CHECK: for (")
assert_source(ADD, "cuda", "CHECK: threadIdx")
assert_pass_changes(ADD, "c", "MakePackedAPI")
try:
    assert_source(ADD, "c", "CHECK: while (")
except AssertionError as error:
    assert "match \\"while (\\"" in str(error), error
else:
    raise SystemExit("no while is written")
""",
}


def watched() -> str:
    code = ""
    for name, call in CALLS.items():
        lines = "\n".join(f"    {line}" for line in call.strip().splitlines())
        code += f"# {name}\nwith Watched():\n{lines}\n"
    return code


# The text and the marks are the same; TVM by itself would compile, and fail.
WITHOUT_DEVICE_MODULES = """
targets = ["cuda", "webgpu"]
plain = viz.inspect(ADD, targets).sources
forbid_device_modules()
with Watched():
    other = viz.inspect(ADD, targets)
assert not other.problems, other.problems
assert other.sources == plain
assert all(source.emissions[0].verified == "expressions" for source in plain.values())
"""

DEEP = """
deep = "@T.prim_func\\ndef f(A: T.Buffer((8,), 'float32')):\\n    A[0] = " + " + ".join(["A[1]"] * 400)
import sys
try:
    viz.inspect(deep, [])
except viz.VizError as error:
    assert "sys.setrecursionlimit" in error.hint, error
else:
    raise SystemExit("the limit was raised")
sys.setrecursionlimit(5000)
assert viz.inspect(deep, []).tree.nodes
"""


def test_nothing_in_the_callers_process_is_changed():
    """Watch a process that calls the library: as usual, too deep a text, without device modules.

    It is one process for all of them: it imports TVM for seconds.
    """
    done = subprocess.run(
        [sys.executable, "-c", PREPARE + watched() + DEEP + WITHOUT_DEVICE_MODULES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr[-3000:]


def test_only_one_module_of_the_engine_changes_its_process():
    """What the whole process shares is assigned in viz/ir/process_state.py alone.

    The server of the remote device is no part of it: it is a program of its own.
    """
    rooms = ("ir", "passes", "codegen", "runtime", "testing", "provenance")
    paths = [path for room in rooms for path in sorted((ROOT / "viz" / room).rglob("*.py"))]
    changing = {
        path.relative_to(ROOT / "viz").as_posix()
        for path in paths
        if changes(ast.parse(path.read_text("utf-8")))
    }
    assert changing == {"ir/process_state.py", "runtime/remote/server.py"}


SHARED = {"inspect", "logging", "os", "sys", "threading", "tvm", "tvm_ffi", "warnings"}
CHANGING = {
    *("setattr", "setrecursionlimit", "putenv", "unsetenv", "chdir", "umask", "signal"),
    *("redirect_stdout", "redirect_stderr", "catch_warnings", "filterwarnings", "simplefilter"),
}


def changes(tree: ast.Module) -> list[str]:
    """Return the places that assign to a shared module, its members or the environment."""
    names = {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if (getattr(node, "module", None) or alias.name).partition(".")[0] in SHARED
    }
    calls = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(
            node.ctx, ast.Store | ast.Del
        ):
            calls += [text for text in [ast.unparse(node)] if text.partition(".")[0] in names]
        if isinstance(node, ast.Call):
            function = ast.unparse(node.func)
            writes = re.match(r"os\.environ\.(?!get\b)", function)
            if writes or function.rpartition(".")[2] in CHANGING:
                calls.append(function)
    return calls
