"""Explore: the text, its AST, and what each codegen writes of it, side by side."""

from __future__ import annotations

from typing import Any

import msgspec
import streamlit as st

from viz import catalog, graph, markup
from viz.errors import VizError
from viz.examples import examples
from viz.model import (
    Emission,
    Overview,
    OverviewPart,
    Problem,
    Scalar,
    Source,
    SourcePart,
    Tree,
    TreePart,
)
from viz.options import pair
from viz.text import Text
from viz.ui.picture import picture
from viz.ui.state import Workspace, ask, change, escape, remember, show_error, workspace

PANE_HEIGHT = 640
STAGES = {"input": "Input", "scheduled": "Scheduled", "final": "Final"}
"""Your program, with the default GPU schedule, and as the codegen gets it."""


def page() -> None:
    """Draw the page."""
    space = workspace()
    _toolbar(space)
    left, middle, right = st.columns([4, 5, 5], gap="small")
    with left:
        overview = _editor(space)
    if overview is None:
        with middle:
            _title("AST")
            st.caption("The tree appears here when the text can be read.")
        with right:
            _title("Source")
            st.caption("The source appears here when the text can be read.")
    else:
        with middle:
            _tree(workspace(), overview)
        with right:
            _sources(workspace())
    remember()


def _title(text: str) -> None:
    st.html(f'<div class="pane-title">{text}</div>')


# ---------------------------------------------------------------- toolbar


def _toolbar(space: Workspace) -> None:
    chooser, upload, targets, options = st.columns([3, 2, 5, 2], vertical_alignment="bottom")
    shipped = examples()
    names = list(shipped)
    with chooser:
        st.selectbox(
            "Example",
            names,
            index=names.index(space.example) if space.example in names else None,
            format_func=lambda name: shipped[name].title,
            placeholder="Your own text",
            key="example",
            on_change=_choose_example,
        )
    with upload, st.popover("Open a file", icon=":material/upload:", width="stretch"):
        st.file_uploader(
            "A Python file with TVMScript in it",
            type=["py", "txt"],
            key="upload",
            on_change=_take_upload,
        )
    usable = {name: row.title for name, row in catalog.targets().items() if not row.unavailable}
    with targets:
        st.pills(
            "Targets",
            list(usable),
            selection_mode="multi",
            default=[target for target in space.targets if target in usable],
            format_func=usable.__getitem__,
            key="targets",
            on_change=lambda: change(
                targets=tuple(t for t in usable if t in st.session_state.targets)
            ),
        )
    with options, st.popover("Options", icon=":material/tune:", width="stretch"):
        _options(space)


def _choose_example() -> None:
    name = st.session_state.example
    if name is None:
        return
    _replace_text(examples()[name].text, name)


def _take_upload() -> None:
    file = st.session_state.upload
    if file is not None:
        _replace_text(file.getvalue().decode("utf-8-sig", "replace"), "")


def _replace_text(text: str, example: str) -> None:
    before = workspace()
    shipped = examples().get(before.example)
    if shipped is None or shipped.text != before.text:
        # What the user typed can be fetched back.
        st.session_state.kept = before.text
    change(
        text=text, example=example, definition="", function="", arguments={}, unfolded=(), folded=()
    )
    st.session_state.text = text


def _bring_back() -> None:
    text = st.session_state.pop("kept")
    change(text=text, example="", definition="", function="", arguments={}, unfolded=(), folded=())
    st.session_state.text = text


def _options(space: Workspace) -> None:
    st.text_input(
        "Architecture",
        value=space.options.arch,
        placeholder="sm_80 for CUDA, znver4 for LLVM",
        key="arch",
        on_change=lambda: _set_option(arch=st.session_state.arch.strip()),
    )
    for field, label, example in (
        ("attributes", "Target attributes", "max_num_threads=512"),
        ("config", "Pass configuration", "tirx.disable_vectorize=true"),
    ):
        st.text_area(
            label,
            value="\n".join(f"{k}={_plain(v)}" for k, v in getattr(space.options, field).items()),
            placeholder=example,
            help="One NAME=VALUE a line.",
            height=80,
            key=field,
            on_change=_set_pairs,
            args=(field,),
        )


def _plain(value: Scalar) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _set_pairs(field: str) -> None:
    try:
        lines = [line for line in st.session_state[field].splitlines() if line.strip()]
        _set_option(**{field: dict(pair(line.strip()) for line in lines)})
    except VizError as error:
        st.toast(escape(f"{error.message}"), icon=":material/error:")


def _set_option(**values: Any) -> None:
    change(options=msgspec.structs.replace(workspace().options, **values))


# ---------------------------------------------------------------- editor


def _editor(space: Workspace) -> Overview | None:
    _title("TVMScript")
    if "text" not in st.session_state:
        st.session_state.text = space.text
    st.text_area(
        "TVMScript",
        key="text",
        height=PANE_HEIGHT,
        label_visibility="collapsed",
        placeholder="Paste a @T.prim_func function, an @I.ir_module class, or a whole file.",
        on_change=lambda: change(
            text=st.session_state.text,
            definition="",
            function="",
            arguments={},
            unfolded=(),
            folded=(),
        ),
    )
    st.caption("Ctrl+Enter analyses what you typed.")
    if "kept" in st.session_state:
        st.button("Bring back what I typed", icon=":material/undo:", on_click=_bring_back)
    shipped = examples().get(space.example)
    if shipped is not None and shipped.text == space.text and shipped.description:
        st.info(escape(shipped.description), icon=":material/school:")
    try:
        overview = ask(OverviewPart(), Overview)
    except VizError as error:
        show_error(error, space.text)
        _arguments(space, error)
        return None
    _choices(space, overview)
    _said(space, overview)
    return overview


def _arguments(space: Workspace, error: VizError) -> None:
    """Ask for the arguments of a factory, when that is what is missing."""
    if "needs a value for" not in error.message:
        return
    name = error.message.rpartition(" ")[2]
    st.text_input(
        f"Value of {name}",
        key=f"argument_{name}",
        placeholder="8",
        on_change=lambda: _set_argument(name),
    )


def _set_argument(name: str) -> None:
    typed = st.session_state[f"argument_{name}"].strip()
    if typed:
        change(arguments=workspace().arguments | dict([pair(f"{name}={typed}")]))


def _choices(space: Workspace, overview: Overview) -> None:
    """Let the user choose among several definitions, several functions, and fill in a factory."""
    names = [definition.name for definition in overview.definitions]
    if len(names) > 1:
        st.selectbox(
            "Definition",
            names,
            index=names.index(overview.definition),
            key="definition",
            on_change=lambda: change(
                definition=st.session_state.definition, function="", arguments={}
            ),
        )
    chosen = next((d for d in overview.definitions if d.name == overview.definition), None)
    for argument in chosen.arguments if chosen else ():
        value = space.arguments.get(argument.name, argument.default)
        st.text_input(
            f"{argument.name} of {chosen.name if chosen else ''}",
            value="" if value is None else _plain(value),
            key=f"argument_{argument.name}",
            on_change=_set_argument,
            args=(argument.name,),
        )
    if len(overview.functions) > 1:
        functions = ["", *(function.name for function in overview.functions)]
        st.selectbox(
            "Function in the tree",
            functions,
            index=functions.index(space.function) if space.function in functions else 0,
            format_func=lambda name: name or "all",
            key="function",
            on_change=lambda: change(function=st.session_state.function),
        )


def _said(space: Workspace, overview: Overview) -> None:
    text = Text(space.text)
    if overview.edits:
        count = len(overview.edits)
        title = (
            "1 older spelling brought up to date"
            if count == 1
            else f"{count} older spellings brought up to date"
        )
        with st.expander(title, icon=":material/history:"):
            st.dataframe(
                [
                    {
                        "Line": text.position(edit.span.start).line,
                        "You wrote": edit.old,
                        "Today": edit.new,
                        "Why": edit.note,
                    }
                    for edit in overview.edits
                ],
                hide_index=True,
            )
            st.caption("Your text stays as you typed it; TVM gets it with these edits.")
    if overview.left_out:
        with st.expander(
            f"{len(overview.left_out)} statements left out", icon=":material/filter_alt:"
        ):
            st.dataframe(
                [
                    {
                        "Line": text.position(left.span.start).line,
                        "What": left.what,
                        "Hint": left.hint,
                    }
                    for left in overview.left_out
                ],
                hide_index=True,
            )
    _problems(overview.problems)


def _problems(problems: tuple[Problem, ...]) -> None:
    show = {"error": st.error, "warning": st.warning, "info": st.info}
    for problem in problems:
        show[problem.severity](escape(f"{problem.message} {problem.hint}".strip()))


# ---------------------------------------------------------------- AST


def _tree(space: Workspace, overview: Overview) -> None:
    title, stage, settings = st.columns([2, 6, 3], vertical_alignment="center")
    with title:
        _title("AST")
    with stage:
        chosen: Any = (
            st.segmented_control(
                "Stage",
                list(STAGES),
                default=space.stage,
                label_visibility="collapsed",
                key="stage",
                format_func=STAGES.__getitem__,
                on_change=lambda: change(
                    stage=st.session_state.stage or "input", unfolded=(), folded=()
                ),
            )
            or "input"
        )
    with settings, st.popover("View", icon=":material/visibility:", width="stretch"):
        _view_settings(space)
    target = (space.targets or ("c",))[0]
    if chosen == "scheduled":
        target = next((t for t in space.targets if catalog.targets()[t].gpu), "cuda")
    try:
        tree = ask(TreePart(stage=chosen), Tree, target)
        view = graph.View(
            depth=space.depth or None,
            types=space.types,
            unfolded=tuple(i for i in space.unfolded if i < len(tree.nodes)),
            folded=tuple(i for i in space.folded if i < len(tree.nodes)),
        )
        clicked = picture(_picture(tree, view, theme()), PANE_HEIGHT, key="ast")
    except VizError as error:
        show_error(error, space.text)
        return
    _tree_footer(tree, view, target)
    if clicked is not None and clicked < len(tree.nodes):
        _toggle(space, tree, view, clicked)


def _view_settings(space: Workspace) -> None:
    st.toggle(
        "Types, shapes and bookkeeping",
        value=space.types,
        key="types",
        on_change=lambda: change(types=st.session_state.types),
    )
    st.number_input(
        "Depth",
        min_value=0,
        max_value=60,
        value=space.depth,
        key="depth",
        help="0 shows all levels.",
        on_change=lambda: change(depth=int(st.session_state.depth)),
    )
    st.button("Fold as at first", on_click=lambda: change(unfolded=(), folded=()))
    st.caption("Click a node to fold or unfold it. Drag to move, Ctrl and the wheel to zoom.")


def _toggle(space: Workspace, tree: Tree, view: graph.View, node: int) -> None:
    """Fold the subtree of a node, or unfold what is hidden below it."""
    if node in space.folded:
        change(folded=tuple(i for i in space.folded if i != node))
    elif node in space.unfolded:
        change(unfolded=tuple(i for i in space.unfolded if i != node), folded=(*space.folded, node))
    elif graph.fold(tree, view).hidden.get(node):
        change(unfolded=(*space.unfolded, node))
    elif tree.nodes[node].children:
        change(folded=(*space.folded, node))
    else:
        return
    st.rerun()


def theme() -> Any:
    """Return ``light`` or ``dark``, whichever the reader sees."""
    return "dark" if st.context.theme.type == "dark" else "light"


@st.cache_data(show_spinner="drawing …", max_entries=64)
def _picture(tree: Tree, view: graph.View, theme: Any) -> str:
    fitted, numbers = graph.fit(tree, view, PANE_HEIGHT * 0.9, PANE_HEIGHT)
    return graph.svg(tree, fitted, numbers, theme)


@st.cache_data(show_spinner="drawing …", max_entries=32)
def _file(tree: Tree, view: graph.View, format: Any) -> bytes:
    return graph.render(tree, view, format)


def _tree_footer(tree: Tree, view: graph.View, target: str) -> None:
    shown = graph.fold(tree, view)
    where = "" if tree.stage == "input" else f" for {catalog.targets()[target].title}"
    note, svg, png, dot = st.columns([4, 1, 1, 1], vertical_alignment="center")
    note.caption(
        f"{len(shown.nodes):,} of {len(tree.nodes):,} nodes, {tree.stage}{where}. "
        "Blue boxes are statements, amber pills expressions."
    )
    for place, format in ((svg, "svg"), (png, "png"), (dot, "dot")):
        place.download_button(
            format.upper(),
            data=lambda format=format: _file(tree, view, format),
            file_name=f"ast.{format}",
            key=f"download_{format}",
            width="stretch",
        )


# ---------------------------------------------------------------- source


def _sources(space: Workspace) -> None:
    _title("Source")
    if not space.targets:
        st.caption("Choose a target above.")
        return
    rows = catalog.targets()
    tabs = st.tabs([rows[target].title for target in space.targets])
    for target, tab in zip(space.targets, tabs, strict=True):
        with tab:
            try:
                source = ask(SourcePart(), Source, target)
            except VizError as error:
                show_error(error, space.text)
                continue
            _source(target, source)


def _source(target: str, source: Source) -> None:
    titles = [emission.title for emission in source.emissions]
    if source.schedule is not None:
        titles.append("Schedule")
    chosen = titles[0]
    if len(titles) > 1:
        chosen = (
            st.segmented_control(
                "Text",
                titles,
                default=titles[0],
                label_visibility="collapsed",
                key=f"text_{target}",
            )
            or titles[0]
        )
    if chosen == "Schedule" and source.schedule is not None:
        _code(source.schedule.script, "python", f"{target}_schedule.py")
    else:
        emission = source.emissions[titles.index(chosen)]
        _code(emission.text, emission.language, _file_name(target, emission))
    _problems(source.problems)
    st.caption(escape(catalog.targets()[target].en))


_ENDINGS = {
    "c": "c",
    "cuda": "cu",
    "opencl": "cl",
    "metal": "metal",
    "wgsl": "wgsl",
    "llvm": "ll",
    "asm": "s",
}


def _file_name(target: str, emission: Emission) -> str:
    return f"{target}_{emission.part}.{_ENDINGS.get(emission.language, 'txt')}"


def _code(text: str, language: str, file_name: str) -> None:
    with st.container(height=PANE_HEIGHT - 90, border=True):
        st.html(f"<style>{markup.css(theme())}</style>{_marked(text, language)}")
    st.download_button(
        "Download",
        data=text,
        file_name=file_name,
        key=f"source_{file_name}",
        icon=":material/download:",
    )


@st.cache_data(show_spinner=False, max_entries=128)
def _marked(text: str, language: str) -> str:
    return markup.html(text, language)
