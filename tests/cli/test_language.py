"""The language of the command line: an option, else the environment."""

import pytest

from viz import cli
from viz.cli.command_parser import asked_for

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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "缺少必需的参数：命令"),
        ("ast", "缺少必需的参数：file"),
        ("ast x --format q", "参数 --format：'q' 不在 'text', 'dot'"),
        ("nothing", "参数 命令：'nothing' 不在 'ast', 'lower'"),
        ("run x --seed q", "参数 --seed：'q' 不是整数"),
        ("ast x --depth 0", "参数 --depth：'0' 不是层数"),
        ("explain x --target c --at 1:1 --find 2", "参数 --find：不能与 --at 同时使用"),
        ("explain x --target c", "至少需要其中一个参数：--at --find"),
        ("ast x --target", "参数 --target：需要一个值"),
        ("ast x --zzz", "未知的参数：--zzz"),
        ("ast x --d 3", "--d 可以是其中任何一个选项：--definition, --depth"),
        ("ast x --types=3", "参数 --types：不接受值，却得到 '3'"),
    ],
)
def test_a_wrong_command_line_is_told_in_the_language(capsys, arguments, said):
    with pytest.raises(SystemExit) as exit:
        cli.main([*arguments.split(), "--lang", "zh"])
    usage, _, error = capsys.readouterr().err.rstrip().rpartition("\n")
    assert exit.value.code == 2
    assert usage.startswith("用法：tirscope")
    assert "：错误：" in error
    assert said.replace("'", "") in error.replace("'", "")  # newer versions of Python quote less
    with pytest.raises(SystemExit):
        cli.main([*arguments.split(), "--lang", "en"])
    assert ": error: " in capsys.readouterr().err


def test_labels_are_in_the_language(capsys):
    assert cli.main(["ast", "examples/softmax.py", "--depth", "6", "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "SeqStmt 4 条语句" in shown
    assert "… 还有 46 个" in shown
    assert "statements" not in shown
    assert cli.main(["ast", "examples/relax/relax_mlp.py", "--depth", "4", "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "DataflowBlock 5 个绑定" in shown
