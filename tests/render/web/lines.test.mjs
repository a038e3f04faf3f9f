// Cutting a text along its marks and tokens.
import assert from "node:assert/strict"
import {test} from "node:test"
import {MarkedLines, indexOfLast} from "../../../viz/render/web/lines.js"

/** @import {Mark} from "../../../viz/render/web/lines.js" */

const TEXT = "for (i) {\n  B[i] = (A + 1); // 𝒳\n}\n"
/** @param {string} words @param {number} node @returns {Mark} */
const mark = (words, node) => [TEXT.indexOf(words), TEXT.indexOf(words) + words.length, node]
// The loop is all of it; then the store, the sum, and its parts.
/** @type {Mark[]} */
const MARKS = [[0, TEXT.length - 1, 7], mark("B[i] = (A + 1);", 8), mark("(A + 1)", 9), mark("A", 10), mark("1", 11)]

test("the last of the smaller numbers is found", () => {
  assert.deepEqual([-1, 0, 4, 5, 9].map(value => indexOfLast([0, 5, 5, 8], value)), [-1, 0, 0, 2, 3])
})

test("every character belongs to the innermost mark around it", () => {
  const lines = new MarkedLines(TEXT, "c", MARKS)
  for (let offset = 0; offset < TEXT.length; offset += 1) {
    let wanted = -1
    MARKS.forEach(([start, end], i) => { if (start <= offset && offset < end) wanted = i })
    assert.equal(lines.markAt(offset), wanted, `offset ${offset}`)
  }
  assert.deepEqual(lines.parents, [-1, 0, 1, 2, 2])
})

test("the pieces of the lines are the text, cut at marks and tokens", () => {
  const lines = new MarkedLines(TEXT, "c", MARKS)
  assert.equal(lines.count, 3)
  const pieces = [0, 1, 2].flatMap(line => lines.pieces(line))
  assert.equal(pieces.map(({start, end}) => TEXT.slice(start, end)).join(""), TEXT)
  const byText = new Map(pieces.map(piece => [TEXT.slice(piece.start, piece.end), piece]))
  assert.equal(byText.get("for")?.kind, "k")
  assert.equal(byText.get("1")?.kind, "m")
  assert.equal(MARKS[byText.get("1")?.mark ?? 0][2], 11)
  assert.equal(byText.get("// 𝒳")?.kind, "c")
  assert.equal(byText.get("\n")?.mark, -1)
})

test("spans of marks leave out blanks", () => {
  const lines = new MarkedLines(TEXT, "c", MARKS)
  const texts = [...lines.spansOf(i => MARKS[i][2] === 7)].map(([start, end]) => TEXT.slice(start, end))
  assert.deepEqual(texts, ["for (i) {\n  ", " // 𝒳\n}"])
  assert.deepEqual([...lines.spansOf(() => false)], [])
})

test("a place beside the text is what begins on its line, the keyboard goes in and out", () => {
  const lines = new MarkedLines(TEXT, "c", MARKS)
  assert.equal(lines.markOfLine(0), 0)
  assert.equal(lines.markOfLine(1), 1)
  assert.equal(lines.step("ArrowRight", 1), 2)
  assert.equal(lines.step("ArrowLeft", 2), 1)
  assert.equal(lines.step("ArrowDown", 3), 4)
  assert.equal(lines.step("ArrowDown", 4), -1)
  assert.equal(lines.step("ArrowUp", 4), 3)
})

test("a text without a last line break, an empty one, and one with unknown language", () => {
  for (const text of ["", "x", "a\n\nb", "\n", "  \n\t"]) {
    const lines = new MarkedLines(text, "no such language", [])
    const pieces = lines.starts.flatMap((_, line) => lines.pieces(line))
    assert.equal(pieces.map(({start, end}) => text.slice(start, end)).join(""), text)
    assert.equal(lines.starts.map((_, line) => lines.textOf(line)).join(""), text)
  }
})
