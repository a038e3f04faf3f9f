// What a run is to be, for the programs and devices that there are.
import assert from "node:assert/strict"
import {test} from "node:test"
import {RunSettings, suggested} from "../../../../../viz/ui/workbench/scripts/run/run_settings.js"

/** @import {Device, RunFunction} from "../../../../../viz/ui/workbench/scripts/frames.d.ts" */

/** @type {(name: string, isThere?: boolean) => Device} */
const device = (name, isThere = true) => ({
  name, title: name, target: name, isThere, why: "", checks: name === "c" || name === "cuda-emulated", orders: name === "cuda-emulated", inBrowser: false})
const HERE = [device("llvm"), device("c"), device("cuda", false), device("cuda-emulated")]
/** @type {(name: string, bound: boolean, sizes?: Record<string, number>) => RunFunction} */
const row = (name, bound, sizes = {}) => ({name, signature: `${name}()`, bound, buffers: ["A", "B"], sizes})

/** @param {RunFunction[]} functions @param {string} [reference] */
function settingsOf(functions, reference = "") {
  const settings = new RunSettings()
  settings.load({kind: "setup", functions, reference})
  settings.loadDevices({kind: "devices", devices: HERE, protection: ""})
  return settings
}

test("loops bound to threads get a GPU, else the emulator, others the CPU", () => {
  const all = [...HERE.filter(({name}) => name !== "cuda"), device("cuda")]
  assert.deepEqual([[true, all], [true, HERE], [true, [device("llvm")]], [false, all]].map(
    ([bound, devices]) => suggested(/** @type {boolean} */ (bound), /** @type {Device[]} */ (devices))), ["cuda", "cuda-emulated", "llvm", "llvm"])
})

test("a device that is not there cannot be chosen, and a choice is for programs of its kind", () => {
  const settings = settingsOf([row("f", false), row("g", true)])
  assert.deepEqual([settings.functions, settings.device?.name], [["f", "g"], "llvm"])
  settings.chooseDevice("cuda")
  assert.equal(settings.device?.name, "llvm")
  settings.chooseDevice("c")
  assert.equal(settings.device?.name, "c")
  settings.chooseFunction("g")
  assert.equal(settings.device?.name, "cuda-emulated")
})

test("only devices with a checked mode are checked, the emulator at first, and only it has orders", () => {
  const settings = settingsOf([row("f", false)])
  settings.order = "reversed"
  const modes = ["llvm", "c", "cuda-emulated"].map(name => {
    settings.chooseDevice(name)
    return [settings.part.checked, settings.part.order]
  })
  assert.deepEqual(modes, [[false, "forward"], [false, "forward"], [true, "reversed"]])
  settings.checked = false
  assert.equal(settings.part.checked, false)
  settings.chooseDevice("c")
  settings.checked = true
  assert.equal(settings.part.checked, true)
})

test("sizes begin with those of the text and are whole numbers in a range", () => {
  const settings = settingsOf([row("f", false, {n: 100, m: 7})])
  settings.setSize("n", 3.6)
  settings.seed = NaN
  assert.deepEqual([settings.part.sizes, settings.part.seed], [{n: 4, m: 7}, 0])
  settings.setSize("m", 1e12)
  settings.seed = -1
  assert.deepEqual([settings.part.sizes, settings.part.seed], [{n: 4, m: 1 << 20}, 0])
  settings.load({kind: "setup", functions: [row("f", false, {n: 64})], reference: ""})
  assert.deepEqual(settings.part.sizes, {n: 64})
})

test("a reference is sent only where it is not the text's own, which is for the first function", () => {
  const settings = settingsOf([row("f", false), row("g", false)], "def reference(): 1")
  assert.deepEqual([settings.reference, settings.part.reference], ["def reference(): 1", ""])
  settings.reference = "def reference(): 2"
  assert.equal(settings.part.reference, "def reference(): 2")
  settings.chooseFunction("g")
  assert.deepEqual([settings.reference, settings.part.reference], ["", ""])
  settings.load({kind: "setup", functions: [row("f", false)], reference: "def reference(): 3"})
  assert.deepEqual([settings.reference, settings.part.reference], ["def reference(): 3", ""])
})

test("a browser remembers device, order and seed, and forgets what cannot be any more", () => {
  const before = settingsOf([row("f", false)])
  before.chooseDevice("cuda-emulated")
  before.order = "shuffled"
  before.seed = 3
  const again = settingsOf([row("f", false)])
  again.recall(JSON.parse(JSON.stringify(before.remembered)))
  assert.deepEqual([again.part.device, again.part.order, again.part.seed], ["cuda-emulated", "shuffled", 3])
  const odd = settingsOf([row("f", false)])
  for (const value of [{}, {devices: [["llvm", "cuda"]]}, {devices: 7, order: "sideways", seed: "x"}, {devices: [7, null]}]) {
    odd.recall(/** @type {any} */ (value))
    assert.deepEqual([odd.part.device, odd.part.order, odd.part.seed], ["llvm", "forward", 0])
  }
})

test("arrays of one's own bring their sizes, unless one was typed", () => {
  const settings = settingsOf([row("f", false, {n: 100, m: 7})])
  settings.check.add({file: "A.npy", data: "", size: 0, buffer: "A", words: "", isArchive: false})
  settings.setSize("n", 100)
  assert.deepEqual(settings.part.sizes, {})
  settings.setSize("m", 8)
  assert.deepEqual(settings.part.sizes, {m: 8})
  assert.equal(JSON.stringify(settings.about).includes("data"), false)
})
