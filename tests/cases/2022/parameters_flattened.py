import tvm
from tvm.script import tir as T


@tvm.script.ir_module
class Module:
    @T.prim_func
    def tvmgen_default_fused_bag(p0: T.Buffer[9, "int32"], p1: T.Buffer[9, "int32"], T_bag: T.Buffer[72, "int32"]) -> None:
        # function attr dict
        T.func_attr({"hash": "0123abcd", "target": T.target({"num-cores":4, "kind":"llvm", "host":T.target({"kind":"llvm", "tag":"", "keys":["cpu"], "num-cores":4}), "tag":"", "keys":["cpu"]}), "tir.noalias": True, "global_symbol": "tvmgen_default_fused_bag", "from_legacy_te_schedule": True})
        cse_var_1 = T.var("int32")
        T.preflattened_buffer(p0, [9], dtype="int32", data=p0.data)
        T.preflattened_buffer(p1, [1, 9], dtype="int32", data=p1.data)
        T.preflattened_buffer(T_bag, [8, 9], dtype="int32", data=T_bag.data)
        # body
        for ax0 in T.parallel(8):
            T_bag[ax0 * 9:ax0 * 9 + 9] = T.broadcast(0, 9)
            for k in T.serial(9):
                with T.let(cse_var_1, ax0 * 9 + k):
                    if p1[k] == ax0:
                        T_bag[cse_var_1] = T_bag[cse_var_1] + p0[k]
