"""Places where a program declares a buffer, writes a dtype, or stores without an index."""

import pytest

from viz.frontend.declarations import (
    declaration_of,
    name_written,
    rebound_buffer,
    returned_names,
    unused_buffer,
)
from viz.frontend.program import Program, read

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

READ = read(PROGRAM)

FOUND = (
    (declaration_of(READ, "main", "A"), "A = T.match_buffer(a, (4,))"),
    (declaration_of(READ, "main", "B"), 'B: T.Buffer((4,), "float16")'),
    (declaration_of(READ, "main", "tile_ptr"), 'tile = T.alloc_shared((4,), "float16")'),
    (declaration_of(READ, "other", "tile_1"), 'tile: T.Buffer((4,), "int8")'),
    (declaration_of(READ, "main", "tiles"), None),
    (name_written(READ, "float32"), '"float32"'),
    (name_written(READ, "int4"), None),
    (rebound_buffer(READ, "main"), "B = A[0] + tile_1"),
    (rebound_buffer(READ, "main", "A"), None),
    (rebound_buffer(READ, "other"), None),
    (unused_buffer(READ, "main"), 'C: T.Buffer((4,), "float32")'),
    (unused_buffer(READ, "other"), None),
)


@pytest.mark.parametrize(("span", "written"), FOUND, ids=lambda each: str(each)[:30])
def test_a_place_is_found(span, written):
    assert (None if span is None else PROGRAM[span.start : span.end]) == written


def test_names_that_a_reference_returns():
    assert returned_names(READ, "reference") == ["A", "B"]
    assert (
        returned_names(
            Program(text="def reference(A):\n    return A + 1", definitions=()), "reference"
        )
        == []
    )
