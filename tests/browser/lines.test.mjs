// The shared link model by itself: cutting a text along its marks and tokens.
import assert from "node:assert/strict"
import {test} from "node:test"
import {linked, written} from "../../viz/render/web/linked.js"
import {Lines} from "../../viz/render/web/lines.js"
import {Model} from "../../viz/render/web/model.js"
import {TIED} from "../../viz/render/web/words.js"

const TEXT = "for (i) {\n  B[i] = (A + 1); // 𝒳\n}\n"
// for: all of it; the store; the sum; its parts.
const at = words => [TEXT.indexOf(words), TEXT.indexOf(words) + words.length]
const MARKS = [[0, TEXT.length - 1, 7], [...at("B[i] = (A + 1);"), 8], [...at("(A + 1)"), 9], [...at("A"), 10], [...at("1"), 11]]

test("every character belongs to the innermost mark around it", () => {
  const lines = new Lines(TEXT, "c", MARKS)
  for (let offset = 0; offset < TEXT.length; offset += 1) {
    let wanted = -1
    MARKS.forEach(([start, end], i) => { if (start <= offset && offset < end) wanted = i })
    assert.equal(lines.markAt(offset), wanted, `offset ${offset}`)
  }
  assert.deepEqual(lines.parents, [-1, 0, 1, 2, 2])
})

test("the pieces of the lines are the text, cut at marks and tokens", () => {
  const lines = new Lines(TEXT, "c", MARKS)
  assert.equal(lines.count, 3)
  const pieces = [0, 1, 2].flatMap(line => lines.pieces(line))
  assert.equal(pieces.map(({start, end}) => TEXT.slice(start, end)).join(""), TEXT)
  const said = new Map(pieces.map(piece => [TEXT.slice(piece.start, piece.end), piece]))
  assert.equal(said.get("for").kind, "k")
  assert.equal(said.get("1").kind, "m")
  assert.equal(MARKS[said.get("1").mark][2], 11)
  assert.equal(said.get("// 𝒳").kind, "c")
  assert.equal(said.get("\n").mark, -1)
})

test("a place beside the text is what begins on its line, the keyboard goes in and out", () => {
  const lines = new Lines(TEXT, "c", MARKS)
  assert.equal(lines.markOfLine(0), 0)
  assert.equal(lines.markOfLine(1), 1)
  assert.equal(lines.step("ArrowRight", 1), 2)
  assert.equal(lines.step("ArrowLeft", 2), 1)
  assert.equal(lines.step("ArrowDown", 3), 4)
  assert.equal(lines.step("ArrowDown", 4), -1)
})

test("a text without a last line break, an empty one, and one with unknown language", () => {
  for (const text of ["", "x", "a\n\nb", "\n", "  \n\t"]) {
    const lines = new Lines(text, "no such language", [])
    const pieces = lines.starts.flatMap((_, line) => lines.pieces(line))
    assert.equal(pieces.map(({start, end}) => text.slice(start, end)).join(""), text)
  }
})

// An input tree 0(1(2, 3)) with places, and a final one 0(1(2, 3)): 1 inherited, 2 exact, 3 made.
const TABLES = {strings: ["", "body", "a", "b"], types: [["t", "T", "stmt", "x"]], fields: [[]], catalog: {}}
const NODES = [0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 3, 0, 0, 0, 0]
function model() {
  const found = new Model("abcdef\n", {tree: {root: "m", nodes: NODES}, spans: [1, 0, 6, 2, 0, 2, 3, 3, 5]}, TABLES)
  const derived = found.add({name: "c", title: "C", tree: {root: "m", nodes: NODES}}, TABLES)
  derived.trace({passes: ["p.One"], origins: {nodes: [1, 1, 1], inputNodes: [1, 2, -1], made: [0, 0, 1], how: "102", places: {}}})
  return found
}

test("links go from each tree to the others and say how sure they are", () => {
  const here = model()
  assert.deepEqual(here.program.tree.path(2), "m.body.a")
  const down = linked(here, {tree: "input", ids: [2]}, ["input", "c"])
  assert.deepEqual([...down.trees.get("c")], [[2, "exact"]])
  const up = linked(here, {tree: "c", ids: [2]}, ["input", "c"])
  assert.deepEqual([...up.input], [[2, "exact"]])
  assert.deepEqual(up.spans, [[[0, 2], "exact"]])
  const loop = linked(here, {tree: "c", ids: [1]}, ["c"])
  assert.deepEqual([...loop.input], [[1, "inherited"]])
  const made = linked(here, {tree: "c", ids: [3]}, ["c"])
  assert.deepEqual([[...made.trees.get("c")], [...made.input]], [[[3, "made"]], []])
  // Nothing comes from node 3 of the input alone: what stands around it does.
  assert.deepEqual([...linked(here, {tree: "input", ids: [3]}, ["c"]).trees.get("c")], [[1, "inherited"]])
})

test("a node without a mark lights what stands below it, else around it", () => {
  const {tree} = model().derived.get("c")
  assert.deepEqual([...written(tree, id => id === 2, new Map([[1, "exact"]]))], [[2, "inherited"]])
  assert.deepEqual([...written(tree, id => id === 1, new Map([[2, "exact"]]))], [[1, "inherited"]])
  assert.deepEqual([...written(tree, id => id === 2, new Map([[2, "exact"]]))], [[2, "exact"]])
})

test("what belongs to a whole function is said without lines", () => {
  for (const say of Object.values(TIED)) {
    for (const words of say("", "")) assert.doesNotMatch(words, /  | of your|, \.|，。/)
    assert.match(say("line 3", "第 3 行").join(), /3|lost/)
  }
})
