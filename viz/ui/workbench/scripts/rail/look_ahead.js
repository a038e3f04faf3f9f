// Let the server compute the next stops of the rail while one is looked at.

/** @import {ApiClient} from "../client.js" */
/** @import {Question, Stage} from "../frames.d.ts" */

const SOON = 3  // stops that should be known before one goes on

export class LookAhead {
  #context
  #about = ""  // the question but for its stage
  /** @type {Set<Stage>} */
  #asked = new Set()

  /**
   * @param {{client: Pick<ApiClient, "prepare" | "foresee">, question: () => Question | undefined,
   *   stop: (stage: Stage) => [drawn: Stage, before: number | null]}} context what a stage is asked for with
   */
  constructor(context) { this.#context = context }

  /**
   * Let the server compute the next stops, unless the first few are known, and get the very next one.
   * @param {Stage[]} stages those that may be next, the likeliest first
   */
  async prepare(stages) {
    const {client, stop} = this.#context
    const asked = this.#context.question()
    if (!asked || !stages.length) return
    const question = atStop(asked, "input", "input", null)
    const about = JSON.stringify(question)
    if (about !== this.#about) this.#asked.clear()
    this.#about = about
    if (!stages.slice(0, SOON).every(stage => this.#asked.has(stage))) {
      for (const stage of stages) this.#asked.add(stage)
      const begun = await client.prepare({question, stops: stages.map(stop)})
      if (about !== this.#about) return
      if (!begun) this.#asked.clear()
    }
    await client.foresee("look", atStop(asked, stages[0], ...stop(stages[0])))
  }
}

/**
 * The question that another stop is looked at with: it begins without folds.
 * @param {Question} question @param {Stage} stage @param {Stage} drawn @param {number | null} before
 * @returns {Question}
 */
function atStop(question, stage, drawn, before) {
  const folds = {unfolded: [], folded: []}
  return {...question, workspace: {...question.workspace, ...folds, stage}, tree: {...question.tree, ...folds, whole: false, stage: drawn, before}}
}
