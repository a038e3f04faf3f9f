"""Count what one call of a PrimFunc computes, and the bytes of the buffers that it is given."""

from __future__ import annotations

from typing import Any, NamedTuple

import tvm
import tvm_ffi
from tvm import s_tir, tirx
from tvm.sym import Analyzer

from viz.errors import TVM_ERRORS
from viz.ir.labels import short
from viz.ir.walker import occurrences
from viz.model import Amount
from viz.model.overview import UNKNOWN
from viz.runtime.analysis.sizes import buffers, given_variables, variables
from viz.runtime.analysis.work import read_buffers
from viz.runtime.analysis.written import handle, outputs


class KernelAmounts(NamedTuple):
    """What a kernel computes, reads and writes in one call, and in all of its calls."""

    flops: Amount
    bytes_read: Amount
    bytes_written: Amount
    all_flops: Amount
    all_bytes: Amount


def amounts_of(function: Any, mod: tvm.IRModule, calls: int) -> KernelAmounts:
    """Return what a PrimFunc computes, as TVM's estimator counts it, and the bytes of its buffers.

    The estimator takes a loop whose extent has a variable for one round; here its rounds are
    as many as that extent. Arithmetic is :data:`viz.model.overview.UNKNOWN` where it depends on
    what no shape tells, or TVM cannot count it.

    Parameters
    ----------
    mod
        The module of the function, whose other functions it may call.
    calls
        How many calls of it there are.
    """
    read = read_buffers(occurrences(function))
    written = set(outputs(function, mod))
    given = buffers(function)
    computed = _counted(function)
    bytes_read = sum(_size(each) for each in given if handle(each) in read)
    bytes_written = sum(_size(each) for each in given if str(each.name) in written)
    return KernelAmounts(
        _amount(computed),
        _amount(bytes_read),
        _amount(bytes_written),
        UNKNOWN if computed is UNKNOWN else _amount(computed * calls),
        _amount((bytes_read + bytes_written) * calls),
    )


def _counted(function: Any) -> Any:
    """Return the arithmetic of a PrimFunc in the sizes of its buffers, or ``UNKNOWN``."""
    try:
        computed = _flops(function.body)
    except TVM_ERRORS:  # the estimator does not know a statement
        return UNKNOWN
    known = set(map(handle, given_variables(function)))
    used = [] if isinstance(computed, int) else variables(computed)
    return computed if known.issuperset(map(handle, used)) else UNKNOWN


def _flops(statement: Any) -> Any:
    """Return the arithmetic of a statement as a number, or as an expression of TVM's."""
    if not _has_open_loop(statement):
        return int(s_tir.analysis.estimate_tir_flops(statement))
    if isinstance(statement, tirx.For):
        extent = _wide(statement.extent)
        rounds = max(extent, 0) if isinstance(extent, int) else extent
        return rounds * _flops(statement.body)
    if isinstance(statement, tirx.SeqStmt):
        return sum(map(_flops, statement.seq))
    if isinstance(statement, tirx.IfThenElse):  # TVM's estimator takes the longer way, too
        return _flops(statement.then_case)
    inner = statement.block if isinstance(statement, s_tir.SBlockRealize) else statement
    return _flops(inner.body)


def _has_open_loop(statement: Any) -> bool:
    loops: list[Any] = []
    tvm_ffi.structural_walk(statement, (tirx.For, loops.append), order="pre")
    return any(not isinstance(n.extent, tirx.IntImm) or int(n.extent.value) < 0 for n in loops)


def _size(buffer: Any) -> Any:
    """Return the bytes of a buffer as a number, or as an expression of TVM's."""
    dtype = buffer.ty.dtype
    elements: Any = 1
    for extent in buffer.ty.shape:
        elements = elements * _wide(extent)
    bits = tvm.DataType(str(getattr(dtype, "dtype", dtype)))
    return elements * ((bits.bits * bits.lanes + 7) // 8)


def _wide(extent: Any) -> Any:
    """Return an extent in 64 bits, a number where it is one."""
    if isinstance(extent, tirx.IntImm):
        return int(extent.value)
    return extent.astype("int64")


def _amount(value: Any) -> Amount:
    if isinstance(value, int | str):
        return value
    simple = Analyzer().simplify(value)
    return int(simple.value) if isinstance(simple, tirx.IntImm) else short(simple)
