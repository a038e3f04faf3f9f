// A teacher's page and a student's, each by itself: what they tell the server, show, and keep from being seen.
import assert from "node:assert/strict"
import {afterEach, beforeEach, test} from "node:test"
import {Classroom} from "../../../../../viz/ui/workbench/scripts/classroom/classroom.js"
import {Follower} from "../../../../../viz/ui/workbench/scripts/classroom/follower.js"
import {ledHere, ledLast} from "../../../../../viz/ui/workbench/scripts/classroom/kept_seat.js"
import {Leader} from "../../../../../viz/ui/workbench/scripts/classroom/leader.js"
import {shared} from "../../../../../viz/ui/workbench/scripts/classroom/shared_state.js"
import {Question} from "../../../../../viz/ui/workbench/scripts/learn/question.js"
import {workspaceValues} from "../../../../support/workspace.mjs"

/** @import {AskedQuestion, ClassEvent, ClassQuestion} from "../../../../../viz/ui/workbench/scripts/classroom/class_frames.d.ts" */
/** @import {Listener} from "../../../../../viz/ui/workbench/scripts/classroom/class_client.js" */
/** @import {LessonQuestionText, Stage} from "../../../../../viz/ui/workbench/scripts/frames.d.ts" */
/** @import {PageState} from "../../../../../viz/ui/workbench/scripts/programs/page_state.js" */

/** As much of an element as these modules need: children, words, attributes and clicks. */
class FakeElement {
  /** @type {Record<string, any>} */ dataset = {}
  /** @type {Map<string, string>} */ #attributes = new Map()
  /** @type {Map<string, (event: any) => void>} */ #listeners = new Map()
  /** @type {any[]} */ children = []
  style = {setProperty() {}}
  classList = {add() {}, remove() {}, toggle() {}}
  className = ""
  hidden = false
  disabled = false
  /** @param {...any} children */
  append(...children) { this.children.push(...children) }
  /** @param {...any} children */
  replaceChildren(...children) { this.children = children }
  /** @param {string} name @param {string} value */
  setAttribute(name, value) { this.#attributes.set(name, value) }
  /** @param {string} name */
  getAttribute(name) { return this.#attributes.get(name) ?? null }
  /** @param {string} kind @param {(event: any) => void} act */
  addEventListener(kind, act) { this.#listeners.set(kind, act) }
  click() { this.#listeners.get("click")?.({preventDefault() {}}) }
  contains() { return false }
  /** Of the strip of a class all parts are there. @param {string} selector */
  querySelector(selector) { return selector.startsWith(".class-") ? new FakeElement() : null }
  close() {}
  /** @returns {string} */
  get textContent() { return this.children.map(child => typeof child === "string" ? child : child.textContent).join("") }
  set textContent(words) { this.children = [words] }
}

class FakeDialog extends FakeElement {}

/** @param {FakeElement} host @param {string} name @returns {FakeElement} */
function named(host, name) {
  const all = (/** @type {any} */ at) => [at, ...(at.children ?? []).flatMap(all)]
  return all(host).find(made => made.className?.split?.(" ").includes(name)) ?? assert.fail(`there is no ${name}`)
}

function storage() {
  const kept = new Map()
  return {
    getItem: (/** @type {string} */ name) => kept.get(name) ?? null, setItem: (/** @type {string} */ name, /** @type {string} */ text) => kept.set(name, text),
    removeItem: (/** @type {string} */ name) => kept.delete(name)}
}

const FETCH = globalThis.fetch
afterEach(() => { globalThis.fetch = FETCH })
beforeEach(() => {
  Object.assign(globalThis, {
    document: {createElement: () => new FakeElement(), createTextNode: (/** @type {string} */ words) => words, activeElement: null},
    HTMLElement: FakeElement, HTMLDialogElement: FakeDialog, HTMLInputElement: class {}, location: {origin: "http://x", pathname: "/", href: "http://x/"},
    sessionStorage: storage(), localStorage: storage()})
})

/** @param {Partial<PageState>} changes @returns {PageState} */
function state(changes) { return {values: workspaceValues(), tab: "", pin: "", step: "", checks: "", draft: "", lesson: "", recorded: "", ...changes} }

/** @param {Partial<ClassQuestion>} changes @returns {ClassQuestion} */
function question(changes) { return {id: "q1", how: "number", ask: "?", choices: [], isOpen: true, ...changes} }

/** A page in a class, without a server: what it told one, and what it was told to do, in order. */
class Page {
  now = state({})
  /** @type {[path: string, request: any][]} */ told = []
  /** @type {string[]} */ said = []
  /** @type {any} */ refusal = undefined
  /** Trees whose nodes are not there yet, as a name begins. */ missing = "nowhere"
  shown = ""  // of the strip, how it goes
  asked = ""  // the lesson's question that is held
  /** @type {Record<string, () => void>} */ acts = {}
  question = new FakeElement()
  /** @type {Listener | undefined} */ #listener

  /** @returns {any} */
  get context() {
    return {
      client: {
        listen: (/** @type {string} */ _path, /** @type {(again: boolean) => unknown} */ request, /** @type {Listener} */ listener) => {
          request(false)
          this.#listener = listener
        },
        tell: async (/** @type {string} */ path, /** @type {any} */ request) => {
          this.told.push([path, request])
          return this.refusal
        },
        close: () => { this.#listener = undefined }},
      bar: {
        question: this.question, hide: () => { this.shown = "" },
        show: (/** @type {any} */ _role, /** @type {any} */ _code, /** @type {string} */ words, /** @type {any} */ _steady, /** @type {any[]} */ acts) => {
          this.shown = words
          this.acts = Object.fromEntries(acts.map(([name, _words, _title, act]) => [name, act]))
        }},
      dialog: {update: () => {}, opened: () => {}}, state: () => this.now, model: () => undefined, selected: () => null,
      select: () => { this.now = {...this.now, pin: ""} }, stage: () => ({stage: this.now.values.stage, target: "c", title: ""}), stageTitle: () => "",
      tree: {picture: {tree: "input", nodes: new Map()}}, point: () => {}, opened: () => {}, closed: () => {},
      enter: (/** @type {Stage} */ stage) => { this.now = {...this.now, values: {...this.now.values, stage}} },
      asked: (/** @type {string} */ source) => { this.asked = source }, compose: () => {}, confirmEnd: () => {},
      say: (/** @type {string} */ words) => this.said.push(words),
      programs: () => ({
        follow: (/** @type {PageState} */ wanted) => {
          this.now = {...wanted, pin: ""}
          return this.#pin(wanted.pin)
        },
        point: (/** @type {string} */ pin) => this.#pin(pin)})}
  }

  /** @param {string} pin */
  #pin(pin) {
    if (pin.startsWith(this.missing)) return false
    this.now = {...this.now, pin}
    return true
  }

  /** @param {...ClassEvent} events */
  hears(...events) { for (const event of events) this.#listener?.take(event) }

  lose() { this.#listener?.lost() }

  get isListening() { return this.#listener !== undefined }
}

function follower() {
  const page = new Page()
  const made = new Follower(page.context)
  made.join({code: "C", member: "", follows: true}, false)
  page.hears({kind: "member", member: "m.1"})
  return {page, follower: made}
}

/** @param {Partial<PageState>} changes @returns {ClassEvent} what a teacher shows */
function shows(changes) { return {kind: "state", version: 1, state: shared(state(changes))} }

const answersTold = (/** @type {Page} */ page) => page.told.filter(([path]) => path === "answer").map(([, {member, answer}]) => [member, answer])

test("a student who has answered sees as little of the teacher's place as before, until the answers are shown", () => {
  const {page} = follower()
  const [open, stage] = [question({how: "stop"}), /** @type {Stage} */ (7)]
  page.hears(shows({}), {kind: "question", question: open, answered: null})
  page.hears({kind: "question", question: open, answered: "c 3"}, shows({values: workspaceValues({stage}), pin: "c/7 f", tab: "run"}))
  assert.deepEqual([page.now.values.stage, page.now.pin, page.now.tab], ["input", "", "run"])
  page.hears({kind: "question", question: {...open, isOpen: false}, answered: "c 3"})
  assert.equal(page.now.values.stage, "input", "closed answers can be opened again")
  page.hears({kind: "question", question: {...open, isOpen: false, right: "c 7", counts: [["c 3", 1]]}, answered: "c 3"})
  assert.deepEqual([page.now.values.stage, page.now.pin], [7, "c/7 f"], "the page has caught up")
})

test("a question for a node hides what is selected, and the rail is followed; it is caught up with when it is taken back", () => {
  const {page} = follower()
  page.hears(shows({pin: "input f"}))
  assert.equal(page.now.pin, "input f")
  page.hears({kind: "question", question: question({how: "point"}), answered: null})
  assert.equal(page.now.pin, "")
  page.hears(shows({values: workspaceValues({stage: 7}), pin: "c/7 f"}))
  assert.deepEqual([page.now.values.stage, page.now.pin], [7, ""])
  page.hears({kind: "question", question: null})
  assert.equal(page.now.pin, "c/7 f")
})

test("a selection that waits for its tree is forgotten when a node is asked for", () => {
  const {page, follower: made} = follower()
  page.missing = "c/7"
  page.hears(shows({values: workspaceValues({stage: 7}), pin: "c/7 f"}))
  page.hears({kind: "question", question: question({how: "point"}), answered: null})
  page.missing = "nowhere"
  made.settled()
  assert.equal(page.now.pin, "")
})

test("a restarted server is told the answer again; a copy of the tab does not answer a second time", () => {
  const {page} = follower()
  page.hears({kind: "question", question: question({}), answered: 3})
  assert.deepEqual(answersTold(page), [], "the server knows it")
  page.hears({kind: "waiting"}, {kind: "member", member: "m.2"}, {kind: "question", question: question({}), answered: null})
  assert.deepEqual(answersTold(page), [["m.2", 3]])
  page.hears({kind: "question", question: question({id: "q2"}), answered: null})
  assert.equal(answersTold(page).length, 1, "that was another question")
  page.hears({kind: "question", question: question({id: "q2"}), answered: 5}, {kind: "taken"})
  page.hears({kind: "member", member: "m.3"}, {kind: "question", question: question({id: "q2"}), answered: null})
  assert.equal(answersTold(page).length, 1, "the seat that answered is the other tab's")
})

test("a student whose class is not reached for a long time is told that the page has left it", t => {
  let time = 0
  t.mock.method(performance, "now", () => time)
  const {page} = follower()
  page.lose()
  time += 14 * 60_000
  page.lose()
  assert.ok(page.isListening)
  time += 2 * 60_000
  page.lose()
  assert.ok(!page.isListening)
  assert.match(page.said.join(), /could not be reached for 15 minutes/)
})

function leader() {
  const page = new Page()
  const made = new Leader(page.context)
  made.start()
  page.hears({kind: "room", code: "C", secret: "s", link: "http://x/?class=C", picture: ""}, {kind: "followers", present: 2, following: 1})
  return {page, leader: made}
}

test("a class that could not be ended, since the server was away, can be ended later", async () => {
  const {page, leader: made} = leader()
  page.refusal = {reason: "lost", message: ""}
  await made.end()
  assert.ok(made.isLeading && page.isListening)
  assert.deepEqual([ledHere()?.secret, ledLast()?.secret], ["s", "s"])
  assert.match(page.said.join(), /has not ended/)
  page.refusal = undefined
  await made.end()
  assert.deepEqual(page.told.map(([path, {secret}]) => [path, secret]), [["end", "s"], ["end", "s"]])
  assert.ok(!made.isLeading && !page.isListening)
  assert.deepEqual([ledHere(), ledLast()], [undefined, undefined])
})

test("a page from which the lead was taken sends nothing, and takes it again on a click", t => {
  t.mock.timers.enable({apis: ["setTimeout", "Date"]})
  const {page, leader: made} = leader()
  assert.match(page.shown, /1 follows/)
  page.now = state({tab: "step"})
  made.noted()
  page.hears({kind: "taken"})  // before that was sent
  assert.match(page.shown, /led from another page/)
  page.now = state({tab: "run"})
  made.noted()
  t.mock.timers.tick(2000)
  assert.equal(page.told.length, 0)
  page.acts["lead-here"]()
  page.hears({kind: "room", code: "C", secret: "s", link: "", picture: ""})
  page.now = state({tab: "cost"})
  made.noted()
  t.mock.timers.tick(2000)
  assert.deepEqual(page.told.map(([path, {secret, state: sent}]) => [path, secret, sent.tab]), [["show", "s", "cost"]])
})

test("what is right at a question is in the sight of nobody while a teacher asks it", () => {
  const {page, leader: made} = leader()
  page.now = state({pin: "input f", values: workspaceValues({stage: 7})})
  /** @type {AskedQuestion} */
  const asked = {id: "q1", how: "stop", ask: "?", right: "c 7", is_open: true, is_shown: false}
  made.ask(asked)
  assert.equal(page.now.values.stage, "input")
  page.hears({kind: "answers", id: "gone", counts: [["c 3", 9]], total: 9})
  assert.match(named(page.question, "class-outcome").textContent, /0 of 2 answered/, "those are of another question")
  page.hears({kind: "answers", id: "q1", counts: [["c 7", 2]], total: 2})
  assert.match(named(page.question, "class-outcome").textContent, /2 of 2 answered/)
  assert.doesNotMatch(page.question.textContent, /✓/)
  made.ask({...asked, is_open: false, is_shown: true})
  assert.match(page.question.textContent, /✓/)
})

test("a lesson's question is asked to the class with its answer, and held in a student's lesson meanwhile", async () => {
  /** @type {[path: string, request: any][]} */
  const told = []
  globalThis.fetch = async (path, options) => {
    told.push([String(path), JSON.parse(String(options?.body))])
    return new Response(null, {status: 204})
  }
  sessionStorage.setItem("tirscope.class-led", JSON.stringify({code: "C", secret: "s"}))
  const page = new Page()
  const root = /** @type {any} */ ({classList: page.question.classList, querySelector: (/** @type {string} */ name) => name.startsWith("dialog") ? new FakeDialog() : new FakeElement()})
  const context = {...page.context, client: {root: ""}, isEmbedded: false, rail: {}, layout: {relayout: () => {}}, selection: () => ({pin: () => {}}), titleOf: () => ""}
  const classroom = new Classroom(root, context)
  try {
    /** @type {LessonQuestionText} */
    const text = {is: "question", how: "choice", ask: [["text", "Which "], ["code", "pass"], ["text", "?"]], choices: [{words: [["text", "one"]]}, {words: [["code", "two"]]}], hint: [], reveal: []}
    const solved = {how: "choice", right: 1}
    const lesson = /** @type {any} */ ({
      model: () => undefined, selected: () => null, lesson: "06_passes",
      askClass: (/** @type {any} */ ...given) => classroom.askOfLesson(.../** @type {[any, any, any]} */ (given))})
    const own = new Question(text, lesson, 3, undefined)
    own.settle(/** @type {any} */ (solved))
    const host = /** @type {any} */ (own.host)
    named(host, "ask-the-class").click()
    const [path, {secret, question: {id, ...asked}}] = told.find(([at]) => at.endsWith("ask")) ?? assert.fail("nothing was asked")
    assert.ok(path && id && secret === "s")
    assert.deepEqual(asked, {how: "choice", ask: "Which pass?", choices: ["one", "two"], right: 1, source: "06_passes 3", is_open: true, is_shown: false})
    // On a student's page the same question waits, and no other one.
    const {page: student} = follower()
    student.hears({kind: "question", question: question({...asked, how: "choice", source: asked.source}), answered: null})
    assert.equal(student.asked, own.source)
    const check = named(host, "check")
    assert.equal(check.disabled, false)
    own.hold(student.asked === own.source)
    assert.equal(check.disabled, true)
    assert.match(named(host, "feedback").textContent, /Your class is asked this now/)
    student.hears({kind: "question", question: null})
    own.hold(student.asked === own.source)
    assert.equal(check.disabled, false)
  } finally {
    classroom.close()
  }
})
