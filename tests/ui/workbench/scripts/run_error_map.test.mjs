// Where an output is wrong: how dark a cell is, and which elements it stands for.
import assert from "node:assert/strict"
import test from "node:test"

import {firstIndex, levels} from "../../../../viz/ui/workbench/scripts/run/error_map.js"

test("errors are shaded on a logarithmic scale, those that are not finite apart", () => {
  assert.deepEqual(levels([1, 10, 100, 1000, 10_000, null]), [1, 2, 3, 4, 4, 5])
  assert.deepEqual(levels([3, 3]), [4, 4])
  assert.deepEqual(levels([null]), [5])
})

test("a cell is named by its first element, in the output's own dimensions", () => {
  const plain = {columns: 6, height: 1, width: 1, row: 6, shape: [4, 6]}
  assert.deepEqual(firstIndex(plain, 0), [0, 0])
  assert.deepEqual(firstIndex(plain, 13), [2, 1])
  const pooled = {columns: 64, height: 2, width: 2, row: 128, shape: [128, 128]}
  assert.deepEqual(firstIndex(pooled, 12 * 64 + 5), [24, 10])
  const deep = {columns: 5, height: 1, width: 1, row: 5, shape: [2, 3, 5]}
  assert.deepEqual(firstIndex(deep, 4 * 5 + 2), [1, 1, 2])
  const vector = {columns: 32, height: 1, width: 1, row: 32, shape: [100]}
  assert.deepEqual(firstIndex(vector, 3 * 32 + 3), [99])
})
