// What stands in the way of launching the program on a GPU: asked beside a run there, with a button for each mend.
import {button, element} from "../../../../render/web/elements.js"
import {diffOf} from "../diagnostics.js"
import {placeName} from "../sharing/notebook.js"
import {_} from "../language/words.js"

/** @import {ApiClient} from "../client.js" */
/** @import {LaunchAdviceRow, LaunchFrame, Question, WorkspaceValues} from "../frames.d.ts" */
/** @import {Span} from "../../../../render/web/packed.d.ts" */

/** The target whose kernels a device launches; other devices launch none. @type {Record<string, string>} */
const TARGETS = {cuda: "cuda", "cuda-emulated": "cuda", webgpu: "webgpu"}

const COMPILED = ["cuda"]  // targets whose kernels a compiler can be asked about; a browser compiles its shaders itself

/** `apply` writes another text into the editor. @typedef {{goTo: (span: Span) => void, apply: (text: string) => void}} AdviceActions */

export class LaunchAdvice {
  #host
  #client
  #actions
  #compiler
  /** @type {object | undefined} */
  #asked

  /** @param {HTMLElement} host @param {Pick<ApiClient, "parts">} client @param {AdviceActions} actions */
  constructor(host, client, actions) {
    this.#host = host
    this.#client = client
    this.#actions = actions
    this.#compiler = element("div", "launch-compile")
    host.after(this.#compiler)
  }

  /** The program is another one: what is said is not of it. */
  forget() {
    this.#asked = undefined
    this.#host.replaceChildren()
    this.#compiler.replaceChildren()
  }

  /**
   * Ask what stands in the way, where the device launches kernels, and say it.
   * @param {string} device
   * @param {WorkspaceValues} workspace
   */
  async ask(device, workspace) {
    this.forget()
    const target = TARGETS[device]
    if (!target) return
    const asked = this.#asked = {}
    await this.#client.parts("launch", questionOf(workspace, target, ["launch"]), frame => {
      if (this.#asked === asked && frame.kind === "launch") this.#show(frame, workspace.text)
    })
    if (this.#asked === asked && COMPILED.includes(target)) this.#offer(workspace, target, asked)
  }

  /**
   * Offer to ask a compiler for each architecture, which needs no GPU.
   * @param {WorkspaceValues} workspace @param {string} target @param {object} asked
   */
  #offer(workspace, target, asked) {
    const said = element("div", "compiled")
    const ask = button("apply", _("Ask a compiler whether it takes the kernels"), async () => {
      ask.disabled = true
      await this.#client.parts("launch", questionOf(workspace, target, ["launch", "compile"]), frame => {
        if (this.#asked === asked && frame.kind === "launch") said.replaceChildren(...frame.compiled.map(row => this.#compiled(row, workspace.text)))
      })
      ask.disabled = false
    })
    said.setAttribute("aria-live", "polite")
    this.#compiler.replaceChildren(ask, said)
  }

  /** @param {LaunchFrame["compiled"][number]} row @param {string} text */
  #compiled({said, problem}, text) {
    if (!problem) return element("div", "", `✓ ${said}`)
    const {span, message, severity} = problem
    const place = span ? [button("place", placeName(text, span[0]), () => this.#actions.goTo(span)), " "] : []
    return element("div", `problem ${severity}`, element("b", "", said), " ", ...place, element("span", "", message))
  }

  /** @param {LaunchFrame} frame @param {string} text */
  #show({advice}, text) {
    if (!advice.length) return
    const title = element("h3", "title", `✗ ${_("A GPU would not run this as it is meant")}`)
    this.#host.replaceChildren(title, ...advice.map(row => this.#row(row, text)))
  }

  /** @param {LaunchAdviceRow} row @param {string} text */
  #row({message, hint, why, span, mend}, text) {
    const place = span ? [button("place", placeName(text, span[0]), () => this.#actions.goTo(span)), " "] : []
    const said = element("div", "problem error", ...place, element("b", "", message), " ", element("span", "", why), " ", element("span", "", hint))
    if (mend) {
      const apply = button("apply", mend.title, () => this.#actions.apply(mend.text))
      said.append(element("div", "mend", apply, diffOf(mend.diff)))
    }
    return said
  }
}

/** @param {WorkspaceValues} workspace @param {string} target @param {Question["parts"]} parts @returns {Question} */
function questionOf(workspace, target, parts) {
  return {
    workspace: {...workspace, stage: "input", unfolded: [], folded: []}, parts, schedules: [], current: false, aside: true,
    tree: {stage: "input", target, before: null, unfolded: [], folded: [], types: false, whole: false, depth: 0, width: 520, height: 620}}
}
