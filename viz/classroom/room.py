"""A room: what its teacher shows and asks, who is in it, what they answer.

Nothing here waits, and no thread but the server's event loop uses it.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from viz.classroom.errors import ClassError
from viz.classroom.mailbox import Mailbox, event
from viz.classroom.questions import ClassAnswer, ClassQuestion, Poll

MOST_MEMBERS = 200
"""Students who are in a room at a time."""
MOST_ANSWERS = 400
"""Answers to a question: who comes back after a pause may count as another one."""
MOST_STATE = 256 << 10
"""Bytes of what a teacher shows."""


@dataclass
class Member:
    """A student's page in the room, as long as it listens."""

    mailbox: Mailbox
    follows: bool
    """Whether it shows what the teacher does; otherwise its student tries something."""


class Room:
    """A class, from its opening to its end.

    Parameters
    ----------
    code
        What students type to join.
    now
        When it is opened, in seconds.
    """

    def __init__(self, code: str, now: float) -> None:
        self.code = code
        self.opened = now
        self.left: float | None = now
        """Since when its teacher is away; None while the teacher's page listens."""
        self.members: dict[str, Member] = {}
        self._leader: Mailbox | None = None
        self._state = b""
        self._version = 0
        self._poll: Poll | None = None

    # ------------------------------------------------------------ the teacher

    def lead(self, mailbox: Mailbox) -> None:
        """Let a page lead from now on. One that led before is told, and hears nothing more."""
        if self._leader is not None:
            self._leader.put("taken", event("taken"))
            self._leader.close()
        self._leader = mailbox
        self.left = None
        if self._poll is not None:  # a page that did not ask it shows it too
            mailbox.put("asked", event("asked", question=self._poll.question))
        self._tell_away()
        self._count_members()
        self._count_answers()

    def rest(self, mailbox: Mailbox, now: float) -> None:
        """Take note that the page that leads has gone, perhaps to come back."""
        if self._leader is mailbox:
            self._leader = None
            self.left = now
            self._tell_away()

    def show(self, state: bytes) -> None:
        """Show a state, as JSON, to all; an empty one changes nothing.

        Raises
        ------
        ClassError
            When it is too large.
        """
        if len(state) > MOST_STATE:
            raise ClassError("large", "class-large", count=MOST_STATE >> 10)
        if state in (b"", self._state):
            return
        self._state = state
        self._version += 1
        shown = self._shown()
        for member in self.members.values():
            member.mailbox.put("state", shown)

    def ask(self, question: ClassQuestion | None) -> None:
        """Ask a question, change the one that is asked, or with None take it back."""
        before = self._poll
        if question is None:
            self._poll = None
        elif before is not None and _is_same(before.question, question):
            before.question = question
        else:
            self._poll = Poll(question)
        for name, member in self.members.items():
            member.mailbox.put("question", self._asked(name))
        self._count_answers()

    def end(self) -> None:
        """End it for all."""
        listeners = [member.mailbox for member in self.members.values()]
        for mailbox in (*listeners, *([self._leader] if self._leader else [])):
            mailbox.put("end", event("end"))
            mailbox.close()
        self.members.clear()
        self._leader = None

    # ------------------------------------------------------------ the students

    def join(self, name: str, mailbox: Mailbox, follows: bool) -> None:
        """Let a student's page listen; it is told at once what is shown and asked.

        A page that listened under the same name is told so, and hears nothing more.

        Raises
        ------
        ClassError
            When no seat is left.
        """
        before = self.members.get(name)
        if before is None and len(self.members) >= MOST_MEMBERS:
            raise ClassError("full", "class-full")
        if before is not None:
            before.mailbox.put("taken", event("taken"))
            before.mailbox.close()
        self.members[name] = Member(mailbox, follows)
        # The question first: it says what of the state is not to be followed.
        mailbox.put("question", self._asked(name))
        if self._state:
            mailbox.put("state", self._shown())
        mailbox.put("teacher", self._away())
        self._count_members()

    def leave(self, name: str, mailbox: Mailbox) -> None:
        """Take note that a page does not listen any more. Its answer stays counted."""
        member = self.members.get(name)
        if member is not None and member.mailbox is mailbox:
            del self.members[name]
            self._count_members()

    def set_following(self, name: str, follows: bool) -> None:
        """Take note that a student leaves to try something, or has come back."""
        self._member(name).follows = follows
        self._count_members()

    def answer(self, name: str, question: str, answer: ClassAnswer) -> None:
        """Take a student's answer to the question of an id.

        Raises
        ------
        ClassError
            When the student is not in the room, or the question takes no such answer now.
        """
        self._member(name)
        if self._poll is None or self._poll.question.id != question:
            raise ClassError("wrong", "class-closed")
        self._poll.answer(name, answer, MOST_ANSWERS)
        self._count_answers()

    def _member(self, name: str) -> Member:
        if name not in self.members:
            raise ClassError("unknown", "class-not-in")
        return self.members[name]

    # ------------------------------------------------------------ events

    def _shown(self) -> bytes:
        return event("state", version=self._version, state=msgspec.Raw(self._state))

    def _asked(self, name: str) -> bytes:
        if self._poll is None:
            return event("question", question=None)
        question = self._poll.question
        asked: dict[str, object] = {
            "id": question.id,
            "how": question.how,
            "ask": question.ask,
            "choices": question.choices,
            "isOpen": question.is_open,
            "source": question.source,
        }
        if question.is_shown:
            asked |= {"right": question.right, "counts": self._poll.counts}
        return event("question", question=asked, answered=self._poll.of(name))

    def _away(self) -> bytes:
        return event("teacher", away=self._leader is None)

    def _tell_away(self) -> None:
        for member in self.members.values():
            member.mailbox.put("teacher", self._away())

    def _count_members(self) -> None:
        following = sum(member.follows for member in self.members.values())
        self._tell_leader("followers", present=len(self.members), following=following)

    def _count_answers(self) -> None:
        if self._poll is not None:
            counts, question = self._poll.counts, self._poll.question
            total = sum(count for _, count in counts)
            self._tell_leader("answers", id=question.id, counts=counts, total=total)

    def _tell_leader(self, kind: str, **fields: object) -> None:
        if self._leader is not None:
            self._leader.put(kind, event(kind, **fields))


def _is_same(before: ClassQuestion, after: ClassQuestion) -> bool:
    """Return whether a question is another state of the one before, and no other question."""
    kept = ("id", "how", "choices")
    return all(getattr(before, name) == getattr(after, name) for name in kept)
