"""Kernels that load and store the fragments of tensor cores, each a tile of 16 x 16 halves."""

NUMBER = (
    "{0}.elem_offset // {0}.strides[0] // 16 * ({0}.strides[0] // 16) "
    "+ {0}.elem_offset % {0}.strides[0] // 16"
)
"""The number of a fragment among those of its buffer, as TVM's own intrinsics count them."""


def _call(name: str, pointed: str, access: int) -> str:
    """Return a load or store of a fragment ``f`` through a buffer."""
    pointer = (
        f'T.tvm_access_ptr(T.type_annotation("float16"), {pointed}.data, {pointed}.elem_offset, '
        f"{pointed}.strides[0] * 16, {access})"
    )
    return (
        f"T.evaluate(T.{name}(f.data, 16, 16, 16, {NUMBER.format('f')}, {pointer}, "
        f'{pointed}.strides[0], "row_major"))'
    )


def _matched(name: str, region: str, scope: str = "") -> str:
    """Return the lines that take a region of a buffer as a tile of any place and row."""
    scope = f', scope="{scope}"' if scope else ""
    return (
        f"{name}0, {name}1 = T.int32(), T.int32()\n                "
        f'{name} = T.match_buffer({region}, (16, 16), "float16", strides=({name}0, {name}1), '
        f"offset_factor=8{scope})"
    )


COPY = f"""
@T.prim_func(s_tir=True)
def main(A: T.Buffer((64, 64), "float16"), C: T.Buffer((64, 64), "float16")):
    T.func_attr({{"tirx.noalias": True}})
    S = T.sblock_alloc_buffer((16, ROW), "float16", scope="shared")
    F = T.sblock_alloc_buffer((16, 16), "float16", scope="wmma.accumulator")
    for b in T.thread_binding(16, thread="blockIdx.x"):
        for t in T.thread_binding(32, thread="threadIdx.x"):
            for i in range(8):
                with T.sblock("S"):
                    r = T.axis.spatial(16, i * 2 + t // 16)
                    c = T.axis.spatial(16, t % 16)
                    gr = T.axis.spatial(64, b // 4 * 16 + i * 2 + t // 16)
                    gc = T.axis.spatial(64, b % 4 * 16 + t % 16)
                    S[r, c] = A[gr, gc]
LOAD
            with T.sblock("C"):
                x = T.axis.spatial(4, b // 4)
                y = T.axis.spatial(4, b % 4)
                T.reads(F[0:16, 0:16])
                T.writes(C[x * 16:x * 16 + 16, y * 16:y * 16 + 16])
                {_matched("s", "C[x * 16:x * 16 + 16, y * 16:y * 16 + 16]")}
                {_matched("f", "F[0:16, 0:16]", "wmma.accumulator")}
                {_call("tvm_store_matrix_sync", "s", 2)}
"""
"""Each block of one warp copies a tile to shared memory, from there to a fragment, and that to C."""

LOADED = f"""
            with T.sblock("F"):
                T.reads(S[0:16, 0:16])
                T.writes(F[0:16, 0:16])
                {_matched("s", "S[0:16, 0:16]", "shared")}
                {_matched("f", "F[0:16, 0:16]", "wmma.accumulator")}
                {_call("tvm_load_matrix_sync", "s", 1)}
"""
ELEMENTS = """
            for i, j in T.grid(16, 16):
                with T.sblock("F"):
                    r, c = T.axis.remap("SS", [i, j])
                    F[r, c] = S[r, c]
"""


def copy(row: int = 16, load: str = LOADED) -> str:
    """Return the copy with so many elements in a row of its tile."""
    return COPY.replace("ROW", str(row)).replace("LOAD", load.strip("\n"))


INTRINSIC = "planted_load"
TENSORIZED = (
    copy(load=ELEMENTS)
    + f"""
sch = tvm.tir.Schedule(main)
b = sch.get_sblock("F")
sch.tensorize(sch.get_loops(b)[-2], "{INTRINSIC}")
"""
)
"""The same with a loop over the tile's elements, which a step makes a fragment of."""

_SIGNATURE = """
@T.prim_func(s_tir=True)
def {name}(a: T.handle, b: T.handle):
    {s} = T.match_buffer(a, (16, 16), "float16", offset_factor=8, scope="shared"{steps})
    {f} = T.match_buffer(b, (16, 16), "float16", offset_factor=8, scope="wmma.accumulator"{others})
    with T.sblock("root"):
        T.reads({s}[0:16, 0:16])
        T.writes({f}[0:16, 0:16])
{body}
"""

DESCRIPTION = _SIGNATURE.format(
    name="description",
    s="s",
    f="f",
    steps="",
    others="",
    body="""
        for i, j in T.grid(16, 16):
            with T.sblock("copy"):
                r, c = T.axis.remap("SS", [i, j])
                f[r, c] = s[r, c]
""",
)
"""What the intrinsic stands for."""

IMPLEMENTATION = _SIGNATURE.replace(
    "    {s} = T", "    s0, s1, f0, f1 = T.int32(), T.int32(), T.int32(), T.int32()\n    {s} = T"
).format(
    name="implementation",
    s="s",
    f="f",
    steps=", strides=(s0, s1)",
    others=", strides=(f0, f1)",
    body="        " + _call("tvm_load_matrix_sync", "s", 1),
)

PRODUCT = """
@T.prim_func(s_tir=True)
def main(
    A: T.Buffer((128, 128), "float16"), B: T.Buffer((128, 128), "float16"),
    C: T.Buffer((128, 128), "float32"),
):
    T.func_attr({"tirx.noalias": True})
    for i, j, k in T.grid(128, 128, 128):
        with T.sblock("C"):
            vi, vj, vk = T.axis.remap("SSR", [i, j, k])
            with T.init():
                C[vi, vj] = T.float32(0)
            C[vi, vj] = C[vi, vj] + T.Cast("float32", A[vi, vk]) * T.Cast("float32", B[vj, vk])
"""
"""TVM's default schedule computes it with tensor cores: tiles of A by rows, of B by columns."""
