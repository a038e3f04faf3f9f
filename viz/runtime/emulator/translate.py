"""From an emitted CUDA text to C++: what it declares, what it needs, what cannot be emulated.

The text stays as it is, line by line, but for what C++ cannot say: a dynamic shared array, and
lanes that keep step. Each function also reads its thread's index once, where its body begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from viz.errors import RunError
from viz.runtime.emulator.lockstep import in_step

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
_FRAGMENTS = re.compile(r"nvcuda::wmma::fragment<.*> \w+\[(\d+)\];")
_WAITS = re.compile(r"__sync|_sync\(|__activemask|EMULATOR_STEP")

BASE_STACK = 64 << 10
"""Bytes for calls, such as of mathematical functions and of what says that something is wrong."""

MOST_TILE = 4 << 10
"""Bytes of the largest tile of a tensor core operation: each lane has room for all of it."""

MOST_STATIC_SHARED = 48 << 10
"""Bytes of static shared memory that a block may have; nvcc refuses more."""

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


class Refusal(NamedTuple):
    """Something in a text that the emulator does not do, rather than guess at."""

    pattern: re.Pattern[str]
    what: str


REFUSALS = (
    # The header of 8-bit products defines two functions in PTX that nothing calls by itself.
    Refusal(re.compile(r'\b(?:asm|__asm__)\b(?! *volatile *\("dp4a\.)'), "inline PTX"),
    Refusal(re.compile(r"tvm_global_barrier_state"), "a barrier over the whole grid"),
    Refusal(re.compile(r"\bcooperative_groups\b|\bcuda::barrier\b"), "cooperative groups"),
    Refusal(re.compile(r"\b__nv_fp\d"), "floats of 8 bits and fewer"),
    Refusal(re.compile(r"wmma::(?:experimental|bmma_sync)"), "sub-byte tensor core operations"),
    Refusal(re.compile(r"\bclock(?:64)?\(\)"), "the clock of a GPU"),
    Refusal(re.compile(r"\bnvshmem"), "NVSHMEM"),
    Refusal(re.compile(r"\bCUtensorMap\b"), "tensor maps"),
)


class Parameter(NamedTuple):
    """A parameter of a kernel: the type it points to, or has."""

    name: str
    type: str
    pointer: bool


class Function(NamedTuple):
    """A function of the text; lines are 1-based, the last is its closing brace."""

    name: str
    kernel: bool
    parameters: tuple[Parameter, ...]
    first_line: int
    last_line: int


class Translation(NamedTuple):
    """A text in C++, and what a launch must know of it."""

    text: str
    functions: tuple[Function, ...]
    waits: bool
    """Whether its threads wait for each other anywhere; else none needs a stack of its own."""
    stack_bytes: int
    """What a thread may need on its stack."""

    @property
    def kernels(self) -> dict[str, Function]:
        """The kernels by name."""
        return {each.name: each for each in self.functions if each.kernel}


def functions(text: str) -> tuple[Function, ...]:
    """Return the functions that a text defines."""
    return tuple(_functions(text.split("\n")))


def _functions(lines: list[str]) -> Iterator[Function]:
    for number, line in enumerate(lines, 1):
        found = _FUNCTION.match(line)
        if found is None:
            continue
        last = next((i for i in range(number, len(lines)) if lines[i] == "}"), len(lines) - 1) + 1
        yield Function(
            found["name"],
            found["kind"] == "__global__",
            tuple(_parameters(found["parameters"], number)),
            number,
            last,
        )


def _parameters(text: str, line: int) -> Iterator[Parameter]:
    for each in filter(None, text.split(", ")):
        found = _PARAMETER.match(each)
        if found is None:
            raise RunError(
                f"cuda-emulated does not understand the parameter {each!r} (line {line})"
            )
        yield Parameter(found["name"], found["type"], bool(found["pointer"]))


def require_emulatable(text: str) -> None:
    """Make sure that all of a text can be emulated.

    Raises
    ------
    RunError
        When something cannot; it names what and where.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith(("#", "//")):
            continue
        for pattern, what in REFUSALS:
            if pattern.search(line):
                raise RunError(
                    f"not emulatable: {what} at line {number} of the CUDA text",
                    hint=f"It reads: {line.strip()[:120]}",
                )
    lines = text.split("\n")
    for function in functions(text):
        _require_shared(lines, function)


def _require_shared(lines: list[str], function: Function) -> None:
    total = 0
    for number in range(function.first_line, function.last_line):
        for found in SHARED.finditer(lines[number]):
            total += SIZES.get(found["type"], 1) * int(found["count"])
            if total > MOST_STATIC_SHARED:
                raise RunError(
                    f"{function.name} declares more shared memory than a block may have: "
                    f"{total:,} bytes with {found['name']} at line {number + 1} of the CUDA text, "
                    f"and the limit is {MOST_STATIC_SHARED:,}",
                    hint="Use smaller tiles, or the scope shared.dyn.",
                )


def translate(text: str) -> Translation:
    """Return a text in C++ for fast runs.

    Raises
    ------
    RunError
        See :func:`require_emulatable`.
    """
    require_emulatable(text)
    found = functions(text)
    lines = text.split("\n")
    for function in found:
        lines[function.first_line - 1] += " EMULATOR_ENTER"
        for number in range(function.first_line, function.last_line - 1):
            lines[number] = in_step(lines[number])
    body = DYNAMIC.sub(
        r"\g<type>* \g<name> = reinterpret_cast<\g<type>*>(emulator::dynamic_shared);",
        "\n".join(lines),
    )
    return wrapped(text, body, found)


def wrapped(text: str, body: str, found: tuple[Function, ...], *definitions: str) -> Translation:
    """Put the runtime's headers before what a text became, and the launches behind it."""
    head = [f"#define {name}" for name in definitions]
    head += ['#include "emulator.h"', "#line 1"]
    tail = [f"EMULATOR_KERNEL({each.name})" for each in found if each.kernel]
    return Translation(
        "\n".join([*head, body, *tail, ""]), found, bool(_WAITS.search(body)), _stack_bytes(text)
    )


def _stack_bytes(text: str) -> int:
    """Return what all local arrays of a text take, in checked mode with what is noted of them."""
    arrays = sum(SIZES.get(kind, 16) * int(count) for kind, count in LOCAL.findall(text))
    tiles = sum(map(int, _FRAGMENTS.findall(text)))
    return BASE_STACK + 3 * arrays + MOST_TILE * tiles
