// Ask the server, in the language of the page. Each lane has one question at a time: a newer one aborts the older, and the server then
// stops its work. Whole answers are kept with their tags.

import {LOCALES, language} from "./language/words.js"

/** @import {Dump, DumpQuestion, RecordedQuestion} from "./dumps/dump_frames.d.ts" */
/** @import {CostQuestion} from "./cost/cost_frames.d.ts" */
/** @import {CompareQuestion, ComputedQuestion, ExerciseQuestion, FileQuestion, Frame, LessonQuestion, NextStops, Outcome, PictureQuestion, ModelQuestion, QuizQuery, SliceFrame, Question, RaceQuestion, RecordQuestion, RuleQuestion, RunQuestion} from "./frames.d.ts" */

const MOST_KEPT = 16  // answers of a lane
const MOST_STAGES = 64  // of the lane of stages: those of a rail, in some ways to look at them
const MOST_CHARACTERS = 2e7  // of a lane's answers together

/** An answer of the server that is no answer to the question; its message is for the user. */
export class ServerError extends Error {}

export class ApiClient {
  #root
  #token
  /** @type {Map<string, AbortController>} */
  #running = new Map()  // lane -> the question it has
  /** @type {Map<string, Map<string, {tag: string, frames: Frame[], length: number}>>} */
  #kept = new Map()  // lane -> question as text -> its answer, the oldest first

  /**
   * @param {string} root the server's base path
   * @param {string} token names the session
   */
  constructor(root, token) {
    this.#root = root
    this.#token = token
  }

  get token() { return this.#token }

  /** The server's base path. */
  get root() { return this.#root }

  /** @param {string} token */
  renew(token) { this.#token = token }

  /**
   * Ask for parts of an analysis.
   * @param {string} lane
   * @param {Question} question
   * @param {(frame: Frame) => void} take called with every frame
   * @returns {Promise<Outcome>}
   */
  parts(lane, question, take) { return this.#ask("api/parts", lane, question, take) }

  /**
   * Ask for what may be asked for next, to keep its answer; not while another question is asked.
   * @param {string} lane
   * @param {Question} question
   */
  async foresee(lane, question) {
    if (this.#running.has(lane) || this.#kept.get(lane)?.has(JSON.stringify(question))) return
    await this.#ask("api/parts", lane, question, () => {}, {"x-tirscope-ahead": "1"})
  }

  /**
   * Ask for a run, or for the devices.
   * @param {RunQuestion} question
   * @param {(frame: Frame) => void} take called with every frame
   * @returns {Promise<Outcome>}
   */
  run(question, take) { return this.#ask("api/run", "run", question, take) }

  /**
   * Ask for the comparison of what this browser computed.
   * @param {ComputedQuestion} question
   * @param {(frame: Frame) => void} take called with every frame
   * @returns {Promise<Outcome>}
   */
  computed(question, take) { return this.#ask("api/computed", "run", question, take) }

  /**
   * Ask for a run whose steps are kept.
   * @param {RecordQuestion} question
   * @param {(frame: Frame) => void} take called with every frame
   * @returns {Promise<Outcome>}
   */
  record(question, take) { return this.#ask("api/record", "record", question, take) }

  /**
   * Ask for the replay of a race.
   * @param {RaceQuestion} question
   * @param {(frame: Frame) => void} take called with every frame
   * @returns {Promise<Outcome>}
   */
  race(question, take) { return this.#ask("api/race", "race", question, take) }

  /**
   * Ask for the answers of a lesson.
   * @param {LessonQuestion} question
   * @param {(frame: Frame) => void} take called with every frame
   * @returns {Promise<Outcome>}
   */
  lesson(question, take) { return this.#ask("api/lesson", "lesson", question, take) }

  /**
   * Ask for a quiz of a program.
   * @param {QuizQuery} query
   * @param {(frame: Frame) => void} take called with every frame
   * @returns {Promise<Outcome>}
   */
  quiz(query, take) { return this.#ask("api/quiz", "quiz", query, take) }

  /**
   * Let an answer to an exercise be checked.
   * @param {ExerciseQuestion} question
   * @param {(frame: Frame) => void} take called with every frame
   * @returns {Promise<Outcome>}
   */
  exercise(question, take) { return this.#ask("api/exercise", "exercise", question, take) }

  /**
   * Ask for what the accesses of a run cost.
   * @param {CostQuestion} question
   * @param {(frame: Frame) => void} take called with every frame
   * @returns {Promise<Outcome>}
   */
  cost(question, take) { return this.#ask("api/cost", "cost", question, take) }

  /**
   * Ask for edits of the text after which its accesses cost less.
   * @param {CostQuestion} question
   * @param {(frame: Frame) => void} take called with every frame
   * @returns {Promise<Outcome>}
   */
  costAdvice(question, take) { return this.#ask("api/cost-advice", "advice", question, take) }

  /**
   * Let rules of the user's be tried.
   * @param {RuleQuestion} question
   * @param {(frame: Frame) => void} take called with every frame
   * @returns {Promise<Outcome>}
   */
  rule(question, take) { return this.#ask("api/rule", "rule", question, take) }

  /**
   * Let a model be converted to a program.
   * @param {ModelQuestion} question
   * @param {(frame: Frame) => void} take called with every frame
   * @returns {Promise<Outcome>}
   */
  model(question, take) { return this.#ask("api/model", "model", question, take) }

  /**
   * Ask for both sides of a comparison.
   * @param {CompareQuestion} question
   * @param {(frame: Frame) => void} take called with every frame
   * @returns {Promise<Outcome>}
   */
  compare(question, take) { return this.#ask("api/compare", "compare", question, take) }

  /**
   * Ask for a stage that was recorded elsewhere.
   * @param {RecordedQuestion} question
   * @param {(frame: Frame) => void} take called with every frame
   * @returns {Promise<Outcome>}
   */
  recorded(question, take) { return this.#ask("api/recorded", "look", question, take) }

  /**
   * Let the server compute what may be asked for next. Returns whether it has a free worker for that.
   * @param {NextStops} stops
   * @returns {Promise<boolean>}
   */
  async prepare(stops) {
    try {
      const reply = await this.#post("api/next", JSON.stringify(stops))
      return reply.ok && (await reply.json()).begun
    } catch {
      return false
    }
  }

  /**
   * Give up the question of a lane; it ends as aborted.
   * @param {string} lane
   */
  cancel(lane) { this.#running.get(lane)?.abort() }

  /**
   * @param {string} path
   * @param {string} lane
   * @param {CompareQuestion | ComputedQuestion | CostQuestion | ExerciseQuestion | LessonQuestion | ModelQuestion | Question | QuizQuery | RaceQuestion | RecordQuestion | RecordedQuestion | RuleQuestion | RunQuestion} question
   * @param {(frame: Frame) => void} take
   * @param {Record<string, string>} [headers]
   * @returns {Promise<Outcome>}
   */
  async #ask(path, lane, question, take, headers = {}) {
    this.#running.get(lane)?.abort()
    const abort = new AbortController()
    this.#running.set(lane, abort)
    const text = JSON.stringify(question)
    const known = this.#kept.get(lane)?.get(text)
    const isShownAtOnce = known !== undefined && lane === "look"  // the server only confirms what was seen before
    if (isShownAtOnce) for (const frame of known.frames) take(frame)
    try {
      const reply = await this.#post(path, text, abort.signal, known ? {...headers, "if-none-match": known.tag} : headers)
      if (reply.status === 304 && known) {
        if (!isShownAtOnce) for (const frame of known.frames) take(frame)
        return "ok"
      }
      if (reply.status === 401) return "token"
      if (!reply.ok) throw new ServerError((await reply.json()).message)
      return await this.#stream(lane, text, reply, abort.signal, take)
    } catch (error) {
      if (abort.signal.aborted) return "aborted"
      if (error instanceof TypeError) return "lost"  // what fetch throws without a server
      if (!(error instanceof ServerError)) throw error
      take({kind: "problem", part: "overview", target: "", problem: {message: error.message, hint: "", severity: "error"}})
      return "failed"
    } finally {
      if (this.#running.get(lane) === abort) this.#running.delete(lane)
    }
  }

  /**
   * @param {string} lane
   * @param {string} question
   * @param {Response} reply
   * @param {AbortSignal} signal
   * @param {(frame: Frame) => void} take
   * @returns {Promise<Outcome>}
   */
  async #stream(lane, question, reply, signal, take) {
    /** @type {Frame[]} */
    const frames = []
    let length = 0
    for await (const line of linesOf(reply.body)) {
      /** @type {Frame} */
      const frame = JSON.parse(line)
      length += line.length
      if (signal.aborted) return "aborted"
      frames.push(frame)
      take(frame)
      if (frame.kind !== "end") continue
      const tag = reply.headers.get("etag")  // a run has none: another takes its own course
      if (frame.status === "ok" && tag) this.#keep(lane, question, {tag, length, frames: frames.filter(({kind}) => kind !== "queued" && kind !== "progress")})
      return frame.status
    }
    return "lost"
  }

  /**
   * Ask for another slice of an output of a run that is kept.
   * @param {PictureQuestion} question
   * @returns {Promise<SliceFrame>}
   * @throws {ServerError}
   */
  async picture(question) {
    const reply = await this.#post("api/picture", JSON.stringify(question))
    if (!reply.ok) throw new ServerError((await reply.json()).message)
    return await reply.json()
  }

  /**
   * Ask which stages some files are.
   * @param {DumpQuestion} question
   * @returns {Promise<Dump>}
   * @throws {ServerError}
   */
  async dump(question) {
    const reply = await this.#post("api/dump", JSON.stringify(question))
    if (!reply.ok) throw new ServerError((await reply.json()).message)
    return await reply.json()
  }

  /**
   * Ask for a file; returns it and its name.
   * @param {FileQuestion} question
   * @returns {Promise<[content: Blob, name: string]>}
   * @throws {ServerError}
   */
  async file(question) {
    const reply = await this.#post("api/file", JSON.stringify(question))
    if (!reply.ok) throw new ServerError((await reply.json()).message)
    const name = /filename="([^"]+)"/.exec(reply.headers.get("content-disposition") ?? "")?.[1] ?? "file"
    return [await reply.blob(), name]
  }

  /**
   * @param {string} path
   * @param {string} body
   * @param {AbortSignal} [signal]
   * @param {Record<string, string>} [headers]
   */
  #post(path, body, signal, headers = {}) {
    return fetch(`${this.#root}/${path}`, {
      method: "POST", body, signal,
      headers: {"content-type": "application/json", "accept-language": LOCALES[language()], "x-tirscope-token": this.#token, ...headers},
    })
  }

  /** @param {string} lane @param {string} question @param {{tag: string, frames: Frame[], length: number}} answer */
  #keep(lane, question, answer) {
    const kept = this.#kept.get(lane) ?? new Map()
    this.#kept.set(lane, kept)
    kept.delete(question)
    kept.set(question, answer)
    let length = 0
    for (const other of kept.values()) length += other.length
    for (const [oldest, other] of kept) {
      if (kept.size <= (lane === "look" ? MOST_STAGES : MOST_KEPT) && length <= MOST_CHARACTERS) break
      kept.delete(oldest)
      length -= other.length
    }
  }
}

/**
 * The lines of a stream.
 * @param {ReadableStream<Uint8Array<ArrayBuffer>> | null} stream
 * @returns {AsyncGenerator<string>}
 */
async function* linesOf(stream) {
  if (!stream) return
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ""
  for (;;) {
    const {done, value} = await reader.read()
    if (done) return
    const pieces = (rest + value).split("\n")
    rest = pieces.pop() ?? ""
    yield* pieces
  }
}
