// The controls of how a run is checked: reference, tolerances, arrays of one's own, time.
import {button, element} from "../../../../../render/web/elements.js"
import {_, number} from "../../language/words.js"
import {MOST_BYTES, REFERENCES} from "./check_settings.js"
import {npyHeader} from "./npy_header.js"

/** @import {ReferenceKind} from "../../frames.d.ts" */
/** @import {CheckSettings} from "./check_settings.js" */

/** Whether the controls are unfolded; it stays as it is when they are drawn again. */
let isOpen = false

/**
 * @param {CheckSettings} settings
 * @param {string[]} buffers the parameters that arrays can be for
 * @param {(set: () => void) => void} change
 */
export function checkControls(settings, buffers, change) {
  const made = element("details", "check-settings", element("summary", "", _("Check: reference, tolerance, arrays, time")),
    compared(settings, change),
    tolerance(settings, "rtol", _("Relative tolerance"), change), tolerance(settings, "atol", _("Absolute tolerance"), change),
    timed(settings, change), ...ownArrays(settings, buffers, change))
  made.open = isOpen
  made.addEventListener("toggle", () => { isOpen = made.open })
  return made
}

/** @param {CheckSettings} settings @param {(set: () => void) => void} change */
function compared(settings, change) {
  const select = element("select", "", ...REFERENCES.map(([kind, words]) => new Option(_(words), kind, false, kind === settings.compareWith)))
  select.dataset.name = "compared with"
  select.addEventListener("change", () => change(() => { settings.compareWith = /** @type {ReferenceKind} */ (select.value) }))
  return row(_("Compared with"), select, _("What the outputs should be. The best there is: your own function, the text's, else another CPU codegen."))
}

/**
 * @param {CheckSettings} settings
 * @param {"rtol" | "atol"} name
 * @param {string} words
 * @param {(set: () => void) => void} change
 */
function tolerance(settings, name, words, change) {
  const input = element("input")
  Object.assign(input, {type: "number", min: "0", step: "any", value: settings[name] ?? "", placeholder: _("by dtype")})
  input.dataset.name = name
  input.addEventListener("change", () => change(() => { settings[name] = input.value === "" ? null : input.valueAsNumber }))
  return row(words, input, _("An element is right within absolute + relative × |expected|. Empty: by dtype and by how it is computed, with the reason in the outcome."))
}

/** @param {CheckSettings} settings @param {(set: () => void) => void} change */
function timed(settings, change) {
  const box = element("input")
  Object.assign(box, {type: "checkbox", checked: settings.timed})
  box.dataset.name = "timed"
  box.addEventListener("change", () => change(() => { settings.timed = box.checked }))
  return row(_("Time it"), box, _("Beside a copy and a product of matrices on the same machine, as a roofline."))
}

/** @param {CheckSettings} settings @param {string[]} buffers @param {(set: () => void) => void} change */
function ownArrays(settings, buffers, change) {
  const said = element("span", "soft")
  said.setAttribute("role", "status")
  const input = element("input")
  Object.assign(input, {type: "file", multiple: true, accept: ".npy,.npz"})
  input.dataset.name = "own arrays"
  input.addEventListener("change", async () => {
    const words = await taken(settings, buffers, [...input.files ?? []])
    if (words) said.textContent = words
    else change(() => {})
  })
  return [
    row(_("Own arrays"), input, _("Files of np.save or np.savez, at most {size} MiB together. Sizes of the shapes are taken from them.", {size: MOST_BYTES >> 20})), said,
    ...settings.arrays.length ? [element("ul", "own-arrays", ...settings.arrays.map(array => {
      const name = element("span", "", `${array.file} `, element("span", "soft", array.words))
      const choice = element("select", "", ...buffers.map(buffer => new Option(buffer, buffer, false, buffer === array.buffer)))
      choice.setAttribute("aria-label", _("Buffer for {file}", {file: array.file}))
      choice.addEventListener("change", () => change(() => settings.add({...array, buffer: choice.value})))
      const remove = button("", "✕", () => change(() => settings.remove(array)), _("Without {file}", {file: array.file}))
      return element("li", "", name, ...array.isArchive ? [] : [choice], remove)
    }))] : []]
}

/**
 * Take files into the settings; returns what is wrong with one, and nothing where all are well.
 * @param {CheckSettings} settings
 * @param {string[]} buffers
 * @param {File[]} files
 */
export async function taken(settings, buffers, files) {
  for (const file of files) {
    const others = settings.arrays.filter(({file: name}) => name !== file.name).reduce((sum, {size}) => sum + size, 0)
    if (others + file.size > MOST_BYTES) return _("{file} is too large: all files together have at most {size} MiB.", {file: file.name, size: MOST_BYTES >> 20})
    const content = await file.arrayBuffer()
    const isArchive = new Uint8Array(content.slice(0, 2)).join() === "80,75"
    const header = isArchive ? undefined : npyHeader(content)
    if (!isArchive && !header) return _("{file} is no file of np.save or np.savez.", {file: file.name})
    const stem = file.name.replace(/\.np[yz]$/, "")
    const free = buffers.find(buffer => settings.arrays.every(array => array.buffer !== buffer)) ?? buffers[0] ?? ""
    const words = header ? `${header.dtype} (${header.shape.join(", ")})` : _("{size} bytes", {size: number(file.size)})
    settings.add({file: file.name, data: base64(content), size: file.size, buffer: isArchive ? "" : buffers.includes(stem) ? stem : free, words, isArchive})
  }
  return ""
}

/** @param {ArrayBuffer} content */
function base64(content) {
  const bytes = new Uint8Array(content), pieces = []
  for (let at = 0; at < bytes.length; at += 0x8000) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)))
  return btoa(pieces.join(""))
}

/** @param {string} words @param {HTMLElement} control @param {string} title */
function row(words, control, title) {
  const label = element("label", "row", element("span", "", words), control)
  label.title = title
  return label
}
