// The Python text of the stage in sight, which is asked for beside what the panes show.
import {unpackMarks} from "../../../../../render/web/model.js"
import {treeName} from "../../tree/stages.js"
import {walkOf} from "./walk.js"

/** @import {LinkModel} from "../../../../../render/web/model.js" */
/** @import {TargetText} from "../../frames.d.ts" */
/** @import {StepContext} from "../step_tab.js" */
/** @import {WalkedText} from "./walked_texts.js" */

export class PythonTexts {
  #context
  #arrived
  /** @type {LinkModel | undefined} */
  #model
  /** @type {Map<string, WalkedText | undefined>} */
  #texts = new Map()  // by the name of the tree; undefined where there is none, or none yet

  /** @param {Pick<StepContext, "client" | "workspace" | "tree" | "model">} context @param {() => void} arrived */
  constructor(context, arrived) {
    this.#context = context
    this.#arrived = arrived
  }

  /** The text of the stage in sight; it is asked for when it is not there. */
  get current() {
    const model = this.#context.model()
    const {drawn: stage, target} = this.#context.tree.stages
    if (!model || !target) return undefined
    if (model !== this.#model) this.#texts = new Map()
    this.#model = model
    const name = treeName({stage, target})
    if (!this.#texts.has(name) && model.tree(name)) this.#ask(model, name)
    return this.#texts.get(name)
  }

  /** @param {LinkModel} model @param {string} name */
  async #ask(model, name) {
    const {client, workspace, tree} = this.#context
    const texts = this.#texts
    texts.set(name, undefined)
    const question = {
      workspace: {...workspace.values, text: model.text, targets: ["python"]}, parts: /** @type {"diff"[]} */ (["diff"]),
      tree: {...tree.view, before: null}, schedules: [], current: false, aside: true}
    const outcome = await client.parts("step", question, frame => {
      if (frame.kind !== "python" || !frame.texts.length) return
      texts.set(name, walked(frame.texts[0], model, treeName(frame)))  // the program's, where the stage has none
      this.#arrived()
    })
    if (outcome !== "ok") texts.delete(name)  // asked again when it is wanted again
  }
}

/** @param {TargetText} packed @param {LinkModel} model @param {string} name @returns {WalkedText | undefined} */
function walked({text, marks: steps}, model, name) {
  const tree = model.tree(name)
  if (!tree || !text) return undefined
  const marks = unpackMarks(steps ?? [])
  return {
    key: "python", target: "python", title: "Python", language: "python", text, marks, treeName: name, tree, visitors: {},
    walk: walkOf(id => tree.get(id)?.parent ?? -1, marks)}
}
