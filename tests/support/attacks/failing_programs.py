"""Programs that crash or never end, and the frames of a request whose fork server is killed."""

import os
import signal

from viz.model import Progress

ENDLESS = """@T.prim_func
def f(A: T.Buffer((8,), "int32")):
    while A[0] > -5:
        A[0] = A[0] + A[0] * 0
"""
CRASHING = """@T.prim_func
def f(A: T.Buffer((8,), "int32")):
    for i in range(2000000000):
        A[i] = 7
"""


def frames_of_a_killed(running):
    """Kill the fork server once the request lowers; return that frame and those after it."""
    frames = []
    for frame in running.frames():
        if isinstance(frame, Progress) and frame.step.id.startswith("step-lowering") and not frames:
            os.kill(running._running[0].pid, signal.SIGKILL)
            frames.append(frame)
        elif not isinstance(frame, Progress):
            frames.append(frame)
    return frames
