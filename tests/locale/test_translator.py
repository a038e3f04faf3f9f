"""The words of each language by their English text, and the catalogue against the code."""

import re
import string

from tools.rooms import ROOT
from tools.translations import METHODS, Text, called, of_page, style_texts, texts, updated
from viz.locale.translator import CATALOGUE, Translator, catalogue, marked, words_of
from viz.messages import message_of
from viz.model.catalog import targets

HAN = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
WORD = re.compile(r"[A-Za-z]{3,}")
NAMES = re.compile(
    r"\b(AST|CPU|CUDA|DOT|FLOPs|GPU|LLVM|Metal|OpenCL|PNG|Python|Relax|SVG|TVMScript|kernels?)\b|\{\w+\}"
)
"""Names, which are the same in both languages."""

en, zh = Translator("en"), Translator("zh")


def fields(text: str) -> set[str]:
    """Return what must stand in both languages: values with their format, elements, keys."""
    values = {f"{{{name}:{form}}}" for _, name, form, _ in string.Formatter().parse(text) if name}
    return values | set(re.findall(r"</?\w+>|NAME=VALUE|\b(?:Ctrl|Shift\+|Alt|Esc|F6)", text))


def test_the_catalogue_has_the_texts_of_the_code_and_no_others():
    assert CATALOGUE.read_text(encoding="utf-8") == updated()[0], "python -m tools.translations"


def singular(text: Text) -> str:
    return text if isinstance(text, str) else text[0]


def test_every_text_is_translated():
    known = catalogue()
    found = [(place, singular(text)) for place, text in texts()]
    assert len(found) > 100
    missing = [row for row in found if row[1] not in known]
    assert not missing
    for text, entry in known.items():
        assert HAN.search(entry.words) or not WORD.search(NAMES.sub("", text)), text


def test_both_languages_have_the_same_values():
    for text, entry in catalogue().items():
        one = fields(text) - {"{count:}", "{count:,}"}  # "1 line", but "{count} lines"
        assert one <= fields(entry.words) <= one | {"{count:}", "{count:,}"}, text


def test_style_sheets_add_no_words():
    for path in (ROOT / "viz").rglob("*.css"):
        assert style_texts(path.read_text(encoding="utf-8")) == []
    assert style_texts('a::before { content: "▸ " } b::after { content: "more …" }') == ["more …"]


def test_texts_are_found_where_they_stand():
    python = b'_ = Translator(x)\n_("one {a}", a=_("inner"))\nN = marked("two"\n " lines")\n_.plural("a", "bs", n)'
    assert [*called(python, METHODS[".py"])] == ["one {a}", "inner", "two lines", ("a", "bs")]
    script = b"""f(_("one", {a: _("inner")}), other("not"), /[")]/.test(a) ? plural("a", "bs", 2) : 1)
      `${_("in a \\"template\\"")}`  // _("no")
      /** _("no") */"""
    assert [*called(script, METHODS[".js"])] == ["one", "inner", ("a", "bs"), 'in a "template"']
    page = """<p title="a name">Point at <code>+</code>
      now</p><label>Depth <input placeholder="sm_80"></label><b translate="no" title="more words">TIR</b>"""
    assert [*of_page(page)] == ["a name", "Point at <code>+</code> now", "Depth", "more words"]


def test_a_text_is_looked_up_in_a_language():
    text = marked("The outputs are right")
    assert (en(text), zh(text)) == (text, "输出正确")
    assert (
        zh("Ran on {what}, compared with {reference}.", what="{x}", reference="y").count("{x}") == 1
    )
    assert zh("nobody says this {n:,}", n=1000) == "nobody says this 1,000"
    mistakes = ("A mistake was found", "{count:,} mistakes were found")
    assert en.plural(*mistakes, 1) == mistakes[0]
    assert (en.plural(*mistakes, 2), zh.plural(*mistakes, 2)) == (
        "2 mistakes were found",
        "发现 2 处错误",
    )
    assert (en.list("ab"), zh.list("ab")) == ("a, b", "a、b")
    assert (en.sentences("A.", "", "B."), zh.sentences("甲。", "", "乙。")) == ("A. B.", "甲。乙。")
    assert zh.of(targets()["c"]) == targets()["c"].zh
    assert zh.of_message(message_of("no-node", node=7, last=9)) == "这棵树里没有节点 7"


def test_the_page_gets_the_words_of_its_own_files():
    words = words_of(("viz/ui/",))
    assert words["The outputs are right"] == "输出正确"
    assert not words_of(("viz/nowhere/",))
