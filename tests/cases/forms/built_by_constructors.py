import tvm
from tvm import tir

x = tir.Var("x", "uint32")
b0 = tir.Evaluate(tir.const(-3, "int32"))
b1 = tir.AttrStmt(x, "pragma_auto_unroll_max_step", tir.const(4, "int32"), b0)
b2 = tir.IfThenElse(tir.const(False, "bool"), tir.Evaluate(tir.Cast("uint32", tir.const(-3, "int32"))), b0)
f = tir.PrimFunc([x], b2)
mod = tvm.IRModule.from_expr(f.with_attr("global_symbol", "main"))
lib = tvm.build(mod, target="llvm")
lib(7)
