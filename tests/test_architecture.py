"""The rooms of the code, the order in which they may import each other, and how large they may be."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tools.rooms import LEVELS, MODULES, ROOT, imported, imports, room_of

MOST_MODULES = 15
MOST_LINES = 400
MOST_FUNCTION_LINES = 60

KNOW_TVM = {
    "ir",
    "passes",
    "codegen",
    "runtime",
    "service/engine",
    "legacy",
    "testing",
    "exporting",
}
KNOW_STREAMLIT = {"ui"}
BY_NAME = {
    # The standard library's modules of a table, and a row of TVM's own rules.
    ("viz.service.worker.jail_access", "?name"),
    ("viz.passes.gpu_schedule", "?f'{INTRINSICS}.metal'"),
    ("viz.passes.gpu_schedule", "?INTRINSICS"),
    # The names of the catalog's table of TVM's names, and the modules of the engine's parts.
    ("viz.ir.tvm_names", "?parts[0]"),
    ("viz.ir.tvm_names", "?module"),
    ("viz.service.engine.parts", "?module"),
}
"""Imports of a name that is computed: each was looked at."""


def below(name: str, rooms: set[str]) -> bool:
    room = room_of(name)
    return any(room == wanted or room.startswith(f"{wanted}/") for wanted in rooms)


def test_every_module_imports_only_rooms_above_its_own():
    wrong = [
        f"{name} imports {imported}"
        for name, all_imported in imported().items()
        for imported in all_imported
        if imported in MODULES
        and room_of(imported) != room_of(name)
        and LEVELS[room_of(imported)] >= LEVELS[room_of(name)]
    ]
    assert not wrong, "\n".join(wrong)


def test_modules_import_each_other_in_no_circle():
    done, path = set(), []

    def visit(name):
        if name in path:
            pytest.fail(" → ".join([*path[path.index(name) :], name]))
        if name not in done:
            path.append(name)
            for other in imported()[name]:
                if other in MODULES and other != name:
                    visit(other)
            path.pop()
            done.add(name)

    for name in MODULES:
        visit(name)


def test_imports_by_name_are_known():
    by_name = {
        (name, imported)
        for name, all_imported in imported().items()
        for imported in all_imported
        if imported.startswith("?")
    }
    assert by_name == BY_NAME


def test_only_some_rooms_know_tvm_and_only_the_page_knows_streamlit():
    for name, all_imported in imported().items():
        roots = {imported.partition(".")[0] for imported in all_imported}
        assert below(name, KNOW_TVM) or not roots & {"tvm", "tvm_ffi"}, name
        assert below(name, KNOW_STREAMLIT) or "streamlit" not in roots, name
        assert "torch" not in roots, name  # the user's script imports it, where it needs it


def test_importing_viz_imports_neither():
    code = (
        "import sys, viz, viz.service.client.submit, viz.cli, viz.render.graph\n"
        "assert not {'tvm', 'tvm_ffi', 'streamlit'} & set(sys.modules), sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def sources() -> Iterator[Path]:
    """Yield the files of the package, the tests, the tools and the benchmarks."""
    for folder in ("viz", "tests", "tools", "benchmarks"):
        for suffix in ("py", "js", "mjs", "css", "cpp", "h"):
            yield from (ROOT / folder).rglob(f"*.{suffix}")


def test_files_are_one_idea():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert not {path: lines for path, lines in lengths.items() if lines > MOST_LINES}


@cache
def definitions(path: Path) -> list[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many lines a function has, its docstring left out."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is not None:
        lines -= function.body[0].end_lineno - function.body[0].lineno + 1
    return lines


def test_functions_fit_on_a_screen():
    """Their branches are counted by ruff (C901)."""
    too_long = [
        f"{path}:{node.lineno} {node.name}"
        for path in [ROOT / "app.py", *MODULES.values()]
        for node in definitions(path)
        if not isinstance(node, ast.ClassDef) and lines_of_code(node) > MOST_FUNCTION_LINES
    ]
    assert not too_long, "\n".join(too_long)


def test_folders_can_be_taken_in_at_a_glance():
    for folder in {path.parent for path in sources()}:
        modules = [
            path.name
            for path in folder.iterdir()
            if path.suffix in (".py", ".js", ".mjs", ".cpp") and path.name != "__init__.py"
        ]
        assert len(modules) <= MOST_MODULES, (folder, sorted(modules))


def test_class_names_stand_once():
    places: dict[str, list[Path]] = {}
    for folder in ("viz", "tests/support", "tools", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in definitions(path):
                if isinstance(node, ast.ClassDef):
                    places.setdefault(node.name, []).append(path)
    assert not {name: paths for name, paths in places.items() if len(paths) > 1}


def test_tests_mirror_the_rooms():
    tests = ROOT / "tests"
    for path in sorted(tests.rglob("*.py")):
        folder = path.relative_to(tests).parent
        if folder.parts[:1] not in ((), ("support",), ("cases",), ("browser",)):
            assert (ROOT / "viz" / folder).is_dir(), f"no room for {path}"


def test_tests_import_what_they_share_from_support_alone():
    wrong = [
        f"{path.relative_to(ROOT)} imports {imported}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for imported in imports(ast.parse(path.read_text(encoding="utf-8")))
        if imported.partition(".")[0] in ("tests", "conftest")
        and imported.split(".")[:2] != ["tests", "support"]
    ]
    assert not wrong, "\n".join(wrong)
