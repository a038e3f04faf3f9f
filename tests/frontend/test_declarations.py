"""Where a program declares a buffer, writes a dtype, or stores without an index."""

import pytest

from viz.frontend.declarations import (
    declaration_of,
    name_written,
    rebound_buffer,
    returned_names,
    unused_buffer,
)

PROGRAM = """
@T.prim_func
def other(tile: T.Buffer((4,), "int8")):
    tile[0] = 1

@T.prim_func
def main(a: T.handle, B: T.Buffer((4,), "float16"), C: T.Buffer((4,), "float32")):
    A = T.match_buffer(a, (4,))
    tile = T.alloc_shared((4,), "float16")
    tile_1 = tile[0]
    B = A[0] + tile_1

def reference(A):
    return A, B
"""

FOUND = (
    (declaration_of(PROGRAM, "main", "A"), "A = T.match_buffer(a, (4,))"),
    (declaration_of(PROGRAM, "main", "B"), 'B: T.Buffer((4,), "float16")'),
    (declaration_of(PROGRAM, "main", "tile_ptr"), 'tile = T.alloc_shared((4,), "float16")'),
    (declaration_of(PROGRAM, "other", "tile_1"), 'tile: T.Buffer((4,), "int8")'),
    (declaration_of(PROGRAM, "main", "tiles"), None),
    (name_written(PROGRAM, "float32"), '"float32"'),
    (name_written(PROGRAM, "int4"), None),
    (rebound_buffer(PROGRAM, "main"), "B = A[0] + tile_1"),
    (rebound_buffer(PROGRAM, "main", "A"), None),
    (rebound_buffer(PROGRAM, "other"), None),
    (unused_buffer(PROGRAM, "main"), 'C: T.Buffer((4,), "float32")'),
    (unused_buffer(PROGRAM, "other"), None),
)


@pytest.mark.parametrize(("span", "written"), FOUND, ids=lambda each: str(each)[:30])
def test_a_place_is_found(span, written):
    assert (None if span is None else PROGRAM[span.start : span.end]) == written


def test_names_that_a_reference_returns():
    assert returned_names(PROGRAM, "reference") == ["A", "B"]
    assert returned_names("def reference(A):\n    return A + 1", "reference") == []
