"""Export the model of a script, or one that is at hand, as Relax text with origins."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tvm

from viz.errors import ExportError
from viz.exporting import torch_models, tvm_modules
from viz.exporting.bindings import BindingNotes
from viz.exporting.lines import UserLines
from viz.exporting.offers import Kind, Names, Offer, arguments_of, kind_of, offer_of
from viz.exporting.relax_text import relax_text
from viz.exporting.script import UserScript
from viz.exporting.shared_weights import once
from viz.ir.functions import relax_functions
from viz.ir.relax.constants import without_arrays
from viz.messages import message_of
from viz.model import ModelPart, Problem


class Export(NamedTuple):
    """An exported model."""

    text: str
    """Relax text with a comment where the part of the model changes."""
    module: tvm.IRModule
    """What the text says: the frontend's module, its weights and constant arrays as inputs."""
    kind: Kind
    """A ``program`` of ``torch.export``, a module of ``torch`` or ``tvm``, an IR ``module``."""
    title: str
    """The class of the model."""
    statements: int
    """How many Relax statements bind a variable."""
    known: int
    """Of how many of them the text says which part of the model they are made from."""
    constants: int
    """How many constant arrays became inputs: the text has no place for their values."""
    is_short: bool = False
    """Whether statements stand without their types, since the text would else be too long."""
    problems: tuple[Problem, ...] = ()
    """Remarks, and why TIRscope reads the text otherwise than it was meant, with places in it."""


def export_script(path: Path, text: str, names: Names = Names()) -> Export:
    """Run a script in this process, as Python would, and export the model that it offers.

    Nothing protects the machine from the script.

    Parameters
    ----------
    path
        The file of the script.
    text
        Its text, which spans of errors refer to.
    names
        The variables of the script to take; the usual ones where they are empty.

    Raises
    ------
    ExportError
        When the script raises, offers no model, or the model cannot be exported.
    """
    script = UserScript(path, text)
    with script.running() as module:
        offer = offer_of(script, module, names)
        title = f"{offer.title} of {script.name}, written by tirscope export"
        with script.placing("export-failed", name=offer.name), warnings.catch_warnings():
            # What torch and TVM say about their own code.
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", FutureWarning)
            return _export(offer, script.lines, title)


def export_model(
    model: Any,
    inputs: Any = None,
    *,
    spec: Any = None,
    dynamic_shapes: Any = None,
    folder: Path | str = ".",
) -> Export:
    """Export a model that is at hand, for instance in a notebook.

    >>> print(export_model(Net().eval(), (torch.rand(4, 16),)).text)

    Parameters
    ----------
    model
        A ``torch.export.ExportedProgram``, a ``torch.nn.Module``, a module of
        ``tvm.relax.frontend.nn``, or an IRModule with Relax functions.
    inputs
        Example inputs of a ``torch.nn.Module``: a tuple, a dictionary by name, or one tensor.
    spec
        Of a module of TVM's nn, as for ``export_tvm``.
    dynamic_shapes
        Of a ``torch.nn.Module``, as for ``torch.export.export``; of a program, what it was exported
        with, for the names of its symbols.
    folder
        What the names of files in the text are relative to.

    Raises
    ------
    ExportError
        When the model is none of these, or what it needs is missing. What torch and TVM raise is
        raised as it is.
    """
    kind = kind_of(model)
    if kind is None:
        raise ExportError(message_of("export-not-model", name="model", type=type(model).__name__))
    if kind == "torch" and inputs is None:
        raise ExportError(message_of("export-no-inputs", name="model", script="export_model"))
    if kind == "tvm" and spec is None:
        raise ExportError(message_of("export-no-spec", name="model", script="export_model"))
    arguments, keywords = arguments_of(() if inputs is None else inputs)
    offer = Offer(kind, model, "model", arguments, keywords, dynamic_shapes, spec)
    title = f"{offer.title}, written by viz.exporting.export_model"
    return _export(offer, UserLines(Path(folder)), title)


def _export(offer: Offer, lines: UserLines, title: str) -> Export:
    sizes: Mapping[str, int] = {}
    notes: BindingNotes | None = None
    shared: tuple[tuple[str, ...], ...] = ()
    if offer.kind == "tvm":
        mod, notes = tvm_modules.export_tvm_module(offer.model, offer.spec, lines)
        shared = tvm_modules.shared_weights(offer.model)
    elif offer.kind == "module":
        mod = offer.model
    else:
        mod, notes, sizes, shared = _of_torch(offer, lines)
    if not relax_functions(mod):
        raise ExportError(message_of("export-no-relax", name=offer.name))
    parts: dict[str, Sequence[ModelPart | None]] = {
        name: notes.parts(name, function) if notes else []
        for name, function in relax_functions(mod).items()
    }
    remarks: list[Problem] = []
    if offer.kind == "torch" and torch_models.is_training(offer.model):
        what = message_of("export-training", name=offer.name)
        remarks.append(Problem(code="export", severity="warning", what=what))
    mod, constants = without_arrays(once(mod, shared))
    written = relax_text(mod, parts, title, sizes)
    return Export(
        text=written.text,
        module=mod,
        kind=offer.kind,
        title=offer.title,
        statements=written.statements,
        known=written.known,
        constants=len(constants),
        is_short=written.is_short,
        problems=(*remarks, *written.problems),
    )


def _of_torch(offer: Offer, lines: UserLines) -> torch_models.TorchExport:
    program = offer.model
    if offer.kind == "torch":
        program = torch_models.export_program(
            offer.model, offer.arguments, offer.keywords, offer.dynamic_shapes
        )
    return torch_models.import_program(program, lines, offer.dynamic_shapes)
