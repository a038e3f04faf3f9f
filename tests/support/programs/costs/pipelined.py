"""A schedule in which a tile of shared memory is filled while the one before it is used."""

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
