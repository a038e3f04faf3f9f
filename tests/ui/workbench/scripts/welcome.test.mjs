// The gallery: its pictures, its search and its groups.
import assert from "node:assert/strict"
import {test} from "node:test"
import {firstSentence, grouped, matching} from "../../../../viz/ui/workbench/scripts/welcome/program_search.js"
import {MOST_ROWS, sketched} from "../../../../viz/ui/workbench/scripts/welcome/program_sketch.js"

const TEXT = `from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(
        A: T.Buffer((8,), "float32"),
    ):
        T.func_attr({"tirx.noalias": True})
        tile = T.sblock_alloc_buffer((8,), "float32", scope="shared")
        for i in range(8):
            with T.sblock("b"):
                vi = T.axis.spatial(8, i)
                if vi < 5:
                    tile[vi] = A[vi]
        while True:
            A[0] = 1


def reference(A):
    return A


TARGETS = ("cuda",)
`

test("a sketch has a row for each statement of the program, as deep as it is nested", () => {
  assert.deepEqual(sketched(TEXT).map(({depth, kind}) => `${depth} ${kind}`), [
    "0 func", "1 func", "2 buffer", "2 loop", "3 block", "4 other", "4 branch", "5 store", "2 loop", "3 store"])
  assert.deepEqual(sketched(""), [])
  assert.equal(sketched(`@T.prim_func\ndef f(A):\n${"    x[0] = 1\n".repeat(40)}`).length, MOST_ROWS)
  assert.equal(sketched("@T.prim_func\ndef f(A):\n    A[0] = 1\nprint(f)\nx = 1\n").length, 2)
})

/** @type {(name: string, title: string, description: string, wrong?: boolean) => import("../../../../viz/ui/workbench/scripts/frames.d.ts").Example} */
const example = (name, title, description, wrong = false) => ({name, title, description, wrong, text: "", targets: []})
const EXAMPLES = [
  example("matmul", "Multiply two matrices", "Two spatial axes. One more."),
  example("matmul_gpu", "Multiply in tiles", "Shared memory."),
  example("lost_sum", "Add up", "Each thread adds. Why?", true),
]

test("programs are found by all words, in title, name and description", () => {
  const named = (/** @type {string} */ query) => matching(EXAMPLES, query).map(({name}) => name)
  assert.deepEqual(named(""), ["matmul", "matmul_gpu", "lost_sum"])
  assert.deepEqual(named(" Multiply  SHARED "), ["matmul_gpu"])
  assert.deepEqual(named("gpu"), ["matmul_gpu"])
  assert.deepEqual(named("nothing"), [])
})

test("those that are wrong on purpose are a group of their own, at the end", () => {
  const names = grouped(EXAMPLES).map(([title, members]) => [title.split(":")[0], members.length])
  assert.deepEqual(names, [["Programs", 2], ["Wrong on purpose", 1]])
  assert.equal(grouped(EXAMPLES.slice(0, 1)).length, 1)
})

test("a program is described by its first sentence", () => {
  assert.equal(firstSentence("Two axes: `T.init` and 0.5. More."), "Two axes: T.init and 0.5.")
  assert.equal(firstSentence("Why? Because."), "Why?")
  assert.equal(firstSentence("no end"), "no end")
})
