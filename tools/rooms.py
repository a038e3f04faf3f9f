"""Name the rooms of the code, the order in which they may import each other, and their imports.

A room is a folder of ``viz/`` or a module at its top; a row of :data:`ROOMS` may split one further.
``tests/test_architecture.py`` holds the code to this table; ``tools/architecture.py`` draws it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

ROOMS = (
    ("text", "messages", "shipped"),
    ("errors",),
    ("tvm_version", "locale"),
    ("model",),
    ("model/catalog",),
    ("frontend",),
    ("frontend/dialect", "frontend/gate"),
    ("frontend/reading",),
    ("provenance", "step", "marking", "targets"),
    ("harness",),
    ("emulator",),
    ("ir", "render"),
    ("render/web",),
    ("passes", "render/report"),
    ("passes/origins",),
    ("codegen/marks",),
    ("codegen",),
    ("runtime/emulator",),
    ("runtime",),
    ("verifier",),
    ("service",),
    ("service/sandbox",),
    ("service/wire",),
    ("service/worker",),
    ("service/engine", "service/client"),
    ("legacy",),
    ("service/broker",),
    ("analysis",),
    ("api", "runs", "schedules", "browser_runs", "cost_runs", "kept_arrays", "access_causes"),
    ("comparisons", "dumps"),
    ("__init__",),
    ("learn", "classroom"),
    ("testing", "exporting"),
    ("cli", "ui/workspace", "ui/workspace_store"),
    ("ui/session", "ui/style"),
    ("ui/workbench",),
    ("ui/components",),
    ("ui/views", "ui/routes"),
    ("ui",),
    ("__main__",),
)
"""Each room may import only those above it, and itself. A path names a folder or a module of viz/;
the longest one that fits a module is its room."""

LEVELS = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "viz").rglob("*.py"))
}


def room_of(name: str) -> str:
    """Return the room of a module, ``viz.passes.origins.origins`` being in ``passes/origins``."""
    if name == "viz":
        return "__init__"
    path = name.removeprefix("viz.").replace(".", "/")
    while path not in LEVELS:
        path, slash, _ = path.rpartition("/")
        assert slash, f"{name} is in no room"
    return path


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the full names of what a module imports, however it does."""
    nodes = [*ast.walk(tree)]
    skipped = {
        child
        for node in nodes
        if isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    importers = {"__import__", "importlib.__import__", "importlib.import_module"}
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                if alias.name in ("import_module", "__import__"):
                    importers.add(alias.asname or alias.name)
                elif alias.name == "importlib" and alias.asname:
                    importers |= {f"{alias.asname}.import_module", f"{alias.asname}.__import__"}
    last = {name.rpartition(".")[2] for name in importers}
    for node in nodes:
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports hide the room"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in MODULES else str(node.module)
        elif (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", getattr(node.func, "attr", "")) in last
            and ast.unparse(node.func) in importers
        ):
            for wanted in (*node.args[:1], *(word.value for word in node.keywords[:1])):
                literal = isinstance(wanted, ast.Constant)
                yield ast.literal_eval(wanted) if literal else f"?{ast.unparse(wanted)}"


@cache
def imported() -> dict[str, list[str]]:
    """Return the full names of what each module imports; ``?`` before one that is computed."""
    return {
        name: sorted(set(imports(ast.parse(path.read_text(encoding="utf-8")))))
        for name, path in MODULES.items()
    }
