"""The page Run: a device, inputs and a reference, and whether the outputs agree with it."""

from __future__ import annotations

import msgspec
import streamlit as st

from viz.errors import VizError
from viz.frontend.program import Metadata, read
from viz.messages import message_of
from viz.model import (
    EMULATED,
    Check,
    Comparison,
    Environment,
    EnvironmentPart,
    Function,
    Outcome,
    Overview,
    OverviewPart,
    Problem,
    Request,
    RunPart,
    Source,
    SourcePart,
    ThreadOrder,
    catalog,
)
from viz.ui.components.findings import show_findings
from viz.ui.components.pane import show_problems
from viz.ui.session import ask, current_workspace, escape, show_error
from viz.ui.workspace import Workspace

CHECKING = ("c", EMULATED)
"""The devices that have a checked mode."""

MODES = {
    "fast": "The emitted text itself, compiled for the CPU. Mistakes were not looked for.",
    "checked": "The emitted text itself, compiled for the CPU. Mistakes were looked for.",
}
"""What the page says of each mode of a device that has a checked one."""

ORDERS: dict[ThreadOrder, str] = {
    "forward": "Forward",
    "reversed": "Reversed",
    "shuffled": "Shuffled by the seed",
}
"""The orders in which the emulator runs threads, with the title of each."""

_NO_CHECKS: tuple[bool, ThreadOrder] = (False, "forward")
"""``checked`` and ``order`` of a run on a device that reads neither."""


def page() -> None:
    """Draw the page."""
    workspace = current_workspace()
    try:
        overview = ask(OverviewPart(), Overview)
        metadata = read(workspace.text).metadata
    except VizError as error:
        show_error(error, workspace.text)
        return
    show_problems(tuple(problem for problem in overview.problems if problem.code == "tvm"))
    settings, result = st.columns([2, 3], gap="large")
    with settings:
        function = _function(overview)
        pressed = _settings(function, metadata, first=function is overview.functions[0])
    with result:
        if pressed is not None:
            _run(workspace, pressed, function)
        outcome = st.session_state.get("outcome")
        if outcome is not None and st.session_state.get("outcome_of") == _subject(
            workspace, function
        ):
            show_outcome(outcome, workspace.text, st.session_state.get("outcome_text", ""))
        else:
            st.caption("Press Run: inputs are made, the program runs, its outputs are compared.")
        st.caption(escape(protection(_environment().protections)))


def _environment() -> Environment:
    """Return what this machine can do; asked for once a session, since it starts compilers."""
    if "environment" not in st.session_state:
        try:
            st.session_state.environment = ask(EnvironmentPart(), Environment)
        except VizError:
            return Environment(checks=())  # the next run reports the same error
    environment: Environment = st.session_state.environment
    return environment


def protection(layers: tuple[Check, ...]) -> str:
    """Return in one line which layers of the jail protect this system and which it lacks."""
    on = [layer.name for layer in layers if layer.state == "ok"]
    off = [layer.name for layer in layers if layer.state != "ok"]
    present = f"It runs in a process of its own: {', '.join(on)}." if on else ""
    missing = f"This system lacks: {', '.join(off)}." if off else ""
    return f"{present} {missing} Details are on the Environment page.".strip()


def _function(overview: Overview) -> Function:
    if len(overview.functions) == 1:
        return overview.functions[0]
    names = {function.name: function for function in overview.functions}
    return names[st.selectbox("Function", list(names), key="run_function")]


def suggested(function: Function, devices: tuple[str, ...]) -> str:
    """Return the device to offer first: a GPU or the emulator for a function with bound threads."""
    fitting = [device for device in ("cuda", EMULATED) if device in devices]
    return fitting[0] if function.bound and fitting else "llvm"


def _device(function: Function) -> str:
    first = suggested(function, _environment().devices) if function.bound else "llvm"
    # A key for each default: a choice made for another program would hide that this one needs
    # a GPU.
    chosen = st.pills(
        "Device",
        list(catalog.devices()),
        default=first,
        format_func=lambda name: catalog.devices()[name].title,
        key=f"device_{first}",
        required=True,
        wrap=True,
    )
    return chosen or first


def _checking(device: str) -> tuple[bool, ThreadOrder]:
    """Return whether a run is checked, and the order of the emulator's threads."""
    checked = st.toggle(
        "Checked",
        value=device == EMULATED,
        key="checked" if device == EMULATED else f"checked_{device}",
        help="Finds mistakes, such as indices outside of their buffers; slower.",
    )
    if device != EMULATED:
        return checked, "forward"
    order = st.selectbox(
        "Order of the threads",
        list(ORDERS),
        format_func=ORDERS.__getitem__,
        key="order",
        help="A GPU promises none: one order can hide what another brings out.",
    )
    return checked, order


def _subject(workspace: Workspace, function: Function) -> Request:
    """Return the request that identifies an outcome; when it differs now, the outcome is stale."""
    return msgspec.structs.replace(workspace.request(OverviewPart()), function=function.name)


def _settings(function: Function, metadata: Metadata, *, first: bool) -> RunPart | None:
    """Draw the settings; return the run that is asked for when Run was pressed in this rerun.

    With ``first`` the function is the text's first, which the reference in the text is for.
    """
    reference = metadata.reference if first else ""
    parameters = ", ".join(
        f"{p.name}: {p.dtype}" + (f"[{', '.join(p.shape)}]" if p.shape is not None else "")
        for p in function.parameters
    )
    st.code(f"{function.name}({parameters})", language="python", wrap_lines=True)
    device = _device(function)
    checked, order = _checking(device) if device in CHECKING else _NO_CHECKS
    symbols = dict.fromkeys(s for p in function.parameters for s in p.symbols)
    sizes = {
        symbol: int(
            st.number_input(
                f"Size of {symbol}",
                min_value=1,
                max_value=1 << 20,
                value=metadata.sizes.get(symbol, 100),
                key=f"size_{symbol}_{metadata.sizes.get(symbol)}",
            )
        )
        for symbol in symbols
    }
    seed = int(st.number_input("Seed of the inputs", 0, 2**31, 0, key="seed"))
    with st.expander("Reference", expanded=False):
        edited = st.text_area(
            "A Python function over NumPy arrays",
            value=reference,
            height=160,
            key=f"reference_{hash(reference)}",
            placeholder="def reference(A, B):\n    return A + B",
            help="Its parameters are named after the buffers it reads; it returns what is written.",
        )
        if not reference:
            st.caption(
                "Without one, the same program through another CPU codegen is the reference."
            )
    if st.button("Run", type="primary", icon=":material/play_arrow:", shortcut="Ctrl+Enter"):
        return RunPart(
            device=device,
            seed=seed,
            checked=checked,
            order=order,
            sizes=sizes if symbols else {},
            reference=edited if edited != reference else "",
        )
    return None


def _run(workspace: Workspace, part: RunPart, function: Function) -> None:
    st.session_state.outcome = None
    try:
        target = catalog.devices()[part.device].target
        outcome = ask(part, Outcome, target, function=function.name)
        # The text without vectors is another one.
        shown = outcome.findings and not any(p.code == "vectors" for p in outcome.problems)
        st.session_state.outcome_text = _emitted(target) if shown else ""
        st.session_state.outcome = outcome
        st.session_state.outcome_of = _subject(workspace, function)
    except VizError as error:
        show_error(error, workspace.text)


def _emitted(target: str) -> str:
    """Return the text for CUDA or C that ran; empty when it cannot be emitted again."""
    try:
        source = ask(SourcePart(marks=False), Source, target)
    except VizError:
        return ""  # the findings are shown without it
    return source.emissions[0].text


def show_outcome(outcome: Outcome, text: str = "", emitted: str = "") -> None:
    """Show the outcome of a run, its findings in the user's text and in the emitted text."""
    sign, kind = ("✓", "pass") if outcome.passed else ("✗", "fail")
    st.html(f'<div class="verdict {kind}">{sign} {verdict(outcome)}</div>')
    ran = f"Ran {outcome.ran}" if outcome.device == EMULATED else f"Ran on {outcome.ran}"
    st.caption(escape(f"{ran}, compared with {outcome.reference}."))
    if outcome.mode:
        st.caption(MODES[outcome.mode])
    show_problems(tuple(map(_for_the_page, outcome.problems)))
    show_findings(outcome.findings, text, emitted)
    for comparison in outcome.comparisons:
        _comparison(comparison)
    with st.expander("Inputs"):
        for array in outcome.inputs:
            values = ", ".join("nan" if v is None else f"{v:.6g}" for v in array.head)
            shape = ", ".join(map(str, array.shape))
            st.code(
                f"{array.name}: {array.dtype}[{shape}] = {values} …", language=None, wrap_lines=True
            )


def verdict(outcome: Outcome) -> str:
    """Return the verdict of a run, in a few words."""
    count = sum(not finding.harmless for finding in outcome.findings)
    if count:
        right = outcome.comparisons and all(output.passed for output in outcome.comparisons)
        mistakes = "A mistake was found" if count == 1 else f"{count} mistakes were found"
        return f"{mistakes}, though the outputs are right" if right else mistakes
    if not outcome.comparisons and outcome.passed:
        return "No mistake was found"
    return "The outputs are right" if outcome.passed else "The outputs are wrong"


_PAGE_HINTS = {
    "unchecked": "switch-checked-on",
    "unplaced": "choose-c-checked",
}
"""Ids of hints for the page, by the code of a problem whose hint is for the command line."""


def _for_the_page(problem: Problem) -> Problem:
    """Return a problem with a hint for the page in place of one for the command line."""
    advice = _PAGE_HINTS.get(problem.code)
    if advice is None:
        return problem
    return msgspec.structs.replace(problem, advice=message_of(advice))


def _comparison(comparison: Comparison) -> None:
    shape = " × ".join(map(str, comparison.shape)) or "one value"
    st.markdown(f"**{escape(comparison.name)}** · {comparison.dtype} · {shape}")
    absolute, relative, wrong = st.columns(3)
    absolute.metric("Largest absolute error", _number(comparison.max_abs))
    relative.metric("Largest relative error", _number(comparison.max_rel))
    wrong.metric("Elements that differ", f"{comparison.mismatches:,}")
    tables = [("first values", comparison.head)]
    if comparison.first is not None and comparison.worst is not None:
        tables = [("first and worst mismatch", (comparison.first, comparison.worst)), *tables]
    for title, samples in tables:
        st.caption(title.capitalize())
        st.dataframe(
            [{"Index": str(list(s.index)), "Got": s.got, "Expected": s.expected} for s in samples],
            hide_index=True,
        )
    st.caption(f"Tolerance: {comparison.atol:g} + {comparison.rtol:g} × |expected|")


def _number(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.3g}"
