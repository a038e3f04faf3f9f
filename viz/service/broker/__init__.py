"""Who works when: one queue for all sessions of a server, a bounded number of workers.

>>> broker = Broker()
>>> ticket = broker.submit("a session", [Request(text=text)])
>>> for frame in ticket.frames():  # its place in the queue, progress, answers, ends
...     print(frame)

Sessions take turns. A session's newer question replaces its older one and keeps its place.
Questions that are the same are worked on once, whoever asks, and die when nobody wants the answer
any more. Where the work is done, on this machine or a cluster, is nobody's concern but this room's.
"""

from viz.service.broker.broker import Broker
from viz.service.broker.counters import Counters
from viz.service.broker.queue import Lane
from viz.service.broker.serving import shared
from viz.service.broker.ticket import Ticket

__all__ = ["Broker", "Counters", "Lane", "Ticket", "shared"]
