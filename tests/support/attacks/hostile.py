"""A program whose strings, names and comments are markup, which pages must show as text."""

ATTACK = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>`[a](javascript:b)`"
ODD = f"{ATTACK}&lt;<!--𝒳\u2028"
"""The attack with an entity, a comment, a character beyond UTF-16's 16 bits, and a line separator."""


def program(attack=ATTACK):
    """Return a program with an attack in its comment, the name of a block and a string.

    What would end a string is escaped there: the names have every character of the attack.
    """
    name = attack.replace("\\", "\\\\").replace('"', '\\"')
    return f"""# {attack}
@T.prim_func(s_tir=True)
def main(变量: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        with T.sblock("{name}"):
            vi = T.axis.spatial(8, i)
            T.evaluate(T.call_extern("int32", "{name}", vi))
            B[vi] = 变量[vi] + 1.0
"""
