"""Functions around definitions: what they return, and which of their parameters a kernel needs."""

from __future__ import annotations

import ast
import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from viz.errors import SourceError
from viz.frontend.constant_propagation import Constants, assigned_names
from viz.frontend.syntax import Constant, DefinitionNode, decorated, dotted, evaluate, is_old_script
from viz.model import Argument, Definition, Scalar

_TEST_FUNCTIONS = ("before", "expected", "after")
"""Methods of TVM's test classes that are PrimFuncs without a decorator."""


RELAX_DECORATORS = frozenset(("R.function", "relax.function", "tvm.script.relax.function"))


def is_definition(node: ast.AST) -> bool:
    """Return whether a node is a PrimFunc, a Relax function or a module class."""
    if isinstance(node, ast.FunctionDef):
        return is_prim_func(node) or is_relax_function(node)
    return isinstance(node, ast.ClassDef) and (decorated(node, "ir_module") or is_old_script(node))


def is_prim_func(node: ast.AST) -> bool:
    """Return whether a node is a PrimFunc."""
    return isinstance(node, ast.FunctionDef) and (
        decorated(node, "prim_func") or is_old_script(node)
    )


def is_relax_function(node: ast.AST) -> bool:
    """Return whether a node is a Relax function; other libraries have decorators of that name."""
    if not isinstance(node, ast.FunctionDef):
        return False
    names = map(dotted, node.decorator_list)
    return any(name in RELAX_DECORATORS for name in names)


def outermost_definitions(node: ast.AST) -> Iterator[DefinitionNode]:
    """Yield the definitions below a node that stand in no other definition."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, DefinitionNode) and is_definition(child):
            yield child
        else:
            yield from outermost_definitions(child)


def is_factory(node: ast.FunctionDef) -> bool:
    """Return whether a function with definitions stands for one of them.

    It has one only, or returns something; else it is a test or the like, and all are of interest.
    """
    if len(list(outermost_definitions(node))) == 1:
        return True
    return any(statement.value is not None for statement in _returns(node.body))


def _returns(statements: Iterable[ast.AST]) -> Iterator[ast.Return]:
    """Yield the ``return`` statements of a function, not those of functions inside."""
    for node in statements:
        if isinstance(node, ast.Return):
            yield node
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _returns(ast.iter_child_nodes(node))


def needed_arguments(
    definition: DefinitionNode,
    functions: Iterable[ast.FunctionDef],
    known: Constants,
    fixtures: Constants,
) -> tuple[Argument, ...]:
    """Return the parameters of the functions around a definition that it needs, or with a default.

    Parameters
    ----------
    functions
        Those around it, outermost first; a factory, which stands for its definitions, is the last.
    known, fixtures
        The constants there, and the first values of the parameters of TVM's tests.
    """
    found: dict[str, Argument] = {}
    for function in functions:
        if not (function.args.args or function.args.kwonlyargs or function.args.posonlyargs):
            continue
        inside = list(outermost_definitions(function)) if function is definition else [definition]
        needed = needed_names(function, inside)
        values = known | fixtures | parametrized(function, known)
        for argument in _arguments(function.args, known):
            if argument.default is not None:
                found[argument.name] = argument
            elif argument.name in needed:
                value = values.get(argument.name)
                default = value if isinstance(value, Scalar) else None
                found[argument.name] = msgspec.structs.replace(argument, default=default)
    return tuple(found.values())


def _arguments(arguments: ast.arguments, known: Constants) -> Iterator[Argument]:
    """Yield the parameters of a factory with their defaults, as far as those are constants."""
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [
        *([None] * (len(plain) - len(arguments.defaults))),
        *arguments.defaults,
    ]
    for arg, default in zip(
        [*plain, *arguments.kwonlyargs], [*defaults, *arguments.kw_defaults], strict=True
    ):
        value = None
        if default is not None:
            with contextlib.suppress(SourceError):
                value = evaluate(default, known)
        yield Argument(
            name=arg.arg,
            default=value if isinstance(value, Scalar) else None,
            annotation=ast.unparse(arg.annotation) if arg.annotation else "",
        )


def named_apart(definitions: dict[tuple[str, str], Definition]) -> Iterator[Definition]:
    """Yield the definitions, those of one name with the classes and functions around in front."""
    count = Counter(name for _, name in definitions)
    for (prefix, name), definition in definitions.items():
        if count[name] > 1 and prefix:
            yield msgspec.structs.replace(definition, name=prefix + name)
        else:
            yield definition


def needed_names(function: ast.FunctionDef, definitions: list[DefinitionNode]) -> set[str]:
    """Return the names on which definitions in a function depend, and what it returns."""
    needed: set[str] = set()
    for definition in definitions:
        needed |= _read(definition) - bound_names(definition)
    steps = list(_steps(function.body, decides=is_factory(function)))
    while True:
        before = len(needed)
        for assigned, read in steps:
            if not assigned or needed & assigned:
                needed |= read
        if len(needed) == before:
            return needed


def _steps(statements: Iterable[ast.AST], *, decides: bool) -> Iterator[tuple[set[str], set[str]]]:
    """Yield the names that each statement around definitions gives a value, and those it reads.

    A condition that decides what a factory returns is needed whatever it assigns.
    """
    for node in statements:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            yield assigned_names(node), _read(node) | _updated(node)
        elif isinstance(node, ast.For):
            yield assigned_names(node.target), _read(node.iter)
            yield from _steps([*node.body, *node.orelse], decides=decides)
        elif isinstance(node, ast.If | ast.While):
            if decides:
                inside = list(ast.walk(node))
                chooses = any(isinstance(n, ast.Return) or is_definition(n) for n in inside)
                yield set() if chooses else assigned_names(node), _read(node.test)
            yield from _steps([*node.body, *node.orelse], decides=decides)
        elif not isinstance(node, ast.expr | DefinitionNode):
            yield from _steps(ast.iter_child_nodes(node), decides=decides)


def _updated(node: ast.stmt) -> set[str]:
    return assigned_names(node) if isinstance(node, ast.AugAssign) else set()


def _read(node: ast.AST) -> set[str]:
    names = (inner for inner in ast.walk(node) if isinstance(inner, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Load)}


def bound_names(definition: ast.AST) -> set[str]:
    """Return the names that a definition gives a value itself."""
    own = {node.arg for node in ast.walk(definition) if isinstance(node, ast.arg)}
    names = (node for node in ast.walk(definition) if isinstance(node, ast.Name))
    return own | {name.id for name in names if not isinstance(name.ctx, ast.Load)}


def parametrized(node: ast.FunctionDef, known: Constants) -> dict[str, Constant]:
    """Return the first values that ``pytest.mark.parametrize`` gives the arguments of a test."""
    values: dict[str, Constant] = {}
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call) or not dotted(decorator).endswith("parametrize"):
            continue
        if len(decorator.args) < 2:
            continue
        try:
            names, rows = (evaluate(argument, known) for argument in decorator.args[:2])
        except SourceError:
            continue
        if isinstance(names, str):
            names = tuple(name.strip() for name in names.split(","))
        if isinstance(names, tuple) and isinstance(rows, tuple) and rows:
            first = rows[0] if len(names) > 1 else (rows[0],)
            if isinstance(first, tuple) and len(first) == len(names):
                values |= dict(zip(map(str, names), first, strict=True))
    return values


def fixture_value(node: ast.stmt, known: Constants) -> tuple[str, Constant] | None:
    """Return name and first value of ``n = tvm.testing.parameter(8, 16)``, else None."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return None
    target, call = node.targets[0], node.value
    if isinstance(target, ast.Name) and dotted(call).endswith("testing.parameter") and call.args:
        try:
            return target.id, evaluate(call.args[0], known)
        except SourceError:
            return None
    return None


def is_test_function(node: ast.AST, class_: ast.ClassDef | None) -> bool:
    """Return whether a method is a PrimFunc that TVM's test class decorates.

    >>> class TestSimplify(tvm.testing.CompareBeforeAfter):
    ...     def before(A: T.Buffer((16,), "int32")): ...
    """
    if class_ is None or not class_.bases or not isinstance(node, ast.FunctionDef):
        return False
    if node.name not in _TEST_FUNCTIONS or node.decorator_list:
        return False
    if any(argument.annotation is None for argument in node.args.args):
        return False
    return not any(isinstance(inner, ast.Return) for inner in ast.walk(node))


def uses_blocks(node: ast.AST) -> bool:
    """Return whether a PrimFunc has blocks, so that it is marked ``s_tir=True``."""
    attributes = (inner for inner in ast.walk(node) if isinstance(inner, ast.Attribute))
    return any(attribute.attr in ("block", "sblock", "axis") for attribute in attributes)


def needed_functions(name: str, functions: Sequence[ast.FunctionDef]) -> set[str]:
    """Return the names of a function of a module class and of those that it names, or they do.

    A name counts wherever it stands: as an attribute of the class, alone, or in a string.
    """
    by_name = {function.name: function for function in functions}
    needed: set[str] = set()
    waiting = [name]
    while waiting:
        function = by_name.get(waiting.pop())
        if function is None or function.name in needed:
            continue
        needed.add(function.name)
        for node in ast.walk(function):
            if isinstance(node, ast.Name):
                waiting.append(node.id)
            elif isinstance(node, ast.Attribute):
                waiting.append(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                waiting.append(node.value)
    return needed
