"""Add checks to a CUDA text, line by line, by a table of patterns that the codegen writes.

Pointers become ``emulator::Pointer``, arrays ``emulator::Local`` and similar types, and each
statement sets its line number before it runs. Lines keep their numbers and order, and expressions
stay as they are.
"""

from __future__ import annotations

import re

from viz.emulator.lockstep import in_step
from viz.emulator.translate import (
    DYNAMIC,
    SHARED,
    SIZES,
    Translation,
    functions,
    require_emulatable,
    wrapped,
)

_DECLARATION = re.compile(r'^extern "C" __(?:global|device)__ ')
_SCALARS = "bool|signed char|uchar|short|ushort|int|uint|int64_t|uint64_t|half|float|double"
_VARIABLE = re.compile(rf"^(\s*)({_SCALARS}|nv_bfloat16) (\w+)(?: = (.*))?;$")
_WORD = re.compile(r"[A-Za-z_]\w*")
_NO_STATEMENT = re.compile(r"^\s*(?:}|{|#|//|else\b|EMULATOR_(?:LOCAL|SHARED|DYNAMIC)\(|$)")
_TYPE = r"(?:(?:un)?signed )?(?:long (?=long))?\w+"

HELPER = re.compile(r"^__forceinline__ __device__ .*?\b(?P<name>tvm_builtin_\w+)\(.*\) \{$")
"""A helper that TVM writes above the kernels for an operation that CUDA has no function for."""

_ANY_POINTER = re.compile(r"(?:const )?\bvoid ?\* ?(?=\w+[,)])")
PARAMETERS = re.compile(rf"(?:const )?({_TYPE}) ?\* ?(?:__restrict__ )?(?=\w+[,)])")
"""A pointer parameter, up to its name."""

RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^\s*#pragma unroll.*$"), ""),
    (SHARED, r"EMULATOR_SHARED(\g<type>, \g<name>, \g<count>);"),
    (
        re.compile(rf"^(\s*)(?:alignas\(\d+\) )?(?!return\b)({_TYPE}) (\w+)\[(\d+)\];"),
        r"\1EMULATOR_LOCAL(\2, \3, \4);",
    ),
    (
        re.compile(r"^(\s*)if \((.*)\) \{$"),
        r"\1if (emulator::Branch branch(\2); branch.taken) {",
    ),
    (re.compile(r"^(\s*)void\* (\w+) = "), r"\1emulator::Pointer<char> \2 = "),
    (re.compile(rf"^(\s*)({_TYPE})\* (\w+) = "), r"\1emulator::Pointer<\2> \3 = "),
    (re.compile(r"\(void ?\*\)(?=[\w(])"), "(emulator::Pointer<char>)"),
    (
        re.compile(rf"reinterpret_cast<(?:const )?({_TYPE}) ?\*>\("),
        # A function call: a statement that begins with Pointer<T>(&(x)) would declare a variable.
        r"emulator::pointer<\1>(",
    ),
    (re.compile(rf"\(volatile ({_TYPE}) ?\*\)(?=[\w(])"), r"(emulator::Volatile<\1>)"),
    (
        re.compile(rf"\((?:const )?(?!void\b)({_TYPE}) ?\*\) ?(?=[\w(])"),
        r"(emulator::Pointer<\1>)",
    ),
)
"""Replacements in the body of a function, in this order: a pattern and its replacement."""


def instrument(text: str) -> Translation:
    """Translate a CUDA text to C++ for checked runs.

    Raises
    ------
    RunError
        See :func:`viz.emulator.translate.require_emulatable`.
    """
    require_emulatable(text)
    defined = functions(text)
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if _DECLARATION.match(line):
            lines[number] = PARAMETERS.sub(r"emulator::Pointer<\1> ", line)
    helpers = _helpers(lines)
    for function in defined:
        lines[function.first_line - 1] += " EMULATOR_ENTER"
        tracked: set[str] = set()
        for number in range(function.first_line, function.last_line - 1):
            line = _statement(_variable(lines[number], tracked), number + 1, text)
            lines[number] = helpers.sub(r"EMULATOR_HELPER(\1)(", line)
    return wrapped(text, "\n".join(lines), defined, "EMULATOR_CHECKED")


def _helpers(lines: list[str]) -> re.Pattern[str]:
    """Add the checks to the helpers in a text, in place, and return the pattern of their calls.

    Their statements set no line numbers: a mistake in a helper is reported at the line that calls.
    """
    names = []
    inside = False
    for number, line in enumerate(lines):
        if match := HELPER.match(line):
            names.append(match["name"])
            line = _ANY_POINTER.sub("emulator::Pointer<char> ", line)
            lines[number] = PARAMETERS.sub(r"emulator::Pointer<\1> ", line)
        elif inside and line != "}":
            lines[number] = _checked(line)
        inside = bool(match) or (inside and line != "}")
    return re.compile(rf"\b({'|'.join(names) or '(?!)'})\(")


def _variable(line: str, tracked: set[str]) -> str:
    """Rewrite the declaration of a variable so that its value's initialisation is tracked.

    The many variables that hold indices alone stay as they are. ``tracked`` has the names of those
    rewritten so far.
    """
    match = _VARIABLE.match(line)
    if match is None:
        return line
    indent, kind, name, value = match.groups()
    if value is not None and not any(
        word in tracked or word.endswith("_ptr") or "_ptr_" in word for word in _WORD.findall(value)
    ):
        return line
    tracked.add(name)
    return f"{indent}EMULATOR_NAMED({kind}, {name}, {value or ''});"


def _statement(line: str, number: int, text: str) -> str:
    line = DYNAMIC.sub(lambda match: _dynamic(match["type"], match["name"], text), line)
    line = in_step(_checked(line))
    return line if _NO_STATEMENT.match(line) else f"EMULATOR_AT({number}); {line}"


def _checked(line: str) -> str:
    for pattern, replacement in RULES:
        line = pattern.sub(replacement, line)
    return line


def _dynamic(kind: str, name: str, text: str) -> str:
    """Return the declaration of a dynamic shared array."""
    return f"EMULATOR_DYNAMIC({kind}, {name}, {dynamic_granule(kind, name, text)});"


def dynamic_granule(kind: str, name: str, text: str) -> int:
    """Return the bytes of a dynamic shared array's smallest element: it is tracked by them."""
    cast = re.compile(rf"\((?:volatile )?({_TYPE}) ?\*\){name}\b")
    sizes = [SIZES.get(element, 1) for element in cast.findall(text)]
    return min(sizes, default=SIZES.get(kind, 1))
