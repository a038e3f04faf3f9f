"""A lesson of a teacher, with a question of each kind, and what is right and wrong at each."""

LESSON = '''\
+++
title = "TITLE"
summary = "Sums, in one line."
text = """
from tvm.script import tirx as T


@T.prim_func
def main(A: T.Buffer((4, 8), "float32"), B: T.Buffer((4, 8), "float32")):
    for i, j in T.grid(4, 8):
        B[i, j] = A[i, j] + T.float32(1)
"""
targets = ["c"]
panes = ["script", "tree"]
+++

The *node* [of the loop](node:For#2), `For`, is a statement. See [the passes](stage:FlattenBuffer)
and [another lesson](lesson:02_nothing_of_ours), **with** <b>no</b> HTML.

- one
- two

```figure
of = {node = "BufferStore"}
depth = 1
caption = "The store."
```

```question
ask = "Point at the inner loop."
answer = {node = "For", nth = 2}
hint = "Not the outer one."
reveal = "It is inside."
```

```question
ask = "Which pass makes memory flat?"
answer = {pass_adding = "DeclBuffer"}
hint = "Its name says so."
reveal = "One index is left."
```

```question
ask = "How many loops are there?"
answer = {count = "For"}
hint = "Count the variables."
reveal = "Two."
```

```question
ask = "Which dtype has the sum?"
answer = {dtype_of = {node = "Add"}}
choices = ["int32", "float32"]
hint = "Look at the 1."
reveal = "As both sides."
```
'''
RIGHT = ("For#2", "FlattenBuffer", 2, "b")
WRONG = ("For#1", "LowerOpaqueBlock", 3, "a")
UNCLEAR = ("While", 7, "two", "c")
"""Answers of another form than they should have, or that name nothing."""


def write_pack(folder, title="Sums"):
    """Write a folder with the lesson, and one that it leads to."""
    text = LESSON.replace("TITLE", title)
    (folder / "01_sums.md").write_text(text, encoding="utf-8")
    other = text.partition("- one")[0].replace("02_nothing_of_ours", "01_sums")
    (folder / "02_nothing_of_ours.md").write_text(other, encoding="utf-8")
    return folder
