"""The commands of the command line: output, notes, exit status."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from viz import cli
from viz.errors import RunError
from viz.frontend.examples import examples
from viz.model import catalog

ROOT = Path(__file__).resolve().parents[2]
DYNAMIC = examples()["dynamic_add"].text


@pytest.fixture
def shell(capfdbinary, monkeypatch):
    def run(*arguments, stdin=""):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(stdin.encode())))
        try:
            status = cli.main(arguments)
        except SystemExit as left:
            status = left.code
        out, err = capfdbinary.readouterr()
        return SimpleNamespace(
            status=status, out=out, text=out.decode("utf-8", "replace"), err=err.decode()
        )

    monkeypatch.chdir(ROOT)
    return run


def test_the_notes_program_piped_in(shell):
    done = shell("source", "-", "--target", "c", stdin=examples()["add_one"].text)
    assert done.status == 0
    assert "B[i] = (A[i] + 1.000000e+00f);" in done.text
    assert "4 older spellings were brought up to date" in done.err
    listed = shell("source", "-", "--target", "c", "-v", stdin=examples()["add_one"].text)
    line = examples()["add_one"].text.split("T.block")[0].count("\n") + 1
    assert f"line {line}: block → sblock" in listed.err


def test_cuda_source(shell):
    done = shell("source", "examples/matmul.py", "--target", "cuda", "--part", "device")
    assert "__global__" in done.text
    assert "default schedule" in done.err
    assert (
        "__global__"
        not in shell("source", "examples/matmul.py", "--target", "cuda", "--part", "host").text
    )


def test_llvm_forms(shell):
    assert (
        ".text"
        in shell("source", "examples/matmul.py", "--target", "llvm", "--form", "assembly").text
    )
    assert (
        "define" in shell("source", "examples/matmul.py", "--target", "llvm", "--form", "ir").text
    )


@pytest.mark.parametrize("device", ["c", "llvm"])
def test_run_passes(shell, device):
    done = shell("run", "examples/add_one.py", "--device", device)
    assert done.status == 0
    assert "pass: ran on" in done.text


def test_run_names_its_device_in_its_part_alone(shell, monkeypatch):
    requests = []

    def submit(request):
        requests.append(request)
        raise RunError("not sent")

    monkeypatch.setattr("viz.cli.commands.running.run.submit", submit)
    for device in catalog.devices():
        assert shell("run", "examples/add_one.py", "--device", device).status == 1
    assert [request.part.device for request in requests] == list(catalog.devices())
    assert {request.target for request in requests} <= catalog.targets().keys()


def test_run_exits_1_when_the_check_fails(shell):
    done = shell("run", "-", stdin=examples()["add_one"].text.replace("+ 1.0", "+ 2.0"))
    assert done.status == 1
    assert "FAIL" in done.text
    assert "8 elements differ, first at [0]" in done.text


@pytest.mark.parametrize(
    ("format", "magic"),
    [
        ("svg", b"<svg"),
        ("dot", b"digraph"),
        ("png", b"\x89PNG"),
        ("pdf", b"%PDF"),
        ("text", b"IRModule"),
    ],
)
def test_ast_formats(shell, format, magic):
    done = shell("ast", "examples/if_double.py", "--format", format)
    assert done.status == 0
    assert magic in done.out[:200]


def test_ast_options(shell, tmp_path):
    short = shell("ast", "examples/matmul.py", "--depth", "3")
    assert short.text.count("\n") < 8
    final = shell("ast", "examples/matmul.py", "--stage", "final", "--target", "cuda")
    assert "main_kernel: PrimFunc" in final.text
    out = tmp_path / "tree.svg"
    assert shell("ast", "examples/matmul.py", "--format", "svg", "-o", str(out)).status == 0
    assert out.read_text().startswith("<svg")


def test_lower_lists_the_passes(shell):
    done = shell("lower", "examples/softmax.py", "--target", "cuda")
    assert done.status == 0
    rows = [line.split() for line in done.text.splitlines()]
    assert rows[0] == ["pass", "part", "nodes", "ms"]
    flat = next(row for row in rows if "tirx.FlattenBuffer" in row)
    assert (flat[1], flat[3]) == ("*", "all")
    assert int(flat[4]) > int(flat[5]) > 0
    assert [int(row[0]) for row in rows[1:]] == list(range(1, len(rows)))
    changed = shell("lower", "examples/softmax.py", "--target", "cuda", "--changed").text
    shown = [line.split() for line in changed.splitlines()[1:]]
    assert {row[1] for row in shown} == {"*"}
    assert len(shown) < len(rows) / 2


def test_lower_prints_the_program_after_a_pass(shell):
    for wanted in ("flattenbuffer", "tirx.FlattenBuffer", "19"):
        done = shell("lower", "examples/matmul.py", "--target", "c", "--pass", wanted)
        assert done.status == 0
        assert "C_1[i * 128 + j]" in done.text
    stage = shell("lower", "examples/matmul.py", "--target", "c", "--pass", "0")
    assert "T.sblock" in stage.text


def test_lower_prints_a_diff(shell, monkeypatch):
    arguments = ("lower", "examples/matmul.py", "--target", "c", "--diff", "--pass")
    lines = shell(*arguments, "LowerInitBlock").text.splitlines()
    assert lines[:2] == ["--- 3 s_tir.LowerCrossThreadReduction", "+++ 4 s_tir.LowerInitBlock"]
    assert "-                with T.init():" in lines
    assert "+                if vk == 0:" in lines
    unchanged = shell(*arguments, "UnrollLoop")
    assert (unchanged.status, unchanged.text) == (0, "")
    assert "changed nothing" in unchanged.err
    # A half of the split module is compared with the whole, not with the other half.
    halves = shell("lower", "examples/add_one.py", "--target", "cuda", "--diff", "--pass", "50")
    assert halves.text.startswith("--- 48 ")
    assert "-    def main(" in halves.text
    assert "-    def main_kernel(" not in halves.text


@pytest.mark.parametrize("coloured", [True, False])
def test_a_diff_is_coloured_on_a_terminal_only(shell, monkeypatch, coloured):
    monkeypatch.setattr("sys.stdout.isatty", lambda: coloured)
    monkeypatch.delenv("NO_COLOR", raising=False)
    done = shell("lower", "examples/matmul.py", "--target", "c", "--diff", "--pass", "4")
    assert ("\x1b[32m+" in done.text) == coloured
    monkeypatch.setenv("NO_COLOR", "1")
    done = shell("lower", "examples/matmul.py", "--target", "c", "--diff", "--pass", "4")
    assert "\x1b" not in done.text


def test_lower_tells_of_a_pass_that_throws(shell):
    failing = ("lower", "examples/transpose_shared.py", "--target", "c")
    done = shell(*failing)
    assert done.status == 1
    *_, last = done.text.splitlines()
    assert "✗ tirx.LowerTVMBuiltin" in last
    assert "bound to GPU threads" in done.err
    assert 'for by in T.thread_binding(4, thread="blockIdx.y"):' in done.err
    stage = shell(*failing, "--pass", "LowerTVMBuiltin")
    assert stage.status == 1
    assert "T.alloc_shared" in stage.text
    assert "bound to GPU threads" in stage.err
    before = shell(*failing, "--pass", "FlattenBuffer")
    assert (before.status, before.err) == (0, "")
    data = json.loads(shell(*failing, "--json").text)
    assert data["passes"][-1]["problem"]["code"] == "lowering"


def test_lower_tells_of_a_failure_before_any_pass(shell):
    for more in (), ("--pass", "FlattenBuffer"):
        done = shell("lower", "examples/if_double.py", "--target", "cuda", *more)
        assert (done.status, done.text) == (1, "")
        assert "has no thread bindings" in done.err
        assert "def main" in done.err


def test_the_tree_after_a_pass(shell):
    done = shell("ast", "examples/matmul.py", "--stage", "19", "--depth", "6")
    assert "DeclBuffer" in done.text
    assert shell("ast", "examples/matmul.py", "--stage", "999").status == 2
    assert shell("ast", "examples/matmul.py", "--stage", "late").status == 2


def test_json_is_the_data(shell):
    tree = json.loads(shell("ast", "examples/if_double.py", "--json").text)
    assert tree["nodes"][0]["title"] == "IRModule"
    source = json.loads(shell("source", "examples/if_double.py", "--target", "c", "--json").text)
    assert source["target"] == "c"
    outcome = json.loads(shell("run", "examples/if_double.py", "--json").text)
    assert outcome["passed"] is True
    assert json.loads(shell("doctor", "--json").text)["checks"]
    lower = ("lower", "examples/if_double.py", "--target", "c", "--json")
    assert json.loads(shell(*lower).text)["passes"][0]["name"] == "tirx.BindTarget"
    assert json.loads(shell(*lower, "--pass", "19").text)["marks"]
    assert json.loads(shell(*lower, "--pass", "19", "--diff").text)["lines"]


def test_options_of_the_target(shell):
    done = shell(
        "source", "examples/vector_add.py", "--target", "cuda", "--arch", "sm_90", "--json"
    )
    assert "sm_90" in json.loads(done.text)["target_text"]
    plain = shell(
        "source",
        "examples/loop_kinds.py",
        "--target",
        "c",
        "--config",
        "tirx.disable_vectorize=true",
    )
    assert "int32_t16" not in plain.text


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "message"),
    [
        (("source", "-", "--target", "c"), "", 1, "nothing here yet"),
        (("source", "no_such.py", "--target", "c"), "", 1, "cannot be read"),
        (("source", "-", "--target", "klingon"), examples()["add_one"].text, 2, "no target named"),
        (("source", "-", "--target", "nvptx"), examples()["add_one"].text, 2, "libdevice"),
        (("source", "-"), "", 2, "--target"),
        (("nonsense",), "", 2, "invalid choice"),
        (("source", "-", "--target", "c", "--config", "x"), "", 2, "NAME=VALUE"),
        (("lower", "-", "--target", "c", "--diff"), "", 2, "--diff needs a pass"),
        (("run", "-", "--size", "n=x"), DYNAMIC, 2, "size of n is x; it must be a whole number"),
        (("run", "-", "--size", "n=2.7"), DYNAMIC, 2, "must be a whole number"),
        (("run", "-", "--size", "n=-5"), DYNAMIC, 2, "size of n is -5"),
        (("run", "-", "--size", "k=5"), DYNAMIC, 2, "Sizes to choose: n."),
        (("run", "-", "--seed", "-1"), DYNAMIC, 2, "seed is -1"),
        (("run", "-", "--size", f"n={10**30}"), DYNAMIC, 2, "whole number"),
        (("ast", "-", "--depth", "-3"), DYNAMIC, 2, "1 or more"),
        (("ast", "-", "-o", "/nonexistent/x.svg"), DYNAMIC, 2, "/nonexistent/x.svg cannot be"),
        (("report", "-", "--target", "c", "-o", "/tmp"), DYNAMIC, 2, "/tmp cannot be written"),
        (("source", "\x1b[31mno.py", "--target", "c"), "", 1, "\\x1b[31mno.py cannot be read"),
        (("source", "-", "--target", "c"), "x = '\x1b[2J\0'", 1, "\\x1b[2J\\x00"),
        (
            ("lower", "-", "--target", "c", "--pass", "FlattenBufer"),
            examples()["add_one"].text,
            2,
            "Did you mean FlattenBuffer",
        ),
    ],
)
def test_bad_usage_and_bad_input(shell, arguments, stdin, status, message):
    done = shell(*arguments, stdin=stdin)
    assert done.status == status
    assert message in done.err
    assert "Traceback" not in done.err
    assert "\x1b" not in done.err


def test_a_text_that_is_printed_does_not_command_the_terminal(shell, monkeypatch):
    text = """@T.prim_func
def f(A: T.Buffer((1,), "int32")):
    A[0] = T.call_extern("int32", "a\\x1b[2Jb")
"""
    assert "a\x1b[2Jb" in shell("source", "-", "--target", "c", stdin=text).text
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert "a\\x1b[2Jb" in shell("source", "-", "--target", "c", stdin=text).text


def test_what_was_left_out_is_noted_when_it_has_a_hint(shell):
    text = examples()["add_one"].text + "\nimport os\nsch = tvm.tir.Schedule(main)\n"
    line = text.count("\n")
    notes = shell("ast", "-", stdin=text).err
    assert f"line {line}: left out a schedule. Steps on a Schedule" in notes
    assert "an import" not in notes
    assert f"line {line - 1}: left out an import" in shell("ast", "-", "-v", stdin=text).err


def test_the_schedules_rules_are_listed(shell):
    arguments = ("source", "examples/matmul.py", "--target", "cuda", "-v")
    assert "rules of the default schedule: " in shell(*arguments).err


@pytest.mark.skipif(not shutil.which("gcc"), reason="no C compiler is installed")
def test_exact_integers_are_printed(shell):
    text = """@T.prim_func
def f(A: T.Buffer((2,), "int64")):
    for i in range(2):
        A[i] = T.int64(1152921504606846977)

def reference():
    return np.full(2, 2**60)
"""
    done = shell("run", "-", stdin=text)
    assert done.status == 1
    assert "got 1152921504606846977, expected 1152921504606846976" in done.text


def test_an_error_shows_the_users_line(shell):
    text = "# 变量\n" + examples()["add_one"].text.replace("A[vi] + 1.0", "T.expp(A[vi])")
    done = shell("source", "-", "--target", "c", stdin=text)
    assert done.status == 1
    assert "B[vi] = T.expp(A[vi])" in done.err
    assert "^^^^^^" in done.err
    assert "hint: Did you mean T.exp" in done.err


def test_doctor(shell):
    done = shell("doctor")
    assert "0.27.0.post1" in done.text
    assert "device llvm" in done.text


def test_a_terminal_that_knows_ascii_only():
    done = subprocess.run(
        [sys.executable, "-m", "viz", "source", "-", "--target", "c", "-v"],
        capture_output=True, text=True, check=False, cwd=ROOT, encoding="utf-8",
        input=examples()["add_one"].text, env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert "\\u" in done.stdout + done.stderr


def test_it_starts_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "viz", "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert "doctor" in done.stdout


def test_the_benchmark_knows_its_examples():
    done = subprocess.run(
        [sys.executable, "benchmarks/overhead.py", "nosuch"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "no example is named nosuch: add_one" in done.stderr


def test_an_older_tvm_is_named_by_its_version(tmp_path):
    older = tmp_path / "tvm"
    older.mkdir()
    (older / "__init__.py").write_text("raise ImportError('libcuda.so.1')")
    info = tmp_path / "mlc_ai_nightly_cu122-0.20.dev1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: mlc-ai-nightly-cu122\nVersion: 0.20.dev1\n"
    )
    for command in ("doctor",), ("source", "examples/add_one.py", "--target", "c"):
        done = subprocess.run(
            [sys.executable, "-m", "viz", *command],
            capture_output=True, text=True, check=False, cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(tmp_path)},
        )  # fmt: skip
        assert done.returncode == 1
        assert "mlc-ai-nightly-cu122 0.20.dev1" in done.stderr
        assert "Traceback" not in done.stderr
    # A TVM that was built by hand has its version only in a file of its own.
    shutil.rmtree(info)
    (older / "_ffi").mkdir()
    (older / "_ffi" / "libinfo.py").write_text('import os\n__version__ = "0.9.dev0"\n')
    done = subprocess.run(
        [sys.executable, "-m", "viz", "doctor"],
        capture_output=True, text=True, check=False, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1
    assert "tvm 0.9.dev0" in done.stderr


def test_line_numbers_are_those_that_explain_counts(shell):
    numbered = shell("source", "examples/matmul.py", "--target", "cuda", "-n").text
    line = next(line for line in numbered.splitlines() if "C_ptr + " in line)
    number, column = int(line.split()[0]), line.split("  ", 1)[1].index("C_ptr + ") + 1
    done = shell("explain", "examples/matmul.py", "--target", "cuda", "--at", f"{number}:{column}")
    assert "'C_ptr' at " in done.text
    done = shell("explain", "examples/matmul.py", "--target", "cuda", "--at", f"{number}:999")
    assert done.status == 2
    assert f"line {number} of CUDA" in done.err
