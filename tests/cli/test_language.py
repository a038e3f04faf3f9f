"""The language of the command line: an option, else the environment."""

import pytest

from viz import cli
from viz.cli.parser import asked_for

VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ([], {}, "en"),
        (["run", "x.py"], {"LANG": "zh_CN.UTF-8"}, "zh"),
        (["run", "x.py", "--lang", "en"], {"LANG": "zh_CN.UTF-8"}, "en"),
        (["--lang=zh", "run", "x.py"], {"LANG": "C"}, "zh"),
        (["run", "x.py", "--lang"], {}, "en"),
        (["run", "x.py", "--lang", "fr"], {"LC_ALL": "zh_TW"}, "zh"),
    ],
)
def test_the_option_counts_and_else_the_environment(arguments, environment, language):
    assert asked_for(arguments, environment) == language


def test_errors_and_help_are_in_the_language(capsys, monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert cli.main(["ast", "/nowhere.py"]) == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert cli.main(["ast", "/nowhere.py", "--lang", "zh"]) == 1
    assert capsys.readouterr().err.startswith("错误：")
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    with pytest.raises(SystemExit):
        cli.main(["explain", "--help"])
    shown = capsys.readouterr().out
    assert shown.startswith("用法：tirscope explain")
    assert "显示这个帮助并退出" in shown
    with pytest.raises(SystemExit):
        cli.main(["serve", "--port", "0", "--lang", "zh"])
    assert "'0' 不是端口" in capsys.readouterr().err
