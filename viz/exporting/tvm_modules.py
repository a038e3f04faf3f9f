"""Export modules of TVM's ``nn``, with the module and the line that each binding comes from."""

from __future__ import annotations

import keyword
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import takewhile
from types import FrameType
from typing import Any

import tvm
from tvm.relax.frontend import nn
from tvm.relax.frontend.nn import exporter

from viz.exporting.bindings import BindingNotes, noting
from viz.exporting.lines import CodeLine, UserLines
from viz.exporting.shared_weights import names_of_one
from viz.model import ModelPart

ROOT = "self"
"""The name of the outermost module, whose path is empty."""


def export_tvm_module(
    model: nn.Module, spec: Any, lines: UserLines
) -> tuple[tvm.IRModule, BindingNotes]:
    """Return the module that ``model.export_tvm(spec)`` makes, its weights as inputs.

    The modules whose methods run are on Python's own stack while a binding is emitted: the
    innermost frame whose first argument is a module of the model says which, and the innermost
    frame outside of TVM at which line. What TVM's exporter emits itself is of no part.
    """
    paths = {id(module): path for path, module in modules_of(model)}

    def part_now() -> ModelPart | None:
        frames = list(takewhile(_is_below_exporter, _stack(sys._getframe(1))))
        arguments = map(_first_argument, frames)
        module = next((each for each in arguments if id(each) in paths), None)
        if module is None:
            return None
        return part_of(paths[id(module)], type(module).__name__, lines.of_frames(frames))

    named = staticmethod(_with_readable_names(nn.Tensor.placeholder))
    with noting(part_now) as notes, replaced(nn.Tensor, "placeholder", named):
        mod, _ = model.export_tvm(spec)
    return mod, notes


def shared_weights(model: nn.Module) -> tuple[tuple[str, ...], ...]:
    """Return the names, as parameters have them, of each weight with several in the model."""
    return names_of_one((readable_name(name), each) for name, each in model.named_parameters())


def part_of(path: str, kind: str, line: CodeLine | None) -> ModelPart:
    """Return a part of a model, with the line that computes it where there is one."""
    file, number, code = line or ("", 0, "")
    return ModelPart(path=path or ROOT, kind=kind, file=file, line=number, code=code)


def readable_name(name: str) -> str:
    """Return a name of a weight that a text can have: TVM prints ``0.weight`` as ``0_weight``."""
    return f"p_{name}" if name[:1].isdigit() or keyword.iskeyword(name) else name


def _with_readable_names(placeholder: Callable[..., Any]) -> Callable[..., Any]:
    def named(shape: Any, dtype: str, name: str = "tensor") -> Any:
        return placeholder(shape, dtype, readable_name(name))

    return named


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Have an attribute of a class or module be another one until the end of the block."""
    original = vars(owner)[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


def modules_of(model: Any) -> Iterator[tuple[str, nn.Module]]:
    """Yield the modules of a model with their paths, the model itself with an empty one."""
    seen: set[int] = set()

    def visit(path: str, value: Any) -> Iterator[tuple[str, nn.Module]]:
        if id(value) in seen or not isinstance(value, nn.Module | list | tuple | Mapping):
            return
        seen.add(id(value))
        if isinstance(value, nn.Module):
            yield path, value
        dot = f"{path}." if path else ""
        for name, inside in _inside(value):
            yield from visit(f"{dot}{name}", inside)

    yield from visit("", model)


def _inside(value: Any) -> Iterable[tuple[object, Any]]:
    if isinstance(value, nn.ModuleList):
        return list(enumerate(value.modules))
    if isinstance(value, nn.ModuleDict):
        return list(value.modules.items())
    if isinstance(value, nn.Module):
        return list(vars(value).items())
    return value.items() if isinstance(value, Mapping) else enumerate(value)


def _is_below_exporter(frame: FrameType) -> bool:
    return frame.f_code.co_filename != str(exporter.__file__)


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _first_argument(frame: FrameType) -> Any:
    """Return what a function was called on: its first argument, if it has one."""
    code = frame.f_code
    return frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
