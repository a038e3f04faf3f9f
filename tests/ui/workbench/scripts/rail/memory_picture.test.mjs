// The words of the memory plan's picture.
import assert from "node:assert/strict"
import {test} from "node:test"
import {tensorWords} from "../../../../../viz/ui/workbench/scripts/rail/memory_picture.js"

const CALLS = ["matmul", "add", "silu"]
const TENSOR = {name: "alloc", shape: "8 × 64", dtype: "float32", first: 0, last: 1, returned: false}

test("a tensor is told with the calls that need it", () => {
  assert.equal(tensorWords(TENSOR, CALLS), "alloc float32[8 × 64], from matmul to add")
  assert.equal(tensorWords({...TENSOR, last: 0}, CALLS), "alloc float32[8 × 64], in matmul")
  assert.equal(tensorWords({...TENSOR, first: 2, last: 3, returned: true}, CALLS), "alloc float32[8 × 64], from silu to the end")
})
