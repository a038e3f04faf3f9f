"""Write ``docs/api.md`` from the docstrings of the public API.

``python -m tools.api_docs`` writes the page: ``viz``, its errors, ``viz.testing``,
``viz.exporting`` and the data of ``viz.model``. Only source text is read, nothing is imported. A
test compares the committed page with what this script writes and looks up every name in it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.rooms import MODULES, ROOT

FILE = ROOT / "docs" / "api.md"
LONGEST = 96
"""Characters of a signature in one line."""

_HEAD = """\
# The library

Written by `python -m tools.api_docs` from the docstrings; change those.
How the pieces fit together: [CONTRIBUTING.md](../CONTRIBUTING.md).
"""


@dataclass(frozen=True)
class Public:
    """A public name: the module that defines it, its definition and its docstring."""

    name: str
    module: str
    definition: ast.stmt
    docstring: str


def page() -> str:
    """Return the page as Markdown."""
    viz = {public.name: public for public in exported("viz")}
    model = list(exported("viz.model"))
    errors = [public for public in defined("viz.errors") if _is_class(public)]
    described = {public.name for public in [*model, *errors]}
    pieces = [_HEAD, "## viz\n", markdown(_docstring(_module("viz")))]
    pieces += [entry("viz", public) for name, public in viz.items() if name not in described]
    elsewhere = ", ".join(f"`{name}`" for name in viz if name in described)
    pieces += [f"Also in `viz`, described below: {elsewhere}.\n"]
    pieces += ["## viz.errors\n", markdown(_docstring(_module("viz.errors")))]
    pieces += [entry("viz.errors", public) for public in errors]
    pieces += ["## viz.testing\n", markdown(_docstring(_module("viz.testing")))]
    pieces += [entry("viz.testing", public) for public in exported("viz.testing")]
    for name in ("viz.testing.pattern", "viz.testing.nodes"):
        pieces += [f"### {name}\n", markdown(_docstring(_module(name)))]
    pieces += ["## viz.exporting\n", markdown(_docstring(_module("viz.exporting")))]
    pieces += [entry("viz.exporting", public) for public in exported("viz.exporting")]
    pieces += ["## viz.model\n", markdown(_docstring(_module("viz.model")))]
    for module in dict.fromkeys(public.module for public in model):
        pieces += [f"*{markdown(_docstring(_module(module))).strip().partition(chr(10))[0]}*\n"]
        pieces += [entry("viz.model", public) for public in model if public.module == module]
    return "\n".join(piece.rstrip("\n") + "\n" for piece in pieces)


def exported(module: str) -> Iterator[Public]:
    """Yield what ``__all__`` of a module names: its own definitions, then what it imports."""
    tree = _module(module)
    names = next(
        ast.literal_eval(statement.value)
        for statement in tree.body
        if isinstance(statement, ast.Assign) and _code(statement.targets[0]) == "__all__"
    )
    yield from (public for public in defined(module) if public.name in names)
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and str(statement.module).startswith("viz"):
            wanted = [alias.name for alias in statement.names if alias.name in names]
            yield from (_find(str(statement.module), name) for name in wanted)


def _find(module: str, name: str) -> Public:
    """Return a name as the module defines it, or the one from which that module imports it."""
    for public in defined(module):
        if public.name == name:
            return public
    for statement in _module(module).body:
        if isinstance(statement, ast.ImportFrom) and name in [a.name for a in statement.names]:
            return _find(str(statement.module), name)
    raise LookupError(f"{module} defines no {name}")


def defined(module: str) -> Iterator[Public]:
    """Yield the public names that a module defines itself, in their order."""
    body = _module(module).body
    for statement, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            docstring = ast.get_docstring(statement) or ""
            yield Public(statement.name, module, statement, docstring)
        elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            yield Public(statement.targets[0].id, module, statement, _string(after))
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield Public(statement.target.id, module, statement, _string(after))


def entry(owner: str, public: Public) -> str:
    """Return the section of a name."""
    definition = public.definition
    pieces = [f"### {owner}.{public.name}\n"]
    if isinstance(definition, ast.FunctionDef):
        pieces += [_fence(signature(definition)), markdown(public.docstring)]
    elif isinstance(definition, ast.ClassDef):
        pieces += [markdown(public.docstring), *members(definition)]
    else:
        pieces += [_fence(_code(definition)), markdown(public.docstring)]
    return "\n".join(piece.rstrip("\n") + "\n" for piece in pieces if piece.strip())


def members(definition: ast.ClassDef) -> Iterator[str]:
    """Yield the fields of a class as a table, then its public methods and properties."""
    rows = []
    for statement, after in zip(definition.body, [*definition.body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            default = f" = {_code(statement.value)}" if statement.value else ""
            kind = (_code(statement.annotation) + default).replace("|", "\\|")
            words = " ".join(markdown(_string(after)).split()).replace("|", "\\|")
            rows.append(f"| `{statement.target.id}` | `{kind}` | {words} |")
    if rows:
        yield "\n".join(["| Field | Type | |", "|---|---|---|", *rows])
    for method in definition.body:
        if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
            decorators = [_code(decorator) for decorator in method.decorator_list]
            form = method.name if "property" in decorators else signature(method, skip=1)
            first, _, rest = markdown(ast.get_docstring(method) or "").partition("\n\n")
            yield f"- `{' '.join(form.split())}`: {' '.join(first.split())}"
            if rest.strip():
                yield rest


def signature(function: ast.FunctionDef, skip: int = 0) -> str:
    """Return a function's signature, an argument a line where one line is too short for all.

    ``skip`` leaves out so many of the first arguments: ``self``.
    """
    arguments = list(_arguments(function.args))[skip:]
    result = f" -> {_code(function.returns)}" if function.returns else ""
    line = f"{function.name}({', '.join(arguments)}){result}"
    if len(line) <= LONGEST:
        return line
    return "\n".join(
        [f"{function.name}(", *(f"    {argument}," for argument in arguments), f"){result}"]
    )


def _arguments(arguments: ast.arguments) -> Iterator[str]:
    positional = [*arguments.posonlyargs, *arguments.args]
    blanks = [None] * (len(positional) - len(arguments.defaults))
    for index, (argument, default) in enumerate(
        zip(positional, [*blanks, *arguments.defaults], strict=True), 1
    ):
        yield _argument(argument, default)
        if index == len(arguments.posonlyargs):
            yield "/"
    if arguments.vararg:
        yield f"*{_argument(arguments.vararg, None)}"
    elif arguments.kwonlyargs:
        yield "*"
    for argument, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _argument(argument, value)
    if arguments.kwarg:
        yield f"**{_argument(arguments.kwarg, None)}"


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    kind = f": {_code(argument.annotation)}" if argument.annotation else ""
    value = f" = {_code(default)}" if default is not None else ""
    return f"{argument.arg}{kind}{value}"


def markdown(docstring: str) -> str:
    """Return a numpydoc docstring as Markdown: sections in bold, parameters as a list."""
    lines = docstring.splitlines()
    pieces: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if line and re.fullmatch(r"-{3,}", following):
            line_count, text = _section(line, lines[index + 2 :])
            pieces += [f"**{line}**", "", *text]
            index += 2 + line_count
        elif line.startswith(">>>"):
            block = _example(lines[index:])
            pieces += ["```python", *block, "```"]
            index += len(block)
        elif line.startswith("===="):
            line_count, rows = _table(lines[index:])
            pieces += rows
            index += line_count
        else:
            pieces.append(_inline(line))
            index += 1
    return "\n".join(pieces) + "\n" if pieces else ""


def _section(title: str, lines: list[str]) -> tuple[int, list[str]]:
    """Return how many lines belong to a section, and its Markdown."""
    text: list[str] = []
    for index, line in enumerate(lines):
        if index + 1 < len(lines) and line and re.fullmatch(r"-{3,}", lines[index + 1]):
            return index, text
        if line and not line.startswith(" ") and not _names(title, lines[index:]):
            return index, text
        if line and not line.startswith(" "):
            text.append(f"- `{line}`:")
        elif line:
            text.append(f"  {_inline(line.strip())}")
        else:
            text.append("")
    return len(lines), text


def _names(title: str, lines: list[str]) -> bool:
    """Whether a section goes on with a name: one that an indented explanation follows."""
    return title != "Notes" and len(lines) > 1 and lines[1].startswith("    ")


def _example(lines: list[str]) -> list[str]:
    """Return the lines of an example: up to the next empty one."""
    end = next((index for index, line in enumerate(lines) if not line), len(lines))
    return lines[:end]


def _table(lines: list[str]) -> tuple[int, list[str]]:
    """Return how many lines a table of two columns takes, and its Markdown."""
    first = len(lines[0].partition(" ")[0])
    end = next(index for index, line in enumerate(lines) if index and line.startswith("===="))
    rows = ["| | |", "|---|---|"]
    for line in lines[1:end]:
        cells = [_inline(cell.strip()).replace("|", "\\|") for cell in (line[:first], line[first:])]
        rows.append(f"| {cells[0]} | {cells[1]} |")
    return end + 1, rows


def _inline(line: str) -> str:
    line = re.sub(r":[a-z]+:`~?([^`]+)`", r"`\1`", line)
    return line.replace("``", "`")


def _code(node: ast.AST) -> str:
    """Return the source text of a node, with strings in double quotes as in the code."""
    return re.sub(r"'([^'\"]*)'", r'"\1"', ast.unparse(node))


def _fence(code: str) -> str:
    return f"```python\n{code}\n```\n"


def _module(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def _docstring(tree: ast.Module) -> str:
    return ast.get_docstring(tree) or ""


def _string(statement: ast.stmt | None) -> str:
    """Return the docstring that a statement is, for the name before it; or nothing."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return str(statement.value.value)
    return ""


def _is_class(public: Public) -> bool:
    return isinstance(public.definition, ast.ClassDef)


def main(file: Path = FILE) -> None:
    """Write the page."""
    file.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
