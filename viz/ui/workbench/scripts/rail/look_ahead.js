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
   * @param {{client: Pick<ApiClient, "prepare">, question: () => Question | undefined,
   *   stop: (stage: Stage) => [drawn: Stage, before: number | null]}} context what a stage is asked for with
   */
  constructor(context) { this.#context = context }

  /**
   * Ask for what is missing, once the next few stops are not all known.
   * @param {Stage[]} stages those that may be next, the likeliest first
   */
  async prepare(stages) {
    const question = this.#context.question()
    if (!question) return
    const about = JSON.stringify({...question, tree: {...question.tree, stage: "", before: null}})
    if (about !== this.#about) this.#asked.clear()
    this.#about = about
    if (stages.slice(0, SOON).every(stage => this.#asked.has(stage))) return
    for (const stage of stages) this.#asked.add(stage)
    const stops = stages.map(stage => this.#context.stop(stage))
    if (!await this.#context.client.prepare({question, stops}) && about === this.#about) this.#asked.clear()
  }
}
