// What rules there are to write for a program, and what one begins with.
import assert from "node:assert/strict"
import {test} from "node:test"
import {NodeTree} from "../../../../../../viz/render/web/model.js"
import {ruleOfLook, rulesOf, stubOf} from "../../../../../../viz/ui/workbench/scripts/step/ruling/rule_stub.js"

/** @type {import("../../../../../../viz/render/web/packed.d.ts").Tables} */
const TABLES = {
  strings: ["", "body", "a", "b", "op", "tirx.exp", "ty"],
  types: [["tirx.For", "For", "stmt", "x"], ["prim.Add", "Add", "expr", "x"], ["ir.Call", "Call", "expr", "x"], ["ir.T", "T", "type", "x"]],
  fields: [[], [4, 5]], catalog: {},
}
// For(body: Add(a: Call, b: Call)), of which the first call has an operator and a type
const TREE = new NodeTree({root: "m", nodes: [
  0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 2, 2, 0, 0, 1, 1, 6, 3, 0, 0, 0, 3, 3, 2, 0, 0, 0]}, TABLES)
const RULES = {"tirx.For": "", "prim.Add": "", "tirx.exp": "", "ir.Call": "", "prim.Sub": ""}

test("the rules are those that write the program, by operator where it has one", () => {
  const choices = rulesOf(TREE, RULES)
  assert.deepEqual(choices.map(({key, title, isStatement}) => [key, title, isStatement]), [
    ["tirx.For", "For", true], ["prim.Add", "Add", false], ["tirx.exp", "exp", false], ["ir.Call", "Call", false]])
})

test("a rule begins with the names of the children, and writes little", () => {
  const [loop, add, exp] = rulesOf(TREE, RULES)
  assert.equal(stubOf(loop, TREE), 'def rule(w, n):\n    # its parts: n["body"]\n    return ("For ", n["body"])\n')
  assert.match(stubOf(add, TREE), /of\.part\["a"\], of\.part\["b"\]\n.*how tightly[^]*return ATOM, \("Add ", of\.part\["a"\]\)\n$/)
  assert.match(stubOf(exp, TREE), /its parts: of\.part\.field\("op"\)\n/)
})

test("a link holds the rule", () => {
  const text = "def rule(w, n):\n    return n # 100 %"
  assert.deepEqual(ruleOfLook(`tirx.For pseudo-c ${encodeURIComponent(text)}`), {key: "tirx.For", language: "pseudo-c", text})
  assert.deepEqual(ruleOfLook("tirx.For"), {key: "tirx.For", language: "python", text: ""})
  assert.equal(ruleOfLook("tirx.For python %E0%A4%A"), undefined)
  assert.equal(ruleOfLook(""), undefined)
})
