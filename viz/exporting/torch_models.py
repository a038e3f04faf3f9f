"""Export programs of ``torch.export``, with the node of torch's graph that each binding is of.

TVM's importer converts torch's graph node by node. Here it is told to say which node it converts,
and a node knows the module and the line of Python that it was traced from, also after torch has
decomposed it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import tvm
from tvm import relax

from viz.exporting.bindings import BindingNotes, noting
from viz.exporting.lines import UserLines
from viz.exporting.shared_weights import names_of_one
from viz.exporting.tvm_modules import part_of, readable_name, replaced
from viz.frontend.models.origins import comment
from viz.model import ModelPart


class TorchExport(NamedTuple):
    """What a program of torch became."""

    module: tvm.IRModule
    notes: BindingNotes
    sizes: dict[str, int]
    """The extents of the example inputs, by the name of their symbol."""
    shared: tuple[tuple[str, ...], ...] = ()
    """The names of each weight that the model has several times."""


def export_program(
    model: Any, arguments: tuple[Any, ...], keywords: dict[str, Any], dynamic_shapes: Any
) -> Any:
    """Return the program that ``torch.export`` makes of a model."""
    torch = sys.modules["torch"]
    return torch.export.export(model, arguments, keywords or None, dynamic_shapes=dynamic_shapes)


def class_of(program: Any) -> str:
    """Return the class of the model that a program was exported from, as far as torch noted it."""
    for node in program.graph.nodes:
        for _, kind in (node.meta.get("nn_module_stack") or {}).values():
            return _class_name(kind)
    return type(program).__name__


def _class_name(kind: Any) -> str:
    return (kind if isinstance(kind, str) else str(kind.__name__)).rpartition(".")[2]


def is_training(model: Any) -> bool:
    """Whether a model would do something else outside of training: drop values, or take means."""
    kinds = ("Dropout", "BatchNorm")
    return any(
        module.training and any(kind in type(module).__name__ for kind in kinds)
        for module in model.modules()
    )


def import_program(program: Any, lines: UserLines, dynamic_shapes: Any = None) -> TorchExport:
    """Return the Relax module of a program of torch, its weights and buffers as inputs.

    Parameters
    ----------
    program
        A ``torch.export.ExportedProgram``.
    dynamic_shapes
        What it was exported with, whose dimensions have names; None if that is not known.
    """
    from tvm.relax.frontend.torch import exported_program_translator as translator

    names = _symbol_names(program, dynamic_shapes)
    importing = _Importing(lines)
    importer = _importer_class(translator.ExportedProgramImporter, importing, names)
    with (
        noting(lambda: importing.part) as notes,
        replaced(translator, "ExportedProgramImporter", importer),
        replaced(
            relax.transform,
            "BindParams",
            partial(_bind_scalars, relax.transform.BindParams, importing),
        ),
    ):
        module = translator.from_exported_program(
            program, keep_params_as_input=True, unwrap_unit_return_tuple=True
        )
    for variable, function in module.functions.items():
        if isinstance(function, relax.Function) and function.attrs and "params" in function.attrs:
            module.update_func(variable, function.without_attr("params"))
    weights = ((readable_name(name), each) for name, each in program.state_dict.items())
    return TorchExport(module, notes, _sizes(program, names), names_of_one(weights))


class _Importing:
    """The node that is being converted, and how inputs are renamed."""

    def __init__(self, lines: UserLines) -> None:
        self._lines = lines
        self.part: ModelPart | None = None
        self.renamed: dict[str, str] = {}

    def converting(self, convert: Callable[..., Any], node: Any, *others: Any) -> Any:
        before = self.part
        self.part = node_part(node.meta, self._lines, before)
        try:
            return convert(node, *others)
        except Exception as error:
            self.note(error, node)
            raise
        finally:
            self.part = before

    def note(self, error: Exception, node: Any) -> None:
        """Add to an error of TVM's importer which line of the user's the node is of."""
        part = node_part(node.meta, self._lines)
        if part is not None and not getattr(error, "__notes__", ()):
            error.add_note(f"{node.target} {comment(part).removeprefix('# ')}")


def node_part(
    meta: Mapping[str, Any], lines: UserLines, around: ModelPart | None = None
) -> ModelPart | None:
    """Return the part of the model that a node of torch's graph was traced from.

    Parameters
    ----------
    meta
        What torch noted of the node: the modules whose methods ran, and Python's stack.
    around
        The part of the node whose branch this one is in: torch notes no modules inside of branches.
    """
    line = lines.of_stack(meta.get("stack_trace") or "")
    modules = list((meta.get("nn_module_stack") or {}).values())
    if not modules:
        return around and part_of(around.path, around.kind, line)
    path, kind = modules[-1]
    # A module that is called once more is `fc@1` in some releases.
    path = re.sub(r"@\d+$", "", str(path))
    return part_of(path, _class_name(kind), line)


def _importer_class(base: Any, importing: _Importing, names: dict[str, str]) -> Any:
    """Return TVM's importer, which tells what it converts and names inputs as the model does."""

    class NamingImporter(base):  # type: ignore[misc]
        def create_convert_map(self) -> dict[str, Any]:
            converters = super().create_convert_map()
            return {
                name: partial(importing.converting, convert) for name, convert in converters.items()
            }

        def _check_unsupported_func_type(self, nodes: Any) -> None:
            try:
                super()._check_unsupported_func_type(nodes)
            except AssertionError as error:
                importing.note(error, next(filter(self._is_unsupported, nodes)))
                raise

        def _is_unsupported(self, node: Any) -> bool:
            known = self.convert_map
            return node.op == "call_function" and node.target.__name__ not in known

        def create_input_vars(self, exported_program: Any) -> Any:
            weights, *others = super().create_input_vars(exported_program)
            for spec in exported_program.graph_signature.input_specs:
                if spec.arg.name in weights and spec.target:
                    title = readable_name(str(spec.target))
                    importing.renamed[spec.arg.name] = title
                    variable = weights[spec.arg.name]
                    weights[spec.arg.name] = relax.Var(title, variable.ty)
            return (weights, *others)

        def _process_derived_symbol(self, symbol: Any, *others: Any) -> Any:
            return super()._process_derived_symbol(_renamed(symbol, names), *others)

        @staticmethod
        def _convert_pytorch_tensor_to_tvm(tensor_value: Any) -> Any:
            if tensor_value.device.type == "meta":  # a weight without values
                return None
            return base._convert_pytorch_tensor_to_tvm(tensor_value)

    return NamingImporter


def _bind_scalars(
    bind: Any, importing: _Importing, function: str, values: Mapping[str, Any]
) -> Any:
    """Bind the buffers and constants of one value alone: the others stay inputs."""
    scalars = {
        importing.renamed.get(name, name): value
        for name, value in values.items()
        if value is not None and not value.shape
    }
    return bind(function, scalars)


# ---------------------------------------------------------------- symbols of shapes


def _renamed(symbol: Any, names: dict[str, str]) -> Any:
    symbols = {each: names[str(each)] for each in symbol.free_symbols if str(each) in names}
    return symbol.subs({each: type(each)(name, integer=True) for each, name in symbols.items()})


def _extents(program: Any) -> Iterator[tuple[str, int, str, Any]]:
    """Yield each extent of an input that is one symbol: input, axis, symbol and the extent."""
    users = set(program.graph_signature.user_inputs)
    for node in program.graph.nodes:
        if node.op == "placeholder" and node.name in users:
            for axis, extent in enumerate(getattr(node.meta.get("val"), "shape", ())):
                expression = getattr(getattr(extent, "node", None), "expr", None)
                if getattr(expression, "is_Symbol", False):
                    yield node.name, axis, str(expression), extent


def _symbol_names(program: Any, dynamic_shapes: Any) -> dict[str, str]:
    """Return the names of ``torch.export.Dim`` by torch's own symbol, where they are known."""
    if isinstance(dynamic_shapes, Mapping):
        dimensions = dict(dynamic_shapes)
    elif isinstance(dynamic_shapes, tuple | list):
        users = [name for name in program.graph_signature.user_inputs if isinstance(name, str)]
        dimensions = dict(zip(users, dynamic_shapes, strict=False))
    else:
        return {}
    names: dict[str, str] = {}
    for name, axis, symbol, _ in _extents(program):
        of_input = dimensions.get(name)
        if isinstance(of_input, Mapping):
            dimension = of_input.get(axis)
        elif isinstance(of_input, tuple | list) and axis < len(of_input):
            dimension = of_input[axis]
        else:
            dimension = None
        title = getattr(dimension, "__name__", "")
        if title.isidentifier() and title not in names.values():
            names.setdefault(symbol, title)
    return names


def _sizes(program: Any, names: dict[str, str]) -> dict[str, int]:
    sizes = {}
    for _, _, symbol, extent in _extents(program):
        hint = getattr(extent.node, "hint", None)
        if isinstance(hint, int):
            sizes[names.get(symbol, symbol)] = hint
    return sizes
