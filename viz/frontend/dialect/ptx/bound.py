"""Bind the arguments of a call to the names of its parameters."""

from __future__ import annotations

import ast
from functools import cache

from viz.errors import SourceError
from viz.frontend.dialect.context import SpellingContext
from viz.frontend.syntax import evaluate


class FormMismatch(Exception):
    """A call is not of this form."""


class BoundCall:
    """The arguments of a call by the names of its parameters.

    Attributes
    ----------
    given
        The arguments in the call, by name; those of ``*name`` as an ``ast.Tuple``.
    used
        The names that were asked for.
    """

    def __init__(
        self, given: dict[str, ast.expr], defaults: dict[str, ast.expr], context: SpellingContext
    ) -> None:
        self.given = given
        self.context = context
        self.used: set[str] = set()
        self._defaults = defaults

    def argument(self, name: str) -> ast.expr | None:
        """Return an argument that the call gives; None for one that is left out.

        One that is written and equals the default, or is ``None``, counts as left out.
        """
        self.used.add(name)
        value, default = self.given.get(name), self._defaults.get(name)
        if value is None or (default is not None and ast.dump(value) == ast.dump(default)):
            return None
        is_nothing = isinstance(value, ast.Constant) and value.value is None
        return None if is_nothing or (isinstance(value, ast.Tuple) and not value.elts) else value

    def arguments(self, name: str) -> list[ast.expr]:
        """Return the arguments of ``*name``."""
        self.used.add(name)
        value = self.given.get(name)
        return value.elts if isinstance(value, ast.Tuple) else []

    def constant(self, name: str) -> bool | int | str:
        """Return the value of an argument, or its default.

        Raises
        ------
        FormMismatch
            When it is no constant.
        """
        self.used.add(name)
        node = self.given.get(name) or self._defaults.get(name)
        if node is None:
            raise FormMismatch(name)
        return self.value(node)

    def value(self, node: ast.expr) -> bool | int | str:
        """Return the value of a constant expression, which may be ``T.int32(1)``.

        Raises
        ------
        FormMismatch
            When it is no constant.
        """
        if isinstance(node, ast.Call) and self.context.member(node).startswith(_SCALARS):
            if len(node.args) == 1 and not node.keywords:
                node = node.args[0]
        try:
            value = evaluate(node, self.context.variables)
        except SourceError:
            raise FormMismatch(ast.dump(node)) from None
        if not isinstance(value, bool | int | str):
            raise FormMismatch(value)
        return value

    def is_left(self, name: str) -> bool:
        """Return whether a call gives something for a name that was not asked for."""
        return bool(self.arguments(name)) or self.argument(name) is not None

    def is_true(self, name: str) -> bool:
        """Return whether an argument is neither false, 0, -1 nor an empty string.

        What is no constant is taken as true.
        """
        self.used.add(name)
        node = self.given.get(name) or self._defaults.get(name)
        if node is None or (isinstance(node, ast.Constant) and node.value is None):
            return False
        try:
            return self.value(node) not in (False, -1, "")
        except FormMismatch:
            return True


_SCALARS = ("int", "uint", "bool")


def bind(call: ast.Call, takes: str, context: SpellingContext) -> BoundCall:
    """Bind the arguments of a call to parameters such as ``a, *b, c=1``.

    Raises
    ------
    FormMismatch
        When the call gives too many, too few or others.
    """
    parameters = _parameters(takes)
    names = [parameter.arg for parameter in parameters.args]
    keywords = {parameter.arg for parameter in parameters.kwonlyargs}
    unclear = any(isinstance(argument, ast.Starred) for argument in call.args)
    if unclear or any(keyword.arg is None for keyword in call.keywords):
        raise FormMismatch(takes)
    given: dict[str, ast.expr] = dict(zip(names, call.args, strict=False))
    rest = call.args[len(names) :]
    if rest and parameters.vararg is None:
        raise FormMismatch(takes)
    if parameters.vararg is not None:
        given[parameters.vararg.arg] = ast.Tuple(rest, ast.Load())
    for keyword in call.keywords:
        name = keyword.arg or ""
        if name in given or name not in {*names, *keywords}:
            raise FormMismatch(name)
        given[name] = keyword.value
    pairs = zip(reversed(parameters.args), reversed(parameters.defaults), strict=False)
    defaults = {parameter.arg: default for parameter, default in pairs}
    for parameter, default in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True):
        if default is not None:
            defaults[parameter.arg] = default
    if any(name not in given and name not in defaults for name in {*names, *keywords}):
        raise FormMismatch(takes)
    return BoundCall(given, defaults, context)


@cache
def _parameters(takes: str) -> ast.arguments:
    function = ast.parse(f"def f({takes}): ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    return function.args
