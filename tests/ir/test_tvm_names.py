"""The table of TVM's names: it is whole, it is true today, and what lacks is told."""

import ast
from pathlib import Path

import pytest

from viz.errors import EngineError
from viz.ir import tvm_names
from viz.ir.tvm_names import Parts, TvmDifference, differences
from viz.messages import message_of, verbatim
from viz.model import catalog
from viz.model.catalog import TvmNameRow

LACKS = message_of("tvm-lacks")

ROOT = Path(__file__).resolve().parents[2]
ROWS = catalog.tvm_names()
PARTS = catalog.engine_parts()


def test_the_installed_tvm_has_all_names():
    assert tvm_names.installed().differences == ()
    assert tvm_names.installed().off == frozenset()
    assert tvm_names.installed().notice() is None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_tells_where_its_name_is_used(row):
    words = {row.name.rpartition(".")[2], *row.members, *row.fields}
    for path in row.used:
        text = (ROOT / "viz" / path).read_text(encoding="utf-8")
        assert any(word in text for word in words), path
    assert row.parts or row.name == "tvm.rpc.server"  # which a program of its own needs
    assert set(row.parts) <= set(PARTS)
    assert row.breaks


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_built_on_others_and_can_be_off(name):
    row = PARTS[name]
    assert set(row.needs) <= set(PARTS) - {name}
    assert any(name in row.parts for row in ROWS)
    for module in row.modules:
        path = ROOT.joinpath(*module.split("."))
        assert path.with_suffix(".py").is_file() or path.is_dir()


def private_names() -> set[str]:
    """Return the names below TVM's modules that viz imports, and its private attributes.

    Those of the TVM of 2024 are none: viz/legacy/ is for the versions that it was tested with. Nor
    are those of viz/exporting/: its frontends are no part of the engine, which would have to import
    them to look, and one of them torch.
    """
    names = set()
    for path in (ROOT / "viz").rglob("*.py"):
        if path.relative_to(ROOT / "viz").parts[0] in ("legacy", "exporting"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        bound = {"tvm": "tvm", "tvm_ffi": "tvm_ffi"}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                if node.module.split(".")[0] not in ("tvm", "tvm_ffi"):
                    continue
                for alias in node.names:
                    bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                    if "." in node.module:
                        names.add(f"{node.module}.{alias.name}")

        def chain(node, bound=bound):
            if isinstance(node, ast.Name):
                return bound.get(node.id, "")
            holder = chain(node.value) if isinstance(node, ast.Attribute) else ""
            return holder and f"{holder}.{node.attr}"

        for node in ast.walk(tree):
            name = chain(node)
            if name and name.rpartition(".")[2].startswith("_") and "version" not in name:
                names.add(name)
    return names - {"tvm.__file__"}


def test_every_private_name_has_a_row():
    known = {row.name for row in ROWS} | {
        f"{row.name}.{member}" for row in ROWS for member in row.members
    }
    told = {
        name for name in private_names() if not any(prefix.startswith(name) for prefix in known)
    }
    assert not told


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"name": "tvm.no_such_name"}, ["is missing"]),
        ({"name": "tvm.no_such_module.name"}, ["is missing"]),
        ({"name": "tvm.tirx.build.split_host_device_mods"}, []),
        ({"name": "tvm.tirx.build", "members": ("nothing",)}, ["has no nothing"]),
        ({"name": "tvm.tirx.For", "fields": ("loop_var", "colour")}, ["has no field colour"]),
        ({"name": "tvm_ffi.structural_walk", "parameters": ("root", "no")}, ["takes no no"]),
        ({"name": "tvm.s_tir.tensor_intrin", "find": True}, []),
        ({"name": "tvm.s_tir.nothing", "find": True}, ["is missing"]),
        ({"name": "tvm.nothing.at_all", "find": True}, ["is missing"]),
    ],
)
def test_what_lacks_is_told(row, what):
    row = TvmNameRow(used=(), parts=("marks",), breaks="nothing is marked", **row)
    assert [difference.what.text() for difference in differences((row,))] == what


def different(*names, part="marks", version="0.28.0"):
    return Parts(
        version, tuple(TvmDifference(name, LACKS, (part,), verbatim("")) for name in names)
    )


def test_a_part_is_off_with_what_it_is_built_on():
    assert different("x").off == {"marks"}
    assert different("x", part="run").off == {"run", "emulator"}
    off = different("x", part="lowering").off
    others = {"parse", "walk", "shortcuts", "stage_marks", "gpu_schedules", "onnx"}
    assert off == set(PARTS) - others


def test_what_is_off_refuses_and_the_rest_does_not():
    parts = different("tvm.a", part="lowering")
    parts.require("stage_marks")
    parts.require_essential()
    with pytest.raises(EngineError, match=r"source texts.* 0\.28\.0.*tvm\.a is missing"):
        parts.require("sources")
    with pytest.raises(EngineError, match=r"knows TVM 0\.27 and cannot use TVM 0\.28\.0.*tvm\.b"):
        different("tvm.b", part="walk").require_essential()


def test_the_notice_names_what_differs_and_what_is_off():
    notice = different("tvm.a").notice()
    assert notice.severity == "warning"
    assert notice.message == (
        "TIRscope knows TVM 0.27; this is 0.28.0; these differ: tvm.a is missing; "
        "so these parts are off: links between source and tree."
    )
    many = different(*(f"tvm.name{i}" for i in range(9))).notice()
    assert "tvm.name4 is missing, and 4 more;" in many.message


def test_one_reason_is_told_once_whatever_it_ends():
    parts = different("x").without(TvmDifference("x", LACKS, ("origins",), verbatim("")))
    assert len(parts.differences) == 1
    assert parts.off == {"marks", "origins"}
