// Go through steps: forward, back, play with a speed, a slider; by mouse and by keyboard.
import {button, element, targetOf} from "../../../../render/web/elements.js"
import {_} from "../language/words.js"

/**
 * What is gone through: steps from 0; `at` is -1 before the first.
 * `next` gives the step that one step leads to, where that is not the very next one.
 * @typedef {{count: number, at: number, go: (at: number) => void, words: () => string, next?: (at: number, by: number) => number}} Track
 */

const SPEEDS = [1, 2, 5, 10, 30, 100]  // steps a second
const FIRST_SPEED = 2  // its index

export class Transport {
  #track
  #begin
  #slider
  #play
  #speed
  #place = element("output", "step-place")
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer

  /**
   * @param {() => Track | undefined} track what is gone through now
   * @param {() => void} begin makes it where it is not there
   */
  constructor(track, begin) {
    this.#track = track
    this.#begin = begin
    this.#play = button("play", "▶", () => this.toggle(), _("Play"))
    this.#slider = element("input", "scrub")
    this.#slider.type = "range"
    this.#slider.min = "-1"
    this.#slider.translate = false
    this.#slider.setAttribute("aria-label", _("Step"))
    this.#slider.addEventListener("input", () => this.go(Number(this.#slider.value)))
    this.#speed = element("select", "speed", ...SPEEDS.map((speed, i) => new Option(_("{count} a second", {count: speed}), String(i))))
    this.#speed.value = String(FIRST_SPEED)
    this.#speed.setAttribute("aria-label", _("Speed"))
    this.#speed.addEventListener("change", () => { if (this.isPlaying) this.#start() })
    this.host = element("div", "transport",
      button("", "❘◀", () => this.go(-1), _("To the beginning")),
      button("", "◁", () => this.step(-1), _("One step back (,)")),
      this.#play,
      button("", "▷", () => this.step(1), _("One step (.)")),
      button("", "▶❘", () => this.go(Infinity), _("To the end")),
      this.#slider, this.#place, this.#speed)
    for (const made of this.host.querySelectorAll("button")) made.title = made.getAttribute("aria-label") ?? ""
  }

  get isPlaying() { return this.#timer !== undefined }

  /** Show where the track is. */
  draw() {
    const track = this.#track()
    this.#slider.max = String((track?.count ?? 1) - 1)
    this.#slider.value = String(track?.at ?? -1)
    this.#slider.setAttribute("aria-valuetext", track?.words() ?? "")
    this.#place.textContent = track?.count ? _("{at} of {count}", {at: track.at + 1, count: track.count}) : ""
    this.#play.textContent = this.isPlaying ? "❚❚" : "▶"
    this.#play.setAttribute("aria-label", this.isPlaying ? _("Pause") : _("Play"))
    this.#play.title = this.#play.getAttribute("aria-label") ?? ""
  }

  /** @param {number} at */
  go(at) {
    const track = this.#track()
    if (!track?.count) return void this.#begin()
    track.go(Math.max(-1, Math.min(track.count - 1, at)))
    this.draw()
  }

  /** @param {number} by */
  step(by) {
    this.pause()
    const {at = -1, next} = this.#track() ?? {}
    this.go(next && at >= 0 ? next(at, by) : at + by)
  }

  toggle() {
    if (this.isPlaying) this.pause()
    else this.#start()
    this.draw()
  }

  pause() {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.draw()
  }

  #start() {
    this.pause()
    const track = this.#track()
    if (!track?.count) return void this.#begin()
    if (track.at >= track.count - 1) this.go(-1)
    this.#timer = setInterval(() => {
      const now = this.#track()
      if (!now || now.at >= now.count - 1 || !this.host.isConnected) this.pause()
      else this.go(now.next && now.at >= 0 ? now.next(now.at, 1) : now.at + 1)
    }, 1000 / SPEEDS[Number(this.#speed.value)])
  }

  /**
   * What a key does while nothing else has a use for it. Returns whether it did something.
   * @param {KeyboardEvent} event
   */
  press(event) {
    const place = targetOf(event)
    if (event.ctrlKey || event.metaKey || event.altKey || place?.closest("input, select, textarea")) return false
    if (place?.closest("[role=tab], [role=grid]") && ![",", "."].includes(event.key)) return false
    const acts = new Map([
      [".", () => this.step(1)], [",", () => this.step(-1)],
      ["ArrowRight", () => this.step(1)], ["ArrowLeft", () => this.step(-1)],
      ["Home", () => this.go(-1)], ["End", () => this.go(Infinity)],
    ])
    const act = acts.get(event.key)
    act?.()
    return act !== undefined
  }
}
