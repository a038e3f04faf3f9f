"""The process that forks has imported what its jailed children use: they cannot open a file."""

import ast
import subprocess
import sys
from pathlib import Path

from viz.service.engine import replies

FOLDER = Path(replies.__file__).parents[1]
LOADED = """
import sys
from viz.service.engine.parts import usable
usable()
import viz.service.engine.preload
import viz.runtime.compile_check  # which it loads by name
print("\\n".join(sys.modules))
"""


def test_what_a_child_imports_late_is_loaded_before_it_is_jailed():
    run = subprocess.run([sys.executable, "-c", LOADED], stdout=subprocess.PIPE, check=True)
    loaded = set(run.stdout.decode().split())
    late = set()
    for name in (
        "engine/replies",
        "engine/run_replies",
        "engine/program_work",
        "engine/dispatch",
        "engine/launch_reply",
        "engine/environment",
        "worker/jailed_child",
        "worker/delegate",
        "worker/machine_checks",
    ):
        for function in ast.walk(ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.ImportFrom):
                        for alias in node.names:
                            late.add((node.module, f"{node.module}.{alias.name}"))
    assert late
    packages = {module for module, _ in late if hasattr(sys.modules.get(module), "__path__")}
    missing = {full if module in packages else module for module, full in late} - loaded
    assert not missing
