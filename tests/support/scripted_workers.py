"""Workers for tests of the broker, which answer when the test lets them."""

import threading
import time

import msgspec

from viz.messages import verbatim
from viz.model import Answer, End, Overview, OverviewPart, Problem, Progress, Request, encode


def ask(text, part=OverviewPart(), **fields):
    return Request(text=text, part=part, **fields)


class ScriptedWorkers:
    """Workers that wait until the test lets them go; each answers with its request's text."""

    restarts = 0

    def __init__(self, *, wait=True):
        self.begun = []
        self.wait = wait

    def begin(self, requests):
        work = ScriptedWork(requests)
        self.begun.append(work)
        if not self.wait:
            work.go.set()
        return work

    def of(self, text):
        """Return the work on a text: there is exactly one."""
        (match,) = (work for work in self.begun if text in work.texts)
        return match

    def start(self): ...

    def close(self):
        for work in self.begun:
            work.cancel()


class ScriptedWork:
    def __init__(self, requests):
        self.requests = requests
        self.texts = [request.text for request in requests]
        self.go = threading.Event()
        self.cancelled = threading.Event()
        self.error = None

    def finish(self):
        self.go.set()

    def fail(self, error):
        self.error = error
        self.go.set()

    def cancel(self):
        self.cancelled.set()
        self.go.set()

    def frames(self, heartbeat=None):
        for index, request in enumerate(self.requests):
            yield Progress(step=verbatim("begun"), index=index)
            assert self.go.wait(30)
            if self.error is not None:
                raise self.error
            if self.cancelled.is_set():
                yield End(
                    status="cancelled",
                    problem=Problem(code="worker", what=verbatim("")),
                    index=index,
                )
                continue
            reply = encode(Overview(definition=request.text))
            yield Answer(reply=msgspec.Raw(reply), index=index)
            yield End(status="ok", index=index)


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def statuses(ticket):
    return [end.status for end in sorted(ticket.ends, key=lambda end: end.index)]


def texts(ticket):
    return [reply.definition for reply in ticket.replies()]
