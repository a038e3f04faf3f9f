"""What the rules share while one program is checked."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Mapping

from viz.frontend.gate.grammar import BUILTINS, MAY_BE_BOUND
from viz.frontend.syntax import Constant

LONGEST_NAME = 40
"""Characters that are compared when a name is looked for."""


class Refusal(Exception):
    """A node that is not TVMScript, why, and what to write instead."""

    def __init__(self, node: ast.AST, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.node = node
        self.message = message
        self.hint = hint


class Missing(Refusal):
    """A member that TVM does not have: a slip of the pen."""


class Scope:
    """Names and places of one program.

    Parameters
    ----------
    letters
        The names by which the program calls TVM's namespaces, and which one each is:
        ``{"T": "T", "tir": "T"}``.
    known
        The constants that the program may use, by name.
    quoted
        Whether the program is a string inside another.
    """

    def __init__(
        self, letters: Mapping[str, str], known: Mapping[str, Constant], *, quoted: bool = False
    ) -> None:
        self.letters = letters
        self.known = known
        self.quoted = quoted
        self.reserved = BUILTINS | letters.keys()
        self.fine: set[tuple[str, str]] = set()
        """Namespaces and members that were found in the reviewed list."""
        self.bound: set[str] = set(known)
        self.functions: set[str] = set()
        """Functions of the module class."""
        self.modules: set[str] = set()
        """The module class itself."""
        self.admitted: set[ast.AST] = set()
        """Nodes that a rule has looked at from above and found to stand where they may."""
        self.shapes: set[ast.AST] = set()
        """Strings that TVM evaluates as Python."""
        self.prose: set[ast.AST] = set()
        """Strings for people, which nothing evaluates: docstrings and messages."""
        self.python: list[ast.Name] = []
        """Uses of names of Python's own, which are fine where the program binds the name."""
        self.called: list[ast.Name] = []
        """Names that are called, which the program must not have bound."""

        self.quotations: list[tuple[ast.Constant, ast.expr]] = []
        """Strings, and the expressions that they hold."""

    def bind(self, node: ast.AST, name: str) -> None:
        """Note that the program gives a name a meaning.

        Raises
        ------
        Refusal
            When the name is TVM's or Python's.
        """
        if name in self.letters:
            raise Refusal(node, f"`{name}` stands for a part of TVM", "Choose another name.")
        if name.startswith("__") or (name in BUILTINS and name not in MAY_BE_BOUND):
            raise Refusal(node, f"`{name}` is a name of Python's own", "Choose another name.")
        if name in self.modules:
            raise Refusal(node, f"`{name}` is the module class", "Choose another name.")
        self.bound.add(name)

    def finish(self) -> None:
        """Check what could not be told before the whole program was seen.

        Raises
        ------
        Refusal
            When a name of Python's own is used, or a variable is called.
        """
        for node in self.python:
            if node.id not in self.bound:
                raise Refusal(
                    node,
                    f"Python's `{node.id}` is not TVMScript",
                    "Use what T has: T.max, T.min, T.abs, T.Cast, T.exp …",
                )
        for node in self.called:
            if node.id in self.bound:
                raise Refusal(node, f"`{node.id}` is no function: only T's members can be called")


def nearest(name: str, known: Iterable[str], prefix: str = "") -> str:
    """Return a hint that names the known word that is most like this one, or nothing."""
    found = difflib.get_close_matches(name[:LONGEST_NAME], known, 1)
    return f"Did you mean {prefix}{found[0]}?" if found else ""
