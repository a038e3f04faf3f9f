"""Run: choose a device and inputs, run the program, see whether its outputs are right."""

from __future__ import annotations

import msgspec
import streamlit as st

from viz.errors import VizError
from viz.model import (
    Comparison,
    Function,
    Outcome,
    Overview,
    OverviewPart,
    Request,
    RunPart,
)
from viz.source import Metadata, read
from viz.ui.pane import show_problems
from viz.ui.state import Workspace, ask, escape, show_error, workspace

DEVICES = {"llvm": "LLVM on this CPU", "c": "C on this CPU", "cuda": "CUDA GPU"}


def page() -> None:
    """Draw the page."""
    space = workspace()
    try:
        overview = ask(OverviewPart(), Overview)
        metadata = read(space.text).metadata
    except VizError as error:
        show_error(error, space.text)
        return
    settings, result = st.columns([2, 3], gap="large")
    with settings:
        function = _function(overview)
        pressed = _settings(function, metadata, first=function is overview.functions[0])
    with result:
        if pressed is not None:
            _run(space, pressed, function)
        outcome = st.session_state.get("outcome")
        if outcome is not None and st.session_state.get("outcome_of") == _subject(space, function):
            show_outcome(outcome)
        else:
            st.caption("Press Run: inputs are made, the program runs, its outputs are compared.")


def _function(overview: Overview) -> Function:
    if len(overview.functions) == 1:
        return overview.functions[0]
    names = {function.name: function for function in overview.functions}
    return names[st.selectbox("Function", list(names), key="run_function")]


def _subject(space: Workspace, function: Function) -> Request:
    """Return what an outcome is about: another text, choice or option makes it stale."""
    return msgspec.structs.replace(space.request(OverviewPart()), function=function.name)


def _settings(function: Function, metadata: Metadata, *, first: bool) -> RunPart | None:
    reference = metadata.reference if first else ""
    parameters = ", ".join(
        f"{p.name}: {p.dtype}" + (f"[{', '.join(p.shape)}]" if p.shape is not None else "")
        for p in function.parameters
    )
    st.code(f"{function.name}({parameters})", language="python", wrap_lines=True)
    device = st.segmented_control(
        "Device", list(DEVICES), default="llvm", format_func=DEVICES.__getitem__, key="device"
    )
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
            device=device or "llvm",
            seed=seed,
            sizes=sizes if symbols else {},
            reference=edited if edited != reference else "",
        )
    return None


def _run(space: Workspace, part: RunPart, function: Function) -> None:
    st.session_state.outcome = None
    try:
        st.session_state.outcome = ask(part, Outcome, part.device, function=function.name)
        st.session_state.outcome_of = _subject(space, function)
    except VizError as error:
        show_error(error, space.text)


def show_outcome(outcome: Outcome) -> None:
    """Show what a run gave."""
    word, kind = (
        ("The outputs are right", "pass") if outcome.passed else ("The outputs are wrong", "fail")
    )
    st.html(f'<div class="verdict {kind}">{"✓" if outcome.passed else "✗"} {word}</div>')
    st.caption(escape(f"Ran on {outcome.ran}, compared with {outcome.reference}."))
    show_problems(outcome.problems)
    for comparison in outcome.comparisons:
        _comparison(comparison)
    with st.expander("Inputs"):
        for given in outcome.inputs:
            values = ", ".join("nan" if v is None else f"{v:.6g}" for v in given.head)
            shape = ", ".join(map(str, given.shape))
            st.code(
                f"{given.name}: {given.dtype}[{shape}] = {values} …", language=None, wrap_lines=True
            )


def _comparison(comparison: Comparison) -> None:
    shape = " × ".join(map(str, comparison.shape)) or "one value"
    st.markdown(f"**{escape(comparison.name)}** · {comparison.dtype} · {shape}")
    absolute, relative, wrong = st.columns(3)
    absolute.metric("Largest absolute error", _number(comparison.max_abs))
    relative.metric("Largest relative error", _number(comparison.max_rel))
    wrong.metric("Elements that differ", f"{comparison.mismatches:,}")
    named = [("first values", comparison.head)]
    if comparison.first is not None and comparison.worst is not None:
        named = [("first and worst mismatch", (comparison.first, comparison.worst)), *named]
    for title, samples in named:
        st.caption(title.capitalize())
        st.dataframe(
            [{"Index": str(list(s.index)), "Got": s.got, "Expected": s.expected} for s in samples],
            hide_index=True,
        )
    st.caption(f"Tolerance: {comparison.atol:g} + {comparison.rtol:g} × |expected|")


def _number(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.3g}"
