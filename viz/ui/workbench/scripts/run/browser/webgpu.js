// Run a plan on the GPU of this browser: compile its shaders, launch them in order, read the outputs back, time a call.
import {_, number} from "../../language/words.js"
import {adapterOf, nameOf, thisBrowser} from "./availability.js"
import {base64Of, bytesOf} from "./base64.js"
import {dispatchOf, featuresOf, lacking, limitsOf, paddedSize} from "./requirements.js"
import {repeatsFor, secondsOf} from "./timing.js"

/** @import {Computed, PlanFrame, PlannedKernel, ShaderFault} from "../../frames.d.ts" */

/** `report` says what is being done. @typedef {{signal: AbortSignal, report: (step: string) => void}} Control */

const MOST_SECONDS = 30
const TIMESTAMPS = "timestamp-query"
const MOST_FAULTS = 20
const MOST_CHARACTERS = 500
const TICKS = 16  // bytes of two timestamps
const COMPUTE = 4  // GPUShaderStage.COMPUTE
const USAGE = {READ: 0x1, FROM: 0x4, TO: 0x8, UNIFORM: 0x40, STORAGE: 0x80, RESOLVE: 0x200}  // GPUBufferUsage
const READ = 1  // GPUMapMode.READ

/** Why a program did not run in this browser; its message and its hint are for the user. */
export class BrowserError extends Error {
  /** @param {string} message @param {string} [hint] */
  constructor(message, hint = "") {
    super(message)
    this.hint = hint
  }
}

/**
 * Run a plan. What the browser's compiler refuses is returned as faults.
 * @param {PlanFrame} plan
 * @param {Control} control
 * @returns {Promise<Computed>}
 * @throws {BrowserError} where this browser cannot run it, or it does not end
 * @throws {DOMException} where it is given up
 */
export async function compute(plan, {signal, report}) {
  /** @type {GPUDevice | undefined} */
  let device
  /** @type {(reason: unknown) => void} */
  let end = () => {}
  const ended = new Promise((_resolve, reject) => { end = reject })
  const timer = setTimeout(() => end(new BrowserError(_("It did not end within {seconds} seconds on this browser's GPU, and was given up.", {seconds: MOST_SECONDS}))), MOST_SECONDS * 1000)
  const cancel = () => end(signal.reason)
  signal.addEventListener("abort", cancel, {once: true})
  const work = async () => {
    const {adapter, why} = await adapterOf(thisBrowser())
    if (!adapter) throw new BrowserError(why)
    device = await deviceOf(adapter, plan)
    device.lost.then(({message}) => end(lostError(message)))
    signal.throwIfAborted()
    const {limits, info} = adapter
    const run = new Run(device, plan, limits.maxComputeWorkgroupsPerDimension, adapter.features.has(TIMESTAMPS))
    return {...await run.all(report), adapter: nameOf(info).slice(0, MOST_CHARACTERS)}
  }
  const working = work()
  for (const promise of [working, ended]) promise.catch(() => {})  // who comes second is not heard
  try {
    return /** @type {Computed} */ (await Promise.race([working, ended]))
  } finally {
    clearTimeout(timer)
    signal.removeEventListener("abort", cancel)
    working.finally(() => device?.destroy()).catch(() => {})
    device?.destroy()  // the only way to stop a launch
  }
}

/** @param {string} message */
function lostError(message) {
  return new BrowserError(_("The browser's GPU was lost: {message}", {message: message || "—"}), _("A kernel that does not end, or one that takes too much memory, can be the reason."))
}

/**
 * A device that can run a plan.
 * @param {GPUAdapter} adapter
 * @param {PlanFrame} plan
 * @throws {BrowserError} where the GPU lacks what the plan needs
 */
async function deviceOf(adapter, plan) {
  const short = lacking(plan, adapter.limits, adapter.features, number)
  if (short.length) throw new BrowserError(short.join(" "), _("Another device can run it."))
  const features = [...featuresOf(plan), ...adapter.features.has(TIMESTAMPS) ? [TIMESTAMPS] : []]
  return adapter.requestDevice({requiredFeatures: features, requiredLimits: limitsOf(plan)})
}

/** One run of a plan on a device. */
class Run {
  #device
  #plan
  #most
  #timed
  /** @type {GPUBuffer[]} */
  #buffers = []
  /** @type {Map<number, {pipeline: object, layout: object}>} */
  #pipelines = new Map()
  /** @type {{pipeline: object, group: object, grid: [number, number, number]}[]} */
  #launches = []

  /** @param {GPUDevice} device @param {PlanFrame} plan @param {number} most workgroups along an axis @param {boolean} timed whether the GPU has timestamps */
  constructor(device, plan, most, timed) {
    this.#device = device
    this.#plan = plan
    this.#most = most
    this.#timed = timed
  }

  /** @param {(step: string) => void} report @returns {Promise<Computed>} */
  async all(report) {
    report(_("compiling for this browser's GPU"))
    const began = performance.now()
    const faults = await this.#compile()
    if (faults.length) return {outputs: {}, faults}
    const compiled = performance.now() - began
    report(_("running on this browser's GPU"))
    const [outputs, seconds] = await this.#checked(() => this.#run())
    const time = await this.#time(seconds).catch(() => undefined)  // the outputs are what counts
    return {outputs, faults: [], build_seconds: compiled / 1000, ...time}
  }

  /** Compile the kernels that are launched. Returns what the compiler has against them. */
  async #compile() {
    /** @type {ShaderFault[]} */
    const faults = []
    for (const number of new Set(this.#plan.launches.map(({kernel}) => kernel))) {
      const kernel = this.#plan.kernels[number]
      this.#device.pushErrorScope("validation")
      const module = this.#device.createShaderModule({code: kernel.text})
      const {messages} = await module.getCompilationInfo()
      const refusal = await this.#device.popErrorScope()
      const own = messages.filter(({type}) => type === "error").map(({message, lineNum, linePos}) => ({kernel: kernel.name, message, line: lineNum, column: linePos}))
      faults.push(...own.length || !refusal ? own : [{kernel: kernel.name, message: refusal.message, line: 0, column: 0}])
      if (!faults.length) await this.#pipeline(number, kernel, module, faults)
    }
    return faults.slice(0, MOST_FAULTS).map(fault => ({...fault, message: fault.message.slice(0, MOST_CHARACTERS)}))
  }

  /** @param {number} number @param {PlannedKernel} kernel @param {GPUShaderModule} module @param {ShaderFault[]} faults */
  async #pipeline(number, kernel, module, faults) {
    const types = [...kernel.bindings.map(([, access]) => access === "read" ? "read-only-storage" : "storage"), "uniform"]
    const layout = this.#device.createBindGroupLayout({entries: types.map((type, binding) => ({binding, visibility: COMPUTE, buffer: {type}}))})
    try {
      const pipeline = await this.#device.createComputePipelineAsync({
        layout: this.#device.createPipelineLayout({bindGroupLayouts: [layout]}), compute: {module, entryPoint: kernel.name}})
      this.#pipelines.set(number, {pipeline, layout})
    } catch (error) {
      if (!(error instanceof Error)) throw error
      faults.push({kernel: kernel.name, message: error.message, line: 0, column: 0})
    }
  }

  /**
   * Do something on the device; what it has against it is thrown.
   * @template T
   * @param {() => Promise<T>} act
   */
  async #checked(act) {
    const filters = /** @type {const} */ (["validation", "out-of-memory", "internal"])
    for (const filter of filters) this.#device.pushErrorScope(filter)
    const acted = act()
    acted.catch(() => {})  // what the scopes say is the reason
    const errors = await Promise.all(filters.map(() => this.#device.popErrorScope()))
    const [internal, memory, invalid] = errors
    if (memory) throw new BrowserError(_("This browser's GPU has not enough memory for its buffers."), _("Choose smaller sizes."))
    const error = invalid ?? internal
    if (error) throw new BrowserError(_("The browser refuses the launch: {message}", {message: error.message.slice(0, MOST_CHARACTERS)}))
    return acted
  }

  /** Launch all kernels once. Returns the outputs and the seconds that it took. @returns {Promise<[outputs: Record<string, string>, seconds: number]>} */
  async #run() {
    const device = this.#device
    this.#buffers = this.#plan.buffers.map(({size, content}) => this.#buffer(size, USAGE.STORAGE, content))
    this.#launches = this.#plan.launches.map(launch => this.#launch(launch))
    const staged = this.#plan.buffers.flatMap(({name, size, isOutput}, i) => isOutput
      ? [{name, size, from: this.#buffers[i], to: device.createBuffer({size: this.#buffers[i].size, usage: USAGE.READ | USAGE.TO})}] : [])
    const began = performance.now()
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    this.#dispatch(pass, 1)
    pass.end()
    for (const {from, to} of staged) encoder.copyBufferToBuffer(from, 0, to, 0, from.size)
    device.queue.submit([encoder.finish()])
    await device.queue.onSubmittedWorkDone()
    const seconds = (performance.now() - began) / 1000
    /** @type {Record<string, string>} */
    const outputs = {}
    for (const {name, size, to} of staged) {
      await to.mapAsync(READ)
      outputs[name] = base64Of(new Uint8Array(to.getMappedRange(), 0, size))
      to.destroy()
    }
    return [outputs, seconds]
  }

  /**
   * The time of a call: of some more, in a row.
   * @param {number} seconds of the first call, by the page's clock
   * @returns {Promise<{seconds: number, clock: "gpu" | "page"}>}
   */
  async #time(seconds) {
    const repeats = repeatsFor(seconds, this.#launches.length)
    if (!repeats) return {seconds, clock: "page"}
    const device = this.#device
    const querySet = this.#timed ? device.createQuerySet({type: "timestamp", count: 2}) : undefined
    const began = performance.now()
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass(querySet && {timestampWrites: {querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1}})
    this.#dispatch(pass, repeats)
    pass.end()
    const ticks = querySet && this.#resolve(encoder, querySet)
    device.queue.submit([encoder.finish()])
    await device.queue.onSubmittedWorkDone()
    const wall = (performance.now() - began) / 1000 / repeats
    await ticks?.mapAsync(READ)
    const measured = ticks && secondsOf(new BigUint64Array(ticks.getMappedRange(), 0, 2), repeats)
    return measured ? {seconds: measured, clock: "gpu"} : {seconds: wall, clock: "page"}
  }

  /** Copy two timestamps to where they can be read. @param {GPUCommandEncoder} encoder @param {object} querySet */
  #resolve(encoder, querySet) {
    const resolved = this.#device.createBuffer({size: TICKS, usage: USAGE.RESOLVE | USAGE.FROM})
    const ticks = this.#device.createBuffer({size: TICKS, usage: USAGE.READ | USAGE.TO})
    encoder.resolveQuerySet(querySet, 0, 2, resolved, 0)
    encoder.copyBufferToBuffer(resolved, 0, ticks, 0, TICKS)
    return ticks
  }

  /** @param {PlanFrame["launches"][number]} launch */
  #launch({kernel, grid, buffers, uniform}) {
    const compiled = this.#pipelines.get(kernel)
    const laid = dispatchOf(grid, this.#most)
    if (!compiled || !laid) throw new Error(`kernel ${kernel} cannot be launched`)
    const bound = [...buffers.map(number => this.#buffers[number]), this.#buffer(0, USAGE.UNIFORM, uniform)]
    const group = this.#device.createBindGroup({layout: compiled.layout, entries: bound.map((buffer, binding) => ({binding, resource: {buffer}}))})
    return {pipeline: compiled.pipeline, group, grid: laid}
  }

  /** @param {GPUComputePass} pass @param {number} times */
  #dispatch(pass, times) {
    for (let i = 0; i < times; i++) {
      for (const {pipeline, group, grid} of this.#launches) {
        pass.setPipeline(pipeline)
        pass.setBindGroup(0, group)
        pass.dispatchWorkgroups(...grid)
      }
    }
  }

  /** A buffer, with its content as base64 where it has one. @param {number} size @param {number} usage @param {string | null} content */
  #buffer(size, usage, content) {
    const bytes = content === null ? undefined : bytesOf(content)
    const made = this.#device.createBuffer({size: paddedSize(Math.max(size, bytes?.length ?? 0)), usage: usage | USAGE.FROM | USAGE.TO})
    if (bytes?.length) {
      const whole = new Uint8Array(made.size)  // what is written is a multiple of 4 bytes
      whole.set(bytes)
      this.#device.queue.writeBuffer(made, 0, whole)
    }
    return made
  }
}
