// What a run is to be: function, device, mode, order, sizes, seed and reference.
import {marked} from "../language/words.js"
import {CheckSettings} from "./checking/check_settings.js"

/** @import {Device, DevicesFrame, InputKind, RunFunction, RunPart, SetupFrame, ThreadOrder} from "../frames.d.ts" */

/** @type {[order: ThreadOrder, title: string][]} */
export const ORDERS = [
  ["forward", marked("Forward")], ["reversed", marked("Reversed")], ["shuffled", marked("Shuffled by the seed")]]

/** @type {[kind: InputKind, title: string][]} */
export const INPUTS = [
  ["normal", marked("Random")], ["integers", marked("Whole numbers")], ["ones", marked("Ones")], ["ramp", marked("0, 1, 2 …")],
  ["edges", marked("Edge values")]]

const FOR_THREADS = ["cuda", "cuda-emulated"]  // what runs loops that are bound to threads, the best first
const FOR_LOOPS = "llvm"
const MOST_SIZE = 1 << 20
const MOST_SEED = 2 ** 31

/**
 * The device to offer first: a GPU or the emulator for a function with bound threads.
 * @param {boolean} bound
 * @param {Pick<Device, "name" | "isThere">[]} devices
 */
export function suggested(bound, devices) {
  const fitting = FOR_THREADS.find(name => devices.some(device => device.name === name && device.isThere))
  return bound && fitting ? fitting : FOR_LOOPS
}

/** The only owner of the settings. Choices are kept for the programs that they are about. */
export class RunSettings {
  /** @type {SetupFrame} */
  #setup = {kind: "setup", functions: [], reference: ""}
  /** @type {Device[] | undefined} */
  #devices  // undefined until they are known
  #function = ""
  /** @type {Map<string, string>} */
  #chosen = new Map()  // suggested device -> the one chosen instead: another program may need another
  /** @type {Map<string, boolean>} */
  #checked = new Map()  // device -> whether it checks
  /** @type {Map<string, number>} */
  #sizes = new Map()  // symbol and its first value -> what was typed
  /** @type {Map<string, string>} */
  #references = new Map()  // the text's own -> what was typed instead
  /** @type {ThreadOrder} */
  order = "forward"
  /** @type {InputKind} */
  inputs = "normal"
  #seed = 0
  check = new CheckSettings()

  /** @param {SetupFrame} setup */
  load(setup) { this.#setup = setup }

  /** @param {DevicesFrame} frame */
  loadDevices({devices}) { this.#devices = devices }

  get knowsDevices() { return this.#devices !== undefined }

  get devices() { return this.#devices ?? [] }

  // ---------------------------------------------------------------- the function

  get functions() { return this.#setup.functions.map(({name}) => name) }

  /** The function to run; undefined before a text could be read. @returns {RunFunction | undefined} */
  get function() {
    const {functions} = this.#setup
    return functions.find(({name}) => name === this.#function) ?? functions[0]
  }

  /** @param {string} name */
  chooseFunction(name) { this.#function = name }

  // ---------------------------------------------------------------- the device

  get #suggested() { return suggested(this.function?.bound ?? false, this.devices) }

  /** @returns {Device | undefined} */
  get device() {
    /** @param {string | undefined} name */
    const known = name => this.devices.find(device => device.name === name)
    const chosen = known(this.#chosen.get(this.#suggested))
    return chosen?.isThere ? chosen : known(this.#suggested)
  }

  /** @param {string} name */
  chooseDevice(name) {
    if (this.devices.some(device => device.name === name && device.isThere)) this.#chosen.set(this.#suggested, name)
  }

  /** Whether mistakes are looked for. */
  get checked() {
    const {device} = this
    return device !== undefined && device.checks && (this.#checked.get(device.name) ?? device.orders)
  }

  set checked(checked) { if (this.device) this.#checked.set(this.device.name, checked) }

  // ---------------------------------------------------------------- the inputs

  /** The variables in shapes with their values. @returns {[symbol: string, value: number][]} */
  get sizes() {
    return Object.entries(this.function?.sizes ?? {}).map(([symbol, first]) => [symbol, this.#sizes.get(`${symbol} ${first}`) ?? first])
  }

  /** @param {string} symbol @param {number} value */
  setSize(symbol, value) {
    const first = this.function?.sizes[symbol], key = `${symbol} ${first}`, typed = whole(value, 1, MOST_SIZE)
    if (typed !== (this.#sizes.get(key) ?? first)) this.#sizes.set(key, typed)  // a focus that passes by types nothing
  }

  get seed() { return this.#seed }

  set seed(seed) { this.#seed = whole(seed, 0, MOST_SEED) }

  // ---------------------------------------------------------------- the reference

  // The text's reference is for its first function.
  get #ownReference() { return this.function === this.#setup.functions[0] ? this.#setup.reference : "" }

  get reference() { return this.#references.get(this.#ownReference) ?? this.#ownReference }

  set reference(typed) { this.#references.set(this.#ownReference, typed) }

  // ---------------------------------------------------------------- what is asked for, what is remembered

  /** The run as the server is asked for it. @returns {RunPart} */
  get part() {
    const {device, checked, order, inputs, seed, reference, check} = this
    const isOwn = reference !== this.#ownReference || check.compareWith === "own"
    return {
      device: device?.name ?? FOR_LOOPS, seed, checked, order: device?.orders ? order : "forward", inputs, sizes: this.#askedSizes,
      reference: isOwn ? reference : "", ...check.part(this.buffers)}
  }

  /** Arrays of one's own have sizes of their own, unless others were typed. */
  get #askedSizes() {
    const typed = this.sizes.filter(([symbol]) => this.#sizes.has(`${symbol} ${this.function?.sizes[symbol]}`))
    return Object.fromEntries(this.check.arrays.length ? typed : this.sizes)
  }

  /** What a verdict is about: the run, without the bytes of arrays. */
  get about() { return {...this.part, arrays: this.check.about} }

  /** The parameters of the function that are buffers. */
  get buffers() { return this.function?.buffers ?? [] }

  /** @returns {RememberedRun} */
  get remembered() { return {devices: [...this.#chosen], order: this.order, seed: this.#seed} }

  /** @param {Partial<RememberedRun>} remembered as far as it is usable */
  recall({devices, order, seed}) {
    if (Array.isArray(devices)) this.#chosen = new Map(devices.filter(Array.isArray))
    this.order = ORDERS.find(([known]) => known === order)?.[0] ?? this.order
    if (typeof seed === "number") this.seed = seed
  }
}

/**
 * What a browser remembers: devices by the one that was suggested, order and seed.
 * @typedef {{devices: [suggested: string, chosen: string][], order: ThreadOrder, seed: number}} RememberedRun
 */

/** The whole number nearest to a value in a range. @param {number} value @param {number} least @param {number} most */
function whole(value, least, most) { return Math.min(most, Math.max(least, Math.round(value) || 0)) }
