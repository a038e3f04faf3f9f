"""Read a dump: its files become stages in their order."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from viz.dumps.files import ARCHIVE, MOST_BYTES, Files, from_archive, from_folder, from_memory
from viz.dumps.functions import functions_of
from viz.dumps.order import in_order, is_source, last_run
from viz.errors import RequestError, SourceError
from viz.messages import message_of
from viz.model import Dump, DumpStage, LeftFile


def open_dump(source: str | os.PathLike[str] | bytes | Mapping[str, bytes | str]) -> Dump:
    """Return the stages of a dump: of a folder, of a zip archive, or of files by their names.

    MLC-LLM's ``--debug-dump``, TVM's ``DumpIR`` and TileLang's LowerTrace write such folders.
    Nothing is parsed: a stage may hold what cannot be read.

    >>> dump = viz.open_dump("debug/")
    >>> [stage.title for stage in dump.stages]
    ['debug-phase0.py', 'debug-phase1.py', ...]

    Parameters
    ----------
    source
        The path of a folder or an archive, the bytes of an archive, or the contents of files by
        name. One archive among files by name is opened.

    Raises
    ------
    SourceError
        When it cannot be read, is too large, or holds no stage.
    """
    if isinstance(source, bytes):
        return dump_of(from_archive(source))
    if isinstance(source, Mapping):
        return _from_mapping(source)
    path = Path(source)
    name = path.resolve().name
    if path.is_dir():
        return dump_of(from_folder(path), name)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = str(error.strerror)
        raise SourceError(message_of("file-not-read", file=str(path), reason=reason)) from None
    return dump_of(from_archive(data), name)


def is_dump(path: str) -> bool:
    """Whether a path is that of a folder, or of a file that begins as an archive does."""
    try:
        if Path(path).is_dir():
            return True
        with Path(path).open("rb") as file:
            return file.read(len(ARCHIVE)) == ARCHIVE
    except (OSError, ValueError):
        return False


def _from_mapping(contents: Mapping[str, bytes | str]) -> Dump:
    if len(contents) == 1:
        ((name, content),) = contents.items()
        if isinstance(content, bytes) and content.startswith(ARCHIVE):
            return dump_of(from_archive(content), name)
    files = from_memory(contents)
    folders = {name.partition("/")[0] for name in contents if "/" in name}
    is_folder = len(folders) == 1 and all("/" in name for name in contents)
    return dump_of(files, folders.pop() if is_folder else "")


def dump_of(files: Files, name: str = "") -> Dump:
    """Return the stages that files are.

    Raises
    ------
    SourceError
        When none is one.
    """
    left_out = list(files.left_out)
    texts = files.texts
    if run := last_run(texts):
        kept = {path: text for path, text in texts.items() if path.startswith(f"{run}/")}
        what = message_of("dump-other-run", run=run.rpartition("/")[2])
        left_out += [LeftFile(name=path, what=what) for path in texts if path not in kept]
        texts = kept
    stages: list[DumpStage] = []
    for file in in_order(texts):
        text = texts[file.path]
        before = stages[-1].text if stages else None
        if file.side == "before" and text == before:
            left_out.append(LeftFile(name=file.path, what=message_of("dump-same-as-before")))
            continue
        source = is_source(file.path)
        functions = [] if source else [found.name for found in functions_of(text)]
        stages.append(
            DumpStage(
                name=file.path,
                text=text,
                kind="source" if source else "program",
                label=file.what or file.path.rpartition("/")[2],
                pass_name=file.pass_name,
                functions=tuple(dict.fromkeys(functions)),
                changed=text != before,
            )
        )
    if all(stage.kind == "source" for stage in stages):
        raise SourceError(message_of("dump-no-stages"))
    return Dump(name=name, stages=tuple(stages), left_out=tuple(left_out))


def find_stage(dump: Dump, name: str) -> int:
    """Return the number of a stage, from 1, by that number, its file's name or a part of that.

    Raises
    ------
    RequestError
        When there is no such stage, or several.
    """
    if name.isdecimal() and name.isascii():
        if 1 <= int(name) <= len(dump.stages):
            return int(name)
        raise RequestError(message_of("dump-no-such-stage", name=name, count=len(dump.stages)))
    numbered = [*enumerate(dump.stages, 1)]
    for tried in (
        [number for number, stage in numbered if name in (stage.name, stage.title)],
        [number for number, stage in numbered if name.lower() in stage.name.lower()],
    ):
        if len(tried) == 1:
            return tried[0]
        if tried:
            shown = ", ".join(map(str, tried))
            raise RequestError(message_of("dump-ambiguous-stage", name=name, numbers=shown))
    raise RequestError(message_of("dump-no-such-stage", name=name, count=len(dump.stages)))
