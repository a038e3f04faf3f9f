"""Take the files of a dump from a folder, a zip archive or memory, within limits.

A name is a label only: no file is ever opened by a name that stands in an archive.
"""

from __future__ import annotations

import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from viz.errors import SourceError
from viz.messages import Message, message_of
from viz.model import LeftFile

MOST_FILES = 2000
"""Files of a dump, whatever they are."""

MOST_STAGE = 4 << 20
"""Bytes of a file."""

MOST_BYTES = 32 << 20
"""Bytes of all files together, unpacked, and of an archive."""

MOST_NAME = 240
"""Characters of the path of a file."""

MOST_DEPTH = 8
"""Folders inside each other."""

PROGRAMS = frozenset(("py", "tir", "txt"))
"""Endings of files with TVMScript."""

SOURCES = frozenset(
    ("c", "cc", "cpp", "cu", "cuh", "hip", "cl", "metal", "wgsl", "ll", "s", "asm", "ptx")
)
"""Endings of files with what a codegen wrote."""

ARCHIVE = b"PK\x03\x04"
"""What a zip archive begins with."""

_ENTRY = b"PK\x01\x02"
"""What stands before each entry of an archive's directory."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What archives are usually packed with: others may ask for memory without measure."""

_DRIVE = re.compile(r"[A-Za-z]:")


class Files:
    """The files of a dump that were taken, as text by name, and those that were left out."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.left_out: list[LeftFile] = []
        self._count = 0
        self._room = MOST_BYTES

    def offer(self, name: str, size: int, read: Callable[[int], bytes]) -> None:
        """Take a file if it may be a stage; ``read`` returns at most so many of its bytes.

        Raises
        ------
        SourceError
            When there are too many files.
        """
        self.count()
        name = name.replace("\\", "/")
        why = self._refusal(name, size)
        if why is None:
            data = read(min(MOST_STAGE, self._room) + 1)
            self._room -= min(len(data), self._room)
            why = self._take(name, data)
        if why is not None:
            self.leave(name, why)

    def count(self) -> None:
        """Count a file.

        Raises
        ------
        SourceError
            When there are too many.
        """
        self._count += 1
        if self._count > MOST_FILES:
            raise SourceError(message_of("dump-too-many", most=MOST_FILES))

    def leave(self, name: str, why: Message) -> None:
        """Note why a file is no stage."""
        shown = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", name)[:MOST_NAME]
        self.left_out.append(LeftFile(name=shown, what=why))

    def _refusal(self, name: str, size: int) -> Message | None:
        """Return why a file is not even read; None where it may be a stage."""
        parts = name.split("/")
        if (
            not name.isprintable()
            or len(name) > MOST_NAME
            or parts[0] == ""
            or ".." in parts
            or _DRIVE.match(name)
        ):
            return message_of("dump-name")
        if name in self.texts:
            return message_of("dump-twice")
        ending = ending_of(name)
        if ending in ("zip", "gz", "tar", "7z"):
            return message_of("dump-nested")
        if ending not in PROGRAMS and ending not in SOURCES:
            return message_of("dump-no-stage")
        return self._too_large(size)

    def _too_large(self, size: int) -> Message | None:
        if size > MOST_STAGE:
            return message_of("dump-file-large", most=MOST_STAGE >> 20)
        if size > self._room:
            return message_of("dump-large", most=MOST_BYTES >> 20)
        return None

    def _take(self, name: str, data: bytes) -> Message | None:
        """Take the content of a file; return why not, where it is no text."""
        if (why := self._too_large(len(data))) is not None:
            return why
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return message_of("dump-no-text")
        if "\0" in text:
            return message_of("dump-no-text")
        if not text.strip():
            return message_of("dump-empty")
        self.texts[name] = text
        return None


def ending_of(name: str) -> str:
    """Return the ending of a file's name in small letters, without the dot."""
    stem, dot, ending = name.rpartition("/")[2].rpartition(".")
    return ending.lower() if dot and stem else ""


# ---------------------------------------------------------------- archives


def from_archive(data: bytes) -> Files:
    """Return the files in a zip archive.

    Raises
    ------
    SourceError
        When it is too large or damaged, or has too many files.
    """
    if len(data) > MOST_BYTES:
        raise SourceError(message_of("dump-archive-large", most=MOST_BYTES >> 20))
    # The directory is read as a whole, and each entry of it becomes an object.
    if data.count(_ENTRY) > MOST_FILES:
        raise SourceError(message_of("dump-too-many", most=MOST_FILES))
    files = Files()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    _offer_entry(files, archive, entry)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise SourceError(message_of("dump-damaged")) from error
    return files


def _offer_entry(files: Files, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    why = None
    if stat.S_ISLNK(entry.external_attr >> 16):
        why = message_of("dump-link")
    elif entry.flag_bits & 0x41:  # encrypted, by either way
        why = message_of("dump-encrypted")
    elif entry.compress_type not in _METHODS:
        why = message_of("dump-packed")
    if why is not None:
        files.count()
        files.leave(entry.filename, why)
        return

    def read(most: int) -> bytes:
        with archive.open(entry) as file:
            return file.read(most)

    try:
        files.offer(entry.filename, entry.file_size, read)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError):
        files.leave(entry.filename, message_of("dump-damaged-file"))


# ---------------------------------------------------------------- folders and memory


def from_folder(folder: Path) -> Files:
    """Return the files in a folder and the folders in it; links are not followed.

    Raises
    ------
    SourceError
        When it cannot be read, or has too many files.
    """
    files = Files()
    for path, entry in _entries(files, folder, "", 0):
        if entry.is_symlink():
            files.count()
            files.leave(path, message_of("dump-link"))
        elif entry.is_file(follow_symlinks=False):
            _offer_file(files, path, entry)
    return files


def _offer_file(files: Files, path: str, entry: os.DirEntry[str]) -> None:
    def read(most: int) -> bytes:
        with Path(entry.path).open("rb") as file:
            return file.read(most)

    try:
        files.offer(path, entry.stat(follow_symlinks=False).st_size, read)
    except OSError:
        files.leave(path, message_of("dump-damaged-file"))


def _entries(
    files: Files, folder: Path, prefix: str, depth: int
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield what is in a folder with its path there, by name."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        if depth:
            files.leave(prefix.rstrip("/"), message_of("dump-damaged-file"))
            return
        reason = str(error.strerror)
        raise SourceError(message_of("file-not-read", file=str(folder), reason=reason)) from None
    for entry in entries:
        path = prefix + entry.name
        if not entry.is_dir(follow_symlinks=False):
            yield path, entry
        elif depth < MOST_DEPTH:
            files.count()
            yield from _entries(files, Path(entry.path), f"{path}/", depth + 1)


def from_memory(contents: Mapping[str, bytes | str]) -> Files:
    """Return files that are held in memory, by their names.

    Raises
    ------
    SourceError
        When there are too many.
    """
    files = Files()
    for name, content in contents.items():
        data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        files.offer(name, len(data), lambda most, data=data: data[:most])  # type: ignore[misc]
    return files
