// Options as people type them.
import assert from "node:assert/strict"
import {test} from "node:test"
import {formatOptions, parseOptions, parseScalar} from "../../../../viz/ui/workbench/scripts/option_lines.js"

test("values are numbers, truths or text", () => {
  const read = ["16", "1.5", "true", '"16"', "sm_80", "", "[1]", "null"].map(parseScalar)
  assert.deepEqual(read, [16, 1.5, true, "16", "sm_80", "", "[1]", "null"])
})

test("options are one a line and read back as they are written", () => {
  const options = parseOptions(" max_num_threads = 512\n\ntirx.disable_vectorize=true\nmcpu=a=b")
  assert.deepEqual(options, {max_num_threads: 512, "tirx.disable_vectorize": true, mcpu: "a=b"})
  assert.deepEqual(parseOptions(formatOptions(options)), options)
  assert.deepEqual(parseOptions(""), {})
})

test("a line of another form is named", () => {
  assert.throws(() => parseOptions("a=1\nb"), {name: "SyntaxError", message: "“b” is not of the form NAME=VALUE"})
  assert.throws(() => parseOptions("=1"), SyntaxError)
})
