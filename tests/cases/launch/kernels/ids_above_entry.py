from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    bx = T.cta_id([1])  # wrong: ids-above-entry
    T.device_entry()
    tx = T.thread_id([64])
    B[tx] = A[tx] + T.float32(bx)
