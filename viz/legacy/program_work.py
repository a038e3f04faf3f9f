"""Keep what the requests about one program share: its parse, and its builds by the TVM of 2024."""

from __future__ import annotations

from viz.errors import LoweringError
from viz.legacy.functions import only
from viz.legacy.parse import LegacyParsed
from viz.legacy.passes import error_location
from viz.legacy.passes.ancestry import LegacyAncestry
from viz.legacy.passes.recording import LegacyRecording, record
from viz.legacy.walker import LegacyWalks
from viz.messages import message_of
from viz.model import Request, RunPart, catalog, encode
from viz.service.worker.loaded_engine import Report


class LegacyWork:
    """A parsed module and what was made of it."""

    def __init__(self, parsed: LegacyParsed) -> None:
        self.parsed = parsed
        self.walks = LegacyWalks(parsed.user_span)
        """The nodes of the stages that were asked for."""
        self._narrowed: dict[str, LegacyWork] = {}
        self._recordings: dict[tuple[str, bytes], LegacyRecording] = {}
        self._ancestries: dict[int, LegacyAncestry] = {}

    def narrowed(self, function: str) -> LegacyWork:
        """Leave only a function and what it calls: the others may be impossible to lower.

        Raises
        ------
        RequestError
            When there is no such function.
        """
        if function not in self._narrowed:
            mod = only(self.parsed.mod, function)
            self._narrowed[function] = LegacyWork(self.parsed._replace(mod=mod))
        return self._narrowed[function]

    def record(self, request: Request, report: Report) -> LegacyRecording:
        """Lower the module for a request's target and options, once, with a record of the passes.

        Raises
        ------
        VizError
            See :func:`viz.legacy.passes.recording.record`; it is repeated at the next request.
        """
        key = request.target, encode(request.options)
        if key not in self._recordings:
            report(message_of("step-lowering", target=request.target))
            self._recordings[key] = record(self.parsed.mod, request.target, request.options)
        return self._recordings[key]

    def locate(self, error: LoweringError, request: Request) -> None:
        """Add the place in the user's text, where an error has none and one can be told."""
        if error.span is not None:
            return
        target = request.target
        if isinstance(request.part, RunPart):
            device = catalog.devices().get(request.part.device)
            target = device.target if device is not None else target

        def fails(function: str) -> bool:
            mod = only(self.parsed.mod, function)
            try:
                failure = record(mod, target, request.options).failure
            except LoweringError as alone:
                failure = alone
            return failure is not None and failure.what.id == error.what.id

        error.span = error_location.find(error, self.parsed, fails)

    def ancestry(self, recording: LegacyRecording) -> LegacyAncestry:
        """Return the objects of one of the builds, traced once."""
        number = id(recording)  # those that are kept are alive
        if number not in self._ancestries:
            self._ancestries[number] = LegacyAncestry(recording)
        return self._ancestries[number]
