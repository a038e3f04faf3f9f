"""Find the words that variables are written as, by emitting the module once more with other names.

Every variable is given a name that is its own, and the same codegen writes the module again. Both
texts must be the same but for the words in place of these names, and for the numbers of the
codegen's temporaries, which depend on what else is called so. Then the word that stands in the text
where a variable's own name stands in the other one is that variable's.

Clones of statements can be left out of both texts: a variable has one name in a function, so its
words in clones are known from those that it has elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

import tvm
from tvm import ir, tirx

from viz.codegen.marks.instrument import SIMPLE_STATEMENTS, FunctionNodes, Marker, string_statement
from viz.ir.labels import operator
from viz.ir.mutation import mutate
from viz.ir.walker import Nodes
from viz.marking.align import BLANK, Ranges
from viz.model import catalog

NO_WORD = (0, 0)
WORD = re.compile(r"\w+")
# The constructor without the checks of its Python class.
_VAR = ir._ffi_api.Var
COUNTER = re.compile(r"_\d+$")
"""The end of a name that a codegen counts: of ``v__1``, ``condval_2``, ``result_1``, ``__3``."""


class VariableWords(NamedTuple):
    """The words of a text that are variables, which are named by their handles.

    Attributes
    ----------
    words
        By where a word begins: where it ends, and the variable.
    named
        The variables that have a word somewhere in the text.
    data
        The variable of the memory that a buffer is declared over, for buffers without a word: the
        codegen writes that variable for the buffer.
    names
        The word of each variable that has a single one, for places where no word is known.
    """

    words: dict[int, tuple[int, int]]
    named: frozenset[int] = frozenset()
    data: Mapping[int, int] = {}
    names: Mapping[int, str] = {}

    def written_as(self, variable: int) -> int:
        """Return the variable whose name is written for a variable."""
        return self.data.get(variable, variable)

    def at(self, start: int) -> int:
        """Return the variable whose word begins at an offset; 0 where none does."""
        return self.words.get(start, NO_WORD)[1]

    def tell_apart(self, variables: Iterable[int]) -> bool:
        """Whether each of some variables that has words has one name, which none other has."""
        written = {self.written_as(each) for each in variables} & self.named
        names = {self.names.get(each) for each in written}
        return len(names) == len(written) and None not in names


def spellings(
    text: str, nodes: Nodes, ranges: Ranges, words: VariableWords
) -> defaultdict[int, set[str]]:
    """Return what is written for variables without a name of their own, as thread indices are.

    Parameters
    ----------
    nodes, ranges
        Nodes of a function, and the marks of those that have some.
    """
    found: defaultdict[int, set[str]] = defaultdict(set)
    named, data = words.named, words.data
    for number, node in nodes.items():
        if node.obj.__class__ is ir.Var and number in ranges:
            variable = node.handle
            if variable not in named and variable not in data:
                found[variable].update(text[start:end] for start, end in ranges[number])
    return found


def variable_words(
    mod: tvm.IRModule,
    text: str,
    write: Callable[[tvm.IRModule], str],
    prefix: str,
    nodes: Mapping[Any, FunctionNodes] = {},
    omitted: Collection[int] = (),
) -> VariableWords | None:
    """Return which words of an emission are variables, and of which each one is.

    Parameters
    ----------
    mod, text
        A lowered module and what ``write`` gave for it.
    prefix
        What no word of the text begins with.
    nodes
        The nodes of the functions with omitted statements, by the functions' variables.
    omitted
        The ids of simple statements for which ``BLANK`` stands in the text.

    Returns
    -------
    None where the codegen writes something else if the variables are called otherwise.

    Raises
    ------
    Exception
        Whatever the codegen raises.
    """
    renamed, handles, data = _with_own_names(mod, prefix, nodes, omitted)
    written = write(renamed)
    if omitted:
        written = written.replace(f'"{prefix}";', BLANK)
    compared = _compared(written, text, prefix)
    if compared is None:
        return None
    words = {start: (end, handles[number]) for start, end, number in compared}
    spelled = {(handles[number], text[start:end]) for start, end, number in compared}
    counts = Counter(variable for variable, _ in spelled)
    named = frozenset(counts)
    names = {variable: name for variable, name in spelled if counts[variable] == 1}
    instead: dict[int, int] = {}
    for buffer, memory in data.items():
        if buffer not in named:
            instead[buffer] = instead.get(memory, memory)
    return VariableWords(words, named, instead, names)


def _with_own_names(
    mod: tvm.IRModule,
    prefix: str,
    nodes: Mapping[Any, FunctionNodes],
    omitted: Collection[int],
) -> tuple[tvm.IRModule, list[int], dict[int, int]]:
    """Give each variable of a module a name that no other has.

    Returns
    -------
    The new module, the variables by the number in their new names, and the variable of the memory
    that each buffer is declared over, if it is one.
    """
    variables: dict[int, Any] = {}
    data: dict[int, int] = {}

    def variable(node: Any, mutator: Any) -> Any:
        handle = node.__chandle__()
        other = variables.get(handle)
        if other is None:
            # A buffer's type has variables too: those of its shape.
            ty = node.ty if node.ty.__class__ is ir.PrimType else mutator.mutate(node.ty)
            other = variables[handle] = _VAR(f"{prefix}{len(variables)}z", ty, None)
        return other

    def declaration(node: Any, mutator: Any) -> Any:
        memory = node.data
        if operator(memory) in catalog.codegen_calls().operators.memory:
            memory = memory.args[0]
        if memory.__class__ is ir.Var:
            data[node.buffer.__chandle__()] = memory.__chandle__()
        return mutator.default_mutate(node)

    callbacks = [
        (ir.Var, variable),
        (ir.DictAttrs, lambda node, mutator: node),
        (tirx.DeclBuffer, declaration),
    ]

    blank = string_statement(prefix)

    def omitting(of_function: FunctionNodes) -> list[Any]:
        if not omitted:
            return []
        enter = Marker(of_function, None, prefix).enter

        def statement(node: Any, mutator: Any) -> Any:
            here = enter(node)
            if here is None or here.id not in omitted:
                return mutator.default_mutate(node)
            return blank

        return [(each, statement) for each in SIMPLE_STATEMENTS]

    functions = {
        name: mutate(function, [*callbacks, *(omitting(nodes[name]) if name in nodes else ())])
        for name, function in mod.functions.items()
    }
    return tvm.IRModule(functions, attrs=mod.attrs), [*variables], data


def _compared(renamed: str, text: str, prefix: str) -> list[tuple[int, int, int]] | None:
    """Return where each variable's words stand in a text, and the variable's number.

    Returns
    -------
    None, where the two texts differ in more than names.
    """
    found: list[tuple[int, int, int]] = []
    pieces = re.split(rf"{prefix}(\d+)z[A-Za-z_0-9]*", renamed)
    at = 0
    for between, number in zip(pieces[::2], pieces[1::2], strict=False):
        start = _matched(between, text, at)
        word = WORD.match(text, start) if start is not None else None
        if word is None:
            return None
        at = word.end()
        found.append((word.start(), at, int(number)))
    return found if _matched(pieces[-1], text, at) == len(text) else None


def _matched(piece: str, text: str, at: int) -> int | None:
    """Return where a piece ends that a text has at an offset; counters in names may differ."""
    if text.startswith(piece, at):
        return at + len(piece)
    for token in re.split(r"(\w+)", piece):
        word = WORD.match(text, at) if WORD.match(token) else None
        if word is not None and (token == word[0] or _base(token) == _base(word[0])):
            at = word.end()
        elif word is None and text.startswith(token, at):
            at += len(token)
        else:
            return None
    return at


def _base(name: str) -> str:
    """Return a name without its counter."""
    return COUNTER.sub("", name)
