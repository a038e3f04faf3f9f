"""Modules as people bring them for a GPU: helpers, kernels, host functions, dumps, TIRx."""

from __future__ import annotations

DEVICE_HELPER = """
@I.ir_module
class Helped:
    @T.prim_func(private=True)
    def square(a: T.float32) -> T.float32:
        return a * a

    @T.prim_func
    def main(X: T.Buffer((4, 64), "float32"), Y: T.Buffer((4, 64), "float32")):
        for b in T.thread_binding(4, "blockIdx.x"):
            for t in T.thread_binding(64, "threadIdx.x"):
                Y[b, t] = Helped.square(X[b, t])

def reference(X):
    return X * X
"""

KERNEL_ALREADY = """
@T.prim_func
def one(p: T.handle("float32", "global")):
    T.func_attr({"calling_conv": 2, "global_symbol": "one", "tirx.kernel_launch_params": []})
    V = T.decl_buffer((6,), "float32", data=p)
    V[2] = T.float32(5)
"""

HOST_FUNCTION_BESIDE = """
@I.ir_module
class Both:
    @T.prim_func(s_tir=True)
    def wide(X: T.Buffer((256,), "float32"), Y: T.Buffer((256,), "float32")):
        for b in T.thread_binding(4, thread="blockIdx.x"):
            for t in T.thread_binding(64, thread="threadIdx.x"):
                with T.sblock("wide"):
                    v = T.axis.spatial(256, b * 64 + t)
                    Y[v] = X[v] + T.float32(1)

    @T.prim_func(s_tir=True)
    def narrow(X: T.Buffer((6, 5), "float32"), Y: T.Buffer((6, 5), "float32")):
        T.func_attr({"target": T.target("llvm")})
        for i, j in T.grid(6, 5):
            with T.sblock("narrow"):
                vi, vj = T.axis.remap("SS", [i, j])
                Y[vi, vj] = X[vi, vj] + T.float32(2)
"""

OWN_GPU = """
@T.prim_func(s_tir=True)
def main(X: T.Buffer((256,), "float32"), Y: T.Buffer((256,), "float32")):
    T.func_attr({"target": T.target("opencl")})
    for i in range(256):
        with T.sblock("double"):
            v = T.axis.spatial(256, i)
            Y[v] = X[v] * T.float32(2)
"""

NUMBER_BESIDE_KERNEL = """
@I.ir_module
class Both:
    @T.prim_func
    def main(X: T.Buffer((64,), "float32")):
        for t in T.thread_binding(64, "threadIdx.x"):
            X[t] = X[t] + T.float32(1)

    @T.prim_func
    def threads() -> T.int32:
        return 64
"""

OTHER_SYMBOLS = """
@I.ir_module
class Renamed:
    @T.prim_func
    def first(X: T.Buffer((64,), "float32"), Y: T.Buffer((64,), "float32")):
        T.func_attr({"global_symbol": "alpha"})
        for t in T.thread_binding(64, "threadIdx.x"):
            Y[t] = X[t] + T.float32(1)

    @T.prim_func
    def second(X: T.Buffer((64,), "float32"), Y: T.Buffer((64,), "float32")):
        T.func_attr({"global_symbol": "beta"})
        for t in T.thread_binding(64, "threadIdx.x"):
            Y[t] = X[t] + T.float32(2)

def reference(X):
    return X + 1
"""

OTHER_SYMBOL_ON_CPU = """
@I.ir_module
class Named:
    @T.prim_func
    def inner_name(X: T.Buffer((6,), "float32"), Y: T.Buffer((6,), "float32")):
        T.func_attr({"global_symbol": "outer_name"})
        for i in range(6):
            Y[i] = X[i] + T.float32(1)
"""

NESTED_BLOCKS = """
@T.prim_func(s_tir=True)
def two_parts(X: T.Buffer((6, 5), "float32"), Y: T.Buffer((6, 5), "float32")):
    with T.sblock("root"):
        T.reads()
        T.writes()
        with T.sblock("both"):
            T.reads()
            T.writes()
            with T.sblock("upper"):
                T.reads()
                T.writes()
                for i, j in T.grid(4, 5):
                    with T.sblock("upper_step"):
                        T.reads(X[i, j])
                        T.writes(Y[i, j])
                        with T.sblock("a"):
                            vi, vj = T.axis.remap("SS", [i, j])
                            T.reads(X[0:4, 0:5])
                            T.writes(Y[0:4, 0:5])
                            Y[vi, vj] = X[vi, vj] * T.float32(2)
            with T.sblock("lower"):
                T.reads()
                T.writes()
                for i in range(4, 6):
                    for j in T.grid(5):
                        with T.sblock("lower_step"):
                            T.reads(X[i, j])
                            T.writes(Y[i, j])
                            with T.sblock("b"):
                                vi, vj = T.axis.remap("SS", [i, j])
                                T.reads(X[4:6, 0:5])
                                T.writes(Y[4:6, 0:5])
                                Y[vi, vj] = X[vi, vj] * T.float32(3)
"""

INIT_FROM_BUFFER = """
@T.prim_func(s_tir=True)
def add_rows(M: T.Buffer((7, 9), "float32"), start: T.Buffer((7,), "float32"), out: T.Buffer((7,), "float32")):
    for i, k in T.grid(7, 9):
        with T.sblock("rows"):
            vi, vk = T.axis.remap("SR", [i, k])
            with T.init():
                out[vi] = start[vi]
            out[vi] = out[vi] + M[vi, vk]
"""

WRITES_TOO_MUCH = """
@T.prim_func(s_tir=True)
def mark(X: T.Buffer((6, 9), "float32")):
    for i, j in T.grid(6, 9):
        with T.sblock("mark"):
            vi, vj = T.axis.remap("SS", [i, j])
            T.reads()
            T.writes(X[0:6, 0:9])
            X[vi, vj] = T.float32(3)
"""

VIRTUAL_THREAD_ALONE = """
@T.prim_func
def spread():
    vt = T.env_thread("vthread")
    T.launch_thread(vt, 3)
    S = T.alloc_buffer((6,), "int32", scope="shared")
    S[0:6] = T.broadcast(vt, 6)
"""

BOUND_FLAT = """
@T.prim_func
def copy(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    for t in T.thread_binding(64, thread="threadIdx.x"):
        B[t] = A[t]
"""

TIRX = """
@T.prim_func
def handoff(src: T.Buffer((128,), "float32"), dst: T.Buffer((128,), "float32")):
    T.device_entry()
    bx = T.cta_id([2])
    warp = T.warp_id([2])
    lane = T.lane_id([32])
    tile = T.alloc_buffer((64,), "float32", scope="shared")
    tile[warp * 32 + lane] = src[bx * 64 + warp * 32 + lane]
    T.cuda.cta_sync()
    dst[bx * 64 + warp * 32 + lane] = tile[63 - (warp * 32 + lane)]

def reference(src):
    return src.reshape(2, 64)[:, ::-1].reshape(128)
"""

TIRX_COPIES = """
@T.prim_func
def copies(A: T.Buffer((64, 64), "float32"), B: T.Buffer((64, 64), "float32")):
    T.device_entry()
    bx = T.cta_id([1])
    tx = T.thread_id([64])
    S = T.alloc_shared((64, 64), "float32")
    T.cta.copy(S[0:64, 0:64], A[0:64, 0:64])
    T.cuda.cta_sync()
    T.cta.copy(B[0:64, 0:64], S[0:64, 0:64])
"""

TIRX_OPERATORS = """
@T.prim_func
def tile():
    T.device_entry()
    a = T.alloc_buffer((128, 256), "float16", scope="trn.sbuf", layout="PF")
    b = T.alloc_buffer((128, 256), "float16", scope="trn.sbuf", layout="PF")
    c = T.alloc_buffer((128, 1), "float32", scope="trn.sbuf", layout="PF")
    Tx.unary_reduce(a[0:128, 0:256], c[0:128, 0], b[0:128, 0:256], "sqrt", "max")
"""

TIRX_BESIDE_BLOCKS = """
@I.ir_module
class Mixed:
    @T.prim_func
    def threads(X: T.Buffer((64,), "float32")):
        T.device_entry()
        bx = T.cta_id([1])
        tx = T.thread_id([64])
        X[tx] = X[tx] + T.float32(1)

    @T.prim_func(s_tir=True)
    def blocks(X: T.Buffer((64,), "float32"), Y: T.Buffer((64,), "float32")):
        for i in range(64):
            with T.sblock("add"):
                v = T.axis.spatial(64, i)
                Y[v] = X[v] + T.float32(1)
"""

CALLED_BY_NAME = """
@I.ir_module
class Called:
    @T.prim_func
    def main(X: T.Buffer((6,), "float32")):
        Called.inner(T.tvm_stack_make_array(X.data, T.tvm_stack_make_shape(6, dtype="handle"), 0, 1, 0.0, 0, dtype="handle"))

    @T.prim_func(private=True)
    def inner(X: T.Buffer((6,), "float32")):
        for i in range(6):
            X[i] = X[i] * 2.0
"""

HOST_ACCESSES = {
    "blocks": (
        """
@T.prim_func(s_tir=True)
def two(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32"), C: T.Buffer((64,), "float32")):
    for t in T.thread_binding(64, thread="threadIdx.x"):
        with T.sblock("B"):
            vt = T.axis.spatial(64, t)
            B[vt] = A[vt] * T.float32(2)
    for i in T.serial(64):  # here
        with T.sblock("C"):
            vi = T.axis.spatial(64, i)
            C[vi] = B[vi] + T.float32(1)

def reference(A):
    return A * 2, A * 2 + 1
""",
        "writes C in `C[vi] = …`",
    ),
    "one buffer in both": (
        """
@T.prim_func
def two(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    for t in T.thread_binding(64, thread="threadIdx.x"):
        B[t] = A[t] * T.float32(2)
    for step in range(2):
        for t in T.thread_binding(64, thread="threadIdx.x"):
            B[t] = B[t] + A[t]
        for i, j in T.grid(8, 8):  # here
            B[i * 8 + j] = B[i * 8 + j] + T.float32(1)

def reference(A):
    return A
""",
        "writes B in `B[(i * 8) + j] = …`",
    ),
    "a workspace": (
        """
@T.prim_func(s_tir=True)
def two(A: T.Buffer((64,), "float32"), C: T.Buffer((64,), "float32")):
    B = T.sblock_alloc_buffer((64,))
    for i in T.serial(64):  # here
        with T.sblock("B"):
            vi = T.axis.spatial(64, i)
            B[vi] = A[vi] + T.float32(1)
    for t in T.thread_binding(64, thread="threadIdx.x"):
        with T.sblock("C"):
            vt = T.axis.spatial(64, t)
            C[vt] = B[vt] * T.float32(2)

def reference(A):
    return (A + 1) * 2
""",
        "writes B in `B[vi] = …`",
    ),
    "ahead of TIRx": (
        """
@T.prim_func
def two(A: T.Buffer((64,), "float32"), C: T.Buffer((64,), "float32")):
    for i in range(64):  # here
        C[i] = A[i]
    T.device_entry()
    bx = T.cta_id([1])
    t = T.thread_id([64])
    C[t] = C[t] * T.float32(2)

def reference(A):
    return A * 2
""",
        "writes C in `C[i] = …`",
    ),
}
"""Programs in which a loop is not bound, at ``# here``, and what is said of it."""

ONE_THREAD = """
@I.ir_module
class Module:
    @T.prim_func
    def main(A: T.Buffer((8,), "float32")):
        T.func_attr({"target": T.target("llvm")})
        Module.first(A.data)

    @T.prim_func
    def first(p: T.handle("float32")):
        T.func_attr({"target": T.target({"kind": "cuda", "arch": "sm_80"})})
        A = T.decl_buffer((8,), "float32", data=p)
        A[0] = T.float32(1)
"""
"""A GPU function of its own target without threads: TVM makes one thread's kernel of it."""
