"""The rooms and who may enter which."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Each room may import only those above it, and itself.
ROOMS = (
    ("text",),
    ("errors",),
    ("jail",),
    ("model",),
    ("syntax", "catalog", "options", "diffing", "stages"),
    ("constants",),
    ("source",),
    ("extract", "examples"),
    ("scope",),
    ("spellings",),
    ("dialect",),
    ("gate", "protocol"),
    ("engine",),
    ("folding", "coverage", "provenance"),
    ("captions", "drawers", "palette", "diffhtml"),
    ("layout", "threads"),
    ("drawing", "markup"),
    ("graph",),
    ("testing",),
    ("cache",),
    ("forkless", "zygotes"),
    ("processes",),
    ("conversation",),
    ("worker",),
    ("broker",),
    ("panes",),
    ("report",),
    ("explaining",),
    ("cli", "ui"),
    ("__main__",),
)
LEVELS = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def files():
    return [
        path
        for path in sorted((ROOT / "viz").rglob("*.py"))
        if path.name != "__init__.py" or path.parent.name != "viz"
    ]


def test_every_room_imports_only_what_stands_before_it():
    wrong = []
    for path in files():
        room = path.relative_to(ROOT / "viz").parts[0].removesuffix(".py")
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "viz" and len(parts) > 1 and parts[1] in LEVELS:
                other = parts[1]
                if other != room and LEVELS[other] >= LEVELS[room]:
                    wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong


def test_only_the_engine_knows_tvm_and_only_the_page_knows_streamlit():
    for path in files():
        room = path.relative_to(ROOT / "viz").parts[0]
        roots = {name.partition(".")[0] for name in imports(path)}
        assert room == "engine" or not roots & {"tvm", "tvm_ffi"}, path
        assert room == "ui" or "streamlit" not in roots, path


def test_importing_viz_imports_neither():
    code = (
        "import sys, viz, viz.worker, viz.cli, viz.graph, viz.markup\n"
        "assert not {'tvm', 'tvm_ffi', 'streamlit'} & set(sys.modules), sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_files_are_one_idea():
    for path in files():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path
