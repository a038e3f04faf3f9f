"""The rooms of classes by themselves: what teachers and students may do, and what hostile ones may not."""

import json
import random

import pytest

from viz.classroom import names, room, rooms
from viz.classroom.errors import ClassError
from viz.classroom.mailbox import Mailbox
from viz.classroom.questions import ClassQuestion
from viz.classroom.rooms import Rooms

STATE = b'{"workspace":{"text":"x"}}'
POINT = ClassQuestion(id="q1", how="point", ask="Which node?", right="input f.body")


class Page:
    """A page that listens, and the latest event of each kind that it got."""

    def __init__(self):
        self.box = Mailbox(lambda: None)
        self.known = {}

    @property
    def events(self):
        for taken in self.box.take():
            event = json.loads(taken)
            self.known[event.pop("kind")] = event
        return self.known

    @property
    def member(self):
        return self.events["member"]["member"]


class School:
    """Rooms whose time a test turns on; secrets have codes that are cheap to make."""

    def __init__(self):
        self.now = 1000.0
        self.rooms = Rooms(lambda: self.now)
        self.count = 0

    def opened(self, secret=None, network="10.0.0.1", state=STATE):
        """Open a room as the route does; return its secret, its code and the teacher's page."""
        secret = secret or names.new_secret()
        code = self.rooms.code_of(secret)
        if code is None:
            self.rooms.admit_opening(network)
            code = names.normalised(f"{sum(map(ord, secret)):08d}{secret[:4]}")
        page = Page()
        led = self.rooms.lead(secret, code, page.box)
        led.show(state)
        self.rooms.admit_waiting(led)
        return secret, code, page

    def joined(self, code, member="", network="10.0.0.2", **how):
        page = Page()
        how = {"follows": True, "again": False} | how
        page.seat = self.rooms.follow(code, member, page.box, network, **how)
        return page


def reasons(act, count):
    """Return why each of so many attempts was refused; an empty text for those that were not."""
    told = []
    for number in range(count):
        try:
            act(number)
            told.append("")
        except ClassError as error:
            told.append(error.reason)
    return told


@pytest.fixture
def school():
    return School()


def test_what_a_teacher_shows_is_with_all_and_with_who_comes_later(school):
    secret, code, teacher = school.opened()
    early = school.joined(code)
    assert early.events["state"] == {"version": 1, "state": {"workspace": {"text": "x"}}}
    school.rooms.led(secret).show(b'{"workspace":{"text":"y"}}')
    late = school.joined(code)
    for page in (early, late):
        assert page.events["state"]["state"]["workspace"]["text"] == "y"
        assert page.events["teacher"] == {"away": False}
    assert teacher.events["followers"] == {"present": 2, "following": 2}
    school.rooms.set_following(code, early.member, False)
    assert teacher.events["followers"] == {"present": 2, "following": 1}
    school.rooms.leave(late.seat)
    assert teacher.events["followers"] == {"present": 1, "following": 0}
    school.rooms.end(secret)
    assert "end" in early.events
    assert early.box.is_closed
    assert len(school.rooms) == 0
    with pytest.raises(ClassError):
        school.joined(code)


def test_answers_are_counted_without_names_and_shown_when_the_teacher_wants(school):
    secret, code, teacher = school.opened()
    led = school.rooms.led(secret)
    pages = [school.joined(code) for _ in range(3)]
    led.ask(POINT)
    for page, answer in zip(pages, ("input f", "input f.body", "input f"), strict=True):
        assert "right" not in page.events["question"]["question"]
        school.rooms.answer(code, page.member, "q1", answer)
    assert teacher.events["answers"]["counts"] == [["input f", 2], ["input f.body", 1]]
    # Who changes an answer has one still; who reloads the page keeps it.
    school.rooms.answer(code, pages[0].member, "q1", "input f.body")
    assert teacher.events["answers"]["counts"] == [["input f.body", 2], ["input f", 1]]
    again = school.joined(code, pages[0].member)
    assert again.events["question"]["answered"] == "input f.body"
    assert "taken" in pages[0].events  # two pages with one name: the older one hears no more
    assert pages[0].box.is_closed
    # No name of a student is in what the teacher hears.
    told = json.dumps(teacher.events)
    assert not any(page.member.partition(".")[0] in told for page in pages)
    shown = ClassQuestion(
        id="q1", how="point", ask="Which?", right="input f.body", is_open=False, is_shown=True
    )
    led.ask(shown)
    question = again.events["question"]["question"]
    assert question["right"] == "input f.body"
    assert question["counts"] == [["input f.body", 2], ["input f", 1]]
    with pytest.raises(ClassError, match="no answers now"):
        school.rooms.answer(code, again.member, "q1", "input f")
    led.ask(ClassQuestion(id="q2", how="number", ask="How many?"))
    assert again.events["question"] == {
        "question": {
            "id": "q2", "how": "number", "ask": "How many?", "choices": [], "isOpen": True,
            "source": "",
        },
        "answered": None,
    }  # fmt: skip
    with pytest.raises(ClassError):
        school.rooms.answer(code, again.member, "q1", "input f")  # of the question before


def test_who_joins_is_told_what_is_asked_before_what_is_shown(school):
    """The question comes first: it decides which of the teacher's moves are not followed."""
    secret, code, _ = school.opened()
    school.rooms.led(secret).ask(POINT)
    told = [json.loads(one)["kind"] for one in school.joined(code).box.take()]
    assert told.index("question") < told.index("state")


def test_a_code_follows_from_the_secret_and_cannot_be_mistyped():
    secret = names.new_secret()
    code = names.code_of(secret)
    assert code == names.code_of(secret) != names.code_of(names.new_secret())
    assert len(code) == names.CODE_LENGTH
    assert set(code) <= set(names.ALPHABET)
    assert secret not in code
    assert names.normalised(f" {code[:4].lower()}-{code[4:].lower()} ") == code
    assert names.normalised("oil0") == "0110"
    assert names.is_secret(secret)
    assert not any(map(names.is_secret, ("", secret[:-1], f"{secret}x", f"{secret[:-1]}é")))


def test_codes_cannot_be_guessed(school):
    """An address has 120 attempts and 2 more a second: of 2**40 codes that finds none."""
    school.opened()
    chance = random.Random(1)

    def guess(_):
        school.joined("".join(chance.choices(names.ALPHABET, k=8)), network="10.9.9.9")

    most = rooms.WRONG_CODES[0]
    assert reasons(guess, 5000) == ["unknown"] * most + ["often"] * (5000 - most)
    # Even the right code does not tell such an address anything; others come in as before.
    _, code, _ = school.opened()
    with pytest.raises(ClassError) as refused:
        school.joined(code, network="10.9.9.9")
    assert refused.value.reason == "often"
    assert "state" in school.joined(code).events
    school.now += 1.0
    assert "state" in school.joined(code, network="10.9.9.9").events


def test_codes_cannot_be_guessed_from_many_addresses(school):
    _, code, _ = school.opened()
    member = school.joined(code).member
    most = rooms.WRONG_CODES_OF_ALL[0]
    told = reasons(
        lambda number: school.joined("0000000A", network=f"10.7.{number // 100}.1"), most + 50
    )
    assert told == ["unknown"] * most + ["often"] * 50
    # Nobody new comes in, from wherever; who was in comes back.
    with pytest.raises(ClassError):
        school.joined(code, network="10.8.8.8")
    assert "state" in school.joined(code, member, network="10.8.8.8").events
    school.now += 1.0
    assert "state" in school.joined(code, network="10.8.8.8").events


def test_a_network_cannot_take_all_places_of_those_who_wait(school):
    waiting = []

    def wait(number):
        network = "10.7.7.7" if number < 500 else f"10.8.{number % 250}.1"
        school.now += 1.0
        waiting.append(school.joined("0000000A", network=network, again=True))

    own = rooms.MOST_WAITING_OF_NETWORK
    rest = rooms.MOST_WAITING - own
    assert reasons(wait, 500 + rest + 10) == (
        [""] * own + ["unknown"] * (500 - own) + [""] * rest + ["unknown"] * 10
    )


def test_a_teacher_cannot_be_forged(school):
    secret, code, teacher = school.opened()
    student = school.joined(code)
    for guess in ("", code, secret[:-1], secret.swapcase(), student.member, names.new_secret()):
        with pytest.raises(ClassError) as refused:
            school.rooms.led(guess)
        assert refused.value.reason == "unknown"
        school.rooms.end(guess)
    # A secret that were to have the same code does not get the room while it is open.
    with pytest.raises(ClassError):
        school.rooms.lead(names.new_secret(), code, Page().box)
    assert not teacher.box.is_closed
    assert secret not in json.dumps(student.events)


def test_names_of_students_cannot_be_forged(school):
    _, code, _ = school.opened()
    secret, other, _ = school.opened()
    school.rooms.led(secret).ask(POINT)
    own = school.joined(code).member
    name, _, signature = own.partition(".")
    school.joined(other)
    for forged in (own, name, f"{name}.", f".{signature}", f"{name}.{signature[::-1]}", "", "é.ü"):
        with pytest.raises(ClassError) as refused:
            school.rooms.answer(other, forged, "q1", "input f")
        assert refused.value.reason == "unknown"
    # A forged name joins as a new student, under a name of this server's.
    assert not school.joined(other, "boss.1234").member.startswith("boss")


def test_a_state_is_bounded(school):
    secret, code, _ = school.opened()
    student = school.joined(code)
    with pytest.raises(ClassError) as refused:
        school.rooms.led(secret).show(b" " * (room.MOST_STATE + 1))
    assert refused.value.reason == "large"
    assert student.events["state"]["version"] == 1


def test_thousands_of_joins(school):
    _, code, teacher = school.opened()
    pages = []
    told = reasons(
        lambda number: pages.append(school.joined(code, network=f"10.1.{number % 250}.7")), 3000
    )
    assert told == [""] * room.MOST_MEMBERS + ["full"] * (3000 - room.MOST_MEMBERS)
    assert teacher.events["followers"]["present"] == room.MOST_MEMBERS
    # Those who are in notice nothing; a seat that is given up is free.
    school.rooms.leave(pages.pop().seat)
    assert "state" in school.joined(code).events
    # One address alone does not get that far.
    told = reasons(lambda _: school.joined(code, network="10.2.2.2"), 1000)
    most = rooms.JOINS[0]
    assert told == ["full"] * most + ["often"] * (1000 - most)


def test_answers_by_coming_again_and_again_are_bounded(school):
    secret, code, teacher = school.opened()
    led = school.rooms.led(secret)
    led.ask(POINT)

    def stuff(number):
        page = school.joined(code, network=f"10.3.{number % 250}.7")
        try:
            school.rooms.answer(code, page.member, "q1", f"input f{number}")
        finally:
            school.rooms.leave(page.seat)

    assert reasons(stuff, room.MOST_ANSWERS + 50) == [""] * room.MOST_ANSWERS + ["full"] * 50
    assert teacher.events["answers"]["total"] == room.MOST_ANSWERS
    assert led.members == {}


def test_a_reader_that_never_drains_costs_one_event_of_each_kind(school):
    secret, code, _ = school.opened()
    slow, quick = school.joined(code), school.joined(code)
    led = school.rooms.led(secret)
    for number in range(2000):
        led.show(b'{"workspace":{"text":"%d"}}' % number)
        led.ask(ClassQuestion(id=f"q{number}", how="number", ask="?"))
        assert quick.events["state"]["state"]["workspace"]["text"] == str(number)
    waiting = slow.box.take()
    assert sorted(json.loads(event)["kind"] for event in waiting) == [
        "member", "question", "state", "teacher",
    ]  # fmt: skip
    assert any(b'"1999"' in event for event in waiting)


def test_after_a_restart_the_same_room_is_there_and_who_waits_is_let_in(school):
    secret, code, _ = school.opened()
    member = school.joined(code).member
    school.rooms = Rooms(lambda: school.now)  # what a restarted server begins with
    with pytest.raises(ClassError):
        school.joined(code)  # somebody new: there is no such room yet
    waiting = school.joined(code, member, again=True)
    assert school.rooms.is_waiting(waiting.seat)
    assert "state" not in waiting.events
    gone = school.joined(code, again=True)
    school.rooms.leave(gone.seat)
    _, same, teacher = school.opened(secret)
    assert same == code
    assert not school.rooms.is_waiting(waiting.seat)
    assert waiting.events["state"]["state"] == {"workspace": {"text": "x"}}
    assert teacher.events["followers"] == {"present": 1, "following": 1}
    assert waiting.member != member  # the other server's signature is worth nothing here


def test_a_second_page_of_the_teacher_takes_over_and_a_reload_goes_on(school):
    secret, code, first = school.opened()
    student = school.joined(code)
    _, _, second = school.opened(secret)
    assert "taken" in first.events
    assert first.box.is_closed
    school.rooms.rest(school.rooms.led(secret), first.box)  # the older page goes: nothing changes
    assert student.events["teacher"] == {"away": False}
    school.rooms.rest(school.rooms.led(secret), second.box)
    assert student.events["teacher"] == {"away": True}
    school.opened(secret)
    assert student.events["teacher"] == {"away": False}


def test_rooms_end_by_themselves_and_are_bounded(school):
    secret, code, _ = school.opened()
    student = school.joined(code)
    alone, _, teacher = school.opened()
    school.rooms.rest(school.rooms.led(alone), teacher.box)
    school.now += rooms.LONGEST_ALONE + 1
    with pytest.raises(ClassError):
        school.rooms.led(alone)  # that without its teacher has ended, though no page told the time
    assert len(school.rooms) == 1
    school.now += rooms.LONGEST
    with pytest.raises(ClassError):
        school.joined(code)
    assert len(school.rooms) == 0
    assert "end" in student.events
    # One address opens a few, all together a hundred; one that was left makes room.
    told = reasons(lambda _: school.opened(network="10.4.4.4"), 50)
    most = rooms.OPENINGS[0]
    assert told == [""] * most + ["often"] * (50 - most)
    last = []
    told = reasons(lambda number: last.append(school.opened(network=f"10.5.{number}.1")), 150)
    assert told == [""] * (rooms.MOST_ROOMS - most) + ["full"] * (50 + most)
    secret, code, teacher = last[-1]
    assert len(school.rooms) == rooms.MOST_ROOMS
    school.rooms.rest(school.rooms.led(secret), teacher.box)
    school.opened(network="10.6.6.6")
    assert len(school.rooms) == rooms.MOST_ROOMS
    with pytest.raises(ClassError):
        school.joined(code)


def test_rooms_are_not_opened_without_end_from_many_addresses(school):
    """As many as there are, once; then one a second, whoever asks."""
    most, _ = rooms.OPENINGS_OF_ALL
    assert most >= rooms.MOST_ROOMS  # after a restart all come back

    def open_and_leave(number):
        secret, _, teacher = school.opened(network=f"10.{number}.1.1")
        school.rooms.rest(school.rooms.led(secret), teacher.box)

    assert reasons(open_and_leave, most + 50) == [""] * most + ["often"] * 50
    school.now += 2.0
    assert reasons(open_and_leave, 3) == ["", "", "often"]
    # One address that asks in vain takes nothing from the others.
    told = reasons(lambda _: school.rooms.admit_opening("10.0.1.1"), 500)
    school.now += 1.0
    assert set(told) == {"often"}
    school.opened(network="10.250.1.1")


def test_a_teacher_who_changes_without_end_is_slowed_down(school):
    secret, _, _ = school.opened()
    most = rooms.SHOWS[0]
    told = reasons(lambda _: school.rooms.led(secret), 100)
    assert told == [""] * most + ["often"] * (100 - most)
    school.now += 1
    school.rooms.led(secret)
    # The same of taking the lead again and again.
    most = rooms.LEADS[0]
    told = reasons(lambda _: school.opened(secret), 50)
    assert told == [""] * most + ["often"] * (50 - most)
