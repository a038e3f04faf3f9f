"""Pieces of harmful programs: what does harm, and functions around it."""

from __future__ import annotations

TOUCH = "__import__('pathlib').Path('MARKER').touch()"
RUN = "__import__('os').system('touch MARKER')"
OPEN = "open('MARKER', 'w')"

HEAD = '@T.prim_func\ndef f(A: T.Buffer((4,), "int32")):\n'


def body(*lines: str) -> str:
    """Return a function over ``A``, four numbers, with these statements."""
    return HEAD + "".join(f"    {line}\n" for line in lines)


def value(expression: str) -> str:
    """Return a function that stores an expression."""
    return body(f"A[0] = {expression}")


def signature(parameters: str, returns: str = "", decorator: str = "@T.prim_func") -> str:
    """Return a function that does nothing."""
    return f"{decorator}\ndef f({parameters}){returns}:\n    T.evaluate(0)\n"


def module(*lines: str, above: str = "@I.ir_module", name: str = "M") -> str:
    """Return a module class with these lines and one function."""
    inside = "".join(f"    {line}\n" for line in lines)
    function = "    @T.prim_func\n    def f():\n        T.evaluate(0)\n"
    return f"{above}\nclass {name}:\n{inside}{function}"
