// What a plan needs of a GPU, what a GPU lacks of it in plain words, and how a grid is laid over its axes.
import {_} from "../../language/words.js"

/** @import {PlanFrame, PlannedKernel} from "../../frames.d.ts" */

/** What a shader enables, and the feature that a device must be asked for. @type {Record<string, string>} */
const FEATURES = {f16: "shader-f16", subgroups: "subgroups"}

const ALIGNMENT = 16  // bytes: that of the largest element, four words

/** A limit, what is needed of it, and what to say where that is more than there is. @typedef {{name: string, need: number, words: (most: string) => string}} Need */

/** The kernels of a plan that are launched. @param {PlanFrame} plan */
export function launched({kernels, launches}) {
  const used = new Set(launches.map(({kernel}) => kernel))
  return kernels.filter((_each, i) => used.has(i))
}

/** The features that a plan's shaders enable. @param {PlanFrame} plan */
export function featuresOf(plan) {
  return [...new Set(launched(plan).flatMap(({extensions}) => extensions.map(name => FEATURES[name] ?? name)))]
}

/** What a plan needs of each limit. @param {PlanFrame} plan @returns {Need[]} */
export function needsOf(plan) {
  const largest = Math.max(0, ...plan.buffers.map(({size}) => paddedSize(size)))
  return [
    ...launched(plan).flatMap(needsOfKernel),
    ...["maxStorageBufferBindingSize", "maxBufferSize"].map(name => ({
      name, need: largest, words: (/** @type {string} */ most) => _("A buffer has {need} bytes; this browser's GPU takes {most}.", {need: largest, most})}))]
}

/** @param {PlannedKernel} kernel @returns {Need[]} */
function needsOfKernel({name: kernel, workgroup, workgroupBytes, bindings}) {
  const threads = workgroup[0] * workgroup[1] * workgroup[2]
  return [
    {name: "maxComputeInvocationsPerWorkgroup", need: threads,
      words: most => _("{kernel} has {need} threads a workgroup; this browser's GPU takes {most}.", {kernel, need: threads, most})},
    ...workgroup.map((need, axis) => ({name: `maxComputeWorkgroupSize${"XYZ"[axis]}`, need,
      words: (/** @type {string} */ most) => _("{kernel} has {need} threads along {axis}; this browser's GPU takes {most}.", {kernel, need, axis: "xyz"[axis], most})})),
    {name: "maxComputeWorkgroupStorageSize", need: workgroupBytes,
      words: most => _("{kernel} needs {need} bytes of workgroup memory; this browser's GPU has {most}.", {kernel, need: workgroupBytes, most})},
    {name: "maxStorageBuffersPerShaderStage", need: bindings.length,
      words: most => _("{kernel} uses {need} buffers; this browser's GPU takes {most} at a time.", {kernel, need: bindings.length, most})}]
}

/**
 * What a GPU lacks for a plan, in sentences; none where it can run it.
 * @param {PlanFrame} plan
 * @param {Record<string, number>} limits
 * @param {ReadonlySet<string>} features
 * @param {(value: number) => string} shown
 */
export function lacking(plan, limits, features, shown) {
  const most = limits.maxComputeWorkgroupsPerDimension
  const missing = featuresOf(plan).filter(name => !features.has(name))
  const grids = plan.launches.filter(({grid}) => !dispatchOf(grid, most))
  return [...new Set([
    ...missing.map(featureWords),
    ...needsOf(plan).filter(({name, need}) => need > limits[name]).map(({name, words}) => words(shown(limits[name]))),
    ...grids.map(({kernel, grid}) => _("{kernel} is launched with {grid} workgroups; this browser's GPU takes {most} along an axis.",
      {kernel: plan.kernels[kernel].name, grid: grid.join(" × "), most}))])]
}

/** @param {string} feature */
function featureWords(feature) {
  if (feature === "shader-f16") return _("It computes with 16-bit floats, which this browser's GPU has not: it lacks shader-f16.")
  return _("It needs the feature {feature}, which this browser's GPU lacks.", {feature})
}

/**
 * The limits to ask a device for: those that a plan needs, where they are more than every device has.
 * @param {PlanFrame} plan
 */
export function limitsOf(plan) {
  /** @type {Record<string, number>} */
  const limits = {}
  for (const {name, need} of needsOf(plan)) if (need > (EVERY[name] ?? 0)) limits[name] = Math.max(limits[name] ?? 0, need)
  return limits
}

/** The limits that every device has: WebGPU's default ones. @type {Record<string, number>} */
const EVERY = {
  maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupSizeX: 256, maxComputeWorkgroupSizeY: 256, maxComputeWorkgroupSizeZ: 64,
  maxComputeWorkgroupStorageSize: 16384, maxStorageBuffersPerShaderStage: 8, maxStorageBufferBindingSize: 1 << 27, maxBufferSize: 1 << 28}

/**
 * The workgroups to launch along each axis; undefined where they are too many. What does not fit along x is laid along z, as TVM's text
 * expects it: workgroup x is that of blockIdx.z · gridDim.x + blockIdx.x, and those beyond the last return at once.
 * @param {[x: number, y: number, z: number]} grid
 * @param {number} most along an axis
 * @returns {[x: number, y: number, z: number] | undefined}
 */
export function dispatchOf([x, y, z], most) {
  if (y > most || z > 1) return undefined
  const layers = Math.ceil(x / most)
  return layers > most ? undefined : [Math.ceil(x / layers), y, layers]
}

/** The bytes of a buffer for some content: no shader reads half an element. @param {number} size */
export function paddedSize(size) { return Math.max(ALIGNMENT, Math.ceil(size / ALIGNMENT) * ALIGNMENT) }
