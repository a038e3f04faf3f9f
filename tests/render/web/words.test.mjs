// The words of the panes in both languages.
import assert from "node:assert/strict"
import {test} from "node:test"
import {FOLD_WORDS, KIND_WORDS, LEGEND_WORDS, ORIGIN_WORDS, WELCOME_WORDS, lineWords, madeWords} from "../../../viz/render/web/words.js"

const CHINESE = /[\u4e00-\u9fff]/

test("what belongs to a whole function is told without lines", () => {
  for (const [certainty, words] of Object.entries(ORIGIN_WORDS)) {
    for (const sentence of words("", "")) assert.doesNotMatch(sentence, /  | of your|, \.|，。/)
    assert.equal(words("line 3", "第 3 行").join().includes("3"), certainty !== "lost")
  }
})

test("lines are one or several", () => {
  assert.deepEqual(lineWords(3, 3), ["line 3", "第 3 行"])
  assert.deepEqual(lineWords(3, 5), ["lines 3–5", "第 3–5 行"])
})

test("all words are there in English and in Chinese", () => {
  const sentences = [
    ...Object.values(ORIGIN_WORDS).map(words => words("line 3", "第 3 行")), ...Object.values(FOLD_WORDS).map(words => words(7)),
    WELCOME_WORDS, madeWords("One", 1), ...LEGEND_WORDS.map(([, ...words]) => words),
    ...Object.entries(KIND_WORDS).map(([, words]) => words)]
  for (const [en, zh] of sentences) {
    assert.doesNotMatch(en, CHINESE)
    assert.match(zh, CHINESE)
  }
})
