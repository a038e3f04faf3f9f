// Recorded stages as rows of the rail, and what a stored or saved dump holds.

/** @import {PassRow} from "../frames.d.ts" */
/** @import {Dump, DumpStage} from "./dump_frames.d.ts" */

export const RECORDED = "recorded"  // the target and the part of a recorded stage

/**
 * Rows as passes have: a file is the stage after what its name names.
 * @param {Dump} dump
 * @param {ReadonlyMap<number, string[]>} remarks what was done to read a stage, by its number
 * @returns {PassRow[]}
 */
export function recordedRows({name, stages}, remarks) {
  return stages.map(({title, label, pass, changed}, i) => ({
    number: i + 1, name: pass || label, part: RECORDED, step: title, changed, before: i, seconds: 0, problem: null,
    recorded: {dump: name, isNamed: Boolean(pass), remarks: remarks.get(i + 1) ?? []}}))
}

/**
 * The dump that is read from elsewhere: from the browser's store, or a file. Null where it is none.
 * @param {unknown} read
 * @returns {Dump | null}
 */
export function dumpOf(read) {
  const {name, stages, leftOut} = /** @type {Partial<Record<keyof Dump, unknown>>} */ (read ?? {})
  if (!Array.isArray(stages) || !stages.length || !stages.every(isStage)) return null
  return {
    name: String(name ?? ""), stages: stages.map(({functions, ...stage}) => ({...stage, functions: functions.map(String)})),
    leftOut: Array.isArray(leftOut) ? leftOut.filter(Array.isArray).map(([file, why]) => [String(file), String(why)]) : []}
}

/** @param {Partial<Record<keyof DumpStage, unknown>> | null} stage @returns {stage is DumpStage} */
function isStage(stage) {
  return stage !== null && typeof stage === "object" && ["title", "name", "label", "pass", "text"].every(field => typeof stage[/** @type {keyof DumpStage} */ (field)] === "string")
    && typeof stage.source === "boolean" && typeof stage.changed === "boolean" && Array.isArray(stage.functions)
}
