@T.prim_func(s_tir=True)
def product(p: T.Buffer((96, 64), "float32"), q: T.handle, o: T.handle):
    m = T.int32()
    Q = T.match_buffer(q, (m, 64), "float32")
    O = T.match_buffer(o, (96, m), "float32")
    Q_wide = T.sblock_alloc_buffer(((m + 31) // 32 * 32, 64))
    O_wide = T.sblock_alloc_buffer((96, (m + 31) // 32 * 32))
    for a, b in T.grid((m + 31) // 32 * 32, 64):
        with T.sblock("widen"):
            va, vb = T.axis.remap("SS", [a, b])
            Q_wide[va, vb] = T.if_then_else(va < m, Q[va, vb], T.float32(0))
    for i, j, k in T.grid(96, (m + 31) // 32 * 32, 64):
        with T.sblock("product"):
            vi, vj, vk = T.axis.remap("SSR", [i, j, k])
            with T.init():
                O_wide[vi, vj] = T.float32(0)
            O_wide[vi, vj] = O_wide[vi, vj] + p[vi, vk] * Q_wide[vj, vk]
    for i, j in T.grid(96, m):
        with T.sblock("narrow"):
            vi, vj = T.axis.remap("SS", [i, j])
            O[vi, vj] = O_wide[vi, vj]
