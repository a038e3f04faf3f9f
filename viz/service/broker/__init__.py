"""Queue the requests of all sessions of a server for a bounded number of workers.

>>> broker = Broker()
>>> ticket = broker.submit("a session", [Request(text=text)])
>>> for frame in ticket.frames():  # place in the queue, progress, answers, ends
...     print(frame)

Sessions take turns. A session's newer request replaces its older one and keeps its place. Equal
requests are computed once for all sessions, and their work is killed when no session waits for the
answer any more. The work is done on this machine or on a cluster.
"""

from viz.service.broker.broker import Broker
from viz.service.broker.counters import Counters
from viz.service.broker.queue import Lane
from viz.service.broker.shared_broker import shared
from viz.service.broker.ticket import Ticket

__all__ = ["Broker", "Counters", "Lane", "Ticket", "shared"]
