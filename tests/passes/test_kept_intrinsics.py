"""Functions of TVM's package of tensor intrinsics that are kept on disk are those that it would parse."""

import pytest
import tvm
from tvm.tirx.script.parser import entry

from viz.harness import kept_files
from viz.ir import process_state
from viz.passes import gpu_schedule
from viz.passes.kept_intrinsics import kept_intrinsics

REAL = entry.parse


@pytest.fixture
def parsed(monkeypatch, tmp_path):
    """Keep functions in a folder of the test; the names of those that TVM's parser was given."""
    gpu_schedule.preload()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    names = []

    def parse(program, *arguments, **named):
        names.append(program.__name__)
        return REAL(program, *arguments, **named)

    monkeypatch.setattr(entry, "parse", parse)
    monkeypatch.setattr(process_state, "PARSE", parse)
    return names


def load(dtype, *, is_b=False):
    from tvm.s_tir.tensor_intrin.cuda import get_wmma_load_intrin

    return get_wmma_load_intrin(16, 16, 16, dtype, "shared", is_b, False)


def test_what_is_kept_is_what_would_be_parsed(parsed):
    from tvm.s_tir.tensor_intrin.cuda import get_mma_fill_intrin

    def made():
        return [
            *load("float16"),
            *load("int8"),
            *load("float16", is_b=True),
            # Around these two stands a number of TVM's and a function.
            *get_mma_fill_intrin("float32", 8),
            *get_mma_fill_intrin("float16", 8),
        ]

    plain = made()
    assert len(parsed) == len(plain) == 10
    for count in (10, 0):  # the second time all are read
        parsed.clear()
        with kept_intrinsics():
            kept = made()
        assert len(parsed) == count
        for one, other in zip(plain, kept, strict=True):
            tvm.ir.assert_structural_equal(one, other)
            assert one.script() == other.script()
    # Those of other arguments are parsed.
    with kept_intrinsics():
        load("int8", is_b=True)
    assert len(parsed) == 2


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"x": 1}'])
def test_a_file_that_is_broken_is_written_anew(parsed, content):
    with kept_intrinsics():
        load("float16")
    (path,) = kept_files.folder().glob("intrinsics-*.json")
    whole = path.read_bytes()
    path.write_bytes(content)
    with kept_intrinsics():
        load("float16")
    assert path.read_bytes() == whole


def test_without_a_folder_they_are_parsed(parsed, monkeypatch, tmp_path):
    blocked = tmp_path / "a file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    for _ in range(2):
        with kept_intrinsics():
            assert len(load("float16")) == 2
    assert len(parsed) == 4
