// The words of the page in its language.
import assert from "node:assert/strict"
import {test} from "node:test"
import {LOCALES, _, language, marked, number, plural, speak} from "../../../../../viz/ui/workbench/scripts/language/words.js"

const CHINESE = {"Run": "运行", "line {line}": "第 {line} 行", "{count} place": "{count} 处"}

test("English is what stands in the code", () => {
  speak("en", {})
  assert.equal(_("line {line}", {line: 7}), "line 7")
  assert.equal(plural("{count} place", "{count} places", 1), "1 place")
  assert.equal(plural("{count} place", "{count} places", 1234), "1,234 places")
  assert.equal(marked("Run"), "Run")
})

test("Chinese is looked up, what has no words stays", () => {
  speak("zh", CHINESE)
  assert.equal(language(), "zh")
  assert.equal(LOCALES[language()], "zh-CN")
  assert.equal(_(marked("Run")), "运行")
  assert.equal(_("line {line}", {line: 7}), "第 7 行")
  assert.equal(plural("{count} place", "{count} places", 2), "2 处")
  assert.equal(_("toString"), "toString")
  assert.equal(_("not there {name}", {name: "{line}"}), "not there {line}")
  assert.equal(number(0.25, {style: "percent"}), "25%")
  speak("en", {})
})
