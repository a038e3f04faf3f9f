// A class: events of a stream, what a page takes over from another one, what is kept, answers in words.
import assert from "node:assert/strict"
import {afterEach, test} from "node:test"
import {answerWords, grouped, isEqual, placeInProgram, placed, stageOfWords} from "../../../../../viz/ui/workbench/scripts/classroom/answer_words.js"
import {ClassClient} from "../../../../../viz/ui/workbench/scripts/classroom/class_client.js"
import {eventsOf, pauseAfter} from "../../../../../viz/ui/workbench/scripts/classroom/event_stream.js"
import {followedHere, forgetFollowed, forgetLed, keepFollowed, keepLed, ledHere, ledLast} from "../../../../../viz/ui/workbench/scripts/classroom/kept_seat.js"
import {change, isSameProgram, shared, taken} from "../../../../../viz/ui/workbench/scripts/classroom/shared_state.js"
import {linkModel} from "../../../../support/link_model.mjs"
import {workspaceValues} from "../../../../support/workspace.mjs"

/** @import {PageState} from "../../../../../viz/ui/workbench/scripts/programs/page_state.js" */

const FETCH = globalThis.fetch
afterEach(() => { globalThis.fetch = FETCH })

/** @param {...string} pieces */
function streamOf(...pieces) {
  const bytes = pieces.map(piece => new TextEncoder().encode(piece))
  return new ReadableStream({
    start(controller) {
      for (const piece of bytes) controller.enqueue(piece)
      controller.close()
    }})
}

/** @param {Partial<PageState>} changes @returns {PageState} */
function state(changes) { return {values: workspaceValues(), tab: "", pin: "", step: "", checks: "", draft: "", lesson: "", recorded: "", ...changes} }

test("events come whole, wherever the stream was cut, and comments are no events", async () => {
  const got = []
  for await (const text of eventsOf(streamOf('data: {"a"', ': 1}\n', '\n:\n\ndata: 变\n\ndata: cut'))) got.push(text)
  assert.deepEqual(got, ['{"a": 1}', "变"])
})

test("a stream that is silent for too long has ended, though nothing says so", async () => {
  let isCancelled = false
  const stream = new ReadableStream({
    start(controller) { controller.enqueue(new TextEncoder().encode("data: 1\n\n")) },
    cancel() { isCancelled = true }})
  const got = []
  for await (const text of eventsOf(stream, 20)) got.push(text)
  assert.deepEqual(got, ["1"])
  for (let waited = 0; !isCancelled && waited < 100; waited += 1) await new Promise(done => setTimeout(done, 5))
  assert.ok(isCancelled, "the connection is given up")
})

test("the pauses between attempts grow, and differ from page to page", () => {
  const pauses = [1, 2, 3, 4, 5, 9].map(failures => pauseAfter(failures, 0.5))
  assert.deepEqual(pauses, [400, 800, 1600, 3200, 6000, 6000])
  assert.ok(pauseAfter(3, 0) < pauseAfter(3, 1))
})

test("a page listens again after the server was gone, says that it was there, and stops at the end", async () => {
  /** @type {{again: boolean}[]} */
  const asked = []
  const answers = [
    () => new Response(streamOf('data: {"kind": "member", "member": "m"}\n\n')),
    () => { throw new TypeError("no server") },
    () => new Response("{}", {status: 429}),
    () => new Response(streamOf('data: {"kind": "end"}\n\n', 'data: {"kind": "state"}\n\n')),
    () => assert.fail("it was to stop")]
  globalThis.fetch = async (_path, options) => {
    asked.push(JSON.parse(String(options?.body)))
    return /** @type {() => Response} */ (answers.shift())()
  }
  /** @type {string[]} */
  const heard = []
  let lost = 0
  await new ClassClient("").listen("follow", again => ({code: "C", again}), {
    take: event => heard.push(event.kind), lost: () => { lost += 1 }, refused: () => assert.fail("it was refused")})
  assert.deepEqual(heard, ["member", "end"])
  assert.deepEqual(asked.map(({again}) => again), [false, true, true, true])
  assert.equal(lost, 3)
})

test("who was in a class and is loaded anew while a proxy says that the server is away tries again", async () => {
  const answers = [() => new Response("bad gateway", {status: 502}), () => new Response(streamOf('data: {"kind": "end"}\n\n'))]
  globalThis.fetch = async () => /** @type {() => Response} */ (answers.shift())()
  let lost = 0
  await new ClassClient("").listen("follow", () => ({code: "C"}), {
    take: () => {}, lost: () => { lost += 1 }, refused: () => assert.fail("it was refused")}, true)
  assert.equal(lost, 1)
})

test("who is refused at first is told why, and not tried again", async () => {
  globalThis.fetch = async () => new Response('{"reason": "unknown", "message": "no class"}', {status: 404})
  /** @type {string[]} */
  const refusals = []
  await new ClassClient("").listen("follow", () => ({code: "C"}), {
    take: () => {}, lost: () => assert.fail("it is not lost"), refused: ({message}) => refusals.push(message)})
  assert.deepEqual(refusals, ["no class"])
  assert.equal((await new ClassClient("").tell("answer", {code: "C"}))?.reason, "unknown")
})

test("a page takes over as much as is another", () => {
  const now = state({})
  assert.equal(change(now, state({})), "none")
  assert.equal(change(now, state({pin: "input f"})), "look")
  assert.equal(change(now, state({tab: "run"})), "look")
  assert.equal(change(now, state({values: workspaceValues({stage: 12}), pin: "c/12 f"})), "stage")
  assert.equal(change(now, state({values: workspaceValues({text: "other", stage: 12})})), "all")
  assert.equal(change(now, state({values: workspaceValues({options: {arch: "sm_90"}})})), "all")
  assert.equal(change(now, state({lesson: "01_program"})), "all")
  assert.ok(isSameProgram(workspaceValues({stage: "final"}), workspaceValues()))
  assert.ok(!isSameProgram(workspaceValues({targets: ["c"]}), workspaceValues()))
})

test("what is shared comes back as it was, without the draft; what is damaged is not taken over", () => {
  const values = workspaceValues({text: "变量", stage: 7, folded: ["f.body"]})
  const own = state({values, tab: "cost", pin: "c f", step: "runs 3", lesson: "x", draft: "mine"})
  assert.deepEqual(taken(JSON.parse(JSON.stringify(shared(own))), workspaceValues()), {...own, draft: ""})
  const damaged = /** @type {any} */ ({workspace: {text: 3, targets: "c"}})
  assert.deepEqual(taken(damaged, values), state({values}))
})

test("a reload finds the class of its tab; the last one that was led is there for others", () => {
  const stores = [new Map(), new Map()]
  const [session, local] = stores.map(kept => ({
    getItem: (/** @type {string} */ name) => kept.get(name) ?? null, setItem: (/** @type {string} */ name, /** @type {string} */ text) => kept.set(name, text),
    removeItem: (/** @type {string} */ name) => kept.delete(name)}))
  Object.assign(globalThis, {sessionStorage: session, localStorage: local})
  assert.equal(ledHere(), undefined)
  const led = {code: "C", secret: "s", question: null}
  keepLed(led)
  const last = {code: "C", secret: "s"}  // what is asked there, another page may have changed
  assert.deepEqual([ledHere(), ledLast()], [led, last])
  forgetLed(false)
  assert.deepEqual([ledHere(), ledLast()], [undefined, last])
  forgetLed(true)
  assert.equal(ledLast(), undefined)
  keepFollowed({code: "C", member: "m", follows: false})
  assert.deepEqual(followedHere(), {code: "C", member: "m", follows: false})
  forgetFollowed()
  assert.equal(followedHere(), undefined)
  session.setItem("tirscope.class-followed", "{damaged")
  assert.equal(followedHere(), undefined)
})

test("places that mean the same are counted together, and answers are told in words", () => {
  const model = linkModel()
  const [input, final] = [`input ${model.program.tree.path(2)}`, `c ${model.derived.get("c")?.tree.path(2)}`]
  const made = `c ${model.derived.get("c")?.tree.path(3)}`
  assert.equal(placeInProgram(model, final), input)
  assert.equal(placeInProgram(model, made), made, "what a pass made stays where it is")
  assert.deepEqual(grouped(model, "point", [[made, 2], [input, 1], [final, 3]]), [[input, 4], [made, 2]])
  assert.ok(isEqual(input, placed(model, "point", final)), "the right node may be named in a tree after it")
  assert.ok(isEqual(0, placed(model, "choice", 0)) && !isEqual(0, placed(model, "choice", null)))
  assert.deepEqual(grouped(model, "number", [[3, 2]]), [[3, 2]])
  const stage = (/** @type {string} */ target, /** @type {unknown} */ at) => `${target} after ${at}`
  assert.equal(answerWords(1, {how: "choice", choices: ["a", "b"]}, model, stage), "b")
  assert.equal(answerWords(2048, {how: "number", choices: []}, model, stage), "2,048")
  assert.equal(answerWords("c 12", {how: "stop", choices: []}, model, stage), "c after 12")
  assert.match(answerWords(input, {how: "point", choices: []}, model, stage), /^T/)
  assert.equal(answerWords("input gone", {how: "point", choices: []}, undefined, stage), "another place")
  assert.deepEqual(["12", "final"].map(stageOfWords), [12, "final"])
})
