// What a plan needs of a browser's GPU, how it is laid over axes, timed and sent; why there is no GPU.
import assert from "node:assert/strict"
import {test} from "node:test"
import {adapterOf, nameOf, whyNone} from "../../../../../../viz/ui/workbench/scripts/run/browser/availability.js"
import {base64Of, bytesOf} from "../../../../../../viz/ui/workbench/scripts/run/browser/base64.js"
import {dispatchOf, featuresOf, lacking, limitsOf, paddedSize} from "../../../../../../viz/ui/workbench/scripts/run/browser/requirements.js"
import {repeatsFor, secondsOf} from "../../../../../../viz/ui/workbench/scripts/run/browser/timing.js"

/** @import {PlanFrame, PlannedKernel} from "../../../../../../viz/ui/workbench/scripts/frames.d.ts" */

/** @type {PlannedKernel} */
const KERNEL = {name: "k", text: "", firstLine: 1, bindings: [["A", "read", "f32"], ["B", "read_write", "f32"]], workgroup: [64, 1, 1], workgroupBytes: 1024, extensions: []}

/** @param {Partial<PlannedKernel>} kernel @param {[number, number, number]} [grid] @param {number} [size] @returns {PlanFrame} */
const planOf = (kernel, grid = [4, 1, 1], size = 400) => ({
  kind: "plan", kernels: [{...KERNEL, ...kernel}, {...KERNEL, name: "unused", workgroup: [1024, 1024, 1], extensions: ["f16"]}],
  buffers: [{name: "A", size, content: null, isOutput: true}], launches: [{kernel: 0, grid, buffers: [0, 0], uniform: ""}], buildSeconds: 0, problems: {en: [], zh: []}})

const LIMITS = {
  maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupSizeX: 256, maxComputeWorkgroupSizeY: 256, maxComputeWorkgroupSizeZ: 64,
  maxComputeWorkgroupStorageSize: 32768, maxStorageBuffersPerShaderStage: 10, maxStorageBufferBindingSize: 1 << 27, maxBufferSize: 1 << 28,
  maxComputeWorkgroupsPerDimension: 65535}

/** Without the signs that numbers of thousands have. @param {string} words */
const plain = words => words.replaceAll(",", (sign, at) => /\d/.test(words[at + 1] ?? "") ? "" : sign)

/** @param {PlanFrame} plan @param {string[]} [features] */
const lacks = (plan, features = []) => lacking(plan, LIMITS, new Set(features), String)

test("a GPU that has all of it lacks nothing, and what is not launched counts for nothing", () => {
  assert.deepEqual([lacks(planOf({})), featuresOf(planOf({})), limitsOf(planOf({}))], [[], [], {}])
})

test("what a GPU lacks is told with both numbers", () => {
  const bindings = Array.from({length: 11}, () => KERNEL.bindings[0])
  for (const [words, plan] of /** @type {[string, PlanFrame][]} */ ([
    ["k has 512 threads a workgroup; this browser's GPU takes 256.", planOf({workgroup: [32, 16, 1]})],
    ["k has 128 threads along z; this browser's GPU takes 64.", planOf({workgroup: [1, 1, 128]})],
    ["k needs 40000 bytes of workgroup memory; this browser's GPU has 32768.", planOf({workgroupBytes: 40000})],
    ["k uses 11 buffers; this browser's GPU takes 10 at a time.", planOf({bindings})],
    [`A buffer has ${1 << 28} bytes; this browser's GPU takes ${1 << 27}.`, planOf({}, [1, 1, 1], 1 << 28)],
    ["k is launched with 1 × 70000 × 1 workgroups; this browser's GPU takes 65535 along an axis.", planOf({}, [1, 70000, 1])],
    ["It computes with 16-bit floats, which this browser's GPU has not: it lacks shader-f16.", planOf({extensions: ["f16"]})],
    ["It needs the feature subgroups, which this browser's GPU lacks.", planOf({extensions: ["subgroups"]})],
  ])) assert.deepEqual(lacks(plan).map(plain), [words])
  assert.deepEqual(lacks(planOf({extensions: ["f16"]}), ["shader-f16"]), [])
})

test("a device is asked for more than every one has where a plan needs it", () => {
  assert.deepEqual(limitsOf(planOf({workgroup: [32, 32, 1], workgroupBytes: 20000})), {maxComputeInvocationsPerWorkgroup: 1024, maxComputeWorkgroupStorageSize: 20000})
})

test("workgroups that do not fit along x are laid along z, so that each is launched", () => {
  for (const x of [1, 65535, 65536, 100_000, 1_000_001]) {
    const [wide, y, layers] = dispatchOf([x, 3, 1], 65535) ?? []
    assert.ok(wide && layers && wide <= 65535 && wide * layers >= x && wide * (layers - 1) < x, String(x))
    assert.equal(y, 3)
  }
  assert.deepEqual([dispatchOf([70000 * 70000, 1, 1], 65535), dispatchOf([1, 65536, 1], 65535), dispatchOf([1, 1, 2], 65535)], [undefined, undefined, undefined])
})

test("bytes go through base64 and back, whatever their number", () => {
  for (const length of [0, 1, 2, 3, 0x6000, 0x6001, 100_000]) {
    const bytes = Uint8Array.from({length}, (_each, i) => i * 7 % 256)
    assert.deepEqual(bytesOf(base64Of(bytes)), bytes)
    assert.equal(base64Of(bytes), Buffer.from(bytes).toString("base64"))
  }
  assert.deepEqual([0, 1, 16, 17].map(paddedSize), [16, 16, 16, 32])
})

test("a short call is repeated to be timed, a long one and many launches are not", () => {
  assert.deepEqual([repeatsFor(1, 1), repeatsFor(0.3, 1), repeatsFor(0.004, 1), repeatsFor(0, 1), repeatsFor(0, 1000), repeatsFor(0.1, 0)], [0, 1, 5, 50, 4, 0])
  assert.equal(secondsOf(BigUint64Array.of(1000n, 3000n), 2), 1e-6)
  assert.equal(secondsOf(BigUint64Array.of(3000n, 3000n), 2), undefined)
})

test("a browser without WebGPU says why: no secure address, none at all, no GPU", async () => {
  const address = "http://class.example:8501"
  assert.match(whyNone({gpu: undefined, isSecure: false, address}), /over HTTPS or from localhost only, and this one is http:\/\/class\.example:8501: ask/)
  assert.match(whyNone({gpu: undefined, isSecure: true, address}), /This browser has no WebGPU/)
  assert.equal(whyNone({gpu: {}, isSecure: true, address}), "")
  for (const requestAdapter of [async () => null, () => Promise.reject(new Error("blocked"))]) {
    assert.match((await adapterOf({gpu: {requestAdapter}, isSecure: true, address})).why, /but no GPU for it here/)
  }
  assert.deepEqual([nameOf(undefined), nameOf({vendor: "amd", architecture: "rdna-3"}), nameOf({description: "RTX", vendor: "nvidia"}), nameOf({vendor: "google", isFallbackAdapter: true})],
    ["", "amd rdna-3", "RTX", "google, in software"])
})
