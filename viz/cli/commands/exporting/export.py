"""``export``: write a model as Relax text with origins: that of a script, or an .onnx file."""

from __future__ import annotations

import argparse
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from viz import tvm_version
from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import print_message, print_problems, print_text
from viz.errors import EngineError, ExportError, RequestError
from viz.frontend.onnx.weights import is_onnx
from viz.locale.translator import Translator
from viz.messages import message_of

if TYPE_CHECKING:
    from viz.exporting import Export


def export(options: argparse.Namespace, text: str) -> int:
    """Write the text; :data:`BAD` when TIRscope would not read it back as it was meant.

    Raises
    ------
    VizError
        When the script raises, offers no model, or the model cannot be exported.
    """
    if options.file == "-":
        raise RequestError(message_of("export-needs-file"))
    with Path(options.file).open("rb") as file:
        start = file.read(1)  # a model may be large, and was read whole before
    if is_onnx(start, options.file):
        _write(text, options.output)  # it was converted then
        return GOOD
    tvm_version.require()
    try:
        from viz.exporting import Names, export_script  # imports TVM into this process
    except ImportError as error:
        raise EngineError(message_of("export-other-tvm", error=str(error))) from error
    names = Names(options.model, options.inputs, options.spec, options.dynamic_shapes)
    try:
        exported = export_script(Path(options.file), text, names)
    except ExportError as error:
        if options.verbose and error.__cause__ is not None:
            traceback.print_exception(error.__cause__)
        raise
    _write(exported.text, options.output)
    _print_notes(exported, options.output or "-", options.words)
    return BAD if any(each.severity == "error" for each in exported.problems) else GOOD


def _write(text: str, output: str | None) -> None:
    """Write a text to a file, or to standard output."""
    if output:
        Path(output).write_text(text, encoding="utf-8", newline="\n")
    else:
        sys.stdout.flush()
        print_text(text.rstrip("\n"))


def _print_notes(exported: Export, file: str, _: Translator) -> None:
    known = _(
        "{known} of {count} statements say which part of {model} they come from",
        known=exported.known,
        count=exported.statements,
        model=exported.title,
    )
    if exported.kind == "module":
        known = _("an IRModule does not say which part of a model its statements come from")
    print_message("note", known, _)
    if exported.constants:
        lifted = _.plural(
            "a constant array became an input: a text has no place for its values",
            "{count} constant arrays became inputs: a text has no place for their values",
            exported.constants,
        )
        print_message("note", lifted, _)
    if exported.is_short:
        short = _("the types of the statements are left out, since the text would be too long")
        print_message("note", short, _)
    print_problems(exported.problems, _, exported.text, file)
