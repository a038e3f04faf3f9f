"""The catalog's rows for the node types of 2024, and the reviewed members, against that TVM."""

from pathlib import Path

from tests.support.legacy import require_legacy_tvm

require_legacy_tvm()

import tvm  # noqa: E402

from tools import members  # noqa: E402
from viz.frontend.program import read  # noqa: E402
from viz.legacy.parse import parse  # noqa: E402
from viz.legacy.reflection import KINDS, attribute_names  # noqa: E402
from viz.legacy.walker import LegacyWalks  # noqa: E402
from viz.model import catalog  # noqa: E402
from viz.render.svg import colour_class  # noqa: E402

TEXT = """
@T.prim_func
def everything(a: T.handle, w: T.handle, n: T.int32):
    m = T.SizeVar("m", "int32")
    y = T.int32()
    A = T.match_buffer(a, (m,), strides=(T.int32(),))
    W = T.match_buffer(w, (8,), "int32")
    K = T.allocate_const([1, 2], "int32", [2])
    D = T.decl_buffer((2,), "int32", data=K)
    C = T.allocate([8], "float32", "local")
    E = T.decl_buffer((8,), data=C, scope="local")
    x: T.int32 = n + 1
    with T.attr(0, "key", 1):
        assert n > 3, "too small"
        while W[0] < 3 and not (n >= 4 or n <= 2) or n != 7 or n == 8:
            W[0] = T.Select(x > 1, D[0] % 3, T.truncdiv(x, 2)) - T.min(x, 1) * T.max(x, 2)
    for i in T.serial(8):
        with T.block("b"):
            vi = T.axis.spatial(8, i)
            sub = T.match_buffer(W[vi : vi + 1], (1,), "int32", offset_factor=1)
            with T.init():
                W[vi] = 0
            W[vi] = T.Let(y + 1, where={y: T.truncmod(x, 2) // 2}) + T.Cast("int32", A[vi])
    E[0:4] = T.Broadcast(T.float32(1), 4)
    E[T.Ramp(4, 1, 4)] = T.Shuffle([E[0], E[1], E[2], E[3]], [0, 1, 2, 3])
    if n < 2:
        T.evaluate(T.call_extern("int32", "foo", E.data))
    with T.attr(
        T.comm_reducer(lambda p, q: p + q, [T.float32(0)]), "reduce_scope", T.int32(0)
    ):
        T.evaluate(n)
    T.prefetch(W, [T.Range(0, 4)])
"""

RARE = {"GlobalVar", "Op", "tir.Any", "tir.BufferRealize", "tir.IndexMap", "tir.ProducerLoad"}
"""Types that a text gives no node of, or that TVM's te language makes: by name only."""


def seen() -> dict[str, tuple]:
    """Return a node and its object for each type in the trees of the examples and a text."""
    texts = [path.read_text(encoding="utf-8") for path in Path("examples").glob("*.py")]
    nodes = {}
    for text in [*(text for text in texts if "device_entry" not in text), TEXT]:
        for node, obj in LegacyWalks().objects(parse(read(text), gated=True).mod):
            nodes.setdefault(node.type_key, (node, obj))
    return nodes


def test_every_node_type_has_its_row_and_every_row_its_type():
    nodes, rows = seen(), catalog.nodes_of("2024")
    assert nodes.keys() <= rows.keys()
    assert rows.keys() - nodes.keys() <= RARE | {"tir.Reduce"}
    for key in rows:
        name = key.removeprefix("tir.")
        assert hasattr(tvm.tir, name) or hasattr(tvm.ir, name), key
    for key, (node, obj) in nodes.items():
        assert set(rows[key].fold) <= set(attribute_names(obj)), key
        assert colour_class(node) == rows[key].colour, key


def test_every_row_is_filled_in():
    for key, row in catalog.nodes_of("2024").items():
        assert 60 < len(row.en) < 900, key
        assert len(row.zh) > 20, key
        assert row.title
    assert {kind for _, kind in KINDS} == {"module", "func", "stmt", "expr", "type"}


def test_the_reviewed_members_are_those_of_this_tvm():
    assert members.differences() == [], "run python -m tools.members --write and review"
    assert members.FILE.read_text(encoding="utf-8") == members.written(members.merged())
    refused = members.members(members.GENERATION).namespaces["T"].refused
    modules = {name for name, why in refused.items() if why == "member-module"}
    assert modules == {name for name in dir_of_t() if members.is_module(f"T.{name}")}


def dir_of_t() -> list[str]:
    from tvm.script.parser import tir

    return [name for name in dir(tir) if not name.startswith("_")]
