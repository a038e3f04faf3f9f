// Follow the stage of the tree pane from one target to another: a stage after a pass by the pass's name.
import {RECORDED} from "../dumps/recorded_rows.js"
import {_, sentences} from "../language/words.js"

/** @import {RecordedRail} from "../dumps/dump_frames.d.ts" */
/** @import {PassRow, PictureFrame, Stage} from "../frames.d.ts" */
/** @import {WorkspaceState} from "../workspace_state.js" */

const MANY_NODES = 500

export class Stages {
  #workspace
  /** @type {Map<string, PassRow[]>} */
  #rows = new Map()  // target -> its passes
  #wantedPass = ""  // the name of the pass to show once the target's passes are known
  /** @type {RecordedRail | undefined} */
  recorded  // what the rail shows in the place of the target's stages

  /** @param {WorkspaceState} workspace holds the stage and the target */
  constructor(workspace) { this.#workspace = workspace }

  /** The target whose stages are looked at; empty without any. */
  get target() { return this.#workspace.values.focused }

  /** The passes of the target that changed something. */
  get passes() { return this.rows.filter(({changed}) => changed) }

  /** All passes of the target. */
  get rows() { return this.#rows.get(this.target) ?? [] }

  /** What the rail shows: the passes of the target, or recorded stages. */
  get stops() { return this.recorded?.rows ?? this.rows }

  /** The stage in sight, of those on the rail. */
  get inSight() { return this.recorded?.stage ?? this.#workspace.values.stage }

  /** Why the stage in sight is shown as text; empty where it has a tree. */
  get unread() { return this.inSight === "input" ? "" : this.recorded?.unread ?? "" }

  /** Whether the stage in sight has one that it is compared with. */
  get isCompared() { return this.recorded && this.recorded.stage !== "input" ? this.recorded.isCompared : this.before !== null }

  /** The stage that the one in sight is compared with: what its pass got; null where no pass made it. */
  get before() { return this.beforeOf(this.#workspace.values.stage) }

  /** @param {Stage} stage */
  beforeOf(stage) { return this.rows.find(({number, problem}) => number === stage && !problem)?.before ?? null }

  /** The stage to draw: of a pass that threw what it got. */
  get drawn() { return this.drawnFor(this.#workspace.values.stage) }

  /** @param {Stage} stage @returns {Stage} */
  drawnFor(stage) {
    const failed = this.rows.find(({number, problem}) => problem && number === stage)
    return failed ? failed.before || "input" : stage
  }

  /** Whether the target's passes are known. */
  get areKnown() { return this.#rows.has(this.target) }

  /** Another program: its passes are not known yet. */
  forget() { this.#rows = new Map() }

  /**
   * Look at another target: at the pass of the same name there, else at its final stage.
   * @param {string} target
   */
  follow(target) {
    if (target === this.target) return
    const {stage} = this.#workspace.values
    const name = this.#rows.get(this.target)?.find(({number}) => number === stage)?.name
    this.#workspace.focus(target)
    if (typeof stage !== "number") return
    this.#wantedPass = name ?? ""
    this.#workspace.setStage("final")
    this.#findWanted()
  }

  /**
   * Take the passes of a target. Returns whether another stage is shown now.
   * @param {string} target
   * @param {PassRow[]} rows
   */
  setPasses(target, rows) {
    this.#rows.set(target, rows)
    const before = this.#workspace.values.stage
    this.#findWanted()
    return this.#workspace.values.stage !== before
  }

  #findWanted() {
    if (!this.#wantedPass || !this.areKnown) return
    const wanted = this.passes.find(({name}) => name === this.#wantedPass)
    this.#wantedPass = ""
    if (wanted) this.#workspace.setStage(wanted.number)
  }
}

/**
 * The stage that a value of the page's controls names; without a number the user's program.
 * @param {string} value
 * @returns {Stage}
 */
export function stageOf(value) {
  if (/^\d+$/.test(value)) return Number(value)
  return value === "final" || value === "scheduled" ? value : "input"
}

/**
 * The name of a drawn tree in the link model.
 * @param {Pick<PictureFrame, "stage" | "target">} frame
 */
export function treeName({stage, target}) {
  return stage === "input" ? "input" : stage === "final" ? target : `${target}/${stage}`
}

/**
 * What a stage is.
 * @param {Stage} stage
 * @param {string} title the target's
 */
export function stageWords(stage, title) {
  return stage === "input" ? _("your program") : stage === "final" ? _("final, as the codegen of {title} gets it", {title})
    : stage === "scheduled" ? _("scheduled for {title}", {title}) : _("after pass {stage} for {title}", {stage: String(stage), title})
}

/**
 * The caption below a drawing, and whether it warns.
 * @param {PictureFrame} frame
 * @param {string} title the target's, of a recorded stage its own
 */
export function pictureWords({shown, total, most, stage, target}, title) {
  const where = target === RECORDED ? _("recorded as {title}", {title}) : stageWords(stage, title)
  const warning = shown >= most ? _("A drawing has at most {count}: fold some to see others.", {count: most})
    : shown > MANY_NODES ? _("So many take a while; fold what you do not need.") : ""
  return {words: sentences(_("{shown} of {total} nodes: {where}.", {shown, total, where}), warning), isWarning: Boolean(warning)}
}
