// The values of weights stay on this machine: the bytes that are sent are those of viz/frontend/onnx/weights.py.
import assert from "node:assert/strict"
import {readFileSync} from "node:fs"
import {test} from "node:test"
import {withoutWeights} from "../../../../../viz/ui/workbench/scripts/programs/model_file.js"

const EXAMPLE = new URL("../../../../../examples/relax/relax_conv_onnx.onnx", import.meta.url)

test("the values of a model's weights are left out, and nothing else", () => {
  const whole = new Uint8Array(readFileSync(EXAMPLE))
  const left = withoutWeights(whole)
  // Of four weights one is large: 10 × 64 numbers of 4 bytes, with the field's number and length. The lengths of the
  // weight and of the graph around it become shorter, of two bytes each; that of the graph keeps two.
  assert.equal(whole.length - left.length, 10 * 64 * 4 + 3 + 1)
  const text = new TextDecoder("latin1").decode(left)
  for (const name of ["/conv/Conv", "fc.weight", "conv.weight", "kernel_shape"]) assert.ok(text.includes(name), name)
  assert.deepEqual(withoutWeights(left), left)
})

test("what is no model stays as it is", () => {
  for (const bytes of [[], [8], [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x3A, 2, 0x2A, 5], [0x0B, 0x0B], [0xFF]]) {
    assert.deepEqual(withoutWeights(Uint8Array.from(bytes)), Uint8Array.from(bytes))
  }
})
