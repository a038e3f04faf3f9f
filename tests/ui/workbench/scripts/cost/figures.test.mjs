// Figures of accesses in words, their order, and what changed between two measurements.
import assert from "node:assert/strict"
import {test} from "node:test"
import {bytesWords, conflictsOf, excessOf, extentsWords, kernelFigures, patternWords, usedShare, waysOf, waysWords} from "../../../../../viz/ui/workbench/scripts/cost/figures.js"
import {changes, matched, totalWords} from "../../../../../viz/ui/workbench/scripts/cost/matching.js"
import {lineAt, sitesAt} from "../../../../../viz/ui/workbench/scripts/cost/site_links.js"
import {ordered} from "../../../../../viz/ui/workbench/scripts/cost/site_order.js"
import {LinkModel} from "../../../../../viz/render/web/model.js"
import {ORIGINS, PROGRAM, TABLES, TREE} from "../../../../support/link_model.mjs"

/** @import {AccessSite, Figures, KernelCost} from "../../../../../viz/ui/workbench/scripts/cost/cost_frames.d.ts" */

/** @type {Figures} */
const NOTHING = {requests: 512, lanes: 16384, sectors: 0, ideal_sectors: 0, wavefronts: 0, least_wavefronts: 0, ideal_wavefronts: 0, bytes_asked: 65536, bytes_used: 65536}
/** A column of a tile of 32 words a row: 32 wavefronts for each of 512 requests. @type {Figures} */
const COLUMN = {...NOTHING, wavefronts: 16384, least_wavefronts: 16384, ideal_wavefronts: 512}
/** @type {Figures} */
const ROW = {...COLUMN, wavefronts: 512, least_wavefronts: 512}
/** A column of an array in global memory: 32 sectors where 4 would do. @type {Figures} */
const FAR = {...NOTHING, sectors: 16384, ideal_sectors: 2048}

/** @param {Partial<AccessSite>} fields @returns {AccessSite} */
const site = fields => ({
  span: [0, 1], kind: "load", space: "shared", buffer: "S", width: 4, figures: COLUMN, lanes: [[32, 512]], most_on_one: 1, worst: null, node: null, own: null, own_line: null, call: null, ...fields})

/** @param {AccessSite[]} sites @param {Partial<KernelCost>} fields @returns {KernelCost} */
const kernel = (sites, fields = {}) => ({
  name: "main_kernel", launches: 1, grid: [4, 4, 1], block: [32, 8, 1], blocks: 16, counted_blocks: 16, sites, branches: [], barriers: 16, float_operations: 0,
  integer_operations: 0, occupancy: null, buffers: [], problem: null, bytes_moved: 0, intensity: null, ...fields})

test("conflicts are ways, a range where architectures differ", () => {
  assert.equal(waysWords(COLUMN), "32-way")
  assert.equal(conflictsOf(COLUMN), 15872)
  assert.equal(waysWords(ROW), "none")
  assert.equal(waysWords({...COLUMN, wavefronts: 2048, least_wavefronts: 1024}), "2–4-way")
  assert.deepEqual(waysOf({...COLUMN, wavefronts: 1024, least_wavefronts: 512}), [1, 2])
  assert.equal(waysOf(FAR), null)
  // A fragment in shared memory: which lane accesses which word is not documented.
  assert.equal(waysWords(NOTHING), "not known")
  assert.equal(patternWords(NOTHING, "shared"), "bank conflicts not known")
})

test("patterns in a few words", () => {
  assert.equal(patternWords(COLUMN, "shared"), "32-way bank conflict")
  assert.equal(patternWords(ROW, "shared"), "no bank conflict")
  assert.equal(patternWords(FAR, "global"), "32 sectors a request where 4 would do")
  assert.equal(patternWords({...FAR, sectors: 2048}, "global"), "4 sectors a request, as few as can be")
  assert.equal(usedShare(FAR), 0.125)
  assert.equal(excessOf(FAR), 14336)
})

test("the figures of a kernel say how many blocks were looked at", () => {
  /** @param {KernelCost} shown @param {string} title */
  const value = (shown, title) => kernelFigures(shown).find(([, name]) => name === title)?.[2]
  assert.equal(value(kernel([]), "Blocks looked at"), "all 16")
  assert.equal(value(kernel([], {counted_blocks: 3}), "Blocks looked at"), "3 of 16")
  assert.equal(value(kernel([], {grid: [128, 1, 1], launches: 2}), "Grid"), "128 · 2 launches")
  assert.equal(value(kernel([], {intensity: 0.3333}), "Operations a byte"), "0.333")
  const occupancy = {arch: "sm_80", blocks: 8, warps: 64, most_warps: 64, limits: /** @type {["threads"]} */ (["threads"]), static_shared: 4096, dynamic_shared: 0}
  assert.equal(value(kernel([], {occupancy}), "Occupancy on sm_80"), "8 blocks · 64 of 64 warps · 4 KiB shared · limited by threads")
  assert.equal(extentsWords([1, 1, 1]), "1")
  assert.equal(extentsWords([1, 8, 1]), "1 × 8")
  assert.equal(bytesWords(1536), "1.5 KiB")
})

test("the worst stand first; the order of the text is kept among equals", () => {
  const [calm, conflict, far, equal] = [site({figures: ROW}), site({}), site({space: "global", figures: FAR}), site({figures: ROW, buffer: "T"})]
  const all = [calm, conflict, far, equal]
  assert.deepEqual(ordered(all, "worst"), [conflict, far, calm, equal])
  assert.deepEqual(ordered(all, "text"), all)
  assert.deepEqual(ordered(all, "text", true), [equal, far, conflict, calm])
  assert.deepEqual(ordered(all, "used")[0], far)
  assert.deepEqual(ordered(all, "memory")[0], far)
})

test("an access is matched with the same one of the measurement before, and what changed is told", () => {
  const [before, after] = [site({}), site({figures: ROW})]
  const matches = matched([kernel([before])], [kernel([after])])
  assert.equal(matches.get(after), before)
  assert.deepEqual(changes(before, after), {conflicts: "32-way", sectors: "", used: ""})
  assert.deepEqual(changes(site({figures: FAR}), site({figures: {...FAR, sectors: 2048}})), {conflicts: "", sectors: "32", used: "13%"})
  assert.deepEqual(changes(before, before), {conflicts: "", sectors: "", used: ""})
  assert.equal(totalWords([kernel([before])], [kernel([after])]), "Since the measurement before: 15,872 → 0 bank conflicts.")
  assert.match(totalWords([kernel([before])], [kernel([before])]), /^Nothing of it/)
})

test("where a kind of access is there more or less often, and where not all blocks were looked at, nothing is compared", () => {
  const [before, first, second] = [site({}), site({}), site({})]
  assert.equal(matched([kernel([before])], [kernel([first, second])]).size, 0)
  assert.equal(matched([kernel([before])], [kernel([site({kind: "store"})])]).size, 0)
  assert.equal(totalWords([kernel([before], {counted_blocks: 1})], [kernel([site({figures: ROW})])]), "")
})

test("what is pointed at is tied to the access at it or around it, not to those inside", () => {
  const model = new LinkModel("def f(): ...", {...PROGRAM}, TABLES)
  const derived = model.add({name: "cuda", title: "CUDA", tree: TREE}, TABLES)
  derived.addOrigins(ORIGINS)
  const [inner] = [...derived.tree.nodes.values()].filter(({children}) => !children.length)
  const at = site({node: inner.parent}), other = site({node: null})
  assert.deepEqual(sitesAt(model, {tree: "cuda", ids: [inner.id]}, [at, other]), [at])
  assert.deepEqual(sitesAt(model, {tree: "cuda", ids: [inner.parent]}, [at, other]), [at])
  assert.deepEqual(sitesAt(model, {tree: "cuda", ids: [inner.parent]}, [site({node: inner.id})]), [])
  assert.deepEqual(sitesAt(model, null, [at]), [])
  assert.deepEqual(sitesAt(undefined, {tree: "cuda", ids: [0]}, [at]), [])
})

test("spans count code points", () => {
  assert.equal(lineAt("😀\n😀x", 3), 2)
  assert.equal(lineAt("a\nb", 1), 1)
})
