// Read the files that the user opens or drops on the page: programs, notebooks, models, saved workspaces.
import {sourceOfNotebook} from "../sharing/notebook.js"
import {MOST_MODEL_BYTES, withoutWeights} from "./model_file.js"
import {stateOfFile} from "./page_state.js"
import {_, marked, sentences} from "../language/words.js"

/** @import {WorkspaceValues} from "../frames.d.ts" */
/** @import {Dump} from "../dumps/dump_frames.d.ts" */
/** @import {PageState} from "./page_state.js" */

/**
 * What a file holds: a program's text, a whole state, with recorded stages or without, a model that is to be converted, or why it cannot be opened.
 * @typedef {{text: string} | {state: PageState, dump: Dump | null} | {model: Uint8Array<ArrayBuffer>} | {problem: string}} FileContent
 */

const MOST_BYTES = 1 << 20
const MOST_LARGE_BYTES = 1 << 26  // most of a notebook are outputs, which are left out, of a workspace recorded stages
const MOST_WITH_WEIGHTS = 1 << 30  // most of it are weights, which are left out
const ENDINGS = /\.(py|txt|ipynb|json|onnx)$/i
const WHAT_OPENS = marked("What opens: .py, .txt, .ipynb, .onnx, a .zip or a folder of recorded stages, and the .json that Share saves.")

/**
 * @param {Pick<File, "name" | "size" | "arrayBuffer">} file
 * @param {WorkspaceValues} defaults of the fields that a saved workspace lacks
 * @returns {Promise<FileContent>}
 */
export async function contentOf(file, defaults) {
  const {name, size} = file
  const ending = ENDINGS.exec(name)?.[1].toLowerCase() ?? ""
  const most = ending === "onnx" ? MOST_WITH_WEIGHTS : ending === "ipynb" || ending === "json" ? MOST_LARGE_BYTES : MOST_BYTES
  if (size > most) return {problem: _("{name} is longer than {size} MiB.", {name, size: most >> 20})}
  if (ending === "onnx") {
    const model = withoutWeights(new Uint8Array(await file.arrayBuffer()))
    if (model.length <= MOST_MODEL_BYTES) return {model}
    return {problem: _("{name} is longer than {size} MiB without the values of its weights.", {name, size: MOST_MODEL_BYTES >> 20})}
  }
  const text = decoded(await file.arrayBuffer())
  if (text === null) return {problem: sentences(_("{name} is no text.", {name}), _(WHAT_OPENS))}
  if (ending === "json") {
    return stateOfFile(text, defaults) ?? {problem: sentences(_("{name} is no workspace that was saved here.", {name}), _(WHAT_OPENS))}
  }
  if (ending === "ipynb") {
    const source = sourceOfNotebook(text)
    return source === null ? {problem: _("{name} has no cell with code.", {name})} : {text: source}
  }
  return text.trim() ? {text} : {problem: _("{name} is empty.", {name})}
}

/** The text of UTF-8 bytes without a byte order mark; null for anything else. @param {ArrayBuffer} bytes */
function decoded(bytes) {
  try {
    const text = new TextDecoder("utf-8", {fatal: true}).decode(bytes)
    return text.includes("\0") ? null : text
  } catch {
    return null
  }
}
