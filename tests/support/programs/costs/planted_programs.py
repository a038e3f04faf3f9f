"""Programs in which a pass or a step of a schedule gives an access its pattern."""

PLAIN = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((128, 128), "float32"), B: T.Buffer((128, 128), "float32")):
    T.func_attr({"tirx.noalias": True})
    for i, j in T.grid(128, 128):
        with T.sblock("B"):
            vi, vj = T.axis.remap("SS", [i, j])
            B[vi, vj] = A[vi, vj] + T.float32(1)

sch = tvm.tir.Schedule(main)
b = sch.get_sblock("B")
i, j = sch.get_loops(b)
"""

TRANSPOSE = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((128, 128), "float32"), B: T.Buffer((128, 128), "float32")):
    T.func_attr({"tirx.noalias": True})
    S = T.sblock_alloc_buffer((32, STRIDE), "float32", scope="shared")
    for by in T.thread_binding(4, thread="blockIdx.y"):
        for bx in T.thread_binding(4, thread="blockIdx.x"):
            for ty in T.thread_binding(8, thread="threadIdx.y"):
                for tx in T.thread_binding(32, thread="threadIdx.x"):
                    for j in range(4):
                        with T.sblock("S"):
                            r = T.axis.spatial(32, j * 8 + ty)
                            c = T.axis.spatial(32, tx)
                            gr = T.axis.spatial(128, by * 32 + j * 8 + ty)
                            gc = T.axis.spatial(128, bx * 32 + tx)
                            ATTRIBUTES
                            S[r, c] = A[gr, gc]
                    for k in range(4):
                        with T.sblock("B"):
                            r = T.axis.spatial(32, tx)
                            c = T.axis.spatial(32, k * 8 + ty)
                            gr = T.axis.spatial(128, bx * 32 + k * 8 + ty)
                            gc = T.axis.spatial(128, by * 32 + tx)
                            B[gr, gc] = S[r, c]
"""
PADDING = 'T.sblock_attr({"buffer_dim_align": [[0, 0, 32, 1]]})'


def transpose(stride: int = 32, attributes: str = "") -> str:
    """A transpose through a shared tile: lane ``tx`` puts a row, and gets a column."""
    line = f"{attributes}\n" if attributes else ""
    lines = TRANSPOSE.replace("STRIDE", str(stride))
    return lines.replace(
        "                            ATTRIBUTES\n", f"{' ' * 28}{line}" * bool(line)
    )


OWN = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((4096,), "float32"), B: T.Buffer((4096,), "float32")):
    T.func_attr({"tirx.noalias": True})
    for b in T.thread_binding(8, thread="blockIdx.x"):
        for t in T.thread_binding(128, thread="threadIdx.x"):
            for k in LOOP:
                with T.sblock("B"):
                    vi = T.axis.spatial(4096, INDEX)
                    B[vi] = A[READ] * T.float32(2)
"""


def own(index: str, loop: str = "range(4)", read: str = "vi", steps: str = "") -> str:
    """A program with its own threads; ``k`` is the loop of each thread, ``vi`` what it writes."""
    text = OWN.replace("LOOP", loop).replace("INDEX", index).replace("READ", read)
    return text + (
        f'\nsch = tvm.tir.Schedule(main)\nb = sch.get_sblock("B")\n{steps}' * bool(steps)
    )


STRIDED, IN_A_ROW = "b * 512 + t * 4 + k", "b * 512 + k * 128 + t"

CACHED = (
    PLAIN.replace("A[vi, vj]", "A[vj, vi]")
    + """
i0, i1 = sch.split(i, [None, 32])
j0, j1 = sch.split(j, [None, 32])
sch.reorder(i0, j0, i1, j1)
sch.bind(i0, "blockIdx.y")
sch.bind(j0, "blockIdx.x")
sch.bind(j1, "threadIdx.x")
c = sch.cache_read(b, 0, "shared")
sch.compute_at(c, j0)
ax0, ax1 = sch.get_loops(c)[-2:]
"""
)

SUMS = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((64, 256), "float32"), B: T.Buffer((64,), "float32")):
    T.func_attr({"tirx.noalias": True})
    for i, k in T.grid(64, 256):
        with T.sblock("B"):
            vi, vk = T.axis.remap("SR", [i, k])
            with T.init():
                B[vi] = T.float32(0)
            B[vi] = B[vi] + A[vi, vk]

sch = tvm.tir.Schedule(main)
b = sch.get_sblock("B")
i, k = sch.get_loops(b)
sch.bind(i, "blockIdx.x")
"""

PIPELINED = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((128, 512), "float32"), B: T.Buffer((128,), "float32")):
    T.func_attr({"tirx.noalias": True})
    for i, k in T.grid(128, 512):
        with T.sblock("B"):
            vi, vk = T.axis.remap("SR", [i, k])
            with T.init():
                B[vi] = T.float32(0)
            B[vi] = B[vi] + A[vi, vk]

sch = tvm.tir.Schedule(main)
b = sch.get_sblock("B")
i, k = sch.get_loops(b)
i0, i1 = sch.split(i, [None, 32])
k0, k1 = sch.split(k, [None, 32])
sch.reorder(i0, i1, k0, k1)
sch.bind(i0, "blockIdx.x")
sch.bind(i1, "threadIdx.x")
sch.decompose_reduction(b, k0)
c = sch.cache_read(b, 1, "shared")
sch.compute_at(c, k0)
sch.bind(sch.get_loops(c)[-1], "threadIdx.x")
sch.annotate(k0, "software_pipeline_stage", [0, 1])
sch.annotate(k0, "software_pipeline_order", [0, 1])
"""
"""A tile with two versions: one is filled while the other is used."""

CHAIN = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((1024,), "int32"), B: T.Buffer((1024,), "int32"),
         C: T.Buffer((1024,), "int32"), D: T.Buffer((1024,), "int32")):
    T.func_attr({"tirx.noalias": True})
    W = T.sblock_alloc_buffer((1024,), "int32")
    for b in T.thread_binding(8, thread="blockIdx.x"):
        for t in T.thread_binding(128, thread="threadIdx.x"):
            W[b * 128 + t] = A[b * 128 + t] % 1024
    for b in T.thread_binding(8, thread="blockIdx.x"):
        for t in T.thread_binding(128, thread="threadIdx.x"):
            C[b * 128 + t] = A[b * 128 + t] * 2
    for b in T.thread_binding(8, thread="blockIdx.x"):
        for t in T.thread_binding(128, thread="threadIdx.x"):
            D[b * 128 + t] = B[W[b * 128 + t]]
"""
"""Three kernels; the last one reads B where W says, which the first one writes."""
