// Write the state of the page into the browser's history: a step of the user's makes an entry to go back
// from, typing and dragging change the entry of now. The address of an entry is its link.
import {entryWith, stateOfEntry} from "./page_state.js"

/** @import {PageState} from "./page_state.js" */

/**
 * `state` is that of now, `address` the one it has as a link; `restore` shows a state again; `noted` is called
 * when it may be another one.
 * @typedef {{state: () => PageState, address: (state: PageState) => Promise<URL>,
 *   restore: (state: PageState) => void, noted: () => void, isConnected: () => boolean}} PageHistoryContext
 */

const PAUSE = 250  // milliseconds between writes: browsers allow a few a second

export class PageHistory {
  #context
  #number = 0  // of the last write, so that a late address is not given to another entry
  #isStepping = false
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause

  /** @param {PageHistoryContext} context */
  constructor(context) {
    this.#context = context
    addEventListener("popstate", this.#onPop)
    addEventListener("pagehide", this.#onLeave)
  }

  close() {
    this.#onLeave()
    removeEventListener("popstate", this.#onPop)
    removeEventListener("pagehide", this.#onLeave)
  }

  /** Something changed that is no step to go back from. */
  note() {
    this.#context.noted()
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => this.#write(), PAUSE)
  }

  /**
   * Do what the user asked for. If it changes the state, there is a way back.
   * @param {() => void} act
   */
  step(act) {
    if (this.#isStepping) return act()
    const {state} = this.#context
    this.keep()
    const before = JSON.stringify(state())
    this.#isStepping = true
    try {
      act()
    } finally {
      this.#isStepping = false
    }
    if (JSON.stringify(state()) === before || !this.#context.isConnected()) return
    history.pushState(entryWith(history.state, state()), "", location.href)
    this.#context.noted()
    this.#write()
  }

  /** Keep the state in the entry of now, at once. */
  keep() {
    clearTimeout(this.#pause)
    this.#pause = undefined
    if (this.#context.isConnected()) history.replaceState(entryWith(history.state, this.#context.state()), "", location.href)
  }

  async #write() {
    this.keep()
    const number = this.#number += 1
    const address = await this.#context.address(this.#context.state())
    if (number !== this.#number || !this.#context.isConnected()) return
    if (address.href !== location.href) history.replaceState(history.state, "", address)
  }

  #onPop = () => {
    const {restore, state, isConnected} = this.#context
    this.#number += 1
    clearTimeout(this.#pause)
    this.#pause = undefined
    const wanted = isConnected() ? stateOfEntry(history.state, state().values) : undefined
    if (wanted) restore(wanted)
  }

  // What was typed just now.
  #onLeave = () => { if (this.#pause !== undefined) this.keep() }
}
