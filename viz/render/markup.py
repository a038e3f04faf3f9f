"""Write a text and its marks as HTML: line numbers, colours by token, one element a mark.

A line starts with an empty element whose number CSS shows, so numbers are not copied with the text
and a mark over several lines is one element. Marks nest; tokens are the innermost elements, cut at
the edges of marks. Without its tags and escapes the HTML is the text, character for character.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Literal

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Token, _TokenType

from viz.text import Span, Text

Theme = Literal["light", "dark", "auto"]

# pygments' names of languages where they differ from ours; unknown languages are plain text.
_LEXERS = {"opencl": "c", "metal": "cpp", "asm": "gas", "assembly": "gas", "ir": "llvm"}
_PLAIN = "text"
_KNOWN = frozenset({"python", "c", "cuda", "cpp", "llvm", "wgsl", "gas", "nasm", "ptx", "json"})

LONGEST_COLOURED = 1_000_000
"""The longest text, in characters, that is coloured: pygments takes a second for a megabyte."""

# The CSS class of each token type that has a colour; all others have the colour of the text.
_CLASSES = {
    Token.Keyword: "k",
    Token.Keyword.Constant: "m",
    Token.Operator.Word: "k",
    Token.Name.Builtin: "nb",
    Token.Name.Decorator: "nf",
    Token.Name.Function: "nf",
    Token.Name.Class: "nf",
    Token.Literal.Number: "m",
    Token.Literal.String: "s",
    Token.Comment: "c",
    Token.Comment.Preproc: "cp",
    Token.Comment.PreprocFile: "cp",
}

_COLOURS: dict[str, dict[str, str]] = {
    "light": {
        "ink": "#1c2430", "number": "#9aa4b2", "k": "#7c3aed", "nb": "#1d4ed8", "nf": "#1d4ed8",
        "m": "#b4540a", "s": "#0f766e", "c": "#667085", "cp": "#8a4b9c",
    },
    "dark": {
        "ink": "#e6eaf0", "number": "#5d6a7c", "k": "#c4a1ff", "nb": "#9cc2ff", "nf": "#9cc2ff",
        "m": "#ffb27a", "s": "#6ee7d0", "c": "#8b98aa", "cp": "#d9a5e8",
    },
}  # fmt: skip


def html(
    text: str, language: str, marks: Sequence[tuple[Span, int]] = (), first_line: int = 1
) -> str:
    """Return ``<pre class="viz-code">…`` with ``<span data-node="7">`` around each mark.

    Lines start with ``<i data-line="3"></i>``, counted from ``first_line``; a line break at the end
    starts no line. Of marks with equal spans the first is the outermost.

    Raises
    ------
    ValueError
        When marks cross each other or pass the end of the text.
    """
    parts = ['<pre class="viz-code"><code>']
    edges = iter(_edges(text, marks, first_line))
    edge, tag = next(edges)
    offset = 0
    for piece, name in tokens(text, language):
        end = offset + len(piece)
        while offset < end:
            while edge <= offset:
                parts.append(tag)
                edge, tag = next(edges)
            stop = min(end, edge)
            # Parsers of HTML turn a bare carriage return into a line feed.
            shown = escape(text[offset:stop]).replace("\r", "&#13;")
            parts.append(f'<span class="{name}">{shown}</span>' if name else shown)
            offset = stop
    while edge <= offset:
        parts.append(tag)
        edge, tag = next(edges)
    return "".join([*parts, "</code></pre>"])


def _edges(text: str, marks: Sequence[tuple[Span, int]], first_line: int) -> list[tuple[int, str]]:
    """Return the tags of lines and marks with their offsets, in order, and one past the end."""
    nested = sorted(marks, key=lambda mark: (mark[0].start, -mark[0].end))
    _check(text, nested)
    # At one offset, marks end, then a line starts, then marks start, so that a line's number is in
    # no mark that only touches it. An empty mark ends after its start.
    edges = [(span.start, 2, f'<span data-node="{node}">') for span, node in nested]
    edges += [(span.end, 0 if span.start < span.end else 3, "</span>") for span, _ in nested]
    edges += [
        (start, 1, f'<i data-line="{line + first_line - 1}"></i>')
        for line, start in _line_starts(text)
    ]
    edges.sort(key=lambda edge: edge[:2])
    return [*((offset, tag) for offset, _, tag in edges), (len(text) + 1, "")]


def _check(text: str, nested: Sequence[tuple[Span, int]]) -> None:
    enclosing: list[Span] = []
    for span, node in nested:
        while enclosing and enclosing[-1].end <= span.start:
            enclosing.pop()
        if not 0 <= span.start <= span.end <= (enclosing[-1].end if enclosing else len(text)):
            message = f"mark {span.start}..{span.end} of node {node} crosses another or the end"
            raise ValueError(message)
        enclosing.append(span)


def _line_starts(text: str) -> Iterator[tuple[int, int]]:
    """Yield each line's number and offset; a line break at the end of the text starts no line."""
    lines = Text(text)
    for line in range(1, lines.line_count + 1):
        start = lines.line_span(line).start
        if line == 1 or start < len(text):
            yield line, start


def tokens(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield the tokens of a text, which together are the text, with their CSS class or ''."""
    # Unlike get_tokens, this method leaves tabs and line breaks as they are.
    pieces = list(_lexer(text, language).get_tokens_unprocessed(text))
    if "".join(piece for _, _, piece in pieces) != text:  # some lexers skip unknown characters
        yield text, ""
        return
    for name, same in groupby(pieces, key=lambda token: _class(token[1])):
        yield "".join(piece for _, _, piece in same), name


def _class(kind: _TokenType | None) -> str:
    while kind and kind not in _CLASSES:
        kind = kind.parent
    return _CLASSES.get(kind, "")


def _lexer(text: str, language: str) -> Lexer:
    name = _LEXERS.get(language, language)
    known = name in _KNOWN and len(text) <= LONGEST_COLOURED
    lexer: Lexer = get_lexer_by_name(name if known else _PLAIN)
    return lexer


_SHAPES = (
    ".viz-code{margin:0;white-space:pre;tab-size:4;overflow:auto}"
    ".viz-code code{font:12.5px/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,"
    '"DejaVu Sans Mono","Noto Sans Mono CJK SC",monospace;background:none}'
    ".viz-code i[data-line]::before{content:attr(data-line);"
    "display:inline-block;width:3em;margin-right:1.2em;text-align:right;font-style:normal;"
    "user-select:none}"
)


def css(theme: Theme) -> str:
    """Return the CSS of :func:`html` under ``.viz-code``; ``auto`` follows the system's theme."""
    if theme != "auto":
        return _SHAPES + _rules(_COLOURS[theme])
    light, dark = _rules(_COLOURS["light"]), _rules(_COLOURS["dark"])
    return f"{_SHAPES}{light}@media(prefers-color-scheme:dark){{{dark}}}"


def _rules(colours: dict[str, str]) -> str:
    selectors = {"ink": " code", "number": " i[data-line]"}
    return "".join(
        f".viz-code{selectors.get(name, f' .{name}')}{{color:{colour}}}"
        for name, colour in colours.items()
    )
