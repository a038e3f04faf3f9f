"""Trees of a few nodes, written down as nested tuples."""

from viz.model import Child, Node, Tree


def tree_of(shape) -> Tree:
    """Return the tree of a tuple: a title, a label, and the tuples of what stands below."""
    nodes: list[Node] = []

    def add(part, path: str) -> int:
        title, label, *below = part
        number = len(nodes)
        nodes.append(None)
        is_list = title == "Seq"
        fields = [f"seq[{i}]" if is_list else f"f{i}" for i in range(len(below))]
        children = [
            Child(field=field, id=add(child, f"{path}.{field}"))
            for field, child in zip(fields, below, strict=True)
        ]
        kind = "stmt" if title in ("Seq", "Store", "For") else "expr"
        nodes[number] = Node(
            id=number,
            path=path,
            kind=kind,
            type_key=f"test.{title}",
            title=title,
            label=label,
            fields={"name": label} if label else {},
            children=tuple(children),
        )
        return number

    add(shape, "top")
    return Tree(stage="input", nodes=tuple(nodes))
