// An output beside what was expected and the error: three maps with one cursor, slices, histograms, files.
import {asCode, button, element} from "../../../../../render/web/elements.js"
import {_, plural} from "../../language/words.js"
import {gradient, placeOfValue} from "./colours.js"
import {decoded, indexOf, isThere, moved, shownNumber, worstCell} from "./decoded.js"
import {HeatMap} from "./heat_map.js"
import {errorHistogram, valueHistogram} from "./histogram.js"

/** @import {ColourScale, OutputPicture, SliceFrame, Theme} from "../../frames.d.ts" */
/** @import {DecodedPicture} from "./decoded.js" */
/** @import {Plane} from "./heat_map.js" */

/**
 * `slice` asks for another slice of a run that is kept, `file` for its arrays; both say in words what went wrong.
 * @typedef {{slice: (run: string, output: string, slice: number[]) => Promise<SliceFrame | string>,
 *   file: (run: string, format: "npz" | "csv", output: string) => Promise<string>}} PictureActions
 */

/** @typedef {{name: string, dtype: string, passed: boolean, picture: OutputPicture, words: string, kept: string}} ShownOutput */

/** @type {Record<string, [down: number, right: number]>} */
const STEPS = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-8, 0], PageDown: [8, 0], Home: [0, -64], End: [0, 64]}

export class OutputView {
  #output
  #scales
  #actions
  /** @type {DecodedPicture} */
  #picture
  /** @type {Theme} */
  #theme = "light"
  /** @type {number | undefined} */
  #cell
  #maps
  #words = element("p", "picture-words")
  #readOut = element("output", "read-out")
  #legends
  #room
  #asked = 0  // the number of the last slice that was asked for

  /**
   * @param {ShownOutput} output
   * @param {Record<Theme, ColourScale>} scales
   * @param {PictureActions} actions
   */
  constructor(output, scales, actions) {
    this.#output = output
    this.#scales = scales
    this.#actions = actions
    this.#picture = decoded(output.picture)
    /** @type {[Plane, string][]} */
    const planes = [["got", _("Output")], ["expected", _("Expected")], ["error", _("Error")]]
    this.#maps = planes.map(([plane, title]) => ({plane, title, map: new HeatMap(plane)}))
    this.#legends = {values: element("div", "scale-of"), errors: element("div", "scale-of")}
    this.#room = this.#grid()
    this.#say(output.words)
  }

  /** The whole as something that unfolds; a wrong output is unfolded. */
  get element() {
    const {name, passed, picture} = this.#output
    const {got, expected, error} = picture.histograms
    const made = element("details", "pictures", element("summary", "", _("Pictures of {name}", {name})),
      ...picture.slice.length ? [this.#slices()] : [], this.#room, this.#readOut, this.#words,
      element("div", "histograms", valueHistogram(got, expected), errorHistogram(error)), this.#files())
    made.open = !passed
    return made
  }

  /** @param {Theme} theme */
  paint(theme) {
    this.#theme = theme
    const scale = this.#scales[theme]
    for (const {map} of this.#maps) map.paint(this.#picture, scale, this.#cell)
    this.#legend(scale)
  }

  // ---------------------------------------------------------------- the maps and their cursor

  #grid() {
    const {name} = this.#output
    const figures = this.#maps.map(({title, map}, i) =>
      element("figure", "", element("figcaption", "", title), map.element, ...i === 0 ? [this.#legends.values] : i === 2 ? [this.#legends.errors] : []))
    const room = element("div", "maps", ...figures)
    room.tabIndex = 0
    room.setAttribute("role", "group")
    room.setAttribute("aria-label", _("Elements of {name}: the arrow keys read them out, W goes to the worst", {name}))
    room.addEventListener("pointermove", event => this.#point(event))
    room.addEventListener("pointerdown", event => this.#point(event))
    room.addEventListener("keydown", event => this.#key(event))
    room.addEventListener("focus", () => { if (this.#cell === undefined) this.#choose(worstCell(this.#picture)) })
    return room
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const over = this.#maps.find(({map}) => map.element === event.target)
    const cell = over?.map.cellAt(this.#picture, event.clientX, event.clientY)
    if (cell !== undefined && cell !== this.#cell && isThere(this.#picture, cell)) this.#choose(cell)
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const step = STEPS[event.key]
    if (!step && event.key !== "w" && event.key !== "W") return
    event.preventDefault()
    event.stopPropagation()
    const worst = worstCell(this.#picture)
    this.#choose(step ? moved(this.#picture, this.#cell ?? worst, ...step) : worst)
  }

  /** @param {number | undefined} cell */
  #choose(cell) {
    this.#cell = cell
    this.paint(this.#theme)
    this.#readOut.replaceChildren(...cell === undefined ? [_("Point at a cell, or use the arrow keys.")] : this.#elementWords(cell))
  }

  /** @param {number} cell */
  #elementWords(cell) {
    const {got, expected, error, wrong, height, width} = this.#picture
    const index = asCode(element("code", "", `${this.#output.name}[${indexOf(this.#picture, cell).join(", ")}]`))
    const values = {got: shownNumber(got[cell]), expected: shownNumber(expected[cell]), error: shownNumber(error[cell])}
    const count = wrong[cell]
    const verdict = height * width > 1 ? plural("1 element of the cell is wrong", "{count} elements of the cell are wrong", count) : count ? _("wrong") : _("right")
    return [index, ": ", _("got {got}, expected {expected}, error {error}", values), " · ", verdict]
  }

  /** @param {string} words */
  #say(words) {
    this.#words.textContent = words
    for (const {title, map} of this.#maps) map.describe(`${this.#output.name}, ${title}. ${words}`)
    this.#choose(undefined)
  }

  // ---------------------------------------------------------------- what the colours stand for

  /** @param {ColourScale} scale */
  #legend(scale) {
    const {values, errors} = this.#picture
    this.#legends.values.replaceChildren(
      bar(gradient(scale.values, [placeOfValue(values[0], values), placeOfValue(values[1], values)]), shownNumber(short(values[0])), shownNumber(short(values[1])), this.#output.dtype),
      element("span", "marks", `× NaN  ▲ ∞  ▼ −∞`))
    const [least, most] = errors.map(error => shownNumber(short(error)))
    this.#legends.errors.replaceChildren(...errors[1] ? [
      bar(gradient(scale.right, [0, 1]), least, most, _("within the tolerance")),
      bar(gradient(scale.wrong, [0, 1]), least, most, _("beyond it, each cell with a corner"))] : [element("span", "marks", _("no finite error but 0"))])
  }

  // ---------------------------------------------------------------- slices and files

  #slices() {
    const {kept, name, picture} = this.#output
    const inputs = picture.slice.map((at, axis) => {
      const input = element("input")
      Object.assign(input, {type: "number", min: "0", max: String(picture.shape[axis] - 1), value: String(at), disabled: !kept})
      return input
    })
    const ask = async () => {
      const wanted = inputs.map((input, axis) => Math.min(picture.shape[axis] - 1, Math.max(0, Math.round(input.valueAsNumber) || 0)))
      inputs.forEach((input, axis) => { input.value = String(wanted[axis]) })
      const number = ++this.#asked
      const found = await this.#actions.slice(kept, name, wanted)
      if (number !== this.#asked) return
      if (typeof found === "string") {
        this.#readOut.textContent = found
        return
      }
      this.#picture = decoded(found.picture)
      this.#say(found.words)
    }
    for (const input of inputs) input.addEventListener("change", ask)
    const rows = inputs.map((input, axis) => element("label", "", _("Dimension {axis}", {axis}), " ", input, element("span", "soft", ` / ${picture.shape[axis]}`)))
    const worst = button("", _("Worst slice"), () => {
      inputs.forEach((input, axis) => { input.value = String(picture.slice[axis]) })
      ask()
    })
    worst.disabled = !kept
    return element("div", "slices", ...rows, worst, ...kept ? [] : [element("span", "soft", _("Other slices were not kept: the arrays are too large."))])
  }

  #files() {
    const {kept, name} = this.#output
    if (!kept) return element("div", "files")
    const said = element("span", "soft")
    said.setAttribute("role", "status")
    /** @param {"npz" | "csv"} format @param {string} words */
    const offer = (format, words) => button("", words, async () => { said.textContent = await this.#actions.file(kept, format, name) })
    return element("div", "files", offer("npz", _("All arrays (.npz)")), offer("csv", _("{name} as a table (.csv)", {name})), said)
  }
}

/** @param {number} value */
function short(value) { return Number(value.toPrecision(3)) }

/** @param {string} colours @param {string} low @param {string} high @param {string} words */
function bar(colours, low, high, words) {
  const shown = element("span", "colours")
  shown.style.background = colours
  return element("div", "colour-bar", shown, element("div", "ends-of-scale", element("span", "", low), element("span", "", words), element("span", "", high)))
}
