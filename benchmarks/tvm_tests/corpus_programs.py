"""Collect the programs of TVM's own tests, or of a folder, one at a time as a user pastes them.

Left out are programs that TVM's tests expect to fail, and those that use names of the test around
them: without these they are no programs.
"""

from __future__ import annotations

import ast
import builtins
import io
import subprocess
import tarfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from viz.frontend import scopes
from viz.frontend.syntax import dotted, span_of
from viz.text import Text

OF_THE_PARSER = frozenset(
    {"T", "I", "R", "Tx", "tvm", "tir", "tirx", "relax", "ty", "prim_func", "ir_module"}
)
"""Names that TVM's parser has known by itself at one time or another."""

CHECKS = ("check_error", "_check_fail", "check_fail")
"""Functions of TVM's tests that are given a program which is to fail."""


class CorpusProgram(NamedTuple):
    """A program: its file and line, the name of its definition, its text."""

    file: str
    name: str
    text: str


class Corpus(NamedTuple):
    """The programs, and the numbers of those that were left out."""

    programs: list[CorpusProgram]
    expected_to_fail: int
    not_self_contained: int


def corpus(source: str, commit: str = "") -> Corpus:
    """Return the programs of TVM's tests at a commit of a checkout, or of the files of a folder."""
    files = _of_commit(source, commit) if commit else _of_folder(Path(source))
    programs: list[CorpusProgram] = []
    failing = dependent = 0
    for file, text in files:
        for entry, is_expected in programs_of(file, text):
            if not is_expected:
                failing += 1
            elif free_names(entry.text):
                dependent += 1
            else:
                programs.append(entry)
    return Corpus(programs, failing, dependent)


def _of_commit(checkout: str, commit: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of the Python tests at a commit; a tag counts before a branch."""
    tag = f"refs/tags/{commit}"
    is_tag = not subprocess.run(
        ["git", "-C", checkout, "rev-parse", "-q", "--verify", tag], capture_output=True
    ).returncode
    command = ["git", "-C", checkout, "archive", tag if is_tag else commit, "tests/python"]
    archive = subprocess.run(command, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        for member in members:
            data = members.extractfile(member) if member.name.endswith(".py") else None
            if data is not None:
                yield member.name, data.read().decode("utf-8", "replace")


def _of_folder(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*.py")):
        yield str(path.relative_to(folder)), path.read_text(encoding="utf-8", errors="replace")


def programs_of(file: str, string: str) -> Iterator[tuple[CorpusProgram, bool]]:
    """Yield the outermost definitions of a file, each with whether it is expected to work."""
    try:
        tree = ast.parse(string)
    except SyntaxError:
        return
    text = Text(string)
    refused = _given_to_checks(tree)
    for definition, around in _definitions(tree):
        span = span_of(definition, text)
        source = " " * definition.col_offset + string[span.start : span.end]
        entry = CorpusProgram(
            f"{file}:{definition.lineno}", definition.name, textwrap.dedent(source)
        )
        yield entry, definition.name not in refused and not any(map(_expects_failure, around))


def _definitions(
    node: ast.AST, around: tuple[ast.AST, ...] = ()
) -> Iterator[tuple[ast.FunctionDef | ast.ClassDef, tuple[ast.AST, ...]]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and scopes.is_definition(child):
            if _has_prim_func(child):
                yield child, around
        else:
            yield from _definitions(child, (*around, child))


def _has_prim_func(node: ast.FunctionDef | ast.ClassDef) -> bool:
    """Return whether a definition holds a PrimFunc; a class of 2021 needs no decorators inside."""
    inner = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef)]
    return any(map(scopes.is_definition, inner)) or any(
        dotted(decorator).endswith("script.tir") for decorator in node.decorator_list
    )


def _given_to_checks(tree: ast.Module) -> set[str]:
    """Return the names of programs that a test hands to a check for errors.

    That is one of ``CHECKS``, or a well-formedness check in a ``with pytest.raises``.
    """
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {
        call.args[0].id
        for call in calls
        if dotted(call) in CHECKS and call.args and isinstance(call.args[0], ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.With) and _raises(node):
            names |= {
                argument.id
                for call in ast.walk(node)
                if isinstance(call, ast.Call) and "well_formed" in dotted(call)
                for argument in call.args
                if isinstance(argument, ast.Name)
            }
    return names


def _expects_failure(node: ast.AST) -> bool:
    return _raises(node) or any(
        "xfail" in ast.unparse(decorator) for decorator in getattr(node, "decorator_list", ())
    )


def _raises(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any(
        "raises" in dotted(item.context_expr) for item in node.items
    )


def free_names(text: str) -> set[str]:
    """Return the names that a program uses and does not bind, without TVM's and Python's own."""
    bound: set[str] = set()
    used: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
    return used - bound - OF_THE_PARSER - set(dir(builtins))
