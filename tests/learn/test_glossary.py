"""The glossary's types of values and scopes are those that programs use, as wide as it says."""

import re

import ml_dtypes
import numpy as np

from viz.frontend.examples import examples
from viz.learn import glossary, packs
from viz.learn.reading import read


def test_types_and_scopes_of_the_programs_have_a_row():
    texts = [example.text for example in examples().values()]
    texts += [lesson.text for lesson in packs.shipped().of("en")]
    for kind, pattern in (
        ("dtype", r'Buffer\([^"\n]*"(\w+)"'),
        ("scope", r'scope="([\w.]+)"'),
    ):
        used = {name for text in texts for name in re.findall(pattern, text)}
        assert used, kind
        assert not used - set(glossary.types()[kind])


def test_numbers_about_types_are_those_of_numpy():
    for name, row in glossary.types()["dtype"].items():
        if name == "handle":
            continue
        kind = np.dtype(getattr(ml_dtypes, name, None) or name.removesuffix("x4"))
        assert kind.itemsize * 8 == row.bits, name
        said = {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d", row.en)}
        assert (
            said == {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d", row.zh)}
            or "大约" in row.zh
        )
        if "at most" in row.en:
            assert int(ml_dtypes.finfo(kind).max) in said, name
        if name in ("int8", "uint8", "int16"):
            limits = np.iinfo(kind)
            assert {limits.max, abs(int(limits.min))} - {0} <= said, name


def test_a_type_in_a_lesson_leads_to_its_row_and_is_found():
    head = '+++\ntitle = "T"\nsummary = "S"\nprogram = "if_double"\n+++\n'
    lesson = glossary.with_terms(
        read(f"{head}\n`bfloat16` and `bfloat16`, `shared.dyn`.\n", "1"), "en"
    )
    assert [piece.to for piece in lesson.blocks[0].words if piece.kind == "code"] == [
        "term:dtype.bfloat16",
        "",
        "term:scope.shared.dyn",
    ]
    assert glossary.find("scope.shared.dyn", "zh").kind == "scope"
