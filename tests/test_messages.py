"""The table of messages: complete in both languages, and held against the code that uses it."""

from __future__ import annotations

import ast
import re
import string
from functools import cache

import msgspec
import pytest

from tools.rooms import MODULES
from viz import errors
from viz.errors import RequestError
from viz.messages import Message, message_of, messages, verbatim
from viz.model import Problem
from viz.model.catalog import tvm_messages
from viz.model.problem import error_of, problem_of

HAN = re.compile(r"[\u4e00-\u9fff]")


def values(words: str) -> set[str]:
    """Return the names of the values in a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@cache
def trees() -> dict[str, ast.Module]:
    return {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}


@pytest.mark.parametrize("id_", messages())
def test_both_languages_say_the_same(id_):
    row = messages()[id_]
    assert values(row.en) == values(row.zh)
    pairs = [(row.en, row.zh)]
    if row.hint is not None:
        assert values(row.hint.en) == values(row.hint.zh)
        pairs.append((row.hint.en, row.hint.zh))
    for english, chinese in pairs:
        assert not HAN.search(english)
        assert HAN.search(chinese) or chinese == english


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


def test_no_error_is_made_of_words_in_the_code():
    classes = (cls for cls in vars(errors).values() if isinstance(cls, type))
    made = {cls.__name__ for cls in classes if issubclass(cls, errors.VizError)}
    made |= {"Refusal", "UnknownMember", "NotEmulated"}
    for name, tree in trees().items():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in made:
                hints = [word.value for word in call.keywords if word.arg == "hint"]
                for argument in (*call.args, *hints):
                    literal = isinstance(argument, ast.Constant) and argument.value
                    words = literal or isinstance(argument, ast.JoinedStr | ast.BinOp)
                    assert not words, f"{name}: {ast.unparse(call)}"


def test_no_message_is_unused():
    strings = {
        node.value
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    explained = {row.id for row in tvm_messages.table()}
    assert messages().keys() <= strings | explained


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
