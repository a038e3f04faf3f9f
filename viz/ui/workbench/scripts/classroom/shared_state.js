// What of a page's state a class shares, and how much of a page changes when it takes another one.
import {workspaceOf} from "../programs/page_state.js"

/** @import {WorkspaceValues} from "../frames.d.ts" */
/** @import {PageState} from "../programs/page_state.js" */
/** @import {SharedState} from "./class_frames.d.ts" */

/** What changes of a program when only another stage of it is looked at, or in another way. */
const LOOKED_AT = new Set(["focused", "stage", "view", "depth", "types", "unfolded", "folded"])

/** @param {PageState} state @returns {SharedState} */
export function shared({values, tab, pin, step, checks, lesson}) { return {workspace: values, tab, pin, step, checks, lesson} }

/**
 * The state that somebody shares, in the form of this page's.
 * @param {SharedState} read
 * @param {WorkspaceValues} defaults
 * @returns {PageState}
 */
export function taken(read, defaults) {
  const {tab, pin, step, checks, lesson} = read
  return {
    values: workspaceOf(read.workspace, defaults), tab: String(tab ?? ""), pin: String(pin ?? ""), step: String(step ?? ""),
    checks: String(checks ?? ""), lesson: String(lesson ?? ""), draft: "", recorded: ""}
}

/**
 * What is to be done so that a page shows another state: all of it anew, another stage of the same program, or
 * only other places of what is there; "none" where it shows that already.
 * @param {PageState} now
 * @param {PageState} wanted
 * @returns {"none" | "look" | "stage" | "all"}
 */
export function change(now, wanted) {
  if (now.lesson !== wanted.lesson || now.checks !== wanted.checks) return "all"
  const names = /** @type {(keyof WorkspaceValues)[]} */ (Object.keys({...now.values, ...wanted.values}))
  const changed = names.filter(name => JSON.stringify(now.values[name]) !== JSON.stringify(wanted.values[name]))
  if (changed.some(name => !LOOKED_AT.has(name))) return "all"
  if (changed.length) return "stage"
  return now.tab === wanted.tab && now.pin === wanted.pin && now.step === wanted.step ? "none" : "look"
}

/**
 * Whether a page shows the same program, so that places in it mean the same.
 * @param {WorkspaceValues} one
 * @param {WorkspaceValues} other
 */
export function isSameProgram(one, other) { return one.text === other.text && String(one.targets) === String(other.targets) }
