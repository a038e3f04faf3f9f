// How long a call takes on the GPU: how often it is repeated to tell, by which clock, and what that says.

const LONG = 0.5  // seconds of a call that is not made again
const WANTED = 0.02  // seconds that all repeats are to take
const MOST_REPEATS = 50
const MOST_LAUNCHES = 4000  // of all repeats

/**
 * How often a call is repeated to time it, after one that took so many seconds; 0 where it is not.
 * @param {number} seconds
 * @param {number} launches of one call
 */
export function repeatsFor(seconds, launches) {
  if (seconds > LONG || launches === 0) return 0
  return Math.max(1, Math.min(MOST_REPEATS, Math.floor(MOST_LAUNCHES / launches), Math.ceil(WANTED / Math.max(seconds, 1e-6))))
}

/**
 * The seconds of one call, from the GPU's timestamps in nanoseconds; undefined where they say nothing: browsers round them.
 * @param {BigUint64Array} ticks the first and the last
 * @param {number} repeats
 */
export function secondsOf(ticks, repeats) {
  const nanoseconds = Number(ticks[1] - ticks[0])
  return nanoseconds > 0 ? nanoseconds / 1e9 / repeats : undefined
}
