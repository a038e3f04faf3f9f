// Tell the server of a class, and listen to it: again and again, until the class ends or refuses.
import {eventsOf, pauseAfter} from "./event_stream.js"
import {LOCALES, language} from "../language/words.js"

/** @import {ClassEvent, ClassRefusal, FollowedRequest, LedRequest} from "./class_frames.d.ts" */

const LAST = new Set(["end", "taken"])  // nothing comes after such an event
const PASSING = new Set([429, 502, 503, 504])  // refused now, perhaps not later

/**
 * Who listens: `take` gets the events, `lost` is called when the server does not answer and is tried again,
 * `refused` when it is not.
 * @typedef {{take: (event: ClassEvent) => void, lost: () => void, refused: (refusal: ClassRefusal) => void}} Listener
 */

export class ClassClient {
  #root
  #abort = new AbortController()

  /** @param {string} root the server's base path */
  constructor(root) { this.#root = root }

  /** Listen no more. */
  close() {
    this.#abort.abort()
    this.#abort = new AbortController()
  }

  /**
   * Listen until the end. A page that listened before listens no more.
   * @param {"lead" | "follow"} path
   * @param {(again: boolean) => LedRequest | FollowedRequest} request made anew for each attempt; `again` after the first success
   * @param {Listener} listener
   * @param {boolean} [wasIn] whether this page was in the class before it was loaded anew: then a server that is
   *   just being restarted is tried again from the first attempt on
   */
  async listen(path, request, {take, lost, refused}, wasIn = false) {
    this.close()
    const {signal} = this.#abort
    let failures = 0
    let again = wasIn
    while (!signal.aborted) {
      try {
        const reply = await this.#post(path, request(again), signal)
        if (!reply.ok) {
          const refusal = await refusalOf(reply)
          if (!again || !PASSING.has(reply.status)) return signal.aborted ? undefined : refused(refusal)
        } else for await (const text of eventsOf(reply.body)) {
          /** @type {ClassEvent} */
          const event = JSON.parse(text)
          if (signal.aborted) return
          again = true
          failures = 0
          take(event)
          if (LAST.has(event.kind)) return
        }
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof TypeError) && !(error instanceof DOMException)) throw error  // what fetch throws without a server
      }
      if (signal.aborted) return
      failures += 1
      lost()
      await new Promise(done => setTimeout(done, pauseAfter(failures, Math.random())))
    }
  }

  /**
   * Tell the server something. Resolves to why it was refused, or to undefined.
   * @param {"show" | "ask" | "end" | "presence" | "answer"} path
   * @param {LedRequest | FollowedRequest} request
   * @returns {Promise<ClassRefusal | undefined>}
   */
  async tell(path, request) {
    try {
      const reply = await this.#post(path, request)
      return reply.ok ? undefined : await refusalOf(reply)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      return {reason: "lost", message: ""}
    }
  }

  /** @param {string} path @param {LedRequest | FollowedRequest} request @param {AbortSignal} [signal] */
  #post(path, request, signal) {
    return fetch(`${this.#root}/api/class/${path}`, {
      method: "POST", body: JSON.stringify(request), signal,
      headers: {"content-type": "application/json", "accept-language": LOCALES[language()]}})
  }
}

/** @param {Response} reply @returns {Promise<ClassRefusal>} */
async function refusalOf(reply) {
  try {
    const {reason = "", message = ""} = await reply.json()
    return {reason, message}
  } catch {
    return {reason: "", message: String(reply.status)}
  }
}
