"""The language that is chosen by what the browser or the environment says."""

import pytest

from viz.locale.choice import asked_by_browser, asked_by_environment


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh-CN;q=0.8", "en"),
        ("de-DE,de;q=0.9,zh-TW;q=0.7,en;q=0.3", "zh"),
        ("en;q=0.1, zh-Hans-CN;q=0.2", "zh"),
        ("zh;q=0, en;q=0.1", "en"),
        ("fr", "en"),
        ("zh;q=often, ,;", "zh"),
    ],
)
def test_a_browser_asks_for_a_language(header, language):
    assert asked_by_browser(header) == language


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "de_DE"}, "en"),
    ],
)
def test_an_environment_asks_for_a_language(environment, language):
    assert asked_by_environment(environment) == language
