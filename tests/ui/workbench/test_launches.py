"""The frame of a launch report: what a compiler says of the kernels, for each architecture."""

import json

from viz.messages import verbatim
from viz.model import CompileCheck, LaunchReport, Problem, encode
from viz.text import Span
from viz.ui.workbench.launches import launch

TEXT = "é = 1\nwrong\n"


def test_each_architecture_has_its_line_and_an_error_its_place():
    refused = Problem(code="refused-text", what=verbatim("line 3: no such name"), span=Span(6, 11))
    report = LaunchReport(
        target="cuda",
        compiled=(
            CompileCheck(arch="sm_80", program="NVRTC", seconds=0.31),
            CompileCheck(arch="sm_90", program="NVRTC", seconds=0.3, problem=refused),
        ),
    )
    frame = json.loads(launch(TEXT, "en", bytes(encode(report))))
    taken, not_taken = frame["compiled"]
    assert taken == {"said": "sm_80: NVRTC takes the kernels, 0.3 s", "problem": None}
    assert not_taken["said"] == "sm_90: not compiled"
    assert not_taken["problem"]["span"] == [6, 11]
    assert "no such name" in not_taken["problem"]["message"]
