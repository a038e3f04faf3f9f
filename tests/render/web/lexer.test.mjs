// Finding the tokens of the languages that codegens write.
import assert from "node:assert/strict"
import {test} from "node:test"
import {tokens} from "../../../viz/render/web/lexer.js"

/**
 * The tokens of a text with their classes, such as "k:for".
 * @param {string} text
 * @param {string} language
 */
function classified(text, language) {
  const {starts, ends, classes} = tokens(text, language)
  return starts.map((start, i) => `${classes[i]}:${text.slice(start, ends[i])}`)
}

/** @type {[language: string, text: string, wanted: string[]][]} */
const TEXTS = [
  ["c", "#include <x.h>\nint32_t f(float* A) { return exp(A[0x1p+0]); } /* one\ntwo */", [
    "cp:#include <x.h>", "nb:int32_t", "nf:f", "nb:float", "k:return", "nf:exp", "m:0x1p+0", "c:/* one\ntwo */"]],
  ["cuda", 'extern "C" __global__ void k() {} // 变量', ["k:extern", 's:"C"', "k:__global__", "nb:void", "nf:k", "c:// 变量"]],
  ["wgsl", "@compute fn main() { let a : f32 = 1.5; }", ["k:fn", "nf:main", "k:let", "nb:f32", "m:1.5"]],
  ["python", 'from tvm.script import tirx as T  # all\n@T.prim_func\ndef f(a: "x"):\n    return """a\nb"""', [
    "k:from", "k:import", "k:as", "c:# all", "nf:@T.prim_func", "k:def", "nf:f", 's:"x"', "k:return", 's:"""a\nb"""']],
  ["llvm", "define i32 @f(ptr %0) {\nentry:\n  ret i32 -1 ; done\n}", [
    "k:define", "nb:i32", "nf:@f", "nb:ptr", "cp:entry:", "k:ret", "nb:i32", "m:-1", "c:; done"]],
  ["asm", "f:\n\t.cfi_startproc\n\tmovl $1, %eax # one", ["nf:f:", "cp:\t.cfi_startproc", "k:\tmovl", "m:$1", "nb:%eax", "c:# one"]],
]

for (const [language, text, wanted] of TEXTS) {
  test(`tokens of ${language}`, () => assert.deepEqual(classified(text, language), wanted))
}

test("what is not closed goes on to the end, and nothing hangs", () => {
  assert.deepEqual(classified("/* open", "c"), ["c:/* open"])
  assert.deepEqual(classified('"open', "c"), ['s:"open'])
  assert.deepEqual(classified('"""open', "python"), ['s:"""open'])
  assert.equal(classified(`${"(".repeat(10_000)}"`, "c").length, 1)
})

test("an unknown language has no tokens", () => assert.deepEqual(classified("for", "cobol"), []))
