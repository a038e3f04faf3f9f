// The head of the middle pane: which stage is shown, how, and a walk through what its pass changed.
import {find, targetOf} from "../../../../render/web/elements.js"
import {_} from "../language/words.js"

/** @import {ProgressFrame, QueuedFrame, Stage, StageView} from "../frames.d.ts" */

/** @typedef {{show: (view: StageView) => void, walk: (step: 1 | -1) => void}} StageHeadActions */

export const CAPTION_ID = "tirscope-tree-caption"
/** What stands in the pane in some views alone. @type {[selector: string, views: StageView[]][]} */
const PARTS = [
  [".canvas, .zoom, .menu", ["tree"]], [".note", ["tree", "outline"]], [".stage-outline", ["outline"]],
  [".stage-script", ["script"]], [".stage-diff", ["diff"]]]

export class StageHead {
  #pane

  /**
   * @param {HTMLElement} pane
   * @param {StageHeadActions} actions
   */
  constructor(pane, {show, walk}) {
    this.#pane = pane
    find(pane, ".stage-views").addEventListener("click", event => {
      const view = targetOf(event)?.closest("button")?.dataset.view
      if (view === "tree" || view === "outline" || view === "script" || view === "diff") show(view)
    })
    find(pane, ".change-before").addEventListener("click", () => walk(-1))
    find(pane, ".change-after").addEventListener("click", () => walk(1))
  }

  /**
   * @param {Stage} stage
   * @param {string} title
   * @param {StageView} view
   * @param {boolean} isCompared whether it is known what changed from the stage before it
   * @param {boolean} [isUnread] whether its text stands in the place of its tree
   */
  draw(stage, title, view, isCompared, isUnread = false) {
    const shown = isUnread && view !== "diff" ? "script" : view
    find(this.#pane, ".stage-title").textContent = typeof stage === "number" ? `${stage} · ${title}` : title
    for (const choice of this.#pane.querySelectorAll(".stage-views button")) {
      choice.setAttribute("aria-pressed", String(choice instanceof HTMLElement && choice.dataset.view === view))
    }
    for (const [selector, views] of PARTS) {
      for (const part of this.#pane.querySelectorAll(selector)) {
        if (part instanceof HTMLElement) part.hidden = !views.includes(shown) && !(isUnread && selector === ".note")
      }
    }
    find(this.#pane, ".walker").hidden = !isCompared || shown === "script"
  }
  /** @param {string} words @param {boolean} [isWarning] */
  setCaption(words, isWarning = false) {
    const caption = find(this.#pane, ".count")
    caption.id = CAPTION_ID
    caption.textContent = words
    caption.classList.toggle("warn", isWarning)
  }

  /** @param {QueuedFrame | ProgressFrame} frame how the work on the drawing goes */
  showProgress(frame) {
    this.setCaption(frame.kind === "progress" ? `${frame.step} …` : _("number {position} in the queue …", {position: frame.position}))
  }
}
