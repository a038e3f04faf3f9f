"""Marked text as HTML: the text reads back unchanged, markup is escaped, marks nest."""

import random
import re
from html import unescape
from html.parser import HTMLParser

import pytest

from viz.render import markup
from viz.text import Span

TEXTS = {
    "empty": "",
    "no line break at the end": "int main() { return 0; }",
    "line breaks around": "\n\n  x = 1\n\n\n",
    "foreign line breaks": "a\r\nb\rc\n\r\n\x0b\x0c\x85\u2028d",
    "markup": "if (a<b && c>d) { s = \"</code></pre><script>x('&amp;')</script>\"; }\n",
    "unfinished": "/* comment\n'string \"other\n#define x \\",
    "tabs and spaces": "\tfor\t(;;)  \t \n \t",
    "unicode": "变量[i] = 1  # 注释 🙂é\u202e\ufeff\n",
    "control": "a\0b\x1b[0m\x7f",
    "many words": "for (int i = 0; i < 8; ++i) {\n  B[i] = A[i] + 1.0f; // one\n}\n" * 30,
}
LANGUAGES = [
    *("python", "c", "cuda", "cpp", "llvm", "opencl", "metal", "wgsl", "asm", "ptx", "json"),
    *("text", "klingon", ""),
]


class Reader(HTMLParser):
    """Reads what a browser would: the text, the text of each mark, and where lines start."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[tuple[str, str | None, int]] = []
        self.marks: list[tuple[int, int, int]] = []
        self.lines: list[tuple[int, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"pre", "code", "span", "i"}
        values = dict(attrs)
        assert values.keys() <= {"class", "data-node", "data-line"}
        if tag == "i":
            self.lines.append((int(values["data-line"] or 0), len(self.text)))
        self.open.append((tag, values.get("data-node"), len(self.text)))

    def handle_endtag(self, tag: str) -> None:
        opened, node, start = self.open.pop()
        assert opened == tag
        if node is not None:
            self.marks.append((start, len(self.text), int(node)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    """Return what is in the page after checking that all that was opened is closed."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def nested_marks(text: str, rng: random.Random) -> list[tuple[Span, int]]:
    """Return marks that nest, some of them empty and some equal, in any order."""
    marks: list[tuple[Span, int]] = []

    def split(start: int, end: int, depth: int) -> None:
        if depth and rng.random() < 0.9:
            marks.append((Span(start, end), len(marks)))
            middle = rng.randint(start, end)
            split(start, middle, depth - 1)
            split(middle, end, depth - 1)

    split(0, len(text), 6)
    rng.shuffle(marks)
    return marks


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_without_its_tags_the_page_is_the_text(text: str, language: str) -> None:
    marks = nested_marks(text, random.Random(len(text)))
    for page in (markup.html(text, language), markup.html(text, language, marks)):
        assert unescape(re.sub(r"<[^>]*>", "", page)).replace("\ufffd", "\0") == text
        assert "\r" not in page  # a browser would read it as a line feed


@pytest.mark.parametrize("seed", range(20))
def test_marks_hold_their_characters(seed: int) -> None:
    rng = random.Random(seed)
    text = rng.choice([text for text in TEXTS.values() if "\0" not in text])
    marks = nested_marks(text, rng)
    reader = read(markup.html(text, rng.choice(LANGUAGES), marks))
    assert reader.text == text
    assert sorted(reader.marks) == sorted((span.start, span.end, id_) for span, id_ in marks)


def test_equal_spans_nest_in_the_order_given() -> None:
    page = markup.html("x", "text", [(Span(0, 1), 5), (Span(0, 1), 3), (Span(1, 1), 9)])
    assert page == (
        '<pre class="viz-code"><code><i data-line="1"></i><span data-node="5">'
        '<span data-node="3">x</span></span><span data-node="9"></span></code></pre>'
    )


def test_lines_start_where_lines_start() -> None:
    text = "one\r\ntwo\rthree\n\nfive\n"
    marks = [(Span(0, 5), 1), (Span(5, 9), 2)]  # both end or start at a line
    reader = read(markup.html(text, "text", marks))
    assert reader.lines == [(1, 0), (2, 5), (3, 9), (4, 15), (5, 16)]
    page = markup.html(text, "text", marks)
    assert '</span><i data-line="2"></i><span data-node="2">' in page


@pytest.mark.parametrize(
    "spans",
    [[(0, 4), (2, 6)], [(0, 4), (2, 4), (3, 5)], [(5, 7)], [(-1, 2)], [(4, 3)]],
    ids=str,
)
def test_marks_that_cross_are_refused(spans: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="crosses"):
        markup.html("abcdef", "c", [(Span(*span), 0) for span in spans])


def test_tokens_are_coloured() -> None:
    page = markup.html('for (;;) x = 1; // "a"\n', "metal")
    assert '<span class="k">for</span>' in page
    assert '<span class="m">1</span>' in page
    assert "class=" not in markup.html("for (;;) 1", "klingon").removeprefix(
        '<pre class="viz-code">'
    )


def test_every_class_has_its_colour_in_every_theme() -> None:
    for theme in ("light", "dark", "auto"):
        rules = markup.css(theme)
        assert all(f".viz-code .{name}{{color:" in rules for name in markup._CLASSES.values())
        assert ("prefers-color-scheme" in rules) == (theme == "auto")
        assert all("viz-code" in rule for rule in re.findall(r"([^{}]+)\{[^{}]*\}", rules))
