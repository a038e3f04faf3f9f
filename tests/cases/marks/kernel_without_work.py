@I.ir_module
class Module:
    @T.prim_func
    def main(n: T.int32):
        T.func_attr({"target": T.target("cuda", host="llvm")})
        Module.idle(n)

    @T.prim_func(private=True)
    def idle(n: T.int32):
        T.func_attr({"target": T.target("cuda"), "tirx.is_global_func": True})
        T.evaluate(n)
