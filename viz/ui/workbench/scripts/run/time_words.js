// Times of a run, in the unit that fits.
import {_, number} from "../language/words.js"

/** @type {[least: number, unit: "second" | "millisecond" | "microsecond" | "nanosecond", times: number][]} */
const UNITS = [[1, "second", 1], [1e-3, "millisecond", 1e3], [1e-6, "microsecond", 1e6], [0, "nanosecond", 1e9]]

/** A time in the unit that fits; empty where nobody measured it. @param {number | null | undefined} seconds */
export function timeWords(seconds) {
  if (seconds === null || seconds === undefined) return ""
  const [, unit, times] = UNITS.find(([least]) => seconds >= least) ?? UNITS[0]
  return number(seconds * times, {style: "unit", unit, unitDisplay: "short", maximumSignificantDigits: 3})
}

/** How long a call and its build took, in a sentence; empty where nobody measured it. @param {number | null} seconds @param {number | null} buildSeconds */
export function timesOf(seconds, buildSeconds) {
  const call = timeWords(seconds), build = timeWords(buildSeconds)
  return call && build ? _("A call took {call}, the build {build}.", {call, build}) : ""
}
