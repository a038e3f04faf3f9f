// How a run is checked: tolerances that are numbers, arrays of one's own and their headers.
import assert from "node:assert/strict"
import {test} from "node:test"
import {taken} from "../../../../../viz/ui/workbench/scripts/run/checking/check_form.js"
import {CheckSettings, MOST_BYTES} from "../../../../../viz/ui/workbench/scripts/run/checking/check_settings.js"
import {npyHeader} from "../../../../../viz/ui/workbench/scripts/run/checking/npy_header.js"

/** @param {string} dictionary @param {number} [version] */
function npy(dictionary, version = 1) {
  const header = Buffer.from(dictionary.padEnd(60))
  const length = version === 1 ? [header.length, 0] : [header.length, 0, 0, 0]
  return Buffer.concat([Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length]), header])
}

/** @param {string} name @param {Buffer | string} content */
const fileOf = (name, content) => new File([typeof content === "string" ? content : new Uint8Array(content)], name)
const MATRIX = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }"

test("a header has dtype and shape, and what is none has nothing", () => {
  /** @param {Buffer} data */
  const read = data => npyHeader(new Uint8Array(data).buffer)
  assert.deepEqual(read(npy(MATRIX)), {dtype: "<f4", shape: [3, 4]})
  assert.deepEqual(read(npy(MATRIX, 2)), {dtype: "<f4", shape: [3, 4]})
  assert.deepEqual(read(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (), }")), {dtype: "|u1", shape: []})
  for (const wrong of [Buffer.from(""), Buffer.from("PK\x03\x04 an archive"), npy("{'shape': 3}"), npy(MATRIX).subarray(0, 30)]) assert.equal(read(wrong), undefined)
})

test("files are for the buffer that they are named after, else for one that has none", async () => {
  const settings = new CheckSettings()
  assert.equal(await taken(settings, ["A", "B"], [fileOf("B.npy", npy(MATRIX)), fileOf("other.npy", npy(MATRIX)), fileOf("all.npz", "PK..")]), "")
  assert.deepEqual(settings.arrays.map(({file, buffer, isArchive}) => [file, buffer, isArchive]), [["B.npy", "B", false], ["other.npy", "A", false], ["all.npz", "", true]])
  assert.deepEqual(Object.keys(settings.part(["A", "B"]).arrays), ["B", "A", "all.npz"])
  assert.deepEqual(Object.keys(settings.part(["B"]).arrays), ["B", "all.npz"])
  assert.match(await taken(settings, ["A"], [fileOf("notes.txt", "no array")]), /notes.txt is no file of np.save/)
  settings.arrays[0].size = MOST_BYTES
  assert.match(await taken(settings, ["A"], [fileOf("C.npy", npy(MATRIX))]), /C.npy is too large/)
})

test("a tolerance is a number or none", () => {
  const settings = new CheckSettings()
  assert.deepEqual([NaN, -1, Infinity, null, 0, 1e-3].map(value => {
    settings.rtol = value
    return settings.part([]).rtol
  }), [null, null, null, null, 0, 1e-3])
})
