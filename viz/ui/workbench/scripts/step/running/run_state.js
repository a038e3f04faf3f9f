// Ask a recorded run: which variables a statement sees, which statements stand on a line, whether a condition holds.
import {offsetOf} from "./buffer_cells.js"

/** @import {LinkModel, NodeTree} from "../../../../../render/web/model.js" */
/** @import {Values} from "./condition.js" */
/** @import {Replay} from "./replay.js" */

const WINDOW = 4096  // steps whose truth is found at once

/** @typedef {{name: string, value: number, dtype: string, condition: boolean}} SeenVariable */

/**
 * The variables that a statement sees: those of the loops and blocks around it, and the names given before it.
 * @param {Replay} replay
 * @param {NodeTree | undefined} tree of the recording
 * @param {number} node the statement
 * @param {number} thread
 * @returns {SeenVariable[]}
 */
export function variablesAt(replay, tree, node, thread) {
  const around = new Set(tree?.upwards(node) ?? [])
  return replay.frame.variables.flatMap(({name, node: own, dtype, condition}, slot) => {
    const value = replay.variableOf(slot, thread)
    if (value === undefined) return []
    const is = condition ? own === node : !tree || isSeen(tree, own, node, around)
    return is ? [{name, value, dtype, condition}] : []
  })
}

/** @param {NodeTree} tree @param {number} variable @param {number} node @param {Set<number>} around */
function isSeen(tree, variable, node, around) {
  const binds = tree.nearest(tree.get(variable)?.parent ?? -1, id => tree.get(id)?.kind === "stmt")
  if (binds === undefined) return true
  const {key = "", parent = -1} = tree.get(binds) ?? {}
  if (key === "tirx.Bind") return around.has(parent) || binds === node
  return around.has(binds) || key === "s_tir.SBlock" && parent === node
}

/**
 * The statements of a run that come from a line of the user's text.
 * @param {Replay} replay
 * @param {LinkModel} model
 * @param {string} treeName of the recording
 * @param {number} line from 1
 */
export function statementsOnLine(replay, model, treeName, line) {
  const derived = model.derived.get(treeName)
  return [...new Set(replay.nodes)].filter(node => {
    const span = treeName === "input" ? model.program.span(node) : derived?.origin(node)?.span
    return span !== undefined && model.linesOf(span)[0] === line
  })
}

/**
 * What a condition can ask at the step that holds.
 * @param {Replay} replay
 * @returns {Values}
 */
export function valuesNow(replay) {
  const {variables, buffers, tags} = replay.frame
  return {
    variable: name => {
      const thread = replay.threadOf(replay.at)
      const tag = tags.indexOf(name)
      if (tag >= 0) return replay.indicesOf(thread)[tag]
      const slot = variables.findIndex(variable => variable.name === name && !variable.condition)
      return slot < 0 ? undefined : replay.variableOf(slot, thread)
    },
    element: (name, index) => {
      const number = replay.seenBy(replay.threadOf(replay.at)).find(i => buffers[i].name === name)
      if (number === undefined) return undefined
      const {shape} = buffers[number]
      if (index.length !== shape.length || index.some((at, i) => !Number.isInteger(at) || at < 0 || at >= shape[i])) return undefined
      return Number(replay.valueAt(number, offsetOf(buffers[number], index)))
    },
  }
}

/**
 * Whether a condition holds after a step; windows of steps are looked at forwards, since going back costs more.
 * @param {Replay} replay
 * @param {(values: Values) => boolean} condition
 */
export function truths(replay, condition) {
  const values = valuesNow(replay)
  let first = -1
  /** @type {boolean[]} */
  let known = []
  /** @param {number} step */
  return step => {
    if (first < 0 || step < first || step >= first + known.length) {
      first = Math.floor(step / WINDOW) * WINDOW
      known = []
      for (let at = first; at < Math.min(replay.count, first + WINDOW); at += 1) {
        replay.go(at)
        known.push(condition(values))
      }
    }
    return known[step - first]
  }
}
