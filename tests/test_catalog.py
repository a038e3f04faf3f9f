"""The tables are complete: every node type TVM has, nothing that it does not have."""

import re

import pytest
from tvm_ffi import core
from tvm_ffi.registry import get_registered_type_keys

from viz import catalog
from viz.engine.nodes import AS_TEXT, NOT_SHOWN

OURS = ("tirx.", "s_tir.", "prim.", "ir.")
# Objects that a field can hold but that are no part of a tree: places, sources, passes' own data.
NO_NODES = NOT_SHOWN | {"ir.Source", "ir.SourceName", "ir.GlobalInfo", "ir.EnvFunc"}
# Not declared as the type of any field, but met as a value of one.
MET = {"ir.Op", "tirx.IndexMap"}


def registered() -> dict:
    found = {}
    for key in map(str, get_registered_type_keys()):
        try:
            found[key] = core._lookup_or_register_type_info_from_type_key(key)
        except (KeyError, ValueError):
            continue
    return found


def reachable() -> set[str]:
    """Return the type keys that declared fields lead to from an IRModule or a statement."""
    types = registered()
    below: dict[str, set[str]] = {}
    for key, info in types.items():
        while info is not None:
            below.setdefault(info.type_key, set()).add(key)
            info = info.parent_type_info
    found: set[str] = set()
    todo = ["ir.IRModule", "tirx.PrimFunc", "tirx.Stmt"]
    while todo:
        for key in below.get(todo.pop(), ()):
            if key in found or not key.startswith(OURS) or key in NO_NODES:
                continue
            found.add(key)
            info = types[key]
            if info.parent_type_info.type_key != "ffi.Object":
                todo.append(info.parent_type_info.type_key)
            # What is shown as text is not entered.
            for field in info.fields if key not in AS_TEXT else ():
                todo += re.findall(r"[a-z_]+(?:\.\w+)+", str(field.ty))
    return found


def test_every_node_type_has_its_row():
    assert reachable() | MET == set(catalog.nodes())


def test_every_row_is_filled_in():
    for key, row in catalog.nodes().items():
        assert 60 < len(row.en) < 900, key
        assert len(row.zh) > 20, key
        assert row.title
        assert row.colour


def test_folded_fields_exist():
    types = registered()
    for key, row in catalog.nodes().items():
        info, fields = types[key], set()
        while info is not None:
            fields |= {field.name for field in info.fields}
            info = info.parent_type_info
        assert set(row.fold) <= fields, key


@pytest.mark.parametrize("name", catalog.targets())
def test_every_target_says_what_it_is(name):
    row = catalog.targets()[name]
    assert row.en
    assert row.zh
    assert bool(row.kind) != bool(row.unavailable)
