"""Check CUDA text with NVRTC, NVIDIA's compiler as a library, which needs no GPU and no driver.

The wheel ``nvidia-cuda-nvrtc`` brings it. This file runs as a script too, so that a text that
crashes the library ends a process of its own; therefore it imports nothing of TIRscope.
"""

from __future__ import annotations

import ctypes
import importlib.util
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

NAME = "NVRTC"
"""What the user calls it."""

SOURCE = "program.cu"

PTX = "ptx"
"""The file for the result, as the other compiler of CUDA calls it."""

SUCCESS, NO_HEADERS, NOT_LOADED = 0, 120, 121
"""Statuses; those of NVRTC itself are small numbers."""

OPTIONS = (
    "-w",
    "-default-device",
    "--device-int128",
    # The library has no math.h, from which nvcc takes it.
    "-DINFINITY=(__int_as_float(0x7f800000))",
)


def library() -> str:
    """Return the path of the library of the wheel, else of a toolkit; empty where there is none."""
    found = [
        path
        for folder in _wheel_folders()
        for path in (*folder.glob("libnvrtc.so.*"), *folder.glob("nvrtc64_*.dll"))
    ]
    if found:
        return str(max(found, key=_age))
    toolkits = sorted(Path("/usr/local").glob("cuda*/lib64/libnvrtc.so.*"))
    return str(toolkits[-1]) if toolkits else ""


def _age(path: Path) -> list[int]:
    """Return the version in a library's name: later ones bring the headers with them."""
    return [int(number) for number in re.findall(r"\d+", path.name.replace("nvrtc64", ""))]


def _wheel_folders() -> Iterator[Path]:
    found = importlib.util.find_spec("nvidia")
    for root in (found and found.submodule_search_locations) or ():
        for pattern in ("cu*/lib", "cu*/bin", "cuda_nvrtc/lib", "cuda_nvrtc/bin"):
            yield from Path(root).glob(pattern)


def version(path: str) -> str:
    """Return the version of a library, such as ``13.5``.

    Raises
    ------
    OSError
        When it cannot be loaded.
    """
    major, minor = ctypes.c_int(), ctypes.c_int()
    ctypes.CDLL(path).nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    return f"{major.value}.{minor.value}"


def check(path: str, text: str, flags: Sequence[str], folder: Path) -> tuple[int, str]:
    """Compile a text to PTX and return NVRTC's status, 0 if it takes the text, and its log.

    Parameters
    ----------
    path
        Of the library.
    flags
        Those of nvcc: ``-arch=sm_80``.
    folder
        Where :data:`PTX` goes, and the headers that the library may carry in itself.

    Returns
    -------
    ``NO_HEADERS`` where none stand beside the library and it is older than 13.2, which carries them
    in itself; ``NOT_LOADED`` where it cannot be loaded.
    """
    try:
        nvrtc = ctypes.CDLL(path)
    except OSError as error:
        return NOT_LOADED, str(error)
    headers = _headers(nvrtc, Path(path), folder)
    if headers is None:
        return NO_HEADERS, ""
    program = ctypes.c_void_p()
    status = nvrtc.nvrtcCreateProgram(
        ctypes.byref(program), text.encode(errors="replace"), SOURCE.encode(), 0, None, None
    )
    if status != SUCCESS:
        return int(status), ""
    # PTX, as nvcc is asked for: a real architecture would be assembled as well.
    options = [*OPTIONS, *(flag.replace("=sm_", "=compute_") for flag in flags)]
    options += [f"-I{headers}", f"-I{headers / 'cccl'}"]
    array = (ctypes.c_char_p * len(options))(*(option.encode() for option in options))
    status = nvrtc.nvrtcCompileProgram(program, len(options), array)
    size = ctypes.c_size_t()
    nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    if status == SUCCESS:
        (folder / PTX).write_bytes(_ptx(nvrtc, program))
    nvrtc.nvrtcGetProgramLog(program, log)
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return int(status), log.value.decode(errors="replace")


def _ptx(nvrtc: ctypes.CDLL, program: ctypes.c_void_p) -> bytes:
    """Return what was compiled: PTX, without the zero at its end."""
    size = ctypes.c_size_t()
    nvrtc.nvrtcGetPTXSize(program, ctypes.byref(size))
    text = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetPTX(program, text)
    return text.value


def _headers(nvrtc: ctypes.CDLL, path: Path, folder: Path) -> Path | None:
    """Return the folder of CUDA's headers: beside the library, else written from it."""
    beside = path.resolve().parent.parent / "include"
    if (beside / "cccl").is_dir():
        return beside
    written = folder / "headers"
    install = getattr(nvrtc, "nvrtcInstallBundledHeaders", None)
    if install is None or install(str(written).encode(), 0, None) != SUCCESS:
        return None
    return written


def main(path: str, source: str, *flags: str) -> int:
    """Check a file, beside which the headers go; print the log on standard error."""
    text = Path(source).read_text(encoding="utf-8", errors="surrogateescape")
    status, log = check(path, text, flags, Path(source).parent)
    print(log, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
