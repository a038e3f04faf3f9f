// Source whose nodes light up under the pointer. The server escaped every text.
import {targetOf} from "../../render/web/elements.js"

/** @import {StreamlitComponent} from "../workbench/scripts/frames.d.ts" */

/** @typedef {{html: string, height: number}} CodeData */

/** @type {WeakMap<HTMLElement, CodeView>} */
const views = new WeakMap()

class CodeView {
  #host
  #html = ""
  /** @type {string | null} */
  #litNode = null

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#host = host
    host.addEventListener("pointerover", event => {
      this.#light(targetOf(event)?.closest("[data-node]")?.getAttribute("data-node") ?? null)
    })
    host.addEventListener("pointerleave", () => this.#light(null))
  }

  /** @param {CodeData} data */
  load({html, height}) {
    this.#host.style.maxHeight = `${height}px`
    if (html === this.#html) return
    this.#html = html
    const openFolds = [...this.#host.querySelectorAll("details")].map(fold => fold.open)
    this.#host.innerHTML = html
    this.#host.querySelectorAll("details").forEach((fold, i) => { fold.open = openFolds[i] ?? false })
  }

  /** @param {string | null} node */
  #light(node) {
    if (node === this.#litNode) return
    this.#litNode = node
    for (const place of this.#host.querySelectorAll(".lit")) place.classList.remove("lit")
    if (node === null) return
    for (const place of this.#host.querySelectorAll(`[data-node="${node}"]`)) place.classList.add("lit")
  }
}

/** @param {StreamlitComponent<CodeData>} component */
export function show({data, parentElement}) {
  const host = parentElement.querySelector(".code")
  if (!(host instanceof HTMLElement)) return  // it was removed while this module was loaded
  const view = views.get(host) ?? new CodeView(host)
  views.set(host, view)
  view.load(data)
}
