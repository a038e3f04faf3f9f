"""Define the options of ``export``."""

from __future__ import annotations

import argparse

from viz.locale.translator import Translator


def add_export(
    commands: argparse._SubParsersAction,  # type: ignore[type-arg]
    _: Translator,
) -> None:
    """Add the command."""
    command = commands.add_parser(
        "export",
        words=_,
        help=_("write a model as Relax text: of a script with torch or TVM's nn, or an .onnx file"),
        description=_(
            "Run SCRIPT on this machine as Python would (nothing protects the machine from it), "
            "and write the model that it offers as Relax text, with the part of the model and the "
            "line of Python that each statement comes from. An .onnx file is converted instead."
        ),
        epilog=_(
            "The script offers a variable model: a torch.nn.Module with example inputs in inputs "
            "(and dynamic_shapes), a program of torch.export, a module of TVM's nn with its spec "
            "in spec, or an IRModule. Each may be a function without parameters that returns it. "
            "torch must be installed beside TIRscope where the script imports it."
        ),
    )
    command.add_argument(
        "file",
        metavar="SCRIPT",
        help=_("a Python file, which is run and not only read, or an .onnx file"),
    )
    command.add_argument("-o", "--output", help=_("write here instead of standard output"))
    command.add_argument(
        "--model", metavar="NAME", default="", help=_("the script's variable with the model")
    )
    command.add_argument(
        "--inputs",
        metavar="NAME",
        default="",
        help=_("of a torch.nn.Module: its example inputs, a tuple, a dictionary or one tensor"),
    )
    command.add_argument(
        "--dynamic-shapes",
        metavar="NAME",
        default="",
        help=_("of a torch.nn.Module: what torch.export takes, so that extents stay symbols"),
    )
    command.add_argument(
        "--spec",
        metavar="NAME",
        default="",
        help=_("of a module of TVM's nn: what export_tvm takes"),
    )
    command.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help=_("print Python's traceback of an error too"),
    )
