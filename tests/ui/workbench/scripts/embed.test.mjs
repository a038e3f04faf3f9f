// What an address embeds in another page.
import assert from "node:assert/strict"
import {test} from "node:test"
import {embedIn, embedOf, embedQuery} from "../../../../viz/ui/workbench/scripts/layout/embed.js"

test("an address asks for panes, for sources of targets, and for one that is hidden at first", () => {
  assert.equal(embedIn("?w=x"), undefined)
  assert.deepEqual(embedIn("?embed"), {panes: ["script", "source"], targets: [], spoiler: ""})
  assert.deepEqual(embedIn("?embed&panes=source:cuda,editor&spoiler=source:cuda"), {
    panes: ["script", "source"], targets: ["cuda"], spoiler: "source:cuda"})
  assert.deepEqual(embedIn("?embed=1&panes=tree,nosuch&spoiler=nosuch"), {panes: ["tree"], targets: [], spoiler: ""})
})

test("what is written into a query is read from it", () => {
  for (const embed of [embedOf(["tree"], ""), embedOf(["editor", "source:c", "source:cuda"], "source:c")]) {
    const query = embedQuery("?w=x&present=1&tab=run&lang=zh", embed)
    assert.deepEqual(embedIn(query), embed)
    assert.equal(new URLSearchParams(query).get("w"), "x")
    assert.equal(new URLSearchParams(query).get("present"), null)
    assert.equal(new URLSearchParams(query).get("lang"), "zh")
  }
})
