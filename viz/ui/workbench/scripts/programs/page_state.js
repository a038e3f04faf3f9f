// What a link, a saved file and an entry of the browser's history hold: the program, and what is looked at.

import {dumpOf} from "../dumps/recorded_rows.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Dump} from "../dumps/dump_frames.d.ts" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {WorkspaceValues} from "../frames.d.ts" */

/**
 * `tab` is the dock's, "none" when it is folded, empty as at first; `pin` is a tree's name and the path of the pinned node in it,
 * empty without one; `step` is where the tab Step is; `checks` is not empty where every pass is checked; `draft` names the draft that the text is, empty for a text that nobody typed here;
 * `lesson` is what the panel Learn shows, empty where it is closed; `recorded` is the recorded stage that the rail is at, empty where that shows passes.
 * @typedef {{values: WorkspaceValues, tab: string, pin: string, step: string, checks: string, draft: string, lesson: string, recorded: string}} PageState
 */

const FILE_MARK = "tirscope"  // the field by which a saved file is known
const KEY = "tirscope"  // under which an entry of the history has a state

/**
 * The workspace that is read from elsewhere: fields that are missing or of another type are the default ones.
 * @param {unknown} read
 * @param {WorkspaceValues} defaults
 * @returns {WorkspaceValues}
 */
export function workspaceOf(read, defaults) {
  const fields = /** @type {Record<string, unknown>} */ (read ?? {})
  const known = Object.entries(defaults).filter(([name, value]) =>
    isAlike(fields[name], value) || name === "stage" && ["string", "number"].includes(typeof fields[name]))
  return {...defaults, ...Object.fromEntries(known.map(([name]) => [name, fields[name]]))}
}

/** @param {unknown} value @param {unknown} other */
function isAlike(value, other) {
  return typeof value === typeof other && value !== null && Array.isArray(value) === Array.isArray(other)
}

// ---------------------------------------------------------------- the browser's history

/**
 * The state of an entry of the history; undefined where it has none.
 * @param {unknown} entry what history.state is there
 * @param {WorkspaceValues} defaults
 * @returns {PageState | undefined}
 */
export function stateOfEntry(entry, defaults) {
  const kept = /** @type {Record<string, Partial<PageState>> | null} */ (entry)?.[KEY]
  if (!kept) return undefined
  return {values: workspaceOf(kept.values, defaults), tab: String(kept.tab), pin: String(kept.pin), step: String(kept.step ?? ""), checks: String(kept.checks ?? ""), draft: String(kept.draft), lesson: String(kept.lesson ?? ""), recorded: String(kept.recorded ?? "")}
}

/**
 * An entry with a state; what others keep in it stays.
 * @param {unknown} entry
 * @param {PageState} state
 */
export function entryWith(entry, state) { return {.../** @type {object | null} */ (entry), [KEY]: state} }

// ---------------------------------------------------------------- files

/**
 * A workspace as the text of a file, with the recorded stages if there are some.
 * @param {PageState} state
 * @param {Dump} [dump]
 */
export function fileOf({values, tab, pin, step, checks, lesson, recorded}, dump) {
  return JSON.stringify({[FILE_MARK]: 1, workspace: values, tab, pin, step, checks, ...lesson ? {lesson} : {}, ...dump ? {recorded, dump} : {}}, null, 1)
}

/**
 * The state that a file holds, and its recorded stages; null where it is not one of ours.
 * @param {string} text
 * @param {WorkspaceValues} defaults
 * @returns {{state: PageState, dump: Dump | null} | null}
 */
export function stateOfFile(text, defaults) {
  let read
  try {
    read = JSON.parse(text)
  } catch {
    return null
  }
  if (read?.[FILE_MARK] !== 1) return null
  const state = {values: workspaceOf(read.workspace, defaults), tab: String(read.tab ?? ""), pin: String(read.pin ?? ""), step: String(read.step ?? ""), checks: String(read.checks ?? ""), draft: "", lesson: String(read.lesson ?? ""), recorded: String(read.recorded ?? "")}
  return {state, dump: dumpOf(read.dump)}
}

// ---------------------------------------------------------------- addresses

/**
 * Write into an address what is looked at; what is as at first is left out.
 * @param {URL} address
 * @param {Pick<PageState, "tab" | "pin" | "step" | "checks" | "lesson">} state
 */
export function lookInAddress(address, {tab, pin, step, checks, lesson}) {
  for (const [name, value] of Object.entries({tab, pin, step, checks, lesson})) {
    if (value) address.searchParams.set(name, value)
    else address.searchParams.delete(name)
  }
}

/**
 * What the query of an address says is looked at.
 * @param {string} search
 * @returns {Pick<PageState, "tab" | "pin" | "step" | "checks" | "lesson">}
 */
export function lookOfAddress(search) {
  const query = new URLSearchParams(search)
  return {
    tab: query.get("tab") ?? "", pin: query.get("pin") ?? "", step: query.get("step") ?? "", checks: query.get("checks") ?? "",
    lesson: query.get("lesson") ?? ""}
}

// ---------------------------------------------------------------- the pinned node

/**
 * A pinned node in words: its tree and its path there; empty without one.
 * @param {LinkModel | undefined} model
 * @param {Ref | null} ref
 */
export function pinOf(model, ref) {
  const path = ref && model?.tree(ref.tree)?.path(ref.ids[0])
  return path ? `${ref.tree} ${path}` : ""
}

/**
 * The node that such words name; null as long as its tree is unknown.
 * @param {LinkModel | undefined} model
 * @param {string} pin
 * @returns {Ref | null}
 */
export function refOfPin(model, pin) {
  const at = pin.indexOf(" ")
  const [name, path] = [pin.slice(0, at), pin.slice(at + 1)]
  const tree = model?.tree(name)
  for (const id of tree?.nodes.keys() ?? []) {
    if (tree?.path(id) !== path) continue
    return {tree: name, ids: name === "input" && model ? model.program.nodesAtPlaceOf(id) : [id]}
  }
  return null
}
