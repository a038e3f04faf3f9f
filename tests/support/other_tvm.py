"""A TVM that differs from the installed one: a module on PYTHONPATH changes it as it is imported."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

HOOK = """
import importlib.util
import sys


class Finder:
    def find_spec(self, name, path=None, target=None):
        if name != "tvm":
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec("tvm")
        finally:
            sys.meta_path.insert(0, self)
        original = spec.loader.exec_module

        def exec_module(module):
            original(module)
            change(module)

        spec.loader.exec_module = exec_module
        return spec


def change(tvm):
    tvm.__version__ = {version!r} or tvm.__version__
    for name in {missing!r}:
        holder, _, last = name.rpartition(".")
        # A function may hide the module of its name, as tvm.tirx.build does.
        value = sys.modules.get(holder)
        if value is None:
            module, _, attribute = holder.rpartition(".")
            value = getattr(sys.modules[module], attribute)
        delattr(value, last)


sys.meta_path.insert(0, Finder())
"""


def write(folder: Path, *, version: str = "", missing: Iterable[str] = ()) -> dict[str, str]:
    """Write the module; return the variable for processes that are to have the other TVM."""
    text = HOOK.format(version=version, missing=tuple(missing))
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")
    return {"PYTHONPATH": str(folder)}
