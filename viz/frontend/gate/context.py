"""State that the rules share while one program is checked, and the refusal that they raise."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Mapping, Set

from viz.frontend.gate.grammar import BUILTINS, ITERATORS, MAY_BE_BOUND
from viz.frontend.gate.members import Members, members
from viz.frontend.syntax import Constant
from viz.messages import Message, message_of

LONGEST_NAME = 40
"""Characters of a misspelt name that are compared with the known ones."""


class Refusal(Exception):
    """A node is not TVMScript.

    Attributes
    ----------
    node
        The node of Python's ``ast``.
    what
        Why it is not TVMScript.
    advice
        What to write instead, where the hint of ``what`` does not tell.
    """

    def __init__(self, node: ast.AST, what: Message, advice: Message | None = None) -> None:
        super().__init__(what)
        self.node = node
        self.what = what
        self.advice = advice


class UnknownMember(Refusal):
    """A member of a namespace that TVM does not have."""


class Rebound(Exception):
    """The program binds a name of TVM's or Python's: which uses are its own must be found."""


class Scope:
    """Names of one program, and nodes that rules have classified.

    Parameters
    ----------
    letters
        The namespace that each of the program's names for one stands for:
        ``{"T": "T", "tir": "T"}``.
    known
        The constants that the program may use, by name.
    quoted
        Whether the program is an expression in a string of another.
    listed
        The reviewed members of the generation of TVM that is to parse the program.
    own
        The nodes that use a name of TVM's or Python's as the program has bound it; None while that
        is not known.
    """

    def __init__(
        self,
        letters: Mapping[str, str],
        known: Mapping[str, Constant],
        *,
        quoted: bool = False,
        listed: Members | None = None,
        own: Set[ast.AST] | None = None,
    ) -> None:
        self.listed = members() if listed is None else listed
        self.letters = {name: letter for name, letter in letters.items() if name not in known}
        self.known = known
        self.quoted = quoted
        self.own = own
        self.fixed = {name for name, letter in self.letters.items() if letter == "T"}
        self.fixed -= {"tir", "tirx"}
        """The names by which a program calls T: no function has another use for them."""
        self.reserved = BUILTINS | self.letters.keys()
        """Names that need a check wherever they stand."""
        self.reviewed: set[tuple[str, str]] = set()
        """Pairs of namespace and member that were found in the reviewed list."""
        self.bound: set[str] = set(known)
        """Names that have a value in the program."""
        self.functions: set[str] = set()
        """Names of the functions of the module class."""
        self.modules: set[str] = set()
        """The name of the module class."""
        self.relax = False
        """Whether the program has Relax functions."""
        self.aliases: set[str] = set()
        """Other names of the module class: ``cls = Module``."""
        self.admitted: set[ast.AST] = set()
        """Nodes that the rule of a node above has admitted where they stand."""
        self.shapes: set[ast.AST] = set()
        """Nodes inside shapes, whose strings TVM evaluates as Python."""
        self.prose: set[ast.AST] = set()
        """Docstrings and messages, which TVM does not evaluate."""
        self.python_names: list[ast.Name] = []
        """Uses of names of Python's builtins, allowed where the program binds the name."""
        self.called: list[ast.Name] = []
        """Names that are called, which the program must not have bound."""
        self.spread: list[ast.Starred | ast.keyword] = []
        """Names that ``*`` or ``**`` stands before, which must stand for something with an end."""
        self.quotations: list[tuple[ast.Constant | ast.Name, ast.expr]] = []
        """Strings, each with the expression that it holds."""

    def bind(self, node: ast.AST, name: str) -> None:
        """Note that a parameter or a statement binds a name.

        Raises
        ------
        Refusal
            When the name is that of the module class, TVMScript's own ``T`` or ``__name``.
        Rebound
            When the name is TVM's or Python's and ``own`` is not known yet.
        """
        if name in self.fixed:
            raise Refusal(node, message_of("gate-tvm-name", name=name))
        if name.startswith("__"):
            raise Refusal(node, message_of("gate-python-name", name=name))
        if name in self.modules or name in self.aliases:
            raise Refusal(node, message_of("gate-module-name", name=name))
        if self.own is None and (name in self.letters or _is_pythons(name)):
            raise Rebound
        self.bound.add(name)

    def define(self, node: ast.AST, name: str) -> None:
        """Note the name of a class or a type parameter, which is known in the whole program.

        Raises
        ------
        Refusal
            When the name is TVM's or Python's.
        """
        if name in self.letters:
            raise Refusal(node, message_of("gate-tvm-name", name=name))
        if name.startswith("__") or _is_pythons(name):
            raise Refusal(node, message_of("gate-python-name", name=name))
        self.bound.add(name)

    def finish(self) -> None:
        """Check the names whose use depends on what the whole program binds.

        Raises
        ------
        Refusal
            When a builtin of Python is used, or a variable is called.
        """
        for node in self.python_names:
            if node.id not in self.bound or (_is_pythons(node.id) and node.id not in self.known):
                raise Refusal(
                    node, message_of("gate-builtin", name=node.id), self._instead(node.id)
                )
        for node in self.called:
            if node.id in self.bound:
                raise Refusal(node, message_of("gate-no-function", name=node.id))

    def _instead(self, name: str) -> Message | None:
        """Return what to write in the place of a builtin of Python; None for what T may have."""
        if name == "print":
            return message_of("instead-of-print")
        if name in self.listed.namespaces["T"].allowed:
            return message_of("did-you-mean", names=f"T.{name}")
        return message_of("instead-of-iterator") if name in ITERATORS else None


def _is_pythons(name: str) -> bool:
    """Whether a name is a builtin that must not be reached where the program has not bound it."""
    return name in BUILTINS and name not in MAY_BE_BOUND


def nearest(name: str, known: Iterable[str], prefix: str = "") -> Message | None:
    """Return a hint that names the known name which is most like this one; None without one."""
    matches = difflib.get_close_matches(name[:LONGEST_NAME], known, 1)
    return message_of("did-you-mean", names=f"{prefix}{matches[0]}") if matches else None
