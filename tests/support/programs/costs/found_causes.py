"""Find the causes of a text in this process, as the engine does."""

from viz.frontend.program import read
from viz.frontend.schedule.code import schedule_of
from viz.ir.functions import by_importance
from viz.ir.parse import parse
from viz.model import Causes, CausesPart
from viz.passes.recording import record
from viz.passes.schedule.replay import replay
from viz.verifier.causes.causes import causes


def found(text: str, **options) -> Causes:
    """Return the causes of a text, with its schedule."""
    program = read(text)
    parsed = parse(program)
    code = schedule_of(program.schedules, parsed.definition)
    scheduled = replay(parsed.mod, code, {}) if code else None
    assert scheduled is None or scheduled.failure is None, scheduled.failure
    recording = record(parsed.mod, "cuda", scheduled=scheduled)
    return causes(parsed, by_importance(parsed.mod)[0], recording, CausesPart(**options))
