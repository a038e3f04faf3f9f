// The workspace in the page's address.
import assert from "node:assert/strict"
import {test} from "node:test"
import {inflateSync} from "node:zlib"
import {MOST_LINK_CHARACTERS, addressWith, packedWorkspace} from "../../../../../viz/ui/workbench/scripts/sharing/link.js"
import {workspaceValues} from "../../../../support/workspace.mjs"

const EXAMPLES = {examples: [{name: "add", title: "Add", description: "", text: "shipped", targets: [], wrong: false}]}

/** @param {string} packed */
const unpacked = packed => JSON.parse(inflateSync(Buffer.from(packed, "base64url")).toString())

test("a workspace is JSON, zlib and base64 without padding", async () => {
  const values = workspaceValues({text: "变量 = 1", example: "add"})
  const packed = await packedWorkspace(values, EXAMPLES)
  assert.match(packed, /^[\w-]+$/)
  assert.deepEqual(unpacked(packed), values)
})

test("the text of an unchanged example is left out", async () => {
  const values = workspaceValues({text: "shipped", example: "add"})
  assert.equal(unpacked(await packedWorkspace(values, EXAMPLES)).text, "")
})

test("an address keeps all else, and has no workspace that is too long", () => {
  const href = "http://host/base/run?w=old&x=1#here"
  assert.equal(addressWith(href, "new").href, "http://host/base/run?w=new&x=1#here")
  assert.equal(addressWith(href, "a".repeat(MOST_LINK_CHARACTERS + 1)).href, "http://host/base/run?x=1#here")
})
