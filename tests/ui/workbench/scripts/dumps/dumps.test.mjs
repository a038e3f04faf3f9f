// Stages that were recorded elsewhere: the files they come from, and their stops on the rail.
import assert from "node:assert/strict"
import {test} from "node:test"
import {chosenFiles, droppedFiles, isDump, packedFiles} from "../../../../../viz/ui/workbench/scripts/dumps/dump_files.js"
import {recordedRows} from "../../../../../viz/ui/workbench/scripts/dumps/recorded_rows.js"
import {placeWords, railStops} from "../../../../../viz/ui/workbench/scripts/rail/stops.js"

/** @param {string} title @param {boolean} changed @param {string} [pass] */
const stage = (title, changed, pass = "") => ({title, name: title, label: title.slice(4, -3), pass, source: false, functions: [], changed, text: title})
const DUMP = {name: "debug", leftOut: [], stages: [stage("000_A.py", true), stage("001_tirx.B.py", false, "tirx.B"), stage("002_tirx.C.py", true, "tirx.C")]}

test("files that changed the text are stops by their names, the others ticks, and nothing claims a source", () => {
  const rows = recordedRows(DUMP, new Map([[3, ["said"]]]))
  const stops = railStops(rows, false, {"tirx.C": {title: "Does c", short: "C", words: ""}})
  assert.deepEqual(stops.map(({stage, title, short, ticks}) => [stage, title, short, ticks]), [
    ["input", "Your program", "Program", 0], [1, "000_A.py", "A", 0], [3, "002_tirx.C.py", "C", 1]])
  assert.deepEqual(rows.map(({recorded}) => recorded), [
    {dump: "debug", isNamed: false, remarks: []}, {dump: "debug", isNamed: true, remarks: []}, {dump: "debug", isNamed: true, remarks: ["said"]}])
  assert.deepEqual([placeWords("input", 3, 0, true), placeWords(3, 3, 0, true)], ["before the recorded stages", "recorded 3 of 3"])
})

/** @param {string} path */
const entryOf = path => ({isFile: true, isDirectory: false, fullPath: `/${path}`, file: (/** @type {(file: File) => void} */ done) => done(new File([path], path))})
/** @param {string} path @param {object[][]} batches */
const folder = (path, ...batches) => ({isFile: false, isDirectory: true, fullPath: `/${path}`, createReader: () => {
  const left = [...batches]
  return {readEntries: (/** @type {(entries: object[]) => void} */ done) => done(left.shift() ?? [])}
}})

/** @param {object[]} entries @param {File[]} files */
const dropped = (entries, files = []) => /** @type {DataTransfer} */ (/** @type {unknown} */ ({items: entries.map(entry => ({webkitGetAsEntry: () => entry})), files}))

test("a folder that is dropped is opened, all of it", async () => {
  const found = await droppedFiles(dropped([folder("d", [entryOf("d/1.py"), folder("d/e", [entryOf("d/e/2.py")])], [entryOf("d/3.py")])]))
  assert.deepEqual(found.map(({path}) => path), ["d/1.py", "d/e/2.py", "d/3.py"])
  const one = await droppedFiles(dropped([entryOf("a.py")], [new File(["x"], "a.py")]))
  assert.deepEqual([one.length, isDump(one), isDump(found)], [1, false, true])
  assert.equal(isDump([{path: "a.ZIP", file: new File([], "a.ZIP")}]), true)
  assert.deepEqual(chosenFiles(null), [])
})

test("files are sent as base64, unless they are too many or too long", async () => {
  assert.deepEqual(await packedFiles([{path: "d/1.py", file: new File(["abc"], "1.py")}]), {files: {"d/1.py": "YWJj"}})
  const file = new File([new Uint8Array((8 << 20) + 1)], "a.py")
  const long = await packedFiles([{path: "a.py", file}, {path: "b.py", file}])
  assert.match("problem" in long ? long.problem : "", /longer than 16 MiB/)
  const many = await packedFiles(Array.from({length: 2001}, (_, i) => ({path: `${i}.py`, file: new File([], "x.py")})))
  assert.match("problem" in many ? many.problem : "", /more than 2,000 files/)
})
