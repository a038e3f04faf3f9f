"""Find targets in a program's own text that name no architecture: TVM then guesses one.

Where the machine has no GPU, TVM takes ``sm_50`` of 2014, which today's compilers no longer know.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from viz.frontend.syntax import dotted, span_of
from viz.ir.parse import Parsed
from viz.messages import message_of
from viz.model import Problem, catalog
from viz.text import Text

KIND = "cuda"


def problems(parsed: Parsed) -> Iterator[Problem]:
    """Yield a warning for each such target, at its place."""
    text = Text(parsed.program.text)
    for node in ast.walk(parsed.program.tree()):
        if not isinstance(node, ast.Call) or dotted(node).rpartition(".")[2].lower() != "target":
            continue
        if len(node.args) == 1 and _lacks_architecture(node.args[0]):
            arch = catalog.targets()[KIND].attributes["arch"]
            what = message_of("target-without-arch", arch=arch)
            yield Problem(code="arch", severity="warning", what=what, span=span_of(node, text))


def _lacks_architecture(argument: ast.expr) -> bool:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        words = argument.value.split()
        return words[:1] == [KIND] and not any("arch" in word for word in words)
    if not isinstance(argument, ast.Dict):
        return False
    pairs = zip(argument.keys, argument.values, strict=True)
    named = {getattr(key, "value", ""): getattr(value, "value", "") for key, value in pairs}
    return named.get("kind") == KIND and "arch" not in named
