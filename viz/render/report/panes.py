"""The three panes of a report: the user's text, the trees, the emitted sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from types import MappingProxyType

from viz.frontend.notebook import cell_line
from viz.locale.translator import Translator
from viz.model import Analysis, Emission, Problem, Source, Tree
from viz.provenance.text_diff import diff_texts
from viz.render import diff_html
from viz.render.report.words import both, known, labelled, pre, text_html, told
from viz.render.web.data import title_of
from viz.render.web.pictures import picture, without_checks
from viz.text import Text


def _pane(name: str, title: str, tools: str, inside: str) -> str:
    return (
        f'<section class="pane" id="{name}"><div class="bar"><h2>{title}</h2>{tools}</div>'
        f"{inside}</section>"
    )


def _choice(attribute: str, names: list[tuple[str, str]], label: str) -> str:
    """Return a row of buttons, the first one pressed; ``names`` has values and titles as HTML."""
    if len(names) < 2:
        return ""
    buttons = "".join(
        f'<button data-{attribute}="{escape(name)}" aria-pressed="{"false" if i else "true"}">'
        f"{title}</button>"
        for i, (name, title) in enumerate(names)
    )
    return f'<div class="choice" role="group" {label}>{buttons}</div>'


def text_pane(analysis: Analysis) -> str:
    """Return the pane of the user's text, with remarks on how it was read."""
    label = labelled("Your text; arrow keys move among its nodes", "你的程序；方向键在节点之间移动")
    return _pane(
        "script",
        "TVMScript",
        "",
        f'<div class="listing" data-of="text" tabindex="0" role="group" {label}>'
        f"{pre(analysis.text)}</div>{''.join(_remarks(analysis))}",
    )


def _remarks(analysis: Analysis) -> Iterator[str]:
    """Yield the remarks on the text: older spellings, statements left out, problems."""
    overview, text = analysis.overview, Text(analysis.text)

    def line(offset: int) -> str:
        cell, number = cell_line(text, text.position(offset).line)
        if cell:
            return both(f"cell {cell}, line {number}", f"第 {cell} 格第 {number} 行")
        return both(f"line {number}", f"第 {number} 行")

    if overview.edits:
        count = len(overview.edits)
        rows = "".join(
            f"<li>{line(edit.span.start)}: <code>{text_html(edit.old) or '∅'}</code> →"
            f" <code>{text_html(edit.new)}</code> {told(edit)}</li>"
            for edit in overview.edits
        )
        number = "1 older spelling" if count == 1 else f"{count} older spellings"
        words = both(f"Edits so that TVM reads it: {count}", f"为让 TVM 读入所做的修改：{count} 处")
        if looks := overview.generation:
            words = both(
                f"Looks like {looks.text('en')}: {number} brought up to date",
                f"看起来是 {looks.text('zh')} 的写法：{count} 处旧写法已更新",
            )
        diff = diff_html.html(diff_texts(analysis.text, overview.upgraded), context=1)
        yield f'<details class="remark"><summary>{words}</summary><ul>{rows}</ul>{diff}</details>'
    if overview.left_out:
        count = len(overview.left_out)
        rows = "".join(
            f"<li>{line(left.span.start)}: {told(left)}</li>" for left in overview.left_out
        )
        number = "1 statement" if count == 1 else f"{count} statements"
        words = both(f"{number} left out: not TVMScript", f"{count} 条语句不是 TVMScript，已略去")
        yield f'<details class="remark"><summary>{words}</summary><ul>{rows}</ul></details>'
    yield from map(_problem, overview.problems)


def _problem(problem: Problem) -> str:
    return f'<p class="problem {problem.severity}">{told(problem)}</p>'


def tree_pane(analysis: Analysis, stages: Mapping[str, Tree] = MappingProxyType({})) -> str:
    """Return the pane of the pictures: the user's tree, and the final tree of each target.

    ``stages`` has more trees by their names, such as ``cuda/scheduled``.
    """
    if analysis.tree is None:
        return ""
    drawings = [("input", both("your program", "你的程序"), picture(analysis.tree, "input"), "")]
    for name, target in analysis.targets.items():
        if target.source is None or target.origins is None or target.final is None:
            continue
        if target.final.stage == "input":  # it is drawn already
            continue
        shown, left_out = without_checks(target.final, target.origins)
        title = title_of(name)
        words = both(f"final, {title}", f"最终，{title}")
        note = f'<p class="soft note">{_left_out(left_out)}</p>' if left_out else ""
        drawings.append((name, words, picture(shown, name), note))
    for name, tree in stages.items():
        title = title_of(name.partition("/")[0])
        words = both(f"scheduled, {title}", f"调度后，{title}")
        drawings.append((name, words, picture(tree, name.replace("/", "-")), ""))
    tools = _choice(
        "tree",
        [(name, words) for name, words, _, _ in drawings],
        labelled("Which tree", "哪棵树"),
    )
    zoom = "".join(
        f'<button data-zoom="{step}" {labelled(en, zh)}>{sign}</button>'
        for step, sign, en, zh in (
            ("out", "−", "Zoom out", "缩小"),
            ("in", "+", "Zoom in", "放大"),
            ("fit", "⤢", "Fit", "适应窗口"),
        )
    )
    inside = "".join(
        f'<div class="canvas" data-tree="{name}"{" hidden" if i else ""}>{note}'
        f'<div class="sheet">{drawing}</div></div>'
        for i, (name, _, drawing, note) in enumerate(drawings)
    )
    return _pane("tree", "AST", f'{tools}<div class="zoom">{zoom}</div>', inside)


def _left_out(count: int) -> str:
    if count == 1:
        return both("1 statement that checks arguments is left out", "略去了 1 条检查参数的语句")
    return both(
        f"{count} statements that check arguments are left out",
        f"略去了 {count} 条检查参数的语句",
    )


def source_pane(analysis: Analysis) -> str:
    """Return the pane of the sources of all targets, with the problem of one that has none."""
    sources, problems = analysis.sources, analysis.problems
    names = [*sources, *(name for name in problems if name not in sources)]
    titles = [escape(title_of(name)) for name in names]
    tools = _choice("target", list(zip(names, titles, strict=True)), labelled("Target", "目标"))
    if len(titles) == 1:
        tools = f'<span class="soft">{titles[0]}</span>'
    inside = "".join(
        f'<div class="target" data-target="{escape(name)}"{" hidden" if i else ""}>'
        f"{_source(name, sources[name]) if name in sources else ''}"
        f"{_problem(problems[name]) if name in problems else ''}</div>"
        for i, name in enumerate(names)
    )
    return _pane("source", both("Source", "源码"), tools, inside)


def _source(name: str, source: Source) -> str:
    titles = [(f"{i}", known(text.title)) for i, text in enumerate(source.emissions)]
    texts = [(emission.text, _shown(emission)) for emission in source.emissions]
    if source.schedule is not None:
        titles.append((f"{len(texts)}", known("Schedule")))
        texts.append((source.schedule.script, labelled("The schedule", "调度后的程序")))
    listings = "".join(
        f'<div class="listing" data-of="{name}/{i}" tabindex="0" role="group" {label}'
        f"{' hidden' if i else ''}>{pre(text)}</div>"
        for i, (text, label) in enumerate(texts)
    )
    shares = "".join(map(_share, source.emissions))
    return (
        f"{_choice('text', titles, labelled('Text', '文本'))}{listings}{shares}"
        f"{''.join(map(_problem, source.problems))}"
    )


def _share(emission: Emission) -> str:
    """Say how many characters are linked to their very node, where not all of them are."""
    if not emission.exact or emission.exact == 1:
        return ""
    percent = f"{int(emission.exact * 1000) / 10:.1f}"
    chinese = Translator("zh")(emission.title)
    words = both(
        f"{emission.title}: {percent} % of the characters are linked to the very node that wrote"
        " them, the others to a node around it.",
        f"{chinese}：{percent}% 的字符对应写出它们的节点本身，其余对应外层节点。",
    )
    return f'<p class="soft">{words}</p>'


def _shown(emission: Emission) -> str:
    return labelled(
        f"{emission.title}; arrow keys move among its nodes",
        f"{Translator('zh')(emission.title)}；方向键在节点之间移动",
    )
