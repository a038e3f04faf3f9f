"""How expressions are computed for all lanes at once, and how their accesses are made."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from viz.messages import message_of
from viz.step import runtime
from viz.step.accesses.machine import Compiler, Mask, UnableError, Value
from viz.step.expressions import FUNCTIONS
from viz.step.gpu_rules import SHUFFLES
from viz.step.threads import WARP
from viz.step.writer import Part

MOST_VECTOR = 1 << 10
"""Lanes of a vector."""


def is_array(value: Any) -> bool:
    """Whether a value may differ between lanes."""
    return isinstance(value, np.ndarray) and value.ndim > 0


# ---------------------------------------------------------------- values


def number(c: Compiler, part: Part) -> Value:
    """Compute a constant."""
    text = part.field("value")
    value: Any
    if part.key == "ir.IntImm":
        value = bool(int(text)) if part.dtype == "bool" else int(text)
        if part.dtype not in ("bool", "int32", "int64"):
            value = np.asarray(value).astype(part.dtype)[()]
    else:
        value = np.asarray(float(text)).astype(part.dtype)[()]
    return lambda mask: value


def variable(c: Compiler, part: Part) -> Value:
    """Compute a variable: what it is bound to."""
    env, at, name = c.env, part.variable, part.field("name")

    def value(mask: Mask) -> Any:
        if at not in env:
            raise UnableError(message_of("causes-node", what=name))
        return env[at]

    return value


def binary(of: Callable[[Any, Any], Any]) -> Callable[[Compiler, Part], Value]:
    """Return the rule of an operator with two operands."""

    def rule(c: Compiler, part: Part) -> Value:
        a, b = c.value(part["a"]), c.value(part["b"])
        return lambda mask: of(a(mask), b(mask))

    return rule


def _smaller(a: Any, b: Any) -> Any:
    return np.minimum(a, b) if is_array(a) or is_array(b) else min(a, b)


def _larger(a: Any, b: Any) -> Any:
    return np.maximum(a, b) if is_array(a) or is_array(b) else max(a, b)


def quotient(c: Compiler, part: Part) -> Value:
    """Compute a quotient: of integers one that is rounded towards zero."""
    return binary(operator.truediv if "float" in part.dtype else runtime.truncdiv)(c, part)


def remainder(c: Compiler, part: Part) -> Value:
    """Compute the remainder of a division that is rounded towards zero."""
    return binary(np.fmod if "float" in part.dtype else runtime.truncmod)(c, part)


def both(c: Compiler, part: Part) -> Value:
    """Compute ``a and b``, or ``a or b``: the second one only for lanes that it decides about."""
    a, b, is_and = c.value(part["a"]), c.value(part["b"]), part.key == "prim.And"

    def value(mask: Mask) -> Any:
        first = a(mask)
        if not is_array(first):
            return b(mask) if bool(first) == is_and else bool(first)
        undecided = first if is_and else ~first
        second = b(mask if mask is None else mask & undecided)
        return first & second if is_and else first | second

    return value


def negation(c: Compiler, part: Part) -> Value:
    """Compute ``not a``."""
    a = c.value(part["a"])

    def value(mask: Mask) -> Any:
        found = a(mask)
        return ~found if is_array(found) else not found

    return value


def inverted(c: Compiler, part: Part) -> Value:
    """Compute ``~a``."""
    a = c.value(part["a"])
    return lambda mask: ~a(mask)


def cast(c: Compiler, part: Part) -> Value:
    """Compute a value in another type; integers that are the same for all lanes are exact."""
    inner, dtype = c.value(part["value"]), part.dtype
    is_exact = dtype in ("int32", "int64")

    def value(mask: Mask) -> Any:
        found = inner(mask)
        if is_exact and isinstance(found, int):
            return int(found)
        if is_exact and is_array(found) and found.dtype == np.int64:
            return found
        return np.asarray(found).astype(dtype)[()]

    return value


def _either(c: Compiler, condition: Part, a: Part, b: Part, *, lazy: bool) -> Value:
    test, first, second = c.value(condition), c.value(a), c.value(b)

    def value(mask: Mask) -> Any:
        found = test(mask)
        if not is_array(found):
            return first(mask) if found else second(mask)
        if mask is None or not lazy:
            return np.where(found, first(mask), second(mask))
        return np.where(found, first(mask & found), second(mask & ~found))

    return value


def select(c: Compiler, part: Part) -> Value:
    """Compute one of two values: in CUDA ``?:``, which leaves the other one out."""
    condition = part["condition"]
    lazy = condition.lanes == 1  # of vectors both are there before the choice
    return _either(c, condition, part["true_value"], part["false_value"], lazy=lazy)


def broadcast(c: Compiler, part: Part) -> Value:
    """Compute a value for all lanes of a vector; in CUDA it is written for each of them."""
    inner, machine, count = c.value(part["value"]), c.machine, part.lanes

    def value(mask: Mask) -> Any:
        machine.repeats *= count
        found = inner(mask)
        machine.repeats //= count
        return found

    return value


def ramp(c: Compiler, part: Part) -> Value:
    """Compute the integers of a vector index."""
    base, stride = c.value(part["base"]), c.value(part["stride"])
    lanes = _lanes(part)
    return lambda mask: base(mask) + stride(mask) * lanes


def _lanes(part: Part) -> Any:
    text = part["lanes"].field("value")
    if not text.isdigit() or int(text) > MOST_VECTOR:
        raise UnableError(message_of("causes-node", what=part.key))
    return np.arange(int(text))[None, :]


def let(c: Compiler, part: Part) -> Value:
    """Compute an expression in which a name stands for a value."""
    given, body, env, at = (
        c.value(part["value"]),
        c.value(part["body"]),
        c.env,
        part["var"].variable,
    )

    def value(mask: Mask) -> Any:
        env[at] = given(mask)
        return body(mask)

    return value


def load(c: Compiler, part: Part) -> Value:
    """Load an element of a buffer."""
    at, node, machine = placed(c, part, part["source"]), part.node.id, c.machine

    def value(mask: Mask) -> Any:
        view, place = at(mask)
        machine.note(node, "load", view, place, mask)
        if view.element != np.dtype(view.dtype).itemsize:
            raise UnableError(message_of("causes-node", what=view.dtype))
        machine.read(view.memory)
        return view.read(place, machine.lanes)

    return value


def placed(c: Compiler, part: Part, buffer: Part) -> Callable[[Mask], tuple[Any, Any]]:
    """Return what tells the buffer of an access, and the element of its memory."""
    indices = [c.value(index) for index in part.all("indices")]
    machine = c.machine

    def place(mask: Mask) -> tuple[Any, Any]:
        view = c.view(buffer)
        kept = machine.repeats, machine.spread
        machine.repeats = machine.spread = 1  # an index is written once
        found = [index(mask) for index in indices]
        machine.repeats, machine.spread = kept
        if len(found) != len(view.strides):
            raise UnableError(message_of("causes-node", what=buffer.field("name")))
        return view, view.place(found)

    return place


def call(c: Compiler, part: Part) -> Value:
    """Compute a call of one of TIR's operators, or of a function of the module."""
    name, arguments = part.field("op"), part.all("args")
    if not name:
        return function_call(c, part)
    if name == "prim.if_then_else":
        return _either(c, *arguments, lazy=True)
    if name in ("prim.likely", "tirx.tvm_thread_invariant"):
        return c.value(arguments[0])
    if name in SHUFFLES:
        return _shuffled(c, SHUFFLES[name], arguments)
    if name in ("tirx.call_pure_extern", "tirx.call_extern"):
        name = f"tirx.{arguments.pop(0).field('value')}"
        name = name if name in FUNCTIONS else name.removesuffix("f")
    if name == "tirx.reinterpret":
        inner, before, dtype = c.value(arguments[0]), arguments[0].dtype, part.dtype
        return lambda mask: np.asarray(inner(mask)).astype(before).view(dtype)[()]
    if name == "prim.clz":
        inner, bits = c.value(arguments[0]), int(arguments[0].dtype.lstrip("uint") or 32)
        return lambda mask: np.vectorize(lambda x: runtime.clz(x, bits))(inner(mask))[()]
    if name not in FUNCTIONS:
        raise UnableError(message_of("causes-node", what=name))
    of, values = getattr(runtime, FUNCTIONS[name]), [c.value(each) for each in arguments]
    return lambda mask: of(*(np.asarray(each(mask))[()] for each in values))


def _shuffled(c: Compiler, kind: str, arguments: list[Part]) -> Value:
    given, other, size = (c.value(each) for each in arguments[1:4])

    def value(mask: Mask) -> Any:
        found, by, width = given(mask), other(mask), size(mask)
        lanes = c.machine.lanes
        if lanes is None or not is_array(found):
            return found
        own = lanes.lane % WARP
        source = {
            "shuffle": own // width * width + by % width,
            "shuffle_up": own - by,
            "shuffle_down": own + by,
            "shuffle_xor": own ^ by,
        }[kind]
        source = np.where(source // width != own // width, own, source)
        found = np.broadcast_to(found, (lanes.count, 1))
        return found[(lanes.lane - own + source)[:, 0]]

    return value


def function_call(c: Compiler, part: Part) -> Value:
    """Run a function of the module, and take what it returns."""
    run, machine = c.call(part), c.machine

    def value(mask: Mask) -> Any:
        run(mask)
        return machine.result

    return value


VALUES: dict[str, Callable[[Compiler, Part], Value]] = {
    "ir.IntImm": number,
    "ir.FloatImm": number,
    "ir.Var": variable,
    "prim.Or": both,
    "prim.And": both,
    "prim.Not": negation,
    "prim.EQ": binary(operator.eq),
    "prim.NE": binary(operator.ne),
    "prim.LT": binary(operator.lt),
    "prim.LE": binary(operator.le),
    "prim.GT": binary(operator.gt),
    "prim.GE": binary(operator.ge),
    "prim.BitwiseOr": binary(operator.or_),
    "prim.BitwiseXor": binary(operator.xor),
    "prim.BitwiseAnd": binary(operator.and_),
    "prim.BitwiseNot": inverted,
    "prim.LShift": binary(operator.lshift),
    "prim.RShift": binary(operator.rshift),
    "prim.Add": binary(operator.add),
    "prim.Sub": binary(operator.sub),
    "prim.Mul": binary(operator.mul),
    "prim.Div": quotient,
    "prim.Mod": remainder,
    "prim.FloorDiv": binary(operator.floordiv),
    "prim.FloorMod": binary(operator.mod),
    "prim.Min": binary(_smaller),
    "prim.Max": binary(_larger),
    "prim.Select": select,
    "prim.Cast": cast,
    "prim.Let": let,
    "prim.Broadcast": broadcast,
    "prim.Ramp": ramp,
    "ir.TensorLoad": load,
    "ir.Call": call,
}
"""What computes an expression, by its type."""
