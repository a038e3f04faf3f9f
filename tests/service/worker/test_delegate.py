"""Delegated compilers and references: their results, and what their jails refuse."""

import ctypes
import os
import socket
import sys

import numpy as np
import pytest

from viz.errors import RunError
from viz.harness import compilers, nvrtc, toolchain
from viz.harness.reference import Task
from viz.harness.toolchain import Compilation
from viz.runtime.build import includes
from viz.service.engine import preload
from viz.service.engine.parts import usable
from viz.service.sandbox import PROFILES, lacking, probe
from viz.service.wire import framed
from viz.service.worker import delegate, jail_access, jailed_child
from viz.service.worker.delegate import PackedArray, pack, unpack

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or bool(lacking(PROFILES["run-python"], probe())),
    reason="this kernel denies a layer of the jail",
)


@pytest.fixture(scope="module")
def context():
    return granted()


def granted():
    headers = [*map(str, includes()), *compilers.folders()]
    return jailed_child.ForkContext(
        layers=(),
        grants=jail_access.grants(headers),
        parent=os.getpid(),
        engine=preload.loaded(usable()),
        as_owner=jail_access.as_owner(headers),
    )


@pytest.fixture
def task_channel(context, folder):
    """Start the process for a task as the fork server does; return this end of its channel."""
    started = []

    def start(kind):
        caller_end, task_end = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            jailed_child.run_delegated(kind, task_end.detach(), 7, str(folder), context)
        task_end.close()
        started.append((pid, caller_end))
        return caller_end

    yield start
    for pid, caller_end in started:
        caller_end.close()
        os.waitpid(pid, 0)


@pytest.fixture
def without_nvcc(monkeypatch):
    found = {language: compilers.compiler(language) for language in compilers.LANGUAGES}
    monkeypatch.setattr(compilers, "_COMPILERS", found | {"cuda": ""})
    monkeypatch.setattr(compilers, "_LIBRARIES", {"nvrtc": nvrtc.library()})


@pytest.fixture
def nvrtc_channel(without_nvcc, folder):
    caller_end, task_end = socket.socketpair()
    context = granted()
    pid = os.fork()
    if pid == 0:
        jailed_child.run_delegated("compile", task_end.detach(), 7, str(folder), context)
    task_end.close()
    yield caller_end
    caller_end.close()
    os.waitpid(pid, 0)


@pytest.mark.skipif(not nvrtc.library(), reason="pip install 'tirscope[cuda]'")
def test_a_jailed_process_checks_cuda_with_nvrtc(nvrtc_channel):
    compiler = delegate.DelegatedCompiler(nvrtc_channel)
    text = '#include <cuda_fp16.h>\nextern "C" __global__ void f(half* a) {{ *a = {}; }}'
    flags = ("-arch=sm_80",)
    taken = compiler(compilation(text.format("half(1)"), "cuda", check=True, flags=flags))
    assert taken.diagnostic is None
    refused = compiler(compilation(text.format("b"), "cuda", check=True, flags=flags))
    assert refused.diagnostic.values["line"] == 2
    assert 'identifier "b" is undefined' in refused.diagnostic.text()


def compilation(text, language="c", **others):
    return Compilation(text=text, language=language, **others)


def test_a_jailed_compiler_makes_libraries(task_channel):
    compiler = delegate.DelegatedCompiler(task_channel("compile"))
    half = compiler(compilation("int half(int x) { return x / 2; }", shared=False))
    assert not half.diagnostic
    done = compiler(
        compilation(
            "#include <math.h>\n#include <tvm/ffi/c_api.h>\n"
            "int half(int);\nint f(int x) { return half(x) + (int)sqrt(4.0); }\n",
            includes=tuple(map(str, includes())),
            objects={"half": os.pread(half.file, 1 << 20, 0)},
            flags=("-lm",),
        )
    )
    assert not done.diagnostic
    assert ctypes.CDLL(done.path).f(80) == 42
    # The library that was handed over is sealed.
    with pytest.raises(OSError, match=r"\[Errno 1\]"):
        os.write(done.file, b"x")
    cxx = compiler(compilation('extern "C" int g() { return [] { return 7; }(); }', "c++"))
    assert ctypes.CDLL(cxx.path).g() == 7
    assert "line 2: " in str(compiler(compilation("int x;\nint y = ;\n")).diagnostic)


@pytest.mark.parametrize(
    ("text", "flags", "message"),
    [
        ('#include "/etc/passwd"\n', (), "Permission denied"),
        ('__asm__(".incbin \\"/etc/passwd\\"");\n', (), "refuses"),
        ('#include "/proc/self/environ"\n', (), "Permission denied"),
        ("int f;", ("-fplugin=/tmp/x.so",), "may not be given"),
        ("int f;", ("-wrapper", "sh,-c"), "may not be given"),
        ("int f;", ("-B/tmp",), "may not be given"),
        ("int f;", ("@/etc/passwd",), "may not be given"),
        ("int f;", ("-Wl,--verbose",), "may not be given"),
        ("int f;", ("-o/tmp/other",), "may not be given"),
        ("int f;", ("-Wa,-a=/tmp/other",), "may not be given"),
        ("int f;", ("-fdump-tree-all",), "may not be given"),
        ("int f;", ("-fprofile-generate",), "may not be given"),
        ("int f;", ("-fuse-ld=gold",), "may not be given"),
        ("int f;", ("-save-temps",), "may not be given"),
    ],
)
def test_a_jailed_compiler_reads_and_runs_nothing_else(task_channel, text, flags, message):
    done = delegate.DelegatedCompiler(task_channel("compile"))(compilation(text, flags=flags))
    assert message in str(done.diagnostic)


def test_a_jailed_compiler_is_stopped(task_channel):
    # Each macro doubles the one before it.
    lines = ["#define A0 1+1", *(f"#define A{i + 1} A{i}+A{i}" for i in range(40)), "int x = A40;"]
    compiler = delegate.DelegatedCompiler(task_channel("compile"))
    late = compiler(compilation("\n".join(lines), seconds=1.0))
    assert "longer than 1 s" in str(late.diagnostic)
    assert not compiler(compilation("int x;")).diagnostic


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("open('{marker}', 'w')", "PermissionError"),
        ("open('/etc/passwd').read()", "PermissionError"),
        ("__import__('os').fork()", "PermissionError"),
        ("__import__('os').execv('/bin/true', ['true'])", "PermissionError"),
        ("__import__('os').mkdir('{marker}')", "PermissionError"),
        ("__import__('socket').socket()", "PermissionError"),
        ("__import__('os').kill(__import__('os').getppid(), 9)", "PermissionError"),
        (
            "__import__('ctypes').CDLL(None).system(b'touch {marker}') and 1 / 0",
            "ZeroDivisionError",
        ),
        ("bytearray(1 << 33)", "memory"),
        ("np.array(['text'])", "not numbers"),
        ("np.array([object()])", "not numbers"),
        ("__import__('os')._exit(0)", "ended its process"),
        ("__import__('os').abort()", "ended its process"),
        ("__import__('ctypes').string_at(0)", "ended its process"),
    ],
)
def test_a_reference_computes_and_nothing_else(task_channel, folder, body, message):
    channel = task_channel("run-python")
    source = f"def reference(A):\n    return {body.format(marker=folder / 'marker')}\n"
    task = Task(source, {"A": np.zeros(2, "float32")}, ["A"])
    with pytest.raises(RunError, match=message):
        delegate.DelegatedReference(channel.fileno())(task)
    assert not list(folder.iterdir())


def test_a_reference_gets_and_gives_arrays_as_they_are(task_channel):
    channel = task_channel("run-python")
    source = "import math\ndef reference(B, n, A):\n    return A * n, B.T.astype('>i2'), math.pi\n"
    values = {"A": np.arange(3, dtype="bfloat16"), "n": 2, "B": np.arange(6).reshape(2, 3)}
    doubled, turned, pi = delegate.DelegatedReference(channel.fileno())(
        Task(source, values, ["A", "B"])
    )
    assert str(doubled.dtype) == "bfloat16"
    assert doubled.tolist() == [0, 2, 4]
    assert (turned.dtype, turned.tolist()) == (np.dtype("int16"), [[0, 3], [1, 4], [2, 5]])
    assert pi.shape == ()


@pytest.mark.parametrize("reply", [b"\xc1garbage", b"", b"\x81\xa7results\x05"])
def test_a_reference_that_answers_by_itself_is_not_believed(reply):
    caller_end, task_end = socket.socketpair()
    task_end.sendall(framed(reply))
    with caller_end, task_end, pytest.raises(RunError, match="makes no sense"):
        delegate.DelegatedReference(caller_end.fileno())(Task("", {}, ["A"]))


@pytest.mark.parametrize(
    "packed",
    [
        PackedArray(dtype="object", shape=(1,), content=b"12345678"),
        PackedArray(dtype="O", shape=(1,), content=b"12345678"),
        PackedArray(dtype="float32", shape=(2,), content=b"1234"),
        PackedArray(dtype="float32", shape=(-1, -1), content=b"1234"),
        PackedArray(dtype="V8,O", shape=(1,), content=b"1" * 16),
        PackedArray(dtype="str", shape=(), content=b""),
        PackedArray(dtype="nothing", shape=(1,), content=b"1"),
    ],
)
def test_bytes_that_are_no_array_are_refused(packed):
    with pytest.raises((ValueError, TypeError)):
        unpack(packed)


def test_what_is_packed_comes_back():
    for dtype in ("bool", "int8", "uint64", "float16", "bfloat16", "float8_e4m3fn", "float64"):
        array = np.ones((2, 0, 3), dtype), np.ones((2, 3), dtype)[:, ::2], np.array(1, dtype)
        for view in array:
            again = unpack(pack(view))
            assert (again.dtype, again.shape) == (view.dtype, view.shape)
            assert again.tobytes() == view.tobytes()


def test_an_unjailed_compiler_is_the_same(monkeypatch):
    library = toolchain.compile_shared("int f(void) { return 3; }", "c")
    assert ctypes.CDLL(library.path).f() == 3
    monkeypatch.setattr(toolchain, "compiler", lambda language: "")
    with pytest.raises(RunError, match="no C compiler"):
        toolchain.compile_shared("int f;", "c")
