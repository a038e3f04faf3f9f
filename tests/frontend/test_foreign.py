"""Texts in other languages: named, at a line, with what to do."""

from pathlib import Path

import pytest

from viz.errors import SourceError
from viz.frontend.program import read

TRITON = """import triton
import triton.language as tl

@triton.jit
def add(x_ptr, n, BLOCK: tl.constexpr):
    pid = tl.program_id(0)
"""
TILELANG = """import tilelang.language as T

def matmul(M, N):
    @T.prim_func
    def main(A: T.Tensor((M, N), "float16")):
        with T.Kernel(4, threads=128) as bx:
            T.copy(A, A)
    return main
"""
TE = """from tvm import te
n = te.var("n")
A = te.placeholder((n,), name="A")
B = te.placeholder((n,), name="B")
C = te.compute(A.shape, lambda i: A[i] + B[i])
D = te.compute(A.shape, lambda i: C[i] * 2)
s = te.create_schedule(D.op)
"""
BUILT = """from tvm import tir
x = tir.Var("x", "uint32")
body = tir.Evaluate(tir.const(-3, "int32"))
f = tir.PrimFunc([x], body)
mod = tvm.IRModule.from_expr(f.with_attr("global_symbol", "main"))
lib = tvm.build(mod, target="llvm")
"""
IR_BUILDER = """ib = tvm.tir.ir_builder.create()
A = ib.pointer("float32", name="A")
with ib.for_range(0, 8) as i:
    A[i] = 1.0
func = tvm.tir.PrimFunc([A], ib.get())
"""
TORCH = """import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(16)])
"""
TVM_NN = """from tvm.relax.frontend import nn
model = nn.Linear(16, 4)
mod, params = model.export_tvm({"forward": {"x": nn.spec.Tensor([4, 16], "float32")}})
"""


@pytest.mark.parametrize(
    ("text", "language", "at", "todo"),
    [
        ("# old\nprimfn(X_1: handle) -> ()\n  attr = {}\n", "primfn", "primfn(", "print(mod.script())"),
        ("@main = primfn(A: handle) -> () {\n}\n", "primfn", "@main", "print(mod.script())"),
        ("PrimFunc([A, B]) attrs={} {\n  for (i, 0, 4) {\n  }\n}\n", "primfn", "PrimFunc", "script()"),
        ("// attr [A] storage_scope = \"global\"\nproduce C {\n}\n", "primfn", "// attr", "script()"),
        ("#[version = \"0.0.5\"]\ndef @main(%x: Tensor[(1, 3), float32]) {\n}\n", "Relay", "#[", "LegalizeOps"),
        ("def @main(%x: Tensor[(1, 3), float32]) {\n  nn.relu(%x)\n}\n", "Relay", "def @main", "script()"),
        ("module {\n  func.func @f(%arg0: i32) {\n    return\n  }\n}\n", "MLIR", "module", "@T.prim_func"),
        ("#map = affine_map<(d0) -> (d0)>\n%0 = arith.constant 1 : i32\n", "MLIR", "#map", "@T.prim_func"),
        ("define i32 @f(i32 %x) {\n  ret i32 %x\n}\n", "LLVM IR", "define", "print(mod.script())"),
        (".version 7.0\n.target sm_80\n", "PTX", ".version", "print(mod.script())"),
        ("extern \"C\" __global__ void k(float* A) {\n  A[threadIdx.x] = 1;\n}\n", "CUDA C++", "extern", "print(mod.script())"),
        ("#include <cuda_fp16.h>\nint x;\n", "CUDA C++", "#include", "print(mod.script())"),
        ("__kernel void f(__global float* A) {\n}\n", "OpenCL C", "__kernel", "print(mod.script())"),
        ("#include <stdio.h>\nint main() {\n}\n", "C or C++", "#include", "print(mod.script())"),
        ("void f(float* A) {\n  A[0] = 1;\n}\n", "C or C++", "void", "print(mod.script())"),
        ("@compute @workgroup_size(64)\nfn main() {\n}\n", "WGSL", "@compute", "print(mod.script())"),
        ("Traceback (most recent call last):\n  File \"x\", line 1\nE: no\n", "an error message", "Trace", "Paste"),
        ("{\n  \"root\": 1,\n  \"nodes\": [{\"x\": null}]\n}\n", "TVM's JSON", "{", "load_json"),
        ("diff --git a/x b/x\n+x = = 1\n", "a patch", "diff", "file"),
        (TRITON, "Triton", "triton.jit", "@T.prim_func"),
        (TILELANG, "TileLang", "import tilelang", "print(mod.script())"),
        (TILELANG.partition("\n")[2], "TileLang", "T.Kernel", "print(mod.script())"),
        (TE, "tensor expression", "D = te", "print(te.create_prim_func([A, B, D]).script())"),
        (TORCH, "torch", "class Net", "tirscope export"),
        (TVM_NN, "tvm.relax.frontend.nn", "nn.Linear", "tirscope export"),
        ("import torch\nep = torch.export.export(m, (x,))\n", "torch", "torch.export", "tirscope export"),
        (BUILT, "constructors", "mod = ", "print(mod.script())"),
        (IR_BUILDER, "constructors", "func = ", "print(func.script())"),
    ],
)  # fmt: skip
def test_another_language_is_named_with_what_to_do(text, language, at, todo):
    with pytest.raises(SourceError) as caught:
        read(text)
    assert language in caught.value.message
    assert text[caught.value.span.start :].lstrip("@").startswith(at.lstrip("@"))
    assert "\n" not in text[caught.value.span.start : caught.value.span.end]
    assert todo in caught.value.hint


def test_a_mistake_in_tvmscript_is_no_other_language():
    text = '@T.prim_func\ndef f(A: T.Buffer((8,), "int8"):\n    int x = 1;\n'
    with pytest.raises(SourceError, match="not Python"):
        read(text)


@pytest.mark.parametrize("path", sorted(Path(__file__).parents[2].glob("examples/*.py")), ids=str)
def test_the_examples_are_no_other_language(path):
    assert read(path.read_text(encoding="utf-8")).definitions
