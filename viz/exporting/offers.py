"""Find what a script offers for export: its model, and the inputs or the spec that go with it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FunctionType, ModuleType
from typing import Any, Literal, NamedTuple

import tvm
from tvm.relax.frontend import nn

from viz.errors import ExportError
from viz.exporting.script import UserScript
from viz.exporting.torch_models import class_of
from viz.messages import message_of

Kind = Literal["program", "tvm", "torch", "module"]
"""A program of ``torch.export``, a module of TVM's nn, one of torch, or an IRModule."""

KINDS: tuple[Kind, ...] = ("program", "tvm", "torch", "module")
"""In the order in which they are taken where a script has several: what needs least first."""


class Names(NamedTuple):
    """The names by which a script's variables are looked up; empty for the usual ones."""

    model: str = ""
    """Of the model; ``model``, or the only model that the script has."""
    inputs: str = ""
    """Of the example inputs of a ``torch.nn.Module``; ``inputs``."""
    spec: str = ""
    """Of what ``export_tvm`` takes for a module of TVM's nn; ``spec``."""
    dynamic_shapes: str = ""
    """Of what ``torch.export.export`` takes so that extents stay symbols; ``dynamic_shapes``."""


class Offer(NamedTuple):
    """A model and what its export needs."""

    kind: Kind
    model: Any
    name: str
    """Its variable in the script."""
    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] = {}
    """Example inputs of a module of torch."""
    dynamic_shapes: Any = None
    spec: Any = None
    """Of a module of TVM's nn: methods, and the shapes and dtypes of their arguments."""

    @property
    def title(self) -> str:
        """The class of the model."""
        return class_of(self.model) if self.kind == "program" else type(self.model).__name__


def kind_of(value: Any) -> Kind | None:
    """Return what kind of model a value is; None for anything else.

    torch is looked up where the script imported it, and not imported.
    """
    if isinstance(value, tvm.IRModule):
        return "module"
    if isinstance(value, nn.Module):
        return "tvm"
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "nn"):
        return None
    if isinstance(value, torch.nn.Module):
        return "torch"
    export = getattr(torch, "export", None)
    return "program" if export and isinstance(value, export.ExportedProgram) else None


def offer_of(script: UserScript, module: ModuleType, names: Names) -> Offer:
    """Return what a script offers.

    Raises
    ------
    ExportError
        When there is no model, or more than one and no name chooses, or what goes with it is
        missing. It names what there is.
    """
    variables = {name: v for name, v in vars(module).items() if not name.startswith("_")}
    name, model = _model(script, variables, names.model)
    return completed(script, variables, names, name, model)


def completed(
    script: UserScript, variables: Mapping[str, Any], names: Names, name: str, model: Any
) -> Offer:
    """Return a model with the inputs or the spec that its kind needs.

    Raises
    ------
    ExportError
        When they are missing.
    """
    kind = kind_of(model)
    place = script.assigned(name)
    if kind is None:
        raise ExportError(_no_model(name, model), span=place)
    if kind == "torch":
        values = _chosen(script, variables, names.inputs, "inputs")
        if values is None:
            found = tuple(_described(n, v) for n, v in variables.items() if _is_tensor(v))
            what = message_of("export-no-inputs", name=name, script=script.name)
            if found:
                what = message_of("export-found", what=what, found=found)
            raise ExportError(what, span=place)
        arguments, keywords = arguments_of(values)
        dynamic = _chosen(script, variables, names.dynamic_shapes, "dynamic_shapes")
        return Offer(kind, model, name, arguments, keywords, dynamic)
    if kind == "program":
        dynamic = _chosen(script, variables, names.dynamic_shapes, "dynamic_shapes")
        return Offer(kind, model, name, dynamic_shapes=dynamic)
    if kind == "tvm":
        spec = _chosen(script, variables, names.spec, "spec")
        if spec is None and callable(getattr(model, "get_default_spec", None)):
            with script.placing("export-failed", name=name):
                spec = model.get_default_spec()
        if spec is None:
            raise ExportError(
                message_of("export-no-spec", name=name, script=script.name), span=place
            )
        return Offer(kind, model, name, spec=spec)
    return Offer(kind, model, name)


def _model(script: UserScript, variables: Mapping[str, Any], name: str) -> tuple[str, Any]:
    if name or "model" in variables:
        name = name or "model"
        return name, _made(script, _variable(script, variables, name), name)
    models = {name: value for name, value in variables.items() if kind_of(value)}
    for kind in KINDS:
        of_kind = {id(v): (n, v) for n, v in models.items() if kind_of(v) == kind}
        if len(of_kind) == 1:
            return next(iter(of_kind.values()))
        if of_kind:
            found = tuple(_described(n, v) for n, v in of_kind.values())
            raise ExportError(message_of("export-several", script=script.name, found=found))
    what = message_of("export-nothing", script=script.name)
    classes = [n for n, v in variables.items() if _is_model_class(v)]
    if found := tuple(classes):
        what = message_of("export-classes", what=what, found=found)
    raise ExportError(what)


def _chosen(script: UserScript, variables: Mapping[str, Any], name: str, usual: str) -> Any:
    """Return the value of the variable that was asked for, else of the usual one, else None."""
    if name:
        return _made(script, _variable(script, variables, name), name)
    return _made(script, variables.get(usual), usual)


def _variable(script: UserScript, variables: Mapping[str, Any], name: str) -> Any:
    if name not in variables:
        usable = [n for n, v in variables.items() if not isinstance(v, ModuleType | type)]
        what = message_of("export-no-name", script=script.name, name=name, found=tuple(usable))
        raise ExportError(what)
    return variables[name]


def _made(script: UserScript, value: Any, name: str) -> Any:
    """Return a value, of a function what it returns."""
    if not isinstance(value, FunctionType):
        return value
    with script.placing("export-failed", name=name):
        return value()


def _no_model(name: str, value: Any) -> Any:
    if _is_model_class(value):
        return message_of("export-class", name=name, type=value.__name__)
    return message_of("export-not-model", name=name, type=type(value).__name__)


def _is_model_class(value: Any) -> bool:
    if not isinstance(value, type):
        return False
    torch: Any = sys.modules.get("torch")
    bases = (nn.Module, torch.nn.Module) if hasattr(torch, "nn") else (nn.Module,)
    # Those that the script imported are no offer of its own.
    return issubclass(value, bases) and not value.__module__.startswith(("torch.", "tvm."))


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    tensors = isinstance(value, tuple | list) and bool(value)
    values = value if tensors else [value]
    return torch is not None and all(isinstance(each, torch.Tensor) for each in values)


def _described(name: str, value: Any) -> str:
    return f"{name} ({type(value).__name__})"


def arguments_of(values: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return example inputs by position and by name."""
    if isinstance(values, Mapping):
        return (), dict(values)
    if isinstance(values, tuple | list):
        return tuple(values), {}
    return (values,), {}
