"""Explain a character of an emission: the node that wrote it and where that node comes from.

The answer joins the marks of the emission, the origins of its nodes and the catalog. An analysis
has what is needed when it was made with the trees that the codegens got (``finals=True``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from viz.errors import RequestError
from viz.messages import hint_message, message_of
from viz.model import (
    Analysis,
    Emission,
    Explanation,
    ModelPart,
    Node,
    Origin,
    Origins,
    Source,
    TargetAnalysis,
    Tree,
    catalog,
)
from viz.text import Span, Text

_TOKENS = re.compile(
    r'"(?:\\.|[^"\\])*"?|[^\W\d]\w*|\.?\d(?:[eEpP][+-]|[\w.])*(?:/\*[^*]*\*/)?'
    r"|->|<<=?|>>=?|&&|\|\||\+\+|--|::|[-+*/%&|^<>=!]=|\s+|."
)
"""Tokens of every language that a codegen writes; none passes the end of its line."""


def explain(
    analysis: Analysis, target: str, offset: int, part: str = "", form: str = "source"
) -> Explanation:
    """Return the node that wrote a character of an emission, and where that node comes from.

    >>> text = analysis.targets["c"].source.emissions[0].text
    >>> explanation = viz.explain(analysis, "c", text.index("+"))
    >>> explanation.node.title, explanation.made_by_name, explanation.span

    Parameters
    ----------
    analysis
        From :func:`viz.analyze` or :func:`viz.inspect`, with ``finals=True``.
    target
        Name of a target of the analysis.
    offset
        0-based offset of the character in the emission, in code points.
    part
        ``host`` or ``device``; if empty the first emission, for a GPU target the device's.
    form
        For LLVM ``ir`` or ``assembly``; ``vm`` for the code of Relax's virtual machine.

    Raises
    ------
    RequestError
        When there is no such target or emission, the offset is outside of it, it has no marks, or
        no node wrote that character.
    """
    source, tree = source_of(analysis, target)
    number, emission = _emission(source, part, form)
    marks = [mark for mark in emission.marks if mark.start <= offset < mark.end]
    if not marks:
        raise _unmarked(emission, offset)
    # Outer marks come first: the last of those around the offset is the innermost.
    mark = marks[-1]
    node = tree.nodes[mark.node]
    origins = analysis.targets[target].origins
    origin = origins.nodes[mark.node] if origins else Origin(mark.node, None, None, 0, "lost")
    codegen = codegen_of(emission.language)
    row = catalog.nodes().get(node.type_key)
    place = _token(emission.text, offset)
    return Explanation(
        target=target,
        emission=number,
        part=emission.part,
        form=emission.form,
        token=emission.text[place.start : place.end],
        place=place,
        node=node,
        mark=Span(mark.start, mark.end),
        covering=emission.verified == "statements" or mark.node in emission.covering,
        parents=tuple(_parents(tree, mark.node)),
        codegen=codegen,
        visitor=visitor_of(node.type_key, codegen),
        made_by=origin.made_by,
        made_by_name=origins.maker(mark.node) if origins else "",
        input_node=origin.input_node,
        span=origin.span,
        certainty=origin.certainty,
        model_part=_model_part(analysis, origin.span),
        other_calls=_other_calls(analysis, origins, mark.node),
        en=row.en if row else "",
        zh=row.zh if row else "",
    )


def codegen_of(language: str) -> str:
    """Return the codegen class that writes a language, empty where the table has none."""
    rows = catalog.codegens().items()
    return next((name for name, row in rows if language in row.languages), "")


def visitor_of(type_key: str, codegen: str) -> str:
    """Return the C++ function by which a codegen writes a node type, ``Class::method(…)``.

    Of our own codegen it is the rule.

    Empty where the table has none.
    """
    if codegen and (rule := catalog.codegens()[codegen].rule):
        return rule.format(key=type_key)
    row = catalog.visitors().get(type_key)
    while row is not None and codegen:
        if codegen in row.classes:
            return f"{codegen}::{row.other.get(codegen, row.method)}"
        codegen = catalog.codegens()[codegen].base
    return ""


def _model_part(analysis: Analysis, span: Span | None) -> ModelPart | None:
    """Return what the statement around a place was made from."""
    if span is None:
        return None
    around = (
        each.part
        for each in analysis.overview.origins
        if each.span.start <= span.start and span.end <= each.span.end
    )
    return next(around, None)


def _other_calls(analysis: Analysis, origins: Origins | None, node: int) -> tuple[Span, ...]:
    """Return the places of the calls that share the kernel of a node, without the first."""
    if origins is None or analysis.tree is None:
        return ()
    places = (analysis.tree.nodes[other].span for other in origins.others(node))
    return tuple(place for place in places if place is not None)


# ---------------------------------------------------------------- look-ups


def source_of(analysis: Analysis, target: str) -> tuple[Source, Tree]:
    """Return the source of a target and the tree that it was written from.

    Raises
    ------
    RequestError
        When the analysis lacks one of them.
    """
    parts = analysis.targets.get(target, TargetAnalysis())
    if (problem := parts.problem) is not None:
        reason = message_of("no-source", target=target, reason=problem.what)
        raise RequestError(reason, hint=problem.advice or hint_message(problem.what))
    if parts.source is None:
        there = tuple(analysis.sources) or "–"
        raise RequestError(message_of("target-not-analysed", name=target, known=there))
    if parts.final is None:
        raise RequestError(message_of("no-final-tree", target=target))
    return parts.source, parts.final


def _emission(source: Source, part: str, form: str) -> tuple[int, Emission]:
    for number, emission in enumerate(source.emissions):
        if part in ("", emission.part) and form == emission.form:
            return number, emission
    there = tuple(f"{emission.part} {emission.form}" for emission in source.emissions)
    raise RequestError(
        message_of(
            "no-form",
            target=source.target,
            part=part or message_of("text-part"),
            form=form,
            known=there,
        )
    )


def _unmarked(emission: Emission, offset: int) -> RequestError:
    text = Text(emission.text)
    if not 0 <= offset < len(emission.text):
        return RequestError(
            message_of(
                "offset-outside",
                offset=offset,
                title=emission.title,
                characters=len(emission.text),
                lines=text.line_count,
            )
        )
    if not emission.marks:
        return RequestError(message_of("no-marks", title=emission.title))
    where = text.position(offset)
    return RequestError(
        message_of("unmarked-place", line=where.line, column=where.column, title=emission.title)
    )


def _token(text: str, offset: int) -> Span:
    lines = Text(text)
    line = lines.line_span(lines.position(offset).line)
    if offset >= line.end:
        return Span(offset, offset + 1)
    token = next(
        match for match in _TOKENS.finditer(text, line.start, line.end) if offset < match.end()
    )
    return Span(token.start(), token.end())


def _parents(tree: Tree, node: int) -> Iterator[Node]:
    """Yield the ancestors of a node, the nearest first, up to its function."""
    parents = {child.id: parent.id for parent in tree.nodes for child in parent.children}
    while tree.nodes[node].kind != "func" and node in parents:
        node = parents[node]
        yield tree.nodes[node]
