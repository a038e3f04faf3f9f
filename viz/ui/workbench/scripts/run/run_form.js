// The controls of a run: function, device, mode, order, sizes, seed and reference.
import {element} from "../../../../render/web/elements.js"
import {Controls} from "../layout/controls.js"
import {checkControls} from "./checking/check_form.js"
import {INPUTS, ORDERS} from "./run_settings.js"
import {_} from "../language/words.js"

/** @import {Device, InputKind, ThreadOrder} from "../frames.d.ts" */
/** @import {RunSettings} from "./run_settings.js" */

const PLACEHOLDER = "def reference(A, B):\n    return A + B"

export class RunForm {
  #host
  #settings
  #onChange
  #controls
  #isReferenceOpen = false

  /**
   * @param {HTMLElement} host
   * @param {RunSettings} settings
   * @param {() => void} onChange called when the user changes a setting
   */
  constructor(host, settings, onChange) {
    this.#host = host
    this.#controls = new Controls(host)
    this.#settings = settings
    this.#onChange = onChange
    host.addEventListener("submit", event => event.preventDefault())
  }

  /** Draw the controls if what they offer has changed; the focus stays where somebody types. */
  draw() {
    const {functions, function: chosen, devices, device, checked, order, inputs, sizes, seed, reference} = this.#settings
    const {check, buffers} = this.#settings
    this.#controls.draw([functions, chosen, devices, device, checked, order, inputs, sizes, seed, reference, check.shown], () => [
      ...chosen ? [element("code", "signature", chosen.signature)] : [],
      ...functions.length > 1 ? [this.#select(_("Function"), functions.map(name => [name, name]), chosen?.name ?? "", name => this.#settings.chooseFunction(name))] : [],
      this.#deviceChoice(devices, device),
      ...device?.checks ? [this.#check(checked)] : [],
      ...device?.orders ? [this.#select(_("Order"), ORDERS.map(([name, words]) => [name, _(words)]), order, name => { this.#settings.order = /** @type {ThreadOrder} */ (name) },
        _("Order of the threads. A GPU promises none: one order can hide what another brings out."))] : [],
      ...sizes.map(([symbol, value]) => this.#number(_("Size of {symbol}", {symbol}), value, 1, typed => this.#settings.setSize(symbol, typed))),
      this.#select(_("Inputs"), INPUTS.map(([name, words]) => [name, _(words)]), inputs, name => { this.#settings.inputs = /** @type {InputKind} */ (name) },
        _("What the inputs hold. Edge values are zeros, infinities, NaN and the smallest and largest numbers.")),
      this.#number(_("Seed"), seed, 0, typed => { this.#settings.seed = typed }, _("Seed of the inputs")),
      checkControls(check, buffers, set => this.#change(set)),
      this.#reference(reference)])
  }

  /** Take what is being typed: it counts before the focus leaves it. */
  commit() {
    const {activeElement} = document
    if (activeElement?.matches("textarea, input[type=number]") && this.#host.contains(activeElement)) activeElement.dispatchEvent(new Event("change"))
  }

  /** @param {() => void} set */
  #change(set) {
    set()
    this.draw()
    this.#onChange()
  }

  /** @param {Device[]} devices @param {Device | undefined} chosen */
  #deviceChoice(devices, chosen) {
    const choices = devices.map(device => {
      const radio = element("input")
      Object.assign(radio, {type: "radio", name: "run-device", value: device.name, checked: device === chosen, disabled: !device.isThere})
      radio.dataset.name = `device ${device.name}`
      radio.addEventListener("change", () => this.#change(() => this.#settings.chooseDevice(device.name)))
      const label = element("label", "device", radio, device.title, ...device.isThere ? [] : [element("span", "soft", ` ${_("not here")}`)])
      label.title = device.why
      return label
    })
    return element("fieldset", "devices", element("legend", "", _("Device")), ...choices.length ? choices : [element("p", "soft", _("Looking for devices …"))])
  }

  /** @param {boolean} checked */
  #check(checked) {
    const box = element("input")
    Object.assign(box, {type: "checkbox", checked})
    box.dataset.name = "checked"
    box.addEventListener("change", () => this.#change(() => { this.#settings.checked = box.checked }))
    const label = element("label", "row", element("span", "", _("Checked")), box)
    label.title = _("Finds mistakes, such as indices outside of their buffers; slower.")
    return label
  }

  /**
   * @param {string} words
   * @param {string[][]} options names and the words for them
   * @param {string} value
   * @param {(name: string) => void} choose
   * @param {string} [title]
   */
  #select(words, options, value, choose, title = "") {
    const select = element("select", "", ...options.map(([name, shown]) => new Option(shown, name, false, name === value)))
    select.dataset.name = words
    select.addEventListener("change", () => this.#change(() => choose(select.value)))
    const label = element("label", "row", element("span", "", words), select)
    label.title = title
    return label
  }

  /** @param {string} words @param {number} value @param {number} least @param {(typed: number) => void} set @param {string} [title] */
  #number(words, value, least, set, title = "") {
    const input = element("input")
    Object.assign(input, {type: "number", min: String(least), step: "1", value: String(value)})
    input.dataset.name = words
    input.addEventListener("change", () => this.#change(() => set(input.valueAsNumber)))
    const label = element("label", "row", element("span", "", words), input)
    label.title = title
    return label
  }

  /** @param {string} reference */
  #reference(reference) {
    const area = element("textarea")
    Object.assign(area, {rows: 5, value: reference, placeholder: PLACEHOLDER, spellcheck: false})
    area.dataset.name = "reference"
    area.setAttribute("aria-label", _("Reference, a Python function over NumPy arrays"))
    area.title = _("Its parameters are named after the buffers it reads; it returns what is written.")
    area.addEventListener("change", () => this.#change(() => { this.#settings.reference = area.value }))
    const words = reference ? _("Reference") : _("Reference: another CPU codegen")
    const made = element("details", "reference", element("summary", "", words), area)
    made.open = this.#isReferenceOpen
    made.addEventListener("toggle", () => { this.#isReferenceOpen = made.open })
    return made
  }
}
