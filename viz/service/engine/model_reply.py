"""Make the reply to a request for a model of another framework as a program."""

from __future__ import annotations

from viz.ir.onnx.convert import converted
from viz.ir.tvm_names import Parts
from viz.messages import message_of
from viz.model import ConvertedModel, OnnxPart
from viz.service.worker.loaded_engine import Report


def model(part: OnnxPart, parts: Parts, report: Report) -> ConvertedModel:
    """Return a model as Relax text.

    Raises
    ------
    SourceError
        When it cannot be converted.
    EngineError
        When this TVM has no importer.
    """
    parts.require("onnx")
    report(message_of("step-onnx"))
    return converted(part.data)
