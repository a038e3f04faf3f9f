// The Source pane: the texts of one target or two.
import {element, find} from "../../../../render/web/elements.js"
import {remember, remembered} from "../sharing/remembered.js"
import {Generations} from "./generations.js"
import {offersFor} from "./offers.js"
import {SourceSlot} from "./source_slot.js"
import {_} from "../language/words.js"
import {PYTHON} from "../workspace_state.js"

/** @import {Compare} from "./generations.js" */
/** @import {OfferContext} from "./offers.js" */
/** @import {SlotActions} from "./source_slot.js" */

export class SourcePane {
  #place
  #actions
  /** @type {Map<string, SourceSlot>} */
  #slots = new Map()  // target -> its slot, in the order shown
  #numbers
  #generations

  /**
   * @param {HTMLElement} host
   * @param {SlotActions & {compare: Compare}} actions
   * @param {Map<string, number>} [numbers] target -> the number of its text that is in sight first
   */
  constructor(host, actions, numbers = new Map()) {
    this.#numbers = numbers
    this.#place = find(host, ".slots")
    this.#generations = new Generations(host, actions.compare)
    this.#actions = actions
    this.#remembering(find(host, ".stacking"), "beside", false)
    this.#remembering(find(host, ".wrap"), "wrapped", true)
  }

  /**
   * Let a button turn a way of showing the texts on and off, as it was left on the last visit.
   * @param {HTMLElement} made
   * @param {string} way its class
   * @param {boolean} isOn on the first visit
   */
  #remembering(made, way, isOn) {
    let isChosen = (remembered(way) ?? (isOn ? "1" : "0")) === "1"
    const draw = () => {
      this.#place.classList.toggle(way, isChosen)
      made.setAttribute("aria-pressed", String(isChosen))
    }
    made.addEventListener("click", () => {
      isChosen = !isChosen
      remember(way, isChosen ? "1" : "0")
      draw()
    })
    draw()
  }

  get slots() { return [...this.#slots.values()] }

  /** The number of the text in sight, by target. */
  get numbers() { return new Map([...this.#numbers, ...this.slots.map(({name, number}) => /** @type {[string, number]} */ ([name, number]))]) }

  /** @param {string} target */
  slot(target) { return this.#slots.get(target) }

  /** The text whose characters are linked to nodes of a tree. @param {string} tree its name in the model */
  listingOn(tree) { return this.slots.find(({listing}) => listing?.tree === tree)?.listing }

  /** Another program: its texts are looked at from where they are about it. */
  forget() { for (const slot of this.slots) slot.forget() }

  /**
   * Show these targets, in this order; texts that are there stay.
   * @param {string[]} names
   * @param {(target: string) => string} titleOf
   */
  setTargets(names, titleOf) {
    for (const [name, slot] of this.#slots) if (!names.includes(name)) slot.close()
    this.#slots = new Map(names.map(name =>
      [name, this.#slots.get(name) ?? new SourceSlot(name, titleOf(name), this.#actions, this.#numbers.get(name))]))
    this.#generations.offer(names)
    this.#place.replaceChildren(...names.length ? this.slots.map(({host}) => host)
      : [element("p", "empty", _("Choose a target above."))])
  }

  /** An analysis is over: offer what helps where a target did not take the program. @param {Omit<OfferContext, "takers">} context */
  offerHelp(context) {
    const lowered = this.slots.filter(({name}) => name !== PYTHON)
    const takers = lowered.filter(({failure}) => !failure).map(({name}) => name)
    for (const slot of lowered) if (slot.failure) slot.offer(offersFor(slot.failure, {...context, takers}))
  }

  /**
   * The targets whose schedule is looked at, and must be asked for.
   * @param {boolean} [isNewAnalysis]
   */
  schedules(isNewAnalysis = false) {
    return this.slots.filter(slot => isNewAnalysis ? slot.askAgain() : slot.lacksSchedule).map(({name}) => name)
  }

  /** Another analysis is over: what two generations differ in is asked for again, if it is looked at. */
  compareAgain() { this.#generations.refresh() }

  /** @param {boolean} isStale */
  dim(isStale) { for (const slot of this.slots) slot.dim(isStale) }
}
