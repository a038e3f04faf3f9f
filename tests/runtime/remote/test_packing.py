"""CUDA kernels for another machine: PTX takes the place of the source that TVM packs."""

import ctypes
import re
import struct

import pytest

from tests.support.programs.examples import parsed
from viz.errors import RunError
from viz.harness import toolchain
from viz.harness.compilers import compiler
from viz.passes.pipeline import lower
from viz.runtime.remote.packing import with_ptx
from viz.runtime.remote.program import library_of


def string(content):
    return struct.pack("<Q", len(content)) + content


def test_ptx_takes_the_place_of_the_source_and_every_length_fits():
    module = string(b"cuda") + b"functions" + string(b"source")
    packed = string(b"tree" + string(b"_lib") + string(b"cuda") + string(module))
    changed = string(b"ptx") + b"functions" + string(b".version 8")
    expected = string(b"tree" + string(b"_lib") + string(b"cuda") + string(changed))
    assert with_ptx(packed, b"source", b".version 8") == expected
    with pytest.raises(RunError, match="does not know"):
        with_ptx(packed, b"another source", b"")


@pytest.mark.skipif(not compiler("c"), reason="no C compiler is installed")
def test_a_library_holds_the_kernels_as_ptx(monkeypatch):
    made = []

    def ptx(text, arch):
        made.append(arch)
        assert "__global__" in text
        return b".version 8.0 // PTX of the test"

    monkeypatch.setattr("viz.runtime.remote.program.compile_ptx", ptx)
    monkeypatch.setenv("TVM_COMPILE_FORCE_FALLBACK", "1")
    lowered = lower(parsed("add_one").mod, "cuda", host="llvm")
    library = ctypes.CDLL(library_of(lowered, "sm_90").path)
    (size,) = struct.unpack("<Q", bytes((ctypes.c_ubyte * 8).in_dll(library, LIBRARY)))
    content = bytes((ctypes.c_ubyte * (8 + size)).in_dll(library, LIBRARY))
    assert b"// PTX of the test" in content
    assert b"__global__" not in content
    assert re.search(rb"\x03\0{7}ptx", content)
    assert made == ["sm_90"]


LIBRARY = "__tvm_ffi__library_bin"


@pytest.mark.skipif(not compiler("cuda"), reason="no nvcc is installed")
def test_cuda_text_becomes_ptx():
    text = 'extern "C" __global__ void f(float* a) { a[threadIdx.x] = 1; }'
    assert b".entry f" in toolchain.compile_ptx(text, "sm_80")
    with pytest.raises(RunError, match="not compiled for the remote GPU"):
        toolchain.compile_ptx(text.replace("1;", "b;"), "sm_80")
