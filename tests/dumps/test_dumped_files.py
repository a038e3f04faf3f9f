"""Files of a dump: their order by their names, what is left out, and archives made to harm."""

import io
import os
import stat
import struct
import zipfile

import pytest

from tests.support.programs.relax.dumped import archive
from viz.dumps import files
from viz.dumps.functions import functions_of, part_of, reduced
from viz.dumps.reading import find_stage, is_dump, open_dump
from viz.errors import RequestError, SourceError

STAGE = """# from tvm.script import tirx as T

@I.ir_module
class Module:
    @T.prim_func(private=True)
    def first(
        A: T.handle,
    ):
        T.evaluate(0)

        # the last line
        T.evaluate(1)

    @T.prim_func
    @other
    def second(A: T.handle):
        T.evaluate(0)

    @R.function
    def main(x: R.Tensor((8,), "float32")):
        return x
"""


def names(dump):
    return [stage.name for stage in dump.stages]


def texts(*paths):
    """Files by these names, each with a text of its own."""
    return {path: f"# {path}\n{STAGE}" for path in paths}


def left_out(dump):
    return {file.name: file.what.id for file in dump.left_out}


@pytest.mark.parametrize(
    "ordered",
    [
        ["debug-phase0.py", "debug-phase1.py", "debug-phase4.py", "debug-final.py"],
        ["debug-original.py", "debug-phase0.py", "debug-phase9.py", "debug-phase10.py"],
        ["000_NormalizeGlobalVar.py", "099_tirx.Filter.py", "100__pipeline.py", "1000_X.py"],
        # TileLang's numbers go on from folder to folder, whatever these are called.
        ["z/00_Simplify_before.tir", "z/00_Simplify_after.tir", "a/01_LowerTileOp_after.tir"],
        # The same numbers in two folders: one compilation after the other.
        ["relax2/000_A.py", "relax2/001_B.py", "relax10/000_A.py", "relax10/001_B.py"],
        ["input.py", "lowered.py", "scheduled.py", "final.py"],
    ],
)
def test_files_are_put_in_the_order_of_the_compilation(ordered):
    assert names(open_dump(texts(*reversed(ordered)))) == ordered


def test_names_of_files_name_passes_of_the_catalog():
    dump = open_dump(
        texts(
            "0_tirx.FlattenBuffer.py",
            "1_tir.FlattenBuffer.py",  # as the TVM of 2024 says
            "2_FlattenBuffer_after.tir",  # as TileLang says
            "3_FlattenBuffer_before.tir",  # not made by it
            "4_LayoutInference.tir",  # TileLang's own
            "5_LegalizeOps.py",
        )
    )
    flatten = "tirx.FlattenBuffer"
    shown = [stage.pass_name for stage in dump.stages]
    assert shown[0] == shown[2] == flatten
    assert shown[1].endswith(".FlattenBuffer")
    assert shown[3:] == ["", "", "LegalizeOps"]


def test_of_a_trace_the_last_run_is_taken_and_what_a_pass_got_only_where_it_is_new():
    once, again = "k/.run_records/run_20260101_000000_1_7", "k/.run_records/run_20260102_000000_2_7"
    files_of_run = {
        "c/00_Simplify_before.tir": "a",
        "c/00_Simplify_after.tir": "b",
        "c/01_LowerTileOp_before.tir": "b",  # the stage before it
        "c/01_LowerTileOp_after.tir": "c",
        "d/02_Simplify_before.tir": "d",  # something else made this one
        "d/02_Simplify_after.tir": "d",
        "codegen/03_codegen_after.cpp": "e",
        "report.html": "<html>",
    }
    contents = {f"{again}/{name}": text for name, text in files_of_run.items()}
    contents |= {f"{once}/c/00_Old_after.tir": "z", "k/codegen.cpp": "e", "k/report.html": "r"}
    dump = open_dump(contents)
    assert dump.name == "k"
    assert [stage.text for stage in dump.stages] == ["a", "b", "c", "d", "d", "e"]
    assert [stage.changed for stage in dump.stages] == [True, True, True, True, False, True]
    assert [stage.kind for stage in dump.stages][-2:] == ["program", "source"]
    assert left_out(dump) == {
        f"{once}/c/00_Old_after.tir": "dump-other-run",
        "k/codegen.cpp": "dump-other-run",
        "k/report.html": "dump-no-stage",
        f"{again}/report.html": "dump-no-stage",
        f"{again}/c/01_LowerTileOp_before.tir": "dump-same-as-before",
    }


def test_functions_are_found_by_their_lines():
    assert [found.name for found in functions_of(STAGE)] == ["first", "second", "main"]
    first = part_of(STAGE, "first")
    assert STAGE[first.start : first.end].splitlines()[0] == "    @T.prim_func(private=True)"
    assert STAGE[first.start : first.end].splitlines()[-1] == "        T.evaluate(1)"
    second = part_of(STAGE, "second")
    assert STAGE[second.start : second.end].count("\n") == 3
    assert part_of(STAGE, "third") is None
    cut = STAGE[: STAGE.index("x: R")]  # in the middle of a head
    assert [found.name for found in functions_of(cut)] == ["first", "second", "main"]


def test_a_function_is_read_with_those_it_names_alone():
    text = STAGE.replace("return x\n", "return Module.first(x.second)\n")
    assert reduced(text, "third") == text
    alone = reduced(text, "second")
    assert [found.name for found in functions_of(alone)] == ["second"]
    # The lines keep their numbers.
    line = text[: text.index("def second")].count("\n")
    assert alone.splitlines()[line] == "    def second(A: T.handle):"
    assert alone.count("\n") == text.count("\n")
    assert [found.name for found in functions_of(reduced(text, "main"))] == [
        "first",
        "second",
        "main",
    ]


def test_a_stage_is_found_by_number_name_or_part():
    dump = open_dump(texts("000_A.py", "001_tirx.FlattenBuffer.py", "002_tirx.Filter.py"))
    assert find_stage(dump, "2") == find_stage(dump, "flatten") == 2
    assert find_stage(dump, "000_A.py") == 1
    for wrong in ("0", "4", "²", "nothing", ".tirx", "tirx"):
        with pytest.raises(RequestError):
            find_stage(dump, wrong)


# ---------------------------------------------------------------- what is not taken


def entry(name, content=STAGE, *, attributes=0, flags=0, size=None):
    """Return an archive of one good stage and one more entry, which is changed as asked."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("good.py", STAGE)
        information = zipfile.ZipInfo(name)
        information.external_attr = attributes << 16
        information.compress_type = zipfile.ZIP_DEFLATED
        target.writestr(information, content)
    data = bytearray(made.getvalue())
    for signature, flag_at, size_at in ((b"PK\x03\x04", 6, 22), (b"PK\x01\x02", 8, 24)):
        at = data.rindex(signature)
        struct.pack_into("<H", data, at + flag_at, flags)
        if size is not None:
            struct.pack_into("<I", data, at + size_at, size)
    return bytes(data)


ZEROS = b"\0" * (files.MOST_STAGE + 1)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (entry("../../etc/cron.d/x.py"), "dump-name"),
        (entry("..\\..\\x.py"), "dump-name"),
        (entry("/etc/x.py"), "dump-name"),
        (entry("C:/x.py"), "dump-name"),
        (entry("a\x1b[31m.py"), "dump-name"),
        (entry("a" * 300 + ".py"), "dump-name"),
        (entry("x.py", "/etc/passwd", attributes=stat.S_IFLNK | 0o777), "dump-link"),
        (entry("x.py", flags=1), "dump-encrypted"),
        (entry("x.zip", archive({"a.py": STAGE})), "dump-nested"),
        (entry("x.py", b"\xff\xfe\x00A"), "dump-no-text"),
        (entry("x.py", "a\0b"), "dump-no-text"),
        (entry("x.py", " \n"), "dump-empty"),
        (entry("gooD.py", "# another\n").replace(b"gooD", b"good"), "dump-twice"),
        (entry("x.exe"), "dump-no-stage"),
        (entry("x.py", ZEROS), "dump-file-large"),  # a thousandth of that in the archive
        (entry("x.py", ZEROS, size=100), "dump-damaged-file"),  # which says that it is small
        (entry("x.py", size=1 << 30), "dump-file-large"),
        (archive({"good.py": STAGE}, zipfile.ZIP_DEFLATED)[:-30], None),
        (b"PK\x03\x04" + b"\0" * 100, None),
        (archive({"x.exe": b"1"}), None),
        (archive({}), None),
    ],
    ids=range(21),
)
def test_archives_made_to_harm_end_as_answers(data, reason):
    if reason is None:
        with pytest.raises(SourceError):
            open_dump(data)
        return
    dump = open_dump(data)
    assert names(dump) == ["good.py"]
    assert dump.stages[0].text == STAGE
    assert [file.what.id for file in dump.left_out] == [reason]
    assert dump.left_out[0].name.isprintable()


def test_a_way_of_packing_that_may_ask_for_any_memory_is_not_unpacked():
    made = io.BytesIO(archive({"good.py": STAGE}))
    with zipfile.ZipFile(made, "a", zipfile.ZIP_LZMA) as target:
        target.writestr("x.py", STAGE)
    assert left_out(open_dump(made.getvalue())) == {"x.py": "dump-packed"}


def test_there_is_a_limit_to_files_and_to_bytes_of_all(monkeypatch):
    many = archive({f"{number}.py": STAGE for number in range(20)})
    monkeypatch.setattr(files, "MOST_FILES", 19)
    with pytest.raises(SourceError, match="19 files"):
        open_dump(many)
    monkeypatch.setattr(files, "MOST_FILES", 20)
    monkeypatch.setattr(files, "MOST_BYTES", len(many) + 10)
    dump = open_dump(many)  # a third of what is in it
    assert sum(len(stage.text) for stage in dump.stages) <= len(many) + 10
    assert {file.what.id for file in dump.left_out} == {"dump-large"}
    monkeypatch.setattr(files, "MOST_BYTES", len(many) - 1)
    with pytest.raises(SourceError, match="MiB"):
        open_dump(many)


def test_links_of_a_folder_are_not_followed(tmp_path):
    inside = tmp_path / "dump"
    (inside / "deep").mkdir(parents=True)
    (inside / "deep" / "001_b.py").write_bytes(b"\xef\xbb\xbf" + STAGE.encode())
    (inside / "000_a.py").write_text(STAGE, encoding="utf-8")
    (tmp_path / "secret.py").write_text("secret", encoding="utf-8")
    (inside / "002_c.py").symlink_to(tmp_path / "secret.py")
    (inside / "round").symlink_to(inside, target_is_directory=True)
    os.mkfifo(inside / "003_d.py")  # to open it would wait for ever
    dump = open_dump(inside)
    assert names(dump) == ["000_a.py", "deep/001_b.py"]
    assert dump.stages[1].text == STAGE  # the byte order mark is no part of it
    assert left_out(dump) == {"002_c.py": "dump-link", "round": "dump-link"}
    assert is_dump(str(inside))
    assert not is_dump(str(inside / "000_a.py"))
    assert not is_dump(str(inside / "nothing\0"))
    packed = tmp_path / "dump.zip"
    packed.write_bytes(archive({"000_a.py": STAGE, "deep/001_b.py": STAGE}))
    assert is_dump(str(packed))
    assert names(open_dump(packed)) == names(dump)
    with pytest.raises(SourceError, match="cannot be read"):
        open_dump(tmp_path / "nothing")
