"""A program whose strings, names and comments are markup: no page may take them for its own."""

ATTACK = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>`[a](javascript:b)`"
ODD = f"{ATTACK}&lt;<!--𝒳\u2028"
"""With what a parser of HTML, and one that counts in UTF-16, may stumble over."""


def program(attack=ATTACK):
    return f"""# {attack}
@T.prim_func(s_tir=True)
def main(变量: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        with T.sblock("{attack}"):
            vi = T.axis.spatial(8, i)
            T.evaluate(T.call_extern("int32", "{attack}", vi))
            B[vi] = 变量[vi] + 1.0
"""
