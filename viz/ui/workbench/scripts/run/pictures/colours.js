// Colour numbers as viz/render/outcomes/colour_scales.py does: the colours come from there.

/**
 * The colour at a place from 0 to 1.
 * @param {string[]} stops colours at equal steps, as #rrggbb
 * @param {number} place
 */
export function mixed(stops, place) {
  const at = Math.min(1, Math.max(0, place)) * (stops.length - 1)
  const first = Math.min(Math.floor(at), stops.length - 2)
  const [low, high] = [channels(stops[first]), channels(stops[first + 1])]
  return `rgb(${low.map((channel, i) => Math.round(channel + (high[i] - channel) * (at - first))).join(" ")})`
}

/** @param {string} colour */
function channels(colour) { return [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16)) }

/** The place of a finite value: 0 is in the middle. @param {number} value @param {[number, number]} span */
export function placeOfValue(value, [low, high]) {
  const largest = Math.max(Math.abs(low), Math.abs(high))
  return largest ? 0.5 + value / largest / 2 : 0.5
}

/** The place of a finite error that is not 0, on a logarithmic scale of 8 decades. @param {number} error @param {[number, number]} span */
export function placeOfError(error, [least, most]) {
  const low = Math.max(least, most * 1e-8)
  if (low === most) return 1
  return error <= low ? 0 : Math.min(1, Math.log(error / low) / Math.log(most / low))
}

/** The part of a scale that a range of values has colours of, as a CSS gradient. @param {string[]} stops @param {[number, number]} places */
export function gradient(stops, [from, to]) {
  const steps = Array.from({length: 9}, (_each, i) => mixed(stops, from + (to - from) * i / 8))
  return `linear-gradient(to right, ${steps.join(", ")})`
}
