"""Check the graph of an ONNX model, and give its tensors names that Python can have.

TVM's importer takes a graph as it is: it reads an operator by its name alone, whatever library of
operators it is of, an input of size 0 as one of any size, and a name as it stands. So what it would
read wrongly is refused here, with the node that it is about.
"""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from viz.errors import SourceError
from viz.messages import Message, message_of
from viz.model import ModelPart

MOST_NODES = 5000
"""The nodes of a model that are converted."""

MOST_ELEMENTS = 1 << 47
"""The elements of a tensor: more are no tensor of any machine, and products of sizes overflow."""

OLDEST_OPSET = 7
"""Operators of older versions mean something else (their operands are not broadcast alike), and the
importer would read them as today's: such a model is brought up to date first."""

UPDATED_OPSET = 9
"""The version that older models are brought to."""

MOST_NAME = 40
"""Characters of a name in the text, and of one in a message."""

MOST_PATH = 200
"""Characters of the name of a node, which a comment repeats."""

DTYPES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    16: "bfloat16",
    17: "float8_e4m3fn",
    19: "float8_e5m2",
}
"""ONNX's numbers of the types of elements that a program of TVM may have."""

UNREAD = {
    0: "UNDEFINED",
    8: "STRING",
    14: "COMPLEX64",
    15: "COMPLEX128",
    18: "FLOAT8E4M3FNUZ",
    20: "FLOAT8E5M2FNUZ",
    21: "UINT4",
    22: "INT4",
    23: "FLOAT4E2M1",
}
"""The names of others, for messages."""

STANDARD = ("", "ai.onnx")
"""The names of ONNX's own library of operators."""

CONTRIBUTED = "com.microsoft"
"""The library of operators of ONNX Runtime."""

OF_CONTRIBUTED = frozenset(
    (
        "Attention",
        "BiasGelu",
        "EmbedLayerNormalization",
        "FastGelu",
        "Gelu",
        "MatMulInteger16",
        "SkipLayerNormalization",
    )
)
"""The operators of that library that the importer reads; of ONNX's own is only ``Gelu``."""

_TAKEN = frozenset(("I", "R", "T", "cls", "main", "metadata", "Module", "TypeVar", "tvm"))
_BUILT = re.compile(r"(?:lv|gv)\d*")
"""The names that the importer gives to what it binds."""
_TOKEN = re.compile(r"(\+|-|\*|//|/)")
"""What stands between the names in the size of a dimension, as the importer splits it."""
_KINDS = {
    "sequence_type": "onnx-kind-sequence",
    "map_type": "onnx-kind-map",
    "optional_type": "onnx-kind-optional",
    "sparse_tensor_type": "onnx-kind-sparse",
    "opaque_type": "onnx-kind-opaque",
}


class Prepared(NamedTuple):
    """A checked graph, whose nodes and tensors have new names.

    Attributes
    ----------
    parts
        What the nodes are called in the model, by their new names.
    tensors
        The new names of the inputs and weights of the graph, by those in the model.
    nodes
        How many nodes there are, also inside of others.
    """

    parts: dict[str, ModelPart]
    tensors: dict[str, str]
    nodes: int


def shown(name: str) -> str:
    """Return a name from a model as a sentence may quote it: short, in one line."""
    plain = "".join(c if c.isprintable() else "�" for c in name[: MOST_NAME + 1])
    return plain if len(plain) <= MOST_NAME else f"{plain[: MOST_NAME - 1]}…"


def refusal(
    id: str, part: ModelPart | None = None, /, **values: str | int | Message
) -> SourceError:
    """Return the error of a model, about a node of it where one is given."""
    if part is not None:
        values |= {"node": shown(part.path), "op": shown(part.kind)}
    return SourceError(message_of(id, **values))


def opset_of(model: Any, newest: int) -> int:
    """Return the version of ONNX's operators that a model is written in.

    Raises
    ------
    SourceError
        When it has none, or one that nobody knows.
    """
    versions = [int(each.version) for each in model.opset_import if each.domain in STANDARD]
    if not versions:
        raise refusal("onnx-no-opset")
    if not 1 <= versions[0] <= newest:
        raise refusal("onnx-opset", opset=versions[0], newest=newest)
    return versions[0]


def prepared(model: Any, operators: Iterable[str]) -> Prepared:
    """Check the graph of a model, and rename its nodes and tensors in place.

    Parameters
    ----------
    model
        A ``ModelProto``.
    operators
        The names of the operators that the importer knows.

    Raises
    ------
    SourceError
        When there is something in it that cannot be converted.
    """
    if model.functions:
        raise refusal("onnx-functions", name=shown(model.functions[0].name))
    return _Preparing(frozenset(operators)).prepared(model.graph)


class _Preparing:
    """The names of one graph, with those of the graphs inside of it."""

    def __init__(self, operators: frozenset[str]) -> None:
        self._operators = operators
        self._used: set[str] = set(_TAKEN)
        self._parts: dict[str, ModelPart] = {}
        self._sizes: dict[str, str] = {}
        """The new names of symbolic sizes."""
        self._known: set[str] = set()
        """The sizes of dimensions, as the model writes them."""

    def prepared(self, graph: Any) -> Prepared:
        names: dict[str, str] = {}
        self._weights(graph, names)
        weights = [each for each in graph.input if each.name in names]
        for each in weights:  # which the importer would count twice
            graph.input.remove(each)
        self._known = {
            dim.dim_param.strip()
            for value in graph.input
            for dim in value.type.tensor_type.shape.dim
        }
        for value in graph.input:
            self._input(value)
            value.name = self._declared(names, value.name, None)
        tensors = dict(names)
        self._nodes(graph, names)
        if not graph.output:
            raise refusal("onnx-no-outputs")
        return Prepared(self._parts, tensors, len(self._parts))

    # ------------------------------------------------------------ names

    def _declared(self, names: dict[str, str], name: str, part: ModelPart | None) -> str:
        """Take the name of a tensor; return its new one."""
        if not name:
            raise refusal("onnx-unnamed-input") if part is None else refusal("onnx-unnamed", part)
        if name in names:
            id = "onnx-twice-input" if part is None else "onnx-twice"
            raise refusal(id, part, tensor=shown(name))
        names[name] = self._legal(name)
        return names[name]

    def _legal(self, name: str) -> str:
        """Return a name of Python that is like one of a model, and that nothing else has."""
        plain = re.sub(r"[^A-Za-z0-9]+", "_", name.removeprefix("onnx::"))
        plain = plain.strip("_")[:MOST_NAME] or "t"
        if plain[0].isdigit():
            plain = f"t{plain}"
        if keyword.iskeyword(plain) or keyword.issoftkeyword(plain) or _BUILT.fullmatch(plain):
            plain += "_"
        legal, number = plain, 1
        while legal in self._used:
            number += 1
            legal = f"{plain}_{number}"
        self._used.add(legal)
        return legal

    # ------------------------------------------------------------ tensors

    def _weights(self, graph: Any, names: dict[str, str]) -> None:
        if graph.sparse_initializer:
            raise refusal("onnx-sparse", tensor=shown(graph.sparse_initializer[0].values.name))
        for tensor in graph.initializer:
            name = tensor.name
            self._element(name, tensor.data_type)
            _check_sizes(name, tensor.dims)
            tensor.name = self._declared(names, name, None)

    def _element(self, name: str, number: int) -> None:
        if number not in DTYPES:
            raise refusal("onnx-dtype", tensor=shown(name), dtype=UNREAD.get(number, str(number)))

    def _input(self, value: Any) -> None:
        kind = value.type.WhichOneof("value")
        if kind != "tensor_type":
            what = message_of(_KINDS.get(kind, "onnx-kind-none"))
            raise refusal("onnx-input-kind", tensor=shown(value.name), kind=what)
        self._element(value.name, value.type.tensor_type.elem_type)
        dims = value.type.tensor_type.shape.dim
        known = [dim.dim_value for dim in dims if dim.WhichOneof("value") == "dim_value"]
        _check_sizes(value.name, known, least=1)
        for dim in dims:
            if dim.WhichOneof("value") != "dim_value":
                dim.dim_param = self._size(dim.dim_param)

    def _size(self, words: str) -> str:
        """Return the size of a dimension in new names.

        One such as ``batch*2`` is computed where ``batch`` alone is a size, else it is a name.
        """
        if not words.strip():
            return self._legal("n")
        pieces = [piece.strip() for piece in _TOKEN.split(words)]
        operands = pieces[::2]
        if not all(each.isdigit() or each in self._known for each in operands) or len(pieces) > 9:
            return self._named_size(words)
        return "".join(
            piece if index % 2 or re.fullmatch(r"[0-9]{1,9}", piece) else self._named_size(piece)
            for index, piece in enumerate(pieces)
        )

    def _named_size(self, name: str) -> str:
        if name == "?":
            return self._legal("n")
        if name not in self._sizes:
            self._sizes[name] = self._legal(name)
        return self._sizes[name]

    # ------------------------------------------------------------ nodes

    def _nodes(self, graph: Any, names: dict[str, str]) -> None:
        """Check and rename the nodes of a graph; ``names`` has the tensors from outside of it."""
        for node in graph.node:
            if len(self._parts) >= MOST_NODES:
                raise refusal("onnx-too-many-nodes", most=MOST_NODES)
            path = node.name or next(filter(None, node.output), "") or node.op_type
            part = ModelPart(path=path[:MOST_PATH], kind=node.op_type[:MOST_NAME])
            self._operator(node, part)
            node.input[:] = [self._read(names, name, part) for name in node.input]
            key = f"node {len(self._parts)}"
            node.name, self._parts[key] = key, part
            for attribute in node.attribute:
                self._attribute(attribute, names, key, part)
            outputs = [self._declared(names, name, part) if name else "" for name in node.output]
            if not any(outputs):
                raise refusal("onnx-no-output", part)
            node.output[:] = outputs
        for value in graph.output:
            if value.name not in names:
                raise refusal("onnx-output", tensor=shown(value.name))
            value.name = names[value.name]

    def _operator(self, node: Any, part: ModelPart) -> None:
        contributed = node.domain == CONTRIBUTED and node.op_type in OF_CONTRIBUTED
        own = node.domain in STANDARD and (
            node.op_type not in OF_CONTRIBUTED or node.op_type == "Gelu"
        )
        if not (own or contributed) and node.op_type in self._operators:
            library = shown(node.domain) or STANDARD[1]
            raise refusal("onnx-library", part, library=library)
        if node.op_type not in self._operators:
            raise refusal("onnx-operator", part)

    def _read(self, names: dict[str, str], name: str, part: ModelPart) -> str:
        if name and name not in names:
            raise refusal("onnx-undefined", part, tensor=shown(name))
        return names[name] if name else ""

    def _attribute(self, attribute: Any, names: dict[str, str], key: str, part: ModelPart) -> None:
        """Check the tensors and graphs of an attribute, and rename what is in those."""
        if attribute.ref_attr_name:
            raise refusal("onnx-attribute", part, attribute=shown(attribute.name))
        for tensor in _tensors(attribute):
            if tensor.data_location or tensor.external_data:
                raise refusal("onnx-external", part, attribute=shown(attribute.name))
            _check_sizes(attribute.name, tensor.dims)
        for graph in _graphs(attribute):
            inner = dict(names)
            graph.name = key
            self._weights(graph, inner)
            for tensor in graph.initializer:
                if tensor.data_location or tensor.external_data:
                    raise refusal("onnx-external", part, attribute=shown(attribute.name))
            for value in graph.input:
                value.name = self._declared(inner, value.name, part)
            self._nodes(graph, inner)


def _tensors(attribute: Any) -> Iterator[Any]:
    if attribute.HasField("t"):
        yield attribute.t
    yield from attribute.tensors
    if attribute.HasField("sparse_tensor"):
        yield from (attribute.sparse_tensor.values, attribute.sparse_tensor.indices)


def _graphs(attribute: Any) -> Iterator[Any]:
    if attribute.HasField("g"):
        yield attribute.g
    yield from attribute.graphs


def _check_sizes(name: str, sizes: Iterable[int], least: int = 0) -> None:
    """Refuse a tensor with a size that no tensor of a program has.

    The values that operators take may be none: the axes of no axis.
    """
    known = list(sizes)
    for size in known:
        if size < least:
            raise refusal("onnx-size", tensor=shown(name), size=size)
    if math.prod(known) > MOST_ELEMENTS:
        raise refusal("onnx-elements", tensor=shown(name))
