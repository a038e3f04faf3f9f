"""Start a process of this engine with any Python: ``PYTHON start.py serve|answer ARGUMENTS``.

That Python has packages of its own, so of this one's nothing but the package ``viz`` is imported,
from its folder. What is missing is said on the control socket before anything of ``viz`` is loaded;
that is why this file has to be understood by every Python 3.
"""

from __future__ import annotations

import importlib.util
import json
import runpy
import socket
import sys
from pathlib import Path
from typing import Any

NEEDED = ("msgspec", "numpy", "ml_dtypes", "tvm")
OLDEST = (3, 11)
MODULES = {"serve": "viz.legacy.server", "answer": "viz.legacy.one_shot"}


def unusable() -> dict[str, Any] | None:
    """Return the message about what this Python lacks, or None."""
    values: dict[str, Any] = {"path": sys.executable}
    if sys.version_info < OLDEST:
        values["version"] = ".".join(map(str, sys.version_info[:2]))
        return {"id": "legacy-old-python", "values": values}
    values["missing"] = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    return {"id": "legacy-lacks-packages", "values": values} if values["missing"] else None


def say(descriptor: int, message: dict[str, Any]) -> None:
    """Send the notice that ends the start of an engine."""
    notice = {"problem": {"code": "engine", "what": message}}
    with socket.socket(fileno=descriptor) as control:
        control.send(json.dumps(notice).encode())


def load_package() -> None:
    """Import ``viz`` from the folder around this file, wherever that is."""
    folder = Path(__file__).resolve().parent.parent
    spec: Any = importlib.util.spec_from_file_location(
        "viz", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    sys.modules["viz"] = package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)


def main() -> None:
    """Load the package and run the module of the process that is asked for."""
    del sys.path[0]  # the folder of this file, whose modules are named like others
    kind = sys.argv.pop(1)
    message = unusable()
    if message is None:
        load_package()
        runpy.run_module(MODULES[kind], run_name="__main__", alter_sys=True)
    elif kind == "serve":
        say(int(sys.argv[1]), message)
    else:
        sys.exit(json.dumps(message))


if __name__ == "__main__":
    main()
