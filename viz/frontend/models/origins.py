"""Read and write the comments that say which part of a model a Relax statement was made from.

A comment on a line of its own holds for the statements below it, up to a blank line, another such
comment or the end of the block::

    # from layers.0.fc (Linear), model.py:14: return relu(self.fc(x))
    lv = R.permute_dims(fc_weight)
    lv1 = R.matmul(x, lv)

The name is bare where it is plain, else a JSON string; place and line are left out where they are
not known. Whatever writes a model as Relax text writes these comments; they are read from any text.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from viz.frontend.scopes import is_relax_function
from viz.frontend.syntax import span_of, statements_below
from viz.model import ModelOrigin, ModelPart
from viz.text import Text

_BARE = re.compile(r"[\w./:\[\]-]+")
_COMMENT = re.compile(
    r"""[ \t]*\#[ ]from[ ]
    (?P<path> [\w./:\[\]-]+ | "(?:[^"\\]|\\.)*" )
    [ ]\((?P<kind>[\w.:]+)\)
    (?: ,[ ](?P<file>[^:\n]+):(?P<line>\d{1,7}) (?: :[ ](?P<code>.*) )? )?
    """,
    re.VERBOSE,
)
_MARGIN = re.compile(r"[ \t]*")


def read_origins(text: str, tree: ast.Module) -> tuple[ModelOrigin, ...]:
    """Return what statements of Relax functions were made from, where a comment says it.

    Parameters
    ----------
    text, tree
        The user's text, and what Python reads in it, with positions in the text.
    """
    if not _COMMENT.search(text):  # TVM's own "# from tvm.script import …" is none
        return ()
    lines = Text(text)
    found: dict[ModelOrigin, None] = {}
    for function in statements_below(tree):
        if isinstance(function, ast.FunctionDef) and is_relax_function(function):
            for statement, part in _with_comments(function, lines):
                found[ModelOrigin(span=span_of(statement, lines), part=part)] = None
    return tuple(sorted(found, key=lambda each: each.span))


def with_origins(text: str, parts: Mapping[str, Sequence[ModelPart | None]]) -> str:
    """Return a Relax text with comments above its statements.

    Parameters
    ----------
    text
        A text as TVM prints it, each statement on lines of its own.
    parts
        For each Relax function by name, what each of its statements that bind a variable was made
        from, in the order of the text; None where that is not known. Statements beyond the end of
        a sequence get none.
    """
    lines = text.split("\n")
    above: dict[int, str] = {}
    tree = ast.parse(text)
    modules = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name in parts:
            bound = [
                statement
                for statement in _statements(function.body)
                if isinstance(statement, _BINDINGS) and not _names_module(statement, modules)
            ]
            known = [*parts[function.name], *[None] * len(bound)]
            before: ModelPart | None = None
            following = (0, "")
            for statement, part in zip(bound, known, strict=False):
                margin = _margin(lines[statement.lineno - 1])
                # A comment holds up to the end of a block, such as a branch of an `if`.
                if part != before or (part and following != (statement.lineno, margin)):
                    above[statement.lineno] = f"{margin}{comment(part)}" if part else ""
                before = part
                following = ((statement.end_lineno or statement.lineno) + 1, margin)
    return "\n".join(
        piece
        for number, line in enumerate(lines, start=1)
        for piece in ([above[number], line] if number in above else [line])
    )


def comment(part: ModelPart) -> str:
    """Return the comment of a part: one line, whatever its names hold."""
    path = part.path
    if not _BARE.fullmatch(path):
        path = json.dumps(_printable(path), ensure_ascii=False)
    kind = re.sub(r"[^\w.:]", "_", part.kind) or "model"
    place = ""
    if part.file and part.line:
        place = f", {_printable(part.file.replace(':', '_'))}:{part.line}"
        place += f": {code}" if (code := _printable(part.code)) else ""
    return f"# from {path} ({kind}){place}"


_BINDINGS = (ast.Assign, ast.AnnAssign)


def _names_module(statement: ast.stmt, modules: set[str]) -> bool:
    """Whether a statement is the ``cls = Module`` that TVM prints before calls of PrimFuncs."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    return isinstance(value, ast.Name) and value.id in modules


def _printable(text: str) -> str:
    """Return a text in one line, without what no editor shows."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _with_comments(function: ast.FunctionDef, lines: Text) -> Iterator[tuple[ast.stmt, ModelPart]]:
    """Yield the statements of a function that a comment holds for."""
    starts = {s.lineno: s for s in _statements(function.body) if isinstance(s, _BINDINGS)}
    part: ModelPart | None = None
    margin = ""
    number = function.lineno
    while number <= (function.end_lineno or number):
        line = lines.line(number)
        if found := _COMMENT.fullmatch(line):
            part, margin = _part(found), _margin(line)
        elif not line.strip() or (_margin(line) != margin and not line.lstrip().startswith("#")):
            part = None
        statement = starts.get(number)
        if statement is not None and part is not None:
            yield statement, part
        number = (statement.end_lineno or number) + 1 if statement else number + 1


def _part(found: re.Match[str]) -> ModelPart | None:
    path = found["path"]
    if path.startswith('"'):
        try:
            path = str(json.loads(path))
        except ValueError:
            return None
    return ModelPart(
        path=path,
        kind=found["kind"],
        file=found["file"] or "",
        line=int(found["line"] or 0),
        code=(found["code"] or "").rstrip(),
    )


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a body in the order of the text, those of ``with`` and ``if`` too."""
    for node in body:
        if isinstance(node, ast.With):
            yield from _statements(node.body)
        elif isinstance(node, ast.If):
            yield from _statements([*node.body, *node.orelse])
        else:
            yield node


def _margin(line: str) -> str:
    found = _MARGIN.match(line)
    return found[0] if found else ""
