"""``--json``: what is printed where there is no reply."""

from __future__ import annotations

import json

import pytest

from viz import cli

UNBOUND = "@T.prim_func\ndef f(A: T.Buffer((8,), 'int32')):\n    A[0] = 1\n"


@pytest.mark.parametrize(
    ("arguments", "text", "code"),
    [
        (
            ("source", "--target", "c", "--json"),
            "@T.prim_func\ndef f():\n    T.expp(1)\n",
            "parse",
        ),
        (("source", "--target", "cuda", "--json"), UNBOUND, "lowering"),
        (("run", "--device", "tpu", "--json"), UNBOUND, "request"),
        (("run", "--json"), "no program", "source"),
        (("ast", "--format", "json"), UNBOUND.replace("A[0]", "AA[0]"), "parse"),
    ],
)
def test_an_error_is_printed_as_json_too(capfd, tmp_path, arguments, text, code):
    file = tmp_path / "wrong.py"
    file.write_text(text)
    verb, *options = arguments
    assert cli.main([verb, str(file), *options]) != 0
    out, err = capfd.readouterr()
    (problem,) = json.loads(out)["problems"]
    assert problem["message"] in err
    assert problem["code"] == code
