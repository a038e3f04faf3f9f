"""Calls of PTX instructions as TVM 0.26 read them: what today's TVM makes of them is the same."""

import ast
import re
from functools import reduce

import pytest
import tvm
from tvm.script import tirx as T

from viz.frontend import program
from viz.frontend.dialect import rewrite
from viz.frontend.extract import extract
from viz.ir.parse import parse
from viz.model.catalog import instructions

KERNEL = """
from tvm.script import tirx as T
@T.prim_func
def kernel(F: T.Buffer((8,), "float32"), U: T.Buffer((8,), "uint32"), L: T.Buffer((8,), "uint64")):
    M: T.let[T.handle("tensormap")] = T.tvm_stack_alloca("tensormap", 1)
    T.device_entry()
    tx = T.thread_id([32])
    S = T.alloc_buffer((8,), "uint64", scope="shared", align=16)
    R = T.alloc_local((4,), "uint32")
    H = T.alloc_local((8,), "float16")
    if tx == 0:
"""

CALLS = [
    ("T.ptx.mbarrier.init(S.data, tx)", "mbarrier.init.shared.b64 [%0], %1;"),
    ("T.ptx.mbarrier.arrive(S.ptr_to([0]))", "mbarrier.arrive.shared.b64 _, [%0];"),
    (
        "T.ptx.mbarrier.arrive(S.ptr_to([0]), sem='relaxed', scope='cta', space='shared::cta')",
        "mbarrier.arrive.relaxed.cta.shared::cta.b64 _, [%0];",
    ),
    (
        "T.ptx.mbarrier.arrive(S.ptr_to([0]), remote=T.int32(1), pred=True, count=T.int32(2))",
        "@p mbarrier.arrive.shared::cluster.b64 _, [%0], %1;",
    ),
    (
        "T.ptx.mbarrier.arrive.expect_tx(S.data, 128, sem='relaxed', scope='cluster', remote=tx)",
        "mbarrier.arrive.expect_tx.relaxed.cluster.shared::cluster.b64 _, [%0], %1;",
    ),
    (
        "T.ptx.mbarrier.arrive.no_complete(S.data, 3, space='shared::cta', pred=U[0])",
        "@p mbarrier.arrive.noComplete.release.cta.shared::cta.b64 %0, [%1], %2;",
    ),
    (
        "T.ptx.mbarrier.complete_tx(S.data, T.uint32(16), scope='cta', space='shared::cta')",
        "mbarrier.complete_tx.relaxed.cta.shared::cta.b64 [%0], %1;",
    ),
    (
        "T.ptx.mbarrier.try_wait(S.data, tx)",
        "mbarrier.try_wait.parity.acquire.cta.shared::cta.b64 P1, [%0], %1, %2;",
    ),
    (
        "U[0] = T.ptx.mbarrier.try_wait_once(S.data, 0, tx)",
        "mbarrier.try_wait.parity.shared::cta.b64 pd0, [%1], %2, %3;",
    ),
    ("T.ptx.bar.sync(1, 128)", "bar.sync %0, %1;"),
    ("T.ptx.fence('acq_rel', 'gpu')", "fence.acq_rel.gpu;"),
    ("T.ptx.barrier.cluster.arrive('relaxed')", "barrier.cluster.arrive.relaxed.aligned;"),
    ("T.ptx.setmaxnreg(False, 32)", "setmaxnreg.dec.sync.aligned.u32 32;"),
    (
        "T.ptx.clc_try_cancel(R.data, S.data)",
        "clusterlaunchcontrol.try_cancel.async.shared::cta.mbarrier::complete_tx::bytes",
    ),
    (
        "U[0] = T.ptx.clc_query_cancel(S.data)",
        "clusterlaunchcontrol.query_cancel.get_first_ctaid::x.b32.b128",
    ),
    (
        "T.ptx.ld(S.ptr_to([0]), 'uint32', 'u32', dst=R.ptr_to([0]), space='shared', vec='v4')",
        "ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];",
    ),
    ("F[1] = T.ptx.ld(F.data, 'float32', 'f32', space='global') + F[2]", "ld.global.f32 %0, [%1];"),
    (
        "x: T.uint32 = T.ptx.ld_global_nc(U.data, 'uint32', 'u32', cop='ca', cache_hint='evict_last',"
        " prefetch_size='L2::128B')\n        U[0] = x",
        "ld.global.ca.nc.L2::cache_hint.L2::128B.u32",
    ),
    (
        "T.ptx.ld_global_nc(L.data, 'uint32', 'u32', dst=(R.ptr_to([0]), T.address_of(R[tx])), vec='v2',"
        " l1_evict='L1::no_allocate')",
        "ld.global.nc.L1::no_allocate.v2.u32 {%0, %1}, [%2];",
    ),
    ("L[0] = T.ptx.ld_acquire(L.data, 'uint64', 'u64')", "ld.acquire.gpu.global.u64 %0, [%1];"),
    ("L[0] = T.ptx.ld_volatile(L.data, 'uint64', 'u64')", "ld.volatile.global.u64 %0, [%1];"),
    ("T.ptx.ld_global_acquire(L[0], L.data)", "ld.acquire.gpu.global.b64 %0, [%1];"),
    (
        "T.ptx.st(S.data, src=R.ptr_to([0]), vec='v4', ptx_type='u32')",
        "st.shared.v4.u32 [%0], {%1, %2, %3, %4};",
    ),
    ("T.ptx.st(S.data, U[0], U[1], vec='v2', ptx_type='b32')", "st.shared.v2.b32 [%0], {%1, %2};"),
    (
        "T.ptx.red_scalar(U.data, U[0], sem='release', scope='sys', op='or', ptx_type='b32')",
        "red.release.sys.global.or.b32 [%0], %1;",
    ),
    (
        "U[0] = T.ptx.atom_scalar(U.data, U[0], scope='gpu', op='add', ptx_type='u32')",
        "atom.gpu.global.add.u32 %0, [%1], %2;",
    ),
    ("T.ptx.st_bulk(S.data, tx, weak=True)", "st.bulk.weak.shared::cta [%0], %1, 0;"),
    (
        "p: T.let = T.reinterpret('handle', T.ptx.map_shared_rank(S.ptr_to([0]), T.int32(0)))",
        "mapa.u64 %0, %1, %2;",
    ),
    ("T.ptx.cp_async(S.data, F.data, 16)", "cp.async.cg.shared.global [%0], [%1], 16;"),
    (
        "T.ptx.cp_async(S.data, F.data, 8, cache_hint='evict_last', prefetch_size=128, predicate=tx)",
        "@p cp.async.ca.shared.global.L2::cache_hint.L2::128B [%0], [%1], 8, %2;",
    ),
    (
        "T.ptx.cp_async(S.data, F.data, 4, predicate=tx, fill_mode='zero')",
        "cp.async.ca.shared.global [%0], [%1], 4, %2;",
    ),
    ("T.ptx.cp_async.bulk.wait_group(1)", "cp.async.bulk.wait_group.read 1;"),
    (
        "T.ptx.cp_async_bulk_s2g(F.data, S.data, T.uint32(64), cache_policy=L[0])",
        "cp.async.bulk.global.shared::cta.bulk_group.L2::cache_hint [%0], [%1], %2, %3;",
    ),
    (
        "T.ptx.cp_async.bulk.tensor.g2s_cluster(2, S.data, S.data, T.address_of(M), 3, 2, '', 0, 0)",
        "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes"
        ".multicast::cluster.cta_group::2",
    ),
    (
        "T.ptx.cp_async.bulk.tensor.s2g_reduce(2, S.data, T.address_of(M), '', 'add', 0, 0)",
        "cp.reduce.async.bulk.tensor.2d.global.shared::cta.add.tile.bulk_group",
    ),
    ("T.evaluate(T.ptx.add_f32(T.address_of(F[tx]), F[1], F[2]))", "add.rn.f32 %0, %1, %2;"),
    ("F[0] = T.ptx.max_f32(F[1], F[2], nan=True)", "max.NaN.f32 %0, %1, %2;"),
    ("L[1] = T.ptx.mul_f32x2(L[0], L[0], dps=False)", "mul.f32x2 %0, %1, %2;"),
    ("L[1] = T.ptx.fma_f32x2(L[0], L[0], L[1], dps=False)", "fma.rn.f32x2 %0, %1, %2, %3;"),
    (
        "U[0] = T.ptx.cvt(F[0], F[1], dtype='bf16x2', atype='f32', rounding='rn')",
        "cvt.rn.bf16x2.f32 %0, %1, %2;",
    ),
    (
        "T.ptx.ldmatrix(True, 2, '.b16', S.data, H.ptr_to([0]), H.ptr_to([2]))",
        "ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];",
    ),
    (
        "T.ptx.mma.sp('m16n8k16', 'row', 'col', 'fp16', 'fp16', 'fp16', H.data, 0, H.data, 0, H.data,"
        " 4, U.data, 0, 0, False, dtype='float16')",
        "mma.sp.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16",
    ),
    (
        "T.ptx.tcgen05.alloc(S.data, n_cols=512)",
        "tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [%0], %1;",
    ),
    (
        "T.ptx.tcgen05.commit(S.data, 2)",
        "tcgen05.commit.cta_group::2.mbarrier::arrive::one.shared::cluster.b64 [%0];",
    ),
    (
        "T.ptx.tcgen05.ld(U[0], R[0], shape='32x32b', num=1, row=32, col=tx)",
        "tcgen05.ld.sync.aligned.32x32b.x1.b32 {%0}, [%1];",
    ),
    # As TVM 0.25 read them.
    (
        "T.ptx.cp_async.bulk.tensor.g2c(2, S.data, S.data, T.address_of(M), 1, 2, '', 0, 0)",
        "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.cta_group::2",
    ),
    (
        "T.ptx.mbarrier.arrive(S.data, cta_id=1, pred=True)",
        "@p mbarrier.arrive.shared::cluster.b64 _, [%0];",
    ),
    ("T.cuda.copy_128b(F.data, U.data)", "st.v4.u32 [%0], {%1, %2, %3, %4};"),
    ("T.cuda.copy_bytes(S.ptr_to([0]), S.ptr_to([1]), 8)", "st.shared.v2.u32 [%0], {%1, %2};"),
    # As TVM 0.26 printed them.
    (
        'T.ptx.mbarrier.arrive(S.ptr_to([0]), tx, U[0], "relaxed", "cta", "shared::cta", 1, 0, 1)',
        "@p mbarrier.arrive.relaxed.cta.shared::cta.b64 _, [%0], %1;",
    ),
    (
        'T.ptx.ld(R.ptr_to([0]), F.data, T.uint64(0), "uint32", 0, "global", "", "v2", "u32", 0, 1,'
        ' "", "", "")',
        "ld.global.v2.u32 {%0, %1}, [%2];",
    ),
    (
        'F[0] = T.ptx.ld(F.data, T.uint64(0), "float32", 0, "global", "cg", "", "f32", 0, 0, "", "", "")',
        "ld.global.cg.f32 %0, [%1];",
    ),
    (
        'T.ptx.st(S.data, U[0], T.uint64(0), 0, "shared", "", "", "u32", 0, "", "", 0)',
        "st.shared.u32 [%0], %1;",
    ),
    (
        'T.ptx.cp_async.bulk.tensor.g2s_cta(2, S.data, S.data, T.address_of(M), 1, T.uint64(7), 1, "tile",'
        " 0, 0, 1)",
        "cp.async.bulk.tensor.2d.shared::cta.global.mbarrier::complete_tx::bytes.L2::cache_hint",
    ),
    (
        'U[0] = T.ptx.cvt(F[0], F[1], 2, 0, 0, "bf16x2", "f32", "rn", 0, 0, 1, 0, "")',
        "cvt.rn.relu.bf16x2.f32 %0, %1, %2;",
    ),
    (
        "T.ptx.tcgen05.mma(U[0], L[0], L[1], U[1], d_dtype='float32', a_dtype='float16',"
        " b_dtype='float16', use_a_tmem=False, cta_group=1, pred=U[2])",
        "@p tcgen05.mma.cta_group::1.kind::f16",
    ),
]
"""A call, and what TVM 0.26 wrote for it, with the operands in the places that they have today."""


@pytest.fixture(scope="module")
def kernels():
    """Return a module with a kernel for each call."""
    functions = {}
    for number, (call, _) in enumerate(CALLS):
        parsed = parse(program.read(KERNEL + f"        {call}\n"), gated=True)
        assert parsed.edits, call
        functions[f"kernel{number}"] = parsed.mod["kernel"].with_attr("global_symbol", f"k{number}")
    return tvm.IRModule(functions)


@pytest.fixture(scope="module")
def source(kernels):
    """Return the CUDA text of all kernels."""
    target = tvm.target.Target({"kind": "cuda", "arch": "sm_100a"})
    with target:
        built = tvm.compile(kernels, target=target, tir_pipeline="tirx")
    return re.sub(r'\\n"\s*"', "", built.mod.imports[0].inspect_source())


@pytest.mark.parametrize(("call", "written"), CALLS, ids=[call[:40] for call, _ in CALLS])
def test_the_instruction_is_the_one_that_tvm_wrote(source, call, written):
    assert written in source


def test_what_todays_tvm_prints_is_not_taken_for_older(kernels):
    assert not rewrite.upgrade(extract(program.read(kernels.script()))).edits


def test_registers_of_128_bits_have_a_dtype():
    text = (
        KERNEL + '        r = T.local_scalar("uint128")\n        T.ptx.ld.shared.b128(r, S.data)\n'
    )
    assert not parse(program.read(text), gated=True).edits


WORDS = (
    {
        "cta_mask": 3,
        "scope": "gpu",
        "sem": "release",
        "op": "add",
        "red_op": "add",
        "ptx_type": "u32",
        "return_type": "uint32",
        "dim": 2,
        "cta_group": 1,
        "cache_hint": "",
        "num": 1,
        "trans": False,
        "shape": "m16n8k16",
        "A_layout": "row",
        "B_layout": "col",
        "A_dtype": "fp16",
        "B_dtype": "fp16",
        "C_dtype": "fp16",
        "a_index": 0,
        "b_index": 0,
        "c_index": 0,
        "meta_index": 0,
        "dtype": "bf16x2",
        "atype": "f32",
        "rounding": "rn",
        "return_dtype": "uint64",
        "space": "shared",
    }
    | dict.fromkeys(("l1_evict", "l2_evict", "prefetch_size", "cop", "vec", "multicast"), "")
    | (dict.fromkeys(("decompress", "pack", "unpack", "ftz", "sat", "relu", "satfinite"), 0))
)
"""Values of the arguments that the text of an instruction depends on."""

OF_BARRIERS = {"sem": "relaxed", "scope": "cta", "space": "shared::cta"}

OWN_WORDS = {
    ("ptx.st_bulk", "space"): "shared::cta",
    ("ptx.ldmatrix", "dtype"): ".b16",
    ("ptx.stmatrix", "dtype"): ".b16",
    ("ptx.tcgen05.cp", "shape"): "128x256b",
    ("ptx.tcgen05.cp", "decompress"): "",
    ("ptx.cp_async", "prefetch_size"): -1,
}
"""The same where an instruction has others."""


def older_call(member, form):
    """Return a call of the older member that gives what must be given."""
    parameters = ast.parse(f"def f({form.takes}): ...").body[0].args
    required = parameters.args[: len(parameters.args) - len(parameters.defaults)]
    keyword_only = zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
    named = [p for p, default in keyword_only if default is None or p.arg in form.where]

    words = WORDS | (OF_BARRIERS if member.startswith("ptx.mbarrier") else {})

    def value(name):
        chosen = form.where.get(name, [OWN_WORDS.get((member, name), words.get(name))])[0]
        return "S.ptr_to([0])" if chosen is None else repr(chosen)

    arguments = [value(p.arg) for p in required]
    if member == "ptx.cvt" and not required:
        arguments, named = ["F[0]", "F[1]"], [*named, ast.arg("rounding")]
    if member == "ptx.ld_global_acquire":
        arguments = ["U[0]", "U.data"]
    if "_handles" in form.takes:
        arguments.append("R.ptr_to([0])")
    if member.startswith("ptx.fence.proxy"):
        arguments = ["'shared::cta'"]
    arguments += [f"{p.arg}={value(p.arg)}" for p in named]
    return f"T.{member}({', '.join(arguments)})"


@pytest.mark.parametrize(
    ("member", "number"),
    [(member, number) for member, forms in instructions().items() for number in range(len(forms))],
)
def test_every_form_is_an_instruction_of_today(member, number):
    form = instructions()[member][number]
    call = older_call(member, form)
    before = "        T.create_barriers(1)\n" if "numbered(" in form.operands else ""
    body = f"F[0] = {call}" if form.result else call
    extracted = extract(program.read(f"{KERNEL}{before}        {body}\n"))
    edit = rewrite.upgrade(extracted).edits[-1]
    assert edit.rule == "instruction"
    (*_, (name, word)) = re.findall(r'T\.((?:ptx|cuda)[\w.]*)(\["[^"]*"\])?\(', edit.new)
    chain = reduce(getattr, name.split("."), T)
    assert callable(chain[word[2:-2]] if word else chain)
