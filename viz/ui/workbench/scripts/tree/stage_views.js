// The views of a stage that share the middle pane: its drawing, its outline, its text, and what changed in it.
import {find} from "../../../../render/web/elements.js"
import {changedNodes} from "./changed_nodes.js"
import {Outline} from "./outline.js"
import {StageTexts} from "./stage_texts.js"
import {treeName} from "./stages.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {TreePicture} from "../../../../render/web/tree_picture.js" */
/** @import {PictureFrame} from "../frames.d.ts" */
/** @import {WorkspaceState} from "../workspace_state.js" */

export class StageViews {
  #workspace
  #picture
  #model
  /** @type {PictureFrame | undefined} */
  #frame
  #walked = -1  // the index of the change that was gone to

  /**
   * @param {HTMLElement} pane
   * @param {WorkspaceState} workspace holds which view is chosen
   * @param {TreePicture} picture
   * @param {() => LinkModel | undefined} model
   */
  constructor(pane, workspace, picture, model) {
    this.#workspace = workspace
    this.#picture = picture
    this.#model = model
    this.texts = new StageTexts(pane)
    this.outline = new Outline(find(pane, ".stage-outline"), model)
  }

  get chosen() { return this.#workspace.values.view }

  /** The chosen view, if it can light up; undefined for the diff, and where there is nothing yet. */
  get active() {
    if (this.chosen === "script") return this.texts.listing
    if (this.chosen === "outline") return this.outline
    return this.chosen === "tree" && this.#picture.svg ? this.#picture : undefined
  }

  focus() {
    if (this.chosen === "tree") this.#picture.svg?.focus()
    else if (this.chosen === "outline") this.outline.host.focus()
    else this.texts.focus()
  }

  /** A drawing was loaded: its nodes are the outline's. @param {PictureFrame} frame */
  load(frame) {
    this.#frame = frame
    this.#walked = -1
    this.outline.load(treeName(frame), frame.changed)
  }

  /** The drawn nodes that the pass changed, or that hold those. */
  get changedNodes() {
    const ids = Object.keys(this.#frame?.changed ?? {}).map(Number)
    return changedNodes(this.#picture.nodes, this.#model()?.tree(this.#picture.tree), ids)
  }

  /**
   * Scroll to the next thing that the pass changed, or to the one before.
   * @param {1 | -1} step
   */
  walk(step) {
    const places = this.chosen === "diff" ? this.texts.changes
      : this.chosen === "outline" ? this.outline.changes : this.changedNodes
    if (!places.length) return
    this.#walked = (Math.max(this.#walked, step < 0 ? 0 : -1) + step + places.length) % places.length
    const place = places[this.#walked]
    if (this.chosen === "tree") this.#picture.reveal(place)
    else place.scrollIntoView({block: "center"})
  }
}
