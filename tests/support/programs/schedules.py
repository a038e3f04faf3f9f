"""A matmul with a schedule of some thirty steps, and what steps make of a program."""

from viz.frontend.program import read
from viz.frontend.schedule.code import schedule_of
from viz.ir.parse import parse
from viz.passes.schedule.replay import replay

MATMUL = """
@T.prim_func
def matmul(A: T.Buffer((128, 128), "float32"), B: T.Buffer((128, 128), "float32"),
           C: T.Buffer((128, 128), "float32")):
    for i, j, k in T.grid(128, 128, 128):
        with T.block("C"):
            vi, vj, vk = T.axis.remap("SSR", [i, j, k])
            with T.init():
                C[vi, vj] = T.float32(0)
            C[vi, vj] = C[vi, vj] + A[vi, vk] * B[vk, vj]

sch = tvm.tir.Schedule(matmul)
"""

STEPS = """
block = sch.get_block("C")
i, j, k = sch.get_loops(block)
i0, i1 = sch.split(i, factors=[None, 16])
j0, j1 = sch.split(j, factors=[None, 16])
k0, k1 = sch.split(k, factors=[None, 8])
sch.reorder(i0, j0, i1, j1, k0, k1)
sch.bind(i0, "blockIdx.y")
sch.bind(j0, "blockIdx.x")
sch.bind(i1, "threadIdx.y")
sch.bind(j1, "threadIdx.x")
for_a = sch.cache_read(block, 0, "shared")
for_b = sch.cache_read(block, 1, "shared")
sch.compute_at(for_a, k0)
sch.compute_at(for_b, k0)
a0, a1 = sch.get_loops(for_a)[-2:]
fused = sch.fuse(a0, a1)
ty, tx = sch.split(fused, [16, None])
sch.bind(ty, "threadIdx.y")
b_fused = sch.fuse(*sch.get_loops(for_b)[-2:])
local = sch.cache_write(block, 0, "local")
sch.reverse_compute_at(local, j1)
init = sch.decompose_reduction(block, k0)
sch.unroll(k1)
sch.storage_align(for_a, 0, axis=0, factor=32, offset=1)
sch.annotate(k0, "pragma_auto_unroll_max_step", 16)
sch.unannotate(k0, "pragma_auto_unroll_max_step")
sch.transform_layout(for_a, ("write", 0), lambda i, j: (j, i))
sch.set_scope(for_b, 0, "shared.dyn")
"""


def replayed(steps: str, head: str = MATMUL):
    program = read(head + steps)
    parsed = parse(program)
    return parsed, replay(parsed.mod, schedule_of(program.schedules, parsed.definition), {})
