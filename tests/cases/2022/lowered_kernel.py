import tvm
from tvm.script import tir as T


@tvm.script.ir_module
class Module:
    @T.prim_func
    def main(A: T.Buffer[1024, "float32"], B: T.Buffer[1024, "float32"]) -> None:
        # function attr dict
        T.func_attr({"global_symbol": "main", "tir.noalias": True})
        # var definition
        threadIdx_x = T.env_thread("threadIdx.x")
        blockIdx_x = T.env_thread("blockIdx.x")
        # body
        T.attr(blockIdx_x, "pragma_auto_unroll_max_step", 16)
        T.attr(blockIdx_x, "pragma_unroll_explicit", 1)
        T.launch_thread(blockIdx_x, 4)
        T.launch_thread(threadIdx_x, 64)
        A_shared = T.allocate([256], "float32", "shared")
        A_shared_1 = T.buffer_decl([256], dtype="float32", data=A_shared, scope="shared")
        A_shared_1[threadIdx_x * 4:threadIdx_x * 4 + 4] = A[blockIdx_x * 256 + threadIdx_x * 4:blockIdx_x * 256 + threadIdx_x * 4 + 4]
        T.tvm_storage_sync("shared", dtype="")
        B[blockIdx_x * 256 + threadIdx_x * 4:blockIdx_x * 256 + threadIdx_x * 4 + 4] = T.max(A_shared_1[threadIdx_x * 4:threadIdx_x * 4 + 4] + T.broadcast(T.float32(1), 4), T.broadcast(T.float32(0), 4))


def reference(A):
    return np.maximum(A + 1, 0)
