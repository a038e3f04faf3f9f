"""The table of messages: complete in both languages, and held against the code that uses it."""

from __future__ import annotations

import ast
import re
import string
import time
from collections.abc import Iterator
from functools import cache

import msgspec
import pytest

from tools.rooms import MODULES, ROOT
from viz import errors, model
from viz.errors import RequestError
from viz.messages import TABLES, Message, hint_message, message_of, messages, verbatim, with_words
from viz.model import Described, LeftOut, Outcome, Problem, Progress, Site
from viz.model.catalog import tvm_messages
from viz.model.problem import error_of, problem_of
from viz.model.request import REPLY_TYPES
from viz.text import Span

CATALOG = TABLES.parent
HAN = re.compile(r"[\u4e00-\u9fff]")


def values(words: str) -> set[str]:
    """Return the names of the values in a sentence."""
    names = (name for _, name, _, _ in string.Formatter().parse(words) if name)
    return {name.partition(".")[0] for name in names}


@cache
def trees() -> dict[str, ast.Module]:
    return {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}


def test_both_languages_say_the_same():
    for id_, row in messages().items():
        pairs = [(row.en, row.zh)]
        if row.hint is not None:
            pairs.append((row.hint.en, row.hint.zh))
        for english, chinese in pairs:
            assert values(english) == values(chinese), id_
            assert not HAN.search(english), id_
            only_values = not re.search(r"[a-z]", re.sub(r"\{[^{}]*\}", "", english))
            assert HAN.search(chinese) or chinese == english or only_values, id_


def test_the_code_gives_each_message_its_values():
    checked = 0
    for name, tree in trees().items():
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or ast.unparse(call.func) != "message_of":
                continue
            if isinstance(call.args[0], ast.Constant):
                row = messages().get(call.args[0].value)
                assert row is not None, f"{name}: no message {call.args[0].value!r}"
                wanted = values(row.en) | (values(row.hint.en) if row.hint else set())
                given = {keyword.arg for keyword in call.keywords}
                assert None in given or wanted <= given, (
                    f"{name}: {call.args[0].value} lacks {wanted - given}"
                )
                checked += 1
    assert checked > 50


def speakers() -> set[str]:
    """Return the names of what is called with what the user is told."""
    classes = {
        cls for module in (errors, model) for cls in vars(module).values() if isinstance(cls, type)
    }
    told = (errors.VizError, Described, Progress, Site, Outcome)
    made = {cls.__name__ for cls in classes if issubclass(cls, told)}
    made |= {"Refusal", "UnknownMember", "NotEmulated", "EndedWhileLoadingError"}
    made |= {"message_of", "verbatim", "report", "refuse"}
    return made | {"BuiltProgram", "Compiled", "CompilerError", "Device", "Expectation", "Verdict"}


def said_in_code(name: str, call: ast.Call) -> Iterator[str]:
    """Yield the words that stand in a call; the name of a check is none, nor what has no blank."""
    words = {word.arg: word.value for word in call.keywords}
    if name == "Check":
        words.pop("name", None)
    for argument in (*call.args, *words.values()):
        for node in ast.walk(argument):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if re.search(r"[a-z] |[,.:;] [A-Z]| [a-z]{2}", node.value):
                    yield node.value


def test_nothing_that_the_user_is_told_stands_in_the_code():
    told = speakers()
    assert {"LeftOut", "Edit", "Finding", "Check", "Problem", "RunError"} <= told
    for module, tree in trees().items():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call):
                name = ast.unparse(call.func).rpartition(".")[2]
                if name in told:
                    assert not [*said_in_code(name, call)], f"{module}: {ast.unparse(call)}"


@pytest.mark.parametrize(
    "code",
    [
        'RunError("there is none")',
        'LeftOut(what=f"the macro {name}")',
        'message_of("not-run", why="it is too large" if large else why)',
        'self.refuse(call, name, "it calls itself" + often)',
        'errors.EngineError(what, hint="Try it again.")',
    ],
)
def test_words_in_the_code_are_found(code):
    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call)
    name = ast.unparse(call.func).rpartition(".")[2]
    assert name in speakers()
    assert [*said_in_code(name, call)]


def test_no_message_is_unused():
    nodes = [node for tree in trees().values() for node in ast.walk(tree)]
    strings = {node.value for node in nodes if isinstance(node, ast.Constant)}
    # message_of(f"layer-{name}") uses them all.
    begun = tuple(
        ast.unparse(call.args[0]).partition("'")[2].partition("{")[0]
        for call in nodes
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "message_of"
        and isinstance(call.args[0], ast.JoinedStr)
    )
    assert all(re.fullmatch(r"[a-z]+-", prefix) for prefix in begun)
    in_tables = {
        word
        for path in (*CATALOG.glob("*.toml"), ROOT / "tools" / "members.py")
        for word in re.findall(r'"([\w-]+)"', path.read_text(encoding="utf-8"))
    }
    unused = messages().keys() - strings - in_tables
    assert {id_ for id_ in unused if not id_.startswith(begun)} == set()


def test_each_part_of_a_request_has_a_name_for_an_engine_that_does_not_know_it():
    parts = {part.__struct_config__.tag for part in REPLY_TYPES} - {"environment"}
    assert {f"asked-{tag.replace('_', '-')}" for tag in parts} == {
        id_ for id_ in messages() if id_.startswith("asked-")
    }


def test_the_explanations_of_tvms_messages_name_what_they_are_given():
    for row in tvm_messages.table():
        words = messages()[row.id]
        named = values(words.en) | (values(words.hint.en) if words.hint else set())
        found = {"reason", "target", *(["dtype"] if row.id == "math-of-integer" else [])}
        assert named <= found.union(re.compile(row.sign).groupindex), row


def test_a_message_is_put_into_words_where_it_is_shown():
    inner = message_of("no-node", node=7, last=1234)
    outer = message_of("no-source", target="cuda", reason=inner)
    assert str(outer) == "cuda has no source: there is no node 7 in this tree"
    assert outer.text("zh") == "cuda 没有源代码：这棵树里没有节点 7"
    assert inner.hint("zh") == "它有节点 0 到 1234。"
    orders = message_of("unknown-thread-order", name="x", known=("forward", inner))
    assert orders.hint() == "Orders: forward, there is no node 7 in this tree."
    assert orders.hint("zh") == "可选的顺序：forward、这棵树里没有节点 7。"
    assert message_of("queue-full", count=1234).text() == "1,234 others are waiting already"
    with pytest.raises(KeyError):
        message_of("no such message")


def test_braces_in_a_value_stay():
    assert verbatim("{target} %s {0}").text("zh") == "{target} %s {0}"


def test_a_problem_keeps_its_message_on_the_wire():
    error = RequestError(message_of("no-node", node=7, last=9), hint=verbatim("look"))
    sent = msgspec.json.decode(msgspec.json.encode(problem_of(error)), type=Problem)
    assert sent == problem_of(error_of(sent))
    assert (sent.text("zh"), sent.hint) == ("这棵树里没有节点 7", "look")
    assert sent.what == Message("no-node", {"node": 7, "last": 9})


def test_a_long_message_is_shortened():
    assert len(verbatim("x" * 100_000).shortened(500).text()) == 500
    inside = message_of("no-source", target="c", reason=verbatim("x" * 100_000))
    assert len(inside.shortened(500).text()) == 500


@pytest.mark.parametrize(
    "sent",
    [
        b'{"id":"no such message"}',
        b'{"id":"queue-full"}',
        b'{"id":"queue-full","values":{"count":"many"}}',
        b'{"id":"verbatim","values":{"text":{"id":"queue-full"}}}',
    ],
)
def test_a_message_without_words_is_no_message(sent):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(sent, type=Message)


def test_the_words_of_messages_stand_beside_them_in_json():
    statement = LeftOut(span=Span(0, 1), what=message_of("left-out-build"))
    site = Site(block=(0, 0, 0), thread=(0, 0, 0), doing=message_of("doing-waits", place="here"))
    left, doing = with_words(msgspec.to_builtins([statement, site]))
    assert left["what"] == {"id": "left-out-build"}
    assert left["message"] == "a build"
    assert left["hint"] == "TIRscope builds for you: choose a target."
    assert doing["doing"]["text"] == "waits at here"


def test_a_hint_of_another_message_is_translated():
    hint = hint_message(message_of("left-out-build"))
    assert hint.text("zh") == "TIRscope 会替你构建：请选择目标。"


def test_a_message_is_checked_by_what_its_values_are_not_by_what_they_say():
    inner = verbatim("x" * 1_000_000)
    began = time.process_time()
    for _ in range(200):
        inner = Message("verbatim", {"text": inner})
    assert time.process_time() - began < 1
