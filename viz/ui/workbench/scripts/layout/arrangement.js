// How the panes are arranged: their shares of the room, beside or above each other, one of them alone.

/**
 * `shares` are per cent of the room, in the order of the panes; `isStacked` when the panes stand one above the
 * other; `alone` names the pane that has all the room, and is empty without one.
 * @typedef {{shares: number[], isStacked: boolean, alone: string}} Arrangement
 */

export const LEAST_SHARE = 15  // per cent of the room
/** @type {Arrangement} */
export const AT_FIRST = {shares: [33, 31, 36], isStacked: false, alone: ""}

/**
 * Shares after the border behind one of them moved; the sum stays.
 * @param {number[]} shares
 * @param {number} border the index of the share before it
 * @param {number} by
 */
export function withMovedBorder(shares, border, by) {
  const both = shares[border] + shares[border + 1]
  const before = Math.min(both - LEAST_SHARE, Math.max(LEAST_SHARE, shares[border] + by))
  return shares.map((share, i) => i === border ? before : i === border + 1 ? both - before : share)
}

/**
 * The arrangement that was kept as text; that of the first visit where it is none.
 * @param {string | null} kept
 * @param {string[]} panes
 * @returns {Arrangement}
 */
export function arrangementOf(kept, panes) {
  let read
  try {
    read = JSON.parse(kept ?? "null")
  } catch {
    return AT_FIRST
  }
  const {shares, isStacked, alone} = read ?? {}
  const isWhole = Array.isArray(shares) && shares.length === panes.length && shares.every(share => share >= LEAST_SHARE)
  return {
    shares: isWhole ? shares : AT_FIRST.shares,
    isStacked: isStacked === true,
    alone: panes.includes(alone) ? alone : "",
  }
}
