@I.ir_module
class Sharded:
    I.module_global_infos({"mesh": [R.device_mesh((4,), I.Range(0, 4))]})

    @T.prim_func(private=True, s_tir=True)
    def scale(X: T.Buffer((4, 6), "float32"), Y: T.Buffer((4, 6), "float32")):
        for i, j in T.grid(4, 6):
            with T.sblock("scale"):
                vi, vj = T.axis.remap("SS", [i, j])
                Y[vi, vj] = X[vi, vj] * T.float32(3)

    @R.function
    def main(X: R.Tensor((4, 6), "float32")) -> R.Tensor((4, 6), "float32"):
        cls = Sharded
        out = R.call_tir(cls.scale, (X,), out_ty=R.Tensor((4, 6), "float32"))
        return out
