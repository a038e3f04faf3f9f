"""Attributes of targets and settings of passes that make no sense: in plain words, with a hint."""

from __future__ import annotations

import pytest

from viz.errors import RequestError
from viz.model import Options
from viz.passes.targets import pass_context, target_of


@pytest.mark.parametrize(
    ("target", "name", "value", "id_", "hint"),
    [
        ("cuda", "max_num_thread", 256, "no-attribute", "Did you mean max_num_threads?"),
        ("cuda", "nonsense", 1, "no-attribute", "It has: kind"),
        ("cuda", "max_num_threads", "abc", "attribute-kind", "an integer"),
        ("cuda", "max_num_threads", 12.5, "attribute-kind", "an integer"),
        ("cuda", "max_num_threads", -5, "attribute-not-positive", "above 0"),
        ("cuda", "thread_warp_size", 0, "attribute-not-positive", "above 0"),
        ("cuda", "kind", "llvm", "attribute-is-target", "--target"),
        ("cuda", "arch", "sm_999", "unknown-arch", "Such as"),
        ("cuda", "arch", 5, "attribute-kind", "a text"),
        ("llvm", "mattr", "+foo", "attribute-kind", "a list of texts"),
    ],
)
def test_an_attribute_that_makes_no_sense_is_refused_in_plain_words(target, name, value, id_, hint):
    with pytest.raises(RequestError) as caught:
        target_of(target, Options(attributes={name: value}))
    assert caught.value.what.id == id_
    assert hint in caught.value.hint
    assert "Target creation" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "value", "id_", "hint"),
    [
        ("disable_vectorize", True, "no-setting", "Did you mean tirx.disable_vectorize"),
        ("tirx.disable_vectorise", True, "no-setting", "Did you mean tirx.disable_vectorize"),
        ("nonsense", 1, "no-setting", "tirx.disable_cse_tir"),
        ("tirx.disable_vectorize", "abc", "setting-kind", "true or false"),
        ("tirx.UnrollLoop", 1, "setting-of-several", "one number"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_in_plain_words(name, value, id_, hint):
    with pytest.raises(RequestError) as caught, pass_context({name: value}):
        pass
    assert caught.value.what.id == id_
    assert hint in caught.value.hint


def test_attributes_and_settings_that_make_sense_are_taken():
    assert target_of("cuda", Options(attributes={"arch": "sm_90", "max_num_threads": 256}))
    assert target_of("llvm", Options(attributes={"mattr": '["+avx2"]', "opt-level": 0}))
    with pass_context({"tirx.disable_vectorize": True}):
        pass
