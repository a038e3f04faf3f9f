// Questions to a server that is only pretended.
import assert from "node:assert/strict"
import {afterEach, test} from "node:test"
import {ApiClient, ServerError} from "../../../../viz/ui/workbench/scripts/client.js"
import {workspaceValues} from "../../../support/workspace.mjs"

/** @import {Frame, Question} from "../../../../viz/ui/workbench/scripts/frames.d.ts" */

const FETCH = globalThis.fetch
afterEach(() => { globalThis.fetch = FETCH })

/** @type {Question} */
const QUESTION = {
  workspace: workspaceValues(), parts: ["program"], schedules: [],
  tree: {stage: "input", target: "c", before: null, unfolded: [], folded: [], types: false, whole: false, depth: 0, width: 1, height: 1}}
const [QUEUED, PASSES, END] = ['{"kind": "queued", "position": 2}', '{"kind": "passes", "rows": [], "target": "变"}', '{"kind": "end", "status": "ok"}']

/**
 * Let the next requests be answered so; returns what was requested.
 * @param {...((signal: AbortSignal | null | undefined) => Response | Promise<Response>)} answers
 */
function pretend(...answers) {
  /** @type {{path: string, headers: Record<string, string>}[]} */
  const requests = []
  globalThis.fetch = async (path, options) => {
    const headers = /** @type {Record<string, string>} */ (options?.headers)
    requests.push({path: String(path), headers})
    const answer = answers.shift() ?? assert.fail("nobody was to ask again")
    return answer(options?.signal)
  }
  return requests
}

/** A stream that arrives in pieces of some bytes. @param {string} text @param {number} size */
function inPieces(text, size) {
  const bytes = new TextEncoder().encode(text)
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size))
      controller.close()
    },
  })
}

/** @param {ApiClient} client @param {string} [lane] */
async function asked(client, lane = "view") {
  /** @type {Frame[]} */
  const frames = []
  const outcome = await client.parts(lane, QUESTION, frame => frames.push(frame))
  return {outcome, frames}
}

test("frames are lines, however the bytes arrive", async () => {
  for (const size of [1, 7, 1000]) {
    const [request] = [pretend(() => new Response(inPieces(`${QUEUED}\n${PASSES}\n${END}\n`, size)))]
    const {outcome, frames} = await asked(new ApiClient("/base", "me.1"))
    assert.equal(outcome, "ok")
    assert.deepEqual(frames, [QUEUED, PASSES, END].map(line => JSON.parse(line)))
    assert.equal(request[0].path, "/base/api/parts")
    assert.equal(request[0].headers["x-tirscope-token"], "me.1")
  }
})

test("a whole answer is kept, without what was only news, and asked for by its tag", async () => {
  const client = new ApiClient("", "me.1")
  const requests = pretend(
    () => new Response(`${QUEUED}\n${PASSES}\n${END}\n`, {headers: {etag: '"7"'}}), () => new Response(null, {status: 304}))
  await asked(client)
  const {outcome, frames} = await asked(client)
  assert.equal(outcome, "ok")
  assert.deepEqual(frames.map(({kind}) => kind), ["passes", "end"])
  assert.deepEqual(requests.map(({headers}) => headers["if-none-match"]), [undefined, '"7"'])
})

test("a stage that was seen before is shown before the server has confirmed it, and once", async () => {
  const client = new ApiClient("", "me.1")
  /** @type {(answer: Response) => void} */
  let confirm = () => {}
  pretend(
    () => new Response(`${PASSES}\n${END}\n`, {headers: {etag: '"7"'}}), () => new Promise(resolve => { confirm = resolve }),
    () => new Response(`${END}\n`, {headers: {etag: '"8"'}}))
  await asked(client, "look")
  /** @type {Frame[]} */
  const frames = []
  const outcome = client.parts("look", QUESTION, frame => frames.push(frame))
  assert.deepEqual(frames.map(({kind}) => kind), ["passes", "end"])
  confirm(new Response(null, {status: 304}))
  assert.equal(await outcome, "ok")
  assert.equal(frames.length, 2)
  assert.equal((await asked(client, "look")).frames.length, 3)  // another server's answer comes after the one of before
})

test("an answer that failed or broke off is not kept", async () => {
  const client = new ApiClient("", "me.1")
  const requests = pretend(
    () => new Response('{"kind": "end", "status": "failed"}\n'), () => new Response(`${PASSES}\n`), () => new Response(`${END}\n`))
  assert.equal((await asked(client)).outcome, "failed")
  assert.equal((await asked(client)).outcome, "lost")
  assert.equal((await asked(client)).outcome, "ok")
  assert.ok(requests.every(({headers}) => !("if-none-match" in headers)))
})

test("a newer question of the lane aborts the older, another lane does not", async () => {
  const client = new ApiClient("", "me.1")
  /** @type {(signal: AbortSignal | null | undefined) => Promise<Response>} */
  const never = signal => new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError"))))
  pretend(never, () => new Response(`${END}\n`), () => new Response(`${END}\n`))
  const older = asked(client)
  assert.equal((await asked(client, "look")).outcome, "ok")
  assert.equal((await asked(client)).outcome, "ok")
  assert.equal((await older).outcome, "aborted")
})

test("a run is asked for anew each time, and can be given up", async () => {
  const client = new ApiClient("", "me.1")
  const question = /** @type {const} */ ({workspace: workspaceValues(), run: null})
  const requests = pretend(
    () => new Response(`${END}\n`), () => new Response(`${END}\n`),
    signal => new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")))))
  assert.equal(await client.run(question, () => {}), "ok")
  assert.equal(await client.run(question, () => {}), "ok")
  assert.ok(requests.every(({path, headers}) => path === "/api/run" && !("if-none-match" in headers)))
  const running = client.run(question, () => {})
  client.cancel("run")
  assert.equal(await running, "aborted")
})

test("a lost session, a lost server and a refusal are told apart", async () => {
  const client = new ApiClient("", "me.1")
  pretend(
    () => new Response("", {status: 401}), () => { throw new TypeError("fetch failed") },
    () => Response.json({message: "too long"}, {status: 413}))
  assert.equal((await asked(client)).outcome, "token")
  assert.equal((await asked(client)).outcome, "lost")
  const {outcome, frames: [frame]} = await asked(client)
  assert.equal(outcome, "failed")
  assert.deepEqual(frame, {kind: "problem", part: "overview", target: "", problem: {message: "too long", hint: "", severity: "error"}})
})

test("files come with their names, and a newer token is used", async () => {
  const client = new ApiClient("", "me.1")
  client.renew("me.2")
  const requests = pretend(
    () => new Response("<svg/>", {headers: {"content-disposition": 'attachment; filename="add-ast.svg"'}}),
    () => Response.json({message: "no"}, {status: 422}))
  const [content, name] = await client.file({workspace: workspaceValues(), format: "svg"})
  assert.deepEqual([await content.text(), name], ["<svg/>", "add-ast.svg"])
  assert.equal(requests[0].headers["x-tirscope-token"], "me.2")
  await assert.rejects(client.file({workspace: workspaceValues(), format: "svg"}), ServerError)
})
