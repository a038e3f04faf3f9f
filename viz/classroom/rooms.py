"""All rooms of a server: who may open and join them, how many there may be, and for how long."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from viz.classroom.errors import ClassError
from viz.classroom.limits import Buckets
from viz.classroom.mailbox import Mailbox, event
from viz.classroom.names import normalised
from viz.classroom.questions import ClassAnswer
from viz.classroom.room import Room

MOST_ROOMS = 100
MOST_WAITING = 1000
"""Pages that wait for a room to be opened again, of all rooms together."""
MOST_WAITING_OF_NETWORK = 400
"""Those of them that are of one network: none takes the places of all others."""
LONGEST = 12 * 3600.0
"""Seconds after which a room ends."""
LONGEST_ALONE = 1800.0
"""Seconds for which a room waits for its teacher."""

OPENINGS = (12, 1 / 30)
"""Rooms that an address may open at once, and in a second after that."""
OPENINGS_OF_ALL = (150, 1.0)
"""The same of all addresses together: each costs 40 ms and 16 MiB, and ends an empty room where all
are taken. They are more than :data:`MOST_ROOMS`: after a restart all come back at once."""
WRONG_CODES = (120, 2.0)
"""Codes of no room: a class behind one address mistypes many, and waits with many for a restart."""
WRONG_CODES_OF_ALL = (3000, 50.0)
"""The same of all addresses together, so that many of them find no code either: with a hundred
rooms open it takes seven years. Then nobody new comes in for a while; who is in stays in."""
JOINS = (400, 5.0)
LEADS = (20, 0.5)
"""Times that a page takes the lead of an open room."""
SHOWS = (40, 15.0)
"""What a teacher may change."""
ACTS = (30, 3.0)
"""Answers of a student, and changes between following and not."""


@dataclass(frozen=True)
class Seat:
    """A page that listens in a room, or that waits for the room with its code to be opened."""

    code: str
    name: str
    mailbox: Mailbox
    follows: bool
    network: str


class Rooms:
    """The rooms of a server, by code and by secret.

    Parameters
    ----------
    clock
        Returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._by_code: dict[str, Room] = {}
        self._by_secret: dict[bytes, Room] = {}
        self._waiting: dict[str, list[Seat]] = {}
        self._key = secrets.token_bytes(32)
        self._openings = Buckets(*OPENINGS, clock)
        self._openings_of_all = Buckets(*OPENINGS_OF_ALL, clock)
        self._wrong = Buckets(*WRONG_CODES, clock)
        self._wrong_of_all = Buckets(*WRONG_CODES_OF_ALL, clock)
        self._leads = Buckets(*LEADS, clock)
        self._joins = Buckets(*JOINS, clock)
        self._shows = Buckets(*SHOWS, clock)
        self._acts = Buckets(*ACTS, clock)

    def __len__(self) -> int:
        return len(self._by_code)

    # ------------------------------------------------------------ teachers

    def code_of(self, secret: str) -> str | None:
        """Return the code of the open room of a secret, without the hash that makes it."""
        room = self._room_of(secret)
        return room.code if room is not None else None

    def _room_of(self, secret: str) -> Room | None:
        self.sweep()
        return self._by_secret.get(_hidden(secret))

    def admit_opening(self, network: str) -> None:
        """Take note that a network wants to open a room.

        Raises
        ------
        ClassError
            When it did so too often, or all networks together, or no room is left.
        """
        if not self._openings.take(network):
            raise ClassError("often", "class-often")
        self.sweep()
        is_full = len(self._by_code) >= MOST_ROOMS
        empty = [r for r in self._by_code.values() if r.left is not None and not r.members]
        if is_full and not empty:
            raise ClassError("full", "class-no-rooms")
        if not self._openings_of_all.take(""):
            raise ClassError("often", "class-often")
        if is_full:
            self._close(min(empty, key=lambda room: room.left or 0.0))

    def lead(self, secret: str, code: str, mailbox: Mailbox) -> Room:
        """Return the room of a secret, opened where it is not, and let a page lead it.

        ``code`` is that of :func:`viz.classroom.names.code_of`. Pages that wait for it join.

        Raises
        ------
        ClassError
            When another secret has a room of this code, no room is left, or the lead of this one
            was taken too often.
        """
        room = self._room_of(secret)
        if room is not None and not self._leads.take(room.code):
            raise ClassError("often", "class-often")
        if room is None:
            if code in self._by_code or len(self._by_code) >= MOST_ROOMS:
                raise ClassError("full", "class-no-rooms")
            room = Room(code, self._clock())
            self._by_code[code] = self._by_secret[_hidden(secret)] = room
        room.lead(mailbox)
        return room

    def admit_waiting(self, room: Room) -> None:
        """Let those in who wait for a room; after what it shows is known, so that they see that."""
        for seat in self._waiting.pop(room.code, []):
            if not seat.mailbox.is_closed:
                try:
                    room.join(seat.name, seat.mailbox, seat.follows)
                except ClassError:
                    seat.mailbox.close()

    def led(self, secret: str) -> Room:
        """Return the room of a teacher's secret, to be changed.

        Raises
        ------
        ClassError
            When there is none, or it was changed too often.
        """
        room = self._room_of(secret)
        if room is None:
            raise ClassError("unknown", "class-unknown")
        if not self._shows.take(room.code):
            raise ClassError("often", "class-often")
        return room

    def end(self, secret: str) -> None:
        """End the room of a secret, if it is open."""
        room = self._by_secret.get(_hidden(secret))
        if room is not None:
            self._close(room)

    # ------------------------------------------------------------ students

    def follow(
        self, code: str, member: str, mailbox: Mailbox, network: str, *, follows: bool, again: bool
    ) -> Seat:
        """Let a page listen in the room of a code; its first event names it.

        Parameters
        ----------
        member
            The name that the page got before, with its signature; empty at first.
        again
            Whether it was in the room before: it waits where the room is not open, since the
            server may have been restarted before its teacher's page came back.

        Raises
        ------
        ClassError
            When there is no such room, it is full, or the network tried too often.
        """
        self.sweep()
        code = normalised(code)
        known = self._name_of(code, member)
        is_guess = known is None and not self._wrong_of_all.has("")
        if is_guess or not self._wrong.has(network) or not self._joins.take(network):
            raise ClassError("often", "class-often")
        room = self._by_code.get(code)
        if room is None:
            self._wrong.take(network)
            self._wrong_of_all.take("")
            if not again or not self._may_wait(network):
                raise ClassError("unknown", "class-unknown")
        name = known or secrets.token_hex(8)
        seat = Seat(code, name, mailbox, follows, network)
        mailbox.put("member", event("member", member=f"{name}.{self._sign(code, name)}"))
        if room is not None:
            room.join(name, mailbox, follows)
        else:
            mailbox.put("waiting", event("waiting"))
            self._waiting.setdefault(code, []).append(seat)
        return seat

    def _may_wait(self, network: str) -> bool:
        waiting = [seat.network for seats in self._waiting.values() for seat in seats]
        return len(waiting) < MOST_WAITING and waiting.count(network) < MOST_WAITING_OF_NETWORK

    def leave(self, seat: Seat) -> None:
        """Take note that a page does not listen any more."""
        room = self._by_code.get(seat.code)
        if room is not None:
            room.leave(seat.name, seat.mailbox)
        waiting = [other for other in self._waiting.pop(seat.code, []) if other is not seat]
        if waiting:
            self._waiting[seat.code] = waiting

    def is_waiting(self, seat: Seat) -> bool:
        """Return whether a page waits for its room to be opened."""
        return seat in self._waiting.get(seat.code, ())

    def set_following(self, code: str, member: str, follows: bool) -> None:
        """Take note that a student leaves to try something, or has come back."""
        room, name = self._acting(code, member)
        room.set_following(name, follows)

    def answer(self, code: str, member: str, question: str, answer: ClassAnswer) -> None:
        """Take a student's answer.

        Raises
        ------
        ClassError
            When the student is not in the room, answers too often, or gives no answer to it.
        """
        room, name = self._acting(code, member)
        room.answer(name, question, answer)

    def _acting(self, code: str, member: str) -> tuple[Room, str]:
        self.sweep()
        name = self._name_of(normalised(code), member)
        room = self._by_code.get(normalised(code))
        if name is None or room is None:
            raise ClassError("unknown", "class-not-in")
        if not self._acts.take(name):
            raise ClassError("often", "class-often")
        return room, name

    def _name_of(self, code: str, member: str) -> str | None:
        """Return the name in a member's token; None where this server did not sign it."""
        name, _, signature = member.partition(".")
        signed = hmac.compare_digest(self._sign(code, name).encode(), signature.encode())
        return name if name and signed else None

    def _sign(self, code: str, name: str) -> str:
        return hmac.new(self._key, f"{code} {name}".encode(), hashlib.sha256).hexdigest()[:32]

    # ------------------------------------------------------------ time

    def sweep(self) -> None:
        """End the rooms that are too old, or that their teachers have left."""
        now = self._clock()
        for room in list(self._by_code.values()):
            is_alone = room.left is not None and now - room.left > LONGEST_ALONE
            if is_alone or now - room.opened > LONGEST:
                self._close(room)

    def rest(self, room: Room, mailbox: Mailbox) -> None:
        """Take note that the page that led a room has gone."""
        room.rest(mailbox, self._clock())

    def _close(self, room: Room) -> None:
        room.end()
        self._by_code.pop(room.code, None)
        self._by_secret = {key: r for key, r in self._by_secret.items() if r is not room}


def _hidden(secret: str) -> bytes:
    """Return what stands for a secret: how long a look-up takes says nothing of it."""
    return hashlib.sha256(secret.encode()).digest()
