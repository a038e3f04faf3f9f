import sys
import pytest

import tvm
from tvm import tir
from tvm.script import ty


@tvm.script.tir
class Old:
    def mm(a: ty.handle, b: ty.handle, c: ty.handle) -> None:
        # function attr dict
        tir.func_attr({"global_symbol": "mm", "tir.noalias": True})
        A = tir.match_buffer(a, [64, 32], elem_offset=0, align=128, offset_factor=1)
        B = tir.match_buffer(b, [32, 64], elem_offset=0, align=128, offset_factor=1)
        C = tir.match_buffer(c, [64, 64], elem_offset=0, align=128, offset_factor=1)
        for i in tir.parallel(0, 64):
            for j in tir.serial(0, 64):
                C[i, j] = tir.float32(0)
                for k in tir.serial(0, 32):
                    C[i, j] = C[i, j] + A[i, k] * B[k, j]
