"""Translate an emitted CUDA text to C++, and refuse what cannot be emulated.

Lines stay as they are but for two things that C++ cannot express: dynamic shared arrays, and lanes
in lockstep. Each function also reads its thread's index once, at the beginning of its body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from viz.emulator.limits import MOST_STATIC_SHARED
from viz.emulator.lockstep import in_step
from viz.emulator.warps.counters import CostCounters
from viz.errors import RunError
from viz.messages import Message, message_of

_FUNCTION = re.compile(
    r'^extern "C" (?P<kind>__global__|__device__) (?P<type>[\w ]+?[ *]*?)'
    r"(?: *__(?:launch_bounds|maxnreg)__\([^)]*\))? *(?P<name>\w+)\((?P<parameters>.*)\) \{$"
)
_PARAMETER = re.compile(
    r"^(?:const )?(?P<type>\w[\w ]*?)(?P<pointer> ?\*+)?(?: ?__restrict__)? (?P<name>\w+)$"
)
DYNAMIC = re.compile(
    r"extern __shared__ (?:(?:__align__|alignas)\(\d+\) )?(?P<type>\w+) (?P<name>\w+)\[\];"
)
SHARED = re.compile(
    r"(?<!extern )__shared__ (?:alignas\(\d+\) )?"
    r"(?P<type>\w[\w ]*?) (?P<name>\w+)\[(?P<count>\d+)\];"
)
LOCAL = re.compile(r"^\s*(?:alignas\(\d+\) )?((?:(?:un)?signed )?\w+) \w+\[(\d+)\];", re.MULTILINE)
FRAGMENTS = re.compile(r"nvcuda::wmma::fragment<.*> \w+\[(\d+)\];")
_WAITS = re.compile(r"__sync|_sync\(|__activemask|EMULATOR_STEP")

BASE_STACK = 64 << 10
"""Bytes for calls, such as of mathematical functions and of the reports of mistakes."""

MOST_TILE = 4 << 10
"""Bytes of the largest tile of a tensor core operation; each lane's stack holds a whole tile."""


SIZES = {
    "bool": 1,
    "signed char": 1,
    "char": 1,
    "uchar": 1,
    "unsigned char": 1,
    "short": 2,
    "ushort": 2,
    "half": 2,
    "nv_bfloat16": 2,
    "__nv_fp8_e4m3": 1,
    "__nv_fp8_e5m2": 1,
    "__nv_fp8_e8m0": 1,
    "int": 4,
    "uint": 4,
    "float": 4,
    "half2": 4,
    "nv_bfloat162": 4,
    "int64_t": 8,
    "uint64_t": 8,
    "double": 8,
    "float2": 8,
    "int2": 8,
    "uint2": 8,
    "half4": 8,
    "float4": 16,
    "int4": 16,
    "uint4": 16,
}
"""Bytes of the types that arrays are declared with."""


class NotEmulated(RunError):
    """The emulator does not know what a text uses. ``text`` is the whole text, once known."""

    text: str = ""


class Unsupported(NamedTuple):
    """A construct that the emulator refuses."""

    pattern: re.Pattern[str]
    what: str


UNSUPPORTED = (
    # The header of 8-bit products defines two functions in PTX that nothing calls by itself.
    Unsupported(re.compile(r'\b(?:asm|__asm__)\b(?! *volatile *\("dp4a\.)'), "cuda-inline-ptx"),
    Unsupported(re.compile(r"tvm_global_barrier_state"), "cuda-grid-barrier"),
    Unsupported(re.compile(r"\bcooperative_groups\b|\bcuda::barrier\b"), "cuda-cooperative-groups"),
    Unsupported(re.compile(r"\b__nv_fp[46]"), "cuda-narrow-floats"),
    Unsupported(re.compile(r"wmma::(?:experimental|bmma_sync)"), "cuda-sub-byte"),
    Unsupported(re.compile(r"\bclock(?:64)?\(\)"), "cuda-clock"),
    Unsupported(re.compile(r"\bnvshmem"), "cuda-nvshmem"),
    Unsupported(re.compile(r"\bCUtensorMap\b"), "cuda-tensor-maps"),
)


class KernelParameter(NamedTuple):
    """A parameter of a function. ``type`` is the type it points to, or its own."""

    name: str
    type: str
    pointer: bool


class CudaFunction(NamedTuple):
    """A function of the text. Lines are 1-based; the last one is its closing brace."""

    name: str
    kernel: bool
    parameters: tuple[KernelParameter, ...]
    first_line: int
    last_line: int


class Translation(NamedTuple):
    """A text in C++, and what its launches need."""

    text: str
    functions: tuple[CudaFunction, ...]
    waits: bool
    """Whether its threads wait for each other anywhere; otherwise none needs its own stack."""
    stack_bytes: int
    """Bytes that a thread may need on its stack."""
    warps: frozenset[str] = frozenset()
    """The kernels of which one call runs a whole warp; of the others it runs a thread."""
    warp_stack_bytes: int = 0
    """Bytes that a warp may need on its stack."""
    block_axes: Mapping[str, frozenset[str]] = {}
    """The kernels whose blocks may run at the same time, by name: see ``warps.blocks``."""
    fibers: Mapping[str, Message] = {}
    """Why each of the other kernels has a fiber for each thread, by name."""
    counters: CostCounters | None = None
    """What is counted of the kernels that run warps, where that was asked for."""

    @property
    def kernels(self) -> dict[str, CudaFunction]:
        """The kernels by name."""
        return {function.name: function for function in self.functions if function.kernel}


def functions(text: str) -> tuple[CudaFunction, ...]:
    """Return the functions that a text defines."""
    return tuple(_functions(text.split("\n")))


def _functions(lines: list[str]) -> Iterator[CudaFunction]:
    for number, line in enumerate(lines, 1):
        match = _FUNCTION.match(line)
        if match is None:
            continue
        last = next((i for i in range(number, len(lines)) if lines[i] == "}"), len(lines) - 1) + 1
        yield CudaFunction(
            match["name"],
            match["kind"] == "__global__",
            tuple(_parameters(match["parameters"], number)),
            number,
            last,
        )


def _parameters(text: str, line: int) -> Iterator[KernelParameter]:
    for parameter in filter(None, text.split(", ")):
        match = _PARAMETER.match(parameter)
        if match is None:
            raise NotEmulated(message_of("emulate-parameter", parameter=parameter, line=line))
        yield KernelParameter(match["name"], match["type"], bool(match["pointer"]))


def require_emulatable(text: str) -> None:
    """Check that all of a text can be emulated.

    Raises
    ------
    RunError
        When it cannot, with the construct and its line.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith(("#", "//")):
            continue
        for pattern, what in UNSUPPORTED:
            if pattern.search(line):
                raise NotEmulated(
                    message_of(
                        "emulate-unsupported",
                        what=message_of(what),
                        number=number,
                        value=line.strip()[:120],
                    ),
                )
    lines = text.split("\n")
    for function in functions(text):
        _require_shared(lines, function)


def _require_shared(lines: list[str], function: CudaFunction) -> None:
    total = 0
    for number in range(function.first_line, function.last_line):
        for array in SHARED.finditer(lines[number]):
            total += SIZES.get(array["type"], 1) * int(array["count"])
            if total > MOST_STATIC_SHARED:
                raise RunError(
                    message_of(
                        "emulate-shared",
                        name=function.name,
                        total=total,
                        array=array["name"],
                        value=number + 1,
                        most=MOST_STATIC_SHARED,
                    ),
                )


def translate(text: str) -> Translation:
    """Translate a CUDA text to C++ for fast runs.

    Raises
    ------
    RunError
        See :func:`require_emulatable`.
    """
    require_emulatable(text)
    defined = functions(text)
    lines = text.split("\n")
    for function in defined:
        lines[function.first_line - 1] += " EMULATOR_ENTER"
        for number in range(function.first_line, function.last_line - 1):
            lines[number] = in_step(lines[number])
    body = DYNAMIC.sub(
        r"\g<type>* \g<name> = reinterpret_cast<\g<type>*>(emulator::dynamic_shared);",
        "\n".join(lines),
    )
    return wrapped(text, body, defined)


def wrapped(
    text: str, body: str, defined: tuple[CudaFunction, ...], *definitions: str
) -> Translation:
    """Add the runtime's headers before a translated body, and the launch functions after it."""
    head = [f"#define {name}" for name in definitions]
    head += ['#include "emulator.h"', "#line 1"]
    tail = [f"EMULATOR_KERNEL({function.name})" for function in defined if function.kernel]
    return Translation(
        "\n".join([*head, body, *tail, ""]), defined, bool(_WAITS.search(body)), _stack_bytes(text)
    )


def _stack_bytes(text: str) -> int:
    """Return the bytes of all local arrays of a text, with what checked mode records of them."""
    arrays = sum(SIZES.get(kind, 16) * int(count) for kind, count in LOCAL.findall(text))
    tiles = sum(map(int, FRAGMENTS.findall(text)))
    return BASE_STACK + 3 * arrays + MOST_TILE * tiles
