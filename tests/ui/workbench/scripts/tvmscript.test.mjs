// TVMScript in the editor: completion and help.
import assert from "node:assert/strict"
import {test} from "node:test"
import {GRAMMAR, completions, hoverAt, plainMarkdown, registerTvmScript, stepHover, steps} from "../../../../viz/ui/workbench/scripts/editor/tvmscript.js"

/** @import {ScheduleMethod, SignatureRow} from "../../../../viz/ui/workbench/scripts/frames.d.ts" */
/** @import {Monaco} from "../../../../viz/ui/workbench/scripts/editor/monaco_api.d.ts" */

/** @type {SignatureRow[]} */
const MEMBERS = [
  ["T.grid", "(*extents)", "The grid *For* statement."], ["T.axis.remap", "(kinds, bindings)", "Remap axes."],
  ["T.float32", "", "A type."], ["I.ir_module", "(mod)", "A module."]]

/** @type {ScheduleMethod[]} */
const METHODS = [{name: "split", parameters: "(loop, factors)", example: "i0, i1 = sch.split(i, factors=[None, 16])", words: "Makes *nested* loops of one."}]

class Range {
  /** @param {number} startLineNumber @param {number} startColumn @param {number} endLineNumber @param {number} endColumn */
  constructor(startLineNumber, startColumn, endLineNumber, endColumn) {
    Object.assign(this, {startLineNumber, startColumn, endLineNumber, endColumn})
  }
}
/** The calls of a Monaco that knows only languages. */
function fakeMonaco() {
  /** @type {string[]} */
  const calls = []
  const languages = new Proxy({IndentAction: {Indent: 1}, CompletionItemKind: {Function: 1, Constant: 14}}, {
    get: (known, name) => Reflect.get(known, name) ?? ((/** @type {unknown} */ _) => void calls.push(String(name)))})
  return {monaco: /** @type {Monaco} */ (/** @type {unknown} */ ({Range, languages})), calls}
}

/** @param {string} line */
function completed(line) {
  const position = {lineNumber: 1, column: line.length + 1}
  return completions(fakeMonaco().monaco, {getLineContent: () => line}, position, MEMBERS)
}

test("members of T, T.axis and I are completed", () => {
  assert.deepEqual(completed("    T.").map(({insertText}) => insertText), ["grid", "float32"])
  assert.deepEqual(completed("x = T.axis.re").map(({insertText}) => insertText), ["remap"])
  assert.deepEqual(completed("I.").map(({insertText, kind}) => [insertText, kind]), [["ir_module", 1]])
  assert.deepEqual(completed("MT."), [])
  assert.deepEqual(completed("x.T."), [])
  const [{range, detail}] = completed("  T.gr")
  assert.deepEqual({...range}, {startLineNumber: 1, startColumn: 5, endLineNumber: 1, endColumn: 7})
  assert.equal(detail, "T.grid(*extents)")
})

test("help is on the member under the pointer, and shows text as it is", () => {
  const byName = new Map(MEMBERS.map(row => [row[0], row]))
  /** @param {number} column */
  const help = column => hoverAt({getLineContent: () => "for i in T.grid(8): T.nope"}, {lineNumber: 3, column}, byName)
  assert.equal(help(12)?.contents[0].value, "```python\nT.grid(*extents)\n```")
  assert.equal(help(12)?.contents[1].value, "The grid \\*For\\* statement\\.")
  assert.deepEqual(help(12)?.range, {startLineNumber: 3, endLineNumber: 3, startColumn: 10, endColumn: 16})
  assert.equal(help(2), null)
  assert.equal(help(23), null)
  assert.equal(plainMarkdown("a <b>\n[c](d)"), "a \\<b\\> \\[c\\]\\(d\\)")
})

test("methods are completed and explained on a Schedule, by whatever name it has", () => {
  /** @param {string} line @param {string} before */
  const offered = (line, before = "") => steps(fakeMonaco().monaco, {getLineContent: () => line, getValue: () => `${before}\n${line}`}, {lineNumber: 2, column: line.length + 1}, METHODS)
  const [{insertText, detail, documentation}] = offered("    sch.sp")
  assert.deepEqual([insertText, detail], ["split", "split(loop, factors)"])
  assert.match(String(documentation), /nested/)
  assert.equal(offered("plan.", "plan = tvm.s_tir.Schedule(Module)").length, 1)
  assert.equal(offered("plan.", "def f(plan: s_tir.Schedule):").length, 1)
  assert.equal(offered("plan.", "plan = 3").length, 0)
  assert.equal(offered("a.sch.").length, 0)
  const model = {getLineContent: () => "a, b = sch.split(i, [4])", getValue: () => ""}
  assert.equal(stepHover(model, {lineNumber: 1, column: 13}, METHODS)?.contents[0].value, "```python\nsch.split(loop, factors)\n```")
  assert.equal(stepHover(model, {lineNumber: 1, column: 2}, METHODS), null)
})

test("Monaco learns the language", () => {
  const {monaco, calls} = fakeMonaco()
  registerTvmScript(monaco, MEMBERS, METHODS)
  assert.deepEqual(calls, [
    "register", "setMonarchTokensProvider", "setLanguageConfiguration", "registerCompletionItemProvider", "registerHoverProvider"])
})

test("the grammar's rules match the beginnings of tokens", () => {
  /** @param {string} text */
  const first = text => GRAMMAR.tokenizer.root.find(([rule]) => new RegExp(`^(?:${rule.source})`, rule.flags).test(text))?.[1]
  assert.equal(first("# words"), "comment")
  assert.equal(first("@T.prim_func"), "annotation")
  assert.deepEqual(first("def f"), ["keyword", "", "type"])
  assert.deepEqual(first("T.grid"), ["namespace", "", "type"])
  assert.equal(first('r"""x'), "string")
  assert.equal(first("1e-5"), "number")
  assert.deepEqual(first("变量"), {cases: {"@keywords": "keyword", "@default": "identifier"}})
})
