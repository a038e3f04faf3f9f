"""CUDA text is checked by NVRTC where there is no nvcc."""

import pytest

from viz.emulator import verdicts
from viz.harness import compilers, nvrtc
from viz.runtime import acceptance

pytestmark = pytest.mark.skipif(
    not nvrtc.library(), reason="NVRTC is not installed: pip install 'tirscope[cuda]'"
)

KERNEL = """#include <cuda_fp16.h>
#include <mma.h>
extern "C" __global__ void f(half* A) {{
  A[threadIdx.x] = {value};
}}
"""


@pytest.fixture
def no_nvcc(monkeypatch):
    found = {language: compilers.compiler(language) for language in compilers.LANGUAGES}
    monkeypatch.setattr(compilers, "_COMPILERS", found | {"cuda": ""})
    monkeypatch.setattr(compilers, "_LIBRARIES", {"nvrtc": nvrtc.library()})


@pytest.mark.usefixtures("no_nvcc")
def test_a_text_is_checked_with_its_headers():
    taken = acceptance.verdict(KERNEL.format(value="__float2half(INFINITY)"), "cuda", "sm_90a")
    assert taken == verdicts.Verdict("NVRTC")
    refused = acceptance.verdict(KERNEL.format(value="make_longlong4(1)"), "cuda", "sm_80")
    assert refused.program == "NVRTC"
    assert (refused.error.line, refused.error.column) == (4, 0)
    assert "too few arguments" in refused.error.message.text()


@pytest.mark.usefixtures("no_nvcc")
def test_an_older_library_says_why_it_cannot_check(monkeypatch):
    monkeypatch.setattr(
        "viz.harness.toolchain._run", lambda *given, **named: (nvrtc.NO_HEADERS, "")
    )
    said = acceptance.verdict(KERNEL, "cuda", "sm_80")
    assert "brings no headers" in said.unchecked.text()


@pytest.mark.usefixtures("no_nvcc")
def test_what_is_no_library_cannot_check(monkeypatch, tmp_path):
    path = tmp_path / "libnvrtc.so.13"
    path.write_bytes(b"")
    monkeypatch.setattr(compilers, "_LIBRARIES", {"nvrtc": str(path)})
    said = acceptance.verdict(KERNEL, "cuda", "sm_80")
    assert "NVRTC failed" in said.unchecked.text()
    assert said.error is None
