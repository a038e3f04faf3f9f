// The rail: the passes of the focused target as stops of a slider, to click, to drag along, to walk with keys.
import {element, find} from "../../../../render/web/elements.js"
import {placeWords, railStops, stopAt} from "./stops.js"
import {VERDICTS} from "./pass_checks.js"
import {_, marked, plural, sentences} from "../language/words.js"

/** @import {PassRow, PassWords, Stage, Verdict} from "../frames.d.ts" */
/** @import {RailStop} from "./stops.js" */

/** What a pass ran on. @type {Record<string, string>} */
const PARTS = {host: marked("host"), device: marked("device"), schedule: marked("schedule"), relax: marked("Relax"), recorded: marked("recorded elsewhere")}
const LEAST_LABEL = 38  // pixels of a stop below which only the chosen one has a label
const STOPS_AHEAD = 8  // that are computed before one goes there
const STOPS_BEHIND = 2
const MOST_TICKS = 6  // passes without a change that are drawn between two stops

export class Rail {
  #host
  #track
  #place
  #back
  #words
  #go
  /** @type {RailStop[]} */
  #stops = railStops([], false, {})
  #count = 0  // of all passes
  #chosen = 0
  #drawn = ""
  #isGoingBack = false
  /** @type {ReadonlyMap<Stage, {verdict: Verdict, why: string}>} */
  #verdicts = new Map()
  /** What was drawn last. @type {[rows: PassRow[], stage: Stage, isScheduled: boolean]} */
  #shown = [[], "input", false]

  /**
   * @param {HTMLElement} host
   * @param {Record<string, PassWords>} words
   * @param {(stage: Stage, isStep: boolean) => void} go called with the stage that the user chooses, and whether
   *   by a click and not on the way along the rail
   */
  constructor(host, words, go) {
    this.#host = host
    this.#words = words
    this.#go = go
    this.#track = find(host, ".track")
    this.#place = find(host, ".place")
    this.#back = find(host, ".way-back", HTMLButtonElement)
    find(host, ".before").addEventListener("click", () => this.step(-1))
    find(host, ".after").addEventListener("click", () => this.step(1))
    this.#track.addEventListener("keydown", event => this.#press(event))
    this.#track.addEventListener("pointerdown", event => {
      if (event.button) return
      this.#track.setPointerCapture(event.pointerId)
      this.#follow(event, true)
    })
    this.#track.addEventListener("pointermove", event => { if (event.buttons & 1) this.#follow(event, false) })
    new ResizeObserver(() => this.#fitLabels()).observe(this.#track)
  }

  /**
   * @param {PassRow[]} rows the passes of the focused target
   * @param {Stage} stage the one that is shown
   * @param {boolean} isScheduled whether the target got a default schedule
   */
  draw(rows, stage, isScheduled) {
    this.#shown = [rows, stage, isScheduled]
    // A program whose build failed has no source that tells of its schedule.
    this.#stops = railStops(rows, isScheduled || this.#verdicts.has("scheduled"), this.#words)
    this.#count = rows.length
    const steps = rows.filter(({part}) => part === "schedule").length
    this.#chosen = stopAt(this.#stops, stage)
    const drawn = JSON.stringify(this.#stops)
    if (drawn !== this.#drawn) {
      this.#drawn = drawn
      this.#track.replaceChildren(...this.#stops.map(stopElement))
      this.#fitLabels()
      this.#drawVerdicts()
    }
    const {title} = this.#stops[this.#chosen]
    for (const [i, stop] of [...this.#track.children].entries()) {
      stop.classList.toggle("here", i === this.#chosen)
      stop.classList.toggle("passed", i < this.#chosen)
    }
    const place = placeWords(stage, this.#count, steps, rows.some(({recorded}) => recorded))
    const text = sentences(_("{title}, {place}", {title, place}), this.#verdictWords(this.#stops[this.#chosen]))
    for (const [name, value] of Object.entries({now: this.#chosen, min: 0, max: this.#stops.length - 1, text})) {
      this.#track.setAttribute(`aria-value${name}`, String(value))
    }
    this.#place.textContent = rows.length ? place : ""
    find(this.#host, ".before", HTMLButtonElement).disabled = this.#chosen === 0
    find(this.#host, ".after", HTMLButtonElement).disabled = this.#chosen === this.#stops.length - 1
  }

  /**
   * Show what running each stage showed.
   * @param {ReadonlyMap<Stage, {verdict: Verdict, why: string}>} verdicts
   */
  setVerdicts(verdicts) {
    this.#verdicts = verdicts
    this.draw(...this.#shown)
    this.#drawVerdicts()
  }

  #drawVerdicts() {
    for (const [i, stop] of [...this.#track.children].entries()) {
      const found = this.#stops[i].row?.recorded ? undefined : this.#verdicts.get(this.#stops[i].stage)
      const dot = find(stop, ".dot")
      dot.className = `dot ${found ? `verdict ${found.verdict}` : ""}`
      dot.textContent = found ? VERDICTS[found.verdict][0] : ""
      dot.title = this.#verdictWords(this.#stops[i])
    }
  }

  /** What is known of a stop's stage, in words; empty where it was not run. @param {RailStop} stop */
  #verdictWords({stage, row}) {
    const found = this.#verdicts.get(stage)
    if (!found || row?.recorded) return ""
    const words = _(VERDICTS[found.verdict][1])
    return found.why ? _("{kind}: {message}", {kind: words, message: found.why}) : words
  }

  /** What a stage is called. @param {Stage} stage */
  titleOf(stage) { return this.#stops[stopAt(this.#stops, stage)].title }

  /** What the stage that is shown is called. */
  get title() { return this.#stops[this.#chosen].title }

  /** The stop that is shown. */
  get stop() { return this.#stops[this.#chosen] }

  /** The stages of the stops that one may go to next, the likeliest first. */
  get next() {
    const after = this.#stops.slice(this.#chosen + 1)
    const before = this.#stops.slice(0, this.#chosen).reverse()
    const [ahead, behind] = this.#isGoingBack ? [before, after] : [after, before]
    return [...ahead.slice(0, STOPS_AHEAD), ...behind.slice(0, STOPS_BEHIND)].map(({stage}) => stage)
  }

  /**
   * Go to the next stop, or to the one before.
   * @param {1 | -1} step
   */
  step(step) { this.#choose(this.#chosen + step) }

  /**
   * Offer the way back to where somebody came from through a link; null takes the offer away.
   * @param {{words: string, go: () => void} | null} from
   */
  offerBack(from) {
    this.#back.hidden = !from
    this.#back.textContent = from ? `↩ ${from.words}` : ""
    this.#back.onclick = from ? () => from.go() : null
    if (from) this.#back.focus({preventScroll: true})  // the link that led here is not there any more
  }

  /** @param {number} index @param {boolean} [isStep] */
  #choose(index, isStep = false) {
    const stop = this.#stops[index]
    if (!stop || index === this.#chosen) return
    this.#isGoingBack = index < this.#chosen
    this.#go(stop.stage, isStep)
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const last = this.#stops.length - 1
    const wanted = {ArrowLeft: this.#chosen - 1, ArrowRight: this.#chosen + 1, Home: 0, End: last}[event.key]
    if (wanted === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    this.#choose(Math.max(0, Math.min(last, wanted)))
  }

  /** @param {PointerEvent} event @param {boolean} isStep */
  #follow(event, isStep) {
    const middles = [...this.#track.children].map(stop => {
      const {x, width} = stop.getBoundingClientRect()
      return Math.abs(event.clientX - x - width / 2)
    })
    this.#choose(middles.indexOf(Math.min(...middles)), isStep)
  }

  #fitLabels() {
    this.#host.classList.toggle("unlabelled", this.#track.clientWidth / this.#stops.length < LEAST_LABEL)
  }
}

/** @param {RailStop} stop */
function stopElement({title, short, ticks, part, row}) {
  const passed = element("span", "ticks", ...Array.from({length: Math.min(ticks, MOST_TICKS)}, () => element("i")))
  const made = element("span", `stop ${part}${row?.problem ? " failed" : ""}`, passed, element("span", "label", short), element("span", "dot"))
  const name = part === "all" ? title : _("{title} ({part})", {title, part: _(PARTS[part] ?? part)})
  made.title = ticks ? plural("{name}; 1 pass before it changed nothing", "{name}; {count} passes before it changed nothing", ticks, {name}) : name
  return made
}
