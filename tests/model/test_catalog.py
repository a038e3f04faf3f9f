"""The tables of the catalog against TVM: no node type, pass or device is missing or too many."""

import re

import msgspec
import pytest
from tvm import ir
from tvm.ir.instrument import pass_instrument
from tvm_ffi import core
from tvm_ffi.registry import get_registered_type_keys, list_global_func_names

from tests.support.programs.examples import EXAMPLES, parsed
from viz.errors import LoweringError
from viz.frontend.examples import relax_examples
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.ir.reflection import KINDS
from viz.ir.walker import AS_TEXT, NOT_SHOWN
from viz.model import PYTHON, Kind, Node, catalog
from viz.passes import pipeline
from viz.passes.recording import record
from viz.render.palette import PALETTES
from viz.render.svg import colour_class
from viz.runtime.devices import DEVICES

OURS = ("tirx.", "s_tir.", "prim.", "ir.", "relax.")
# Objects that a field can hold but that are no part of a tree: places, sources, passes' own data.
NO_NODES = NOT_SHOWN | {
    "ir.Source",
    "ir.SourceName",
    "ir.GlobalInfo",
    "ir.EnvFunc",
    "relax.DummyGlobalInfo",
    "relax.VDevice",
    "relax.distributed.DeviceMesh",
    "relax.distributed.Placement",
}
# Not declared as the type of any field, but met as a value of one.
MET = {"ir.Op", "tirx.IndexMap"}


def registered() -> dict:
    classes = {}
    for key in map(str, get_registered_type_keys()):
        try:
            classes[key] = core._lookup_or_register_type_info_from_type_key(key)
        except (KeyError, ValueError):
            continue
    return classes


def reachable() -> set[str]:
    """Return the type keys that declared fields lead to from an IRModule or a statement."""
    types = registered()
    below: dict[str, set[str]] = {}
    for key, info in types.items():
        while info is not None:
            below.setdefault(info.type_key, set()).add(key)
            info = info.parent_type_info
    keys: set[str] = set()
    todo = ["ir.IRModule", "tirx.PrimFunc", "tirx.Stmt", "relax.expr.Function"]
    while todo:
        for key in below.get(todo.pop(), ()):
            # The settings of Relax's operators are told by the row of all settings.
            if key in keys or not key.startswith(OURS) or key in NO_NODES or ".attrs." in key:
                continue
            keys.add(key)
            info = types[key]
            if info.parent_type_info.type_key != "ffi.Object":
                todo.append(info.parent_type_info.type_key)
            # What is shown as text is not entered.
            for field in info.fields if key not in AS_TEXT else ():
                todo += re.findall(r"[a-z_]+(?:\.\w+)+", str(field.ty))
    return keys


def test_every_node_type_has_its_row():
    assert reachable() | MET == set(catalog.nodes_of(""))


def test_every_row_is_filled_in():
    for key, row in catalog.nodes().items():
        assert 60 < len(row.en) < 900, key
        assert len(row.zh) > 20, key
        assert row.title
        assert row.colour


def kind_of(info) -> Kind:
    """Return the kind of the nodes of a registered type, abstract ones included."""
    ancestors = set()
    while info is not None:
        ancestors.add(info.type_key)
        info = info.parent_type_info
    return next((kind for name, kind in KINDS if name in ancestors), "other")


def test_every_row_has_a_colour_that_its_kind_allows():
    types = registered()
    for key, row in catalog.nodes_of("").items():
        node = Node(id=0, path="", kind=kind_of(types[key]), type_key=key, title=row.title)
        assert colour_class(node) == row.colour, key
        for theme, palette in PALETTES.items():
            assert row.colour in palette.paints, (key, theme)


def test_folded_fields_exist():
    types = registered()
    for key, row in catalog.nodes_of("").items():
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
    assert [bool(row.kind), bool(row.unavailable), name == PYTHON].count(True) == 1


def test_the_table_of_devices_is_that_of_the_runtime():
    devices = catalog.devices().items()
    rows = {name: (row.title, row.target) for name, row in devices if not row.in_browser}
    assert rows == {name: (device.title.text(), device.target) for name, device in DEVICES.items()}
    assert {row.target for _, row in devices} <= catalog.targets().keys()


@pass_instrument
class Listener:
    """Notes the name of every pass that runs, also of those inside others."""

    def __init__(self):
        self.names: set[str] = set()

    def run_before_pass(self, mod, info):
        self.names.add(str(info.name))


LISTS = {"_pipeline", "sequential"}
"""Lists of passes, without a name of their own."""


def passes_of_builds() -> set[str]:
    listener = Listener()
    for name in EXAMPLES:
        for target in ("c", "llvm", "cuda", "webgpu"):  # others have the passes of one of these
            try:
                pipeline.lower(parsed(name).mod, target, instruments=[listener])
            except LoweringError:
                continue  # what ran until then counts
    for target in ("c", "cuda"):
        for example in relax_examples().values():
            steps = record(parse(read(example.text)).mod, target).steps
            listener.names |= {step.name for step in steps if step.part == "relax"}
    return listener.names - LISTS


def test_every_pass_has_its_row_and_every_row_its_pass():
    seen = passes_of_builds()
    assert seen <= set(catalog.passes())
    known = {re.sub(r"\.transforms?\.", ".", str(name)) for name in list_global_func_names()}
    assert set(catalog.passes()) <= seen | known
    # The test itself notices a row too many.
    assert "tirx.FlattenBuffers" not in seen | known


def test_every_pass_is_explained():
    rows = catalog.all_passes()
    assert len({row.title for row in rows.values()}) == len({id(row) for row in rows.values()})
    for name, row in rows.items():
        assert 200 < len(row.en) < 600, name
        assert 60 < len(row.zh) < 400, name


def test_what_is_known_of_codegens_names_operators_types_and_fields_of_tvm():
    known = catalog.codegen_calls()
    operators = set(map(str, ir.Op.list_op_names()))
    named = set().union(*msgspec.structs.asdict(known.operators).values())
    named |= known.read_argument.keys() | known.unwritten_arguments.keys()
    assert named <= operators, named - operators
    types = registered()
    fields = set().union(*msgspec.structs.asdict(known.fields).values())
    keys = set().union(*msgspec.structs.asdict(known.types).values()) | {key for key, _ in fields}
    assert keys <= types.keys(), keys - types.keys()
    missing = {
        (key, field) for key, field in fields if field not in {f.name for f in types[key].fields}
    }
    assert not missing


def test_passes_of_2024_are_explained_by_todays_rows_or_their_own():
    older = set(catalog.all_passes()) - set(catalog.passes())
    assert {"tir.LowerInitBlock", "tir.AnnotateDeviceRegions", "tir.Simplify"} <= older
    assert all(name.startswith("tir.") for name in older)
    assert catalog.all_passes()["tir.Simplify"] is catalog.passes()["s_tir.StmtSimplify"]
