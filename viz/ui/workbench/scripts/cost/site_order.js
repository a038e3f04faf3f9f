// The order of the rows of accesses: that of the text, or by a figure, the larger ones first.
import {excessOf, lanesOf, sectorsOf, usedShare, waysOf} from "./figures.js"

/** @import {AccessSite, MemorySpace} from "./cost_frames.d.ts" */

/** @typedef {"text" | "worst" | "memory" | "requests" | "sectors" | "conflicts" | "lanes" | "used"} SiteOrder */

/** @type {MemorySpace[]} */
const SPACES = ["global", "shared", "local"]

/** What an order goes by, the larger first. @type {Record<SiteOrder, (site: AccessSite, at: number) => number>} */
const KEYS = {
  text: (_site, at) => -at,
  worst: ({figures}) => excessOf(figures),
  memory: ({space, width}) => -SPACES.indexOf(space) * 100 + width,
  requests: ({figures}) => figures.requests,
  sectors: ({figures}) => sectorsOf(figures)?.[0] ?? -1,
  conflicts: ({figures}) => waysOf(figures)?.[1] ?? -1,
  lanes: ({figures}) => -lanesOf(figures),  // few of them are what is to be seen
  used: ({figures}) => -(usedShare(figures) ?? 2),
}

/**
 * Accesses in an order; equal ones stay in that of the text.
 * @param {AccessSite[]} sites in the order of the text
 * @param {SiteOrder} order
 * @param {boolean} isReversed
 */
export function ordered(sites, order, isReversed = false) {
  const keyed = sites.map((site, at) => ({site, at, key: KEYS[order](site, at)}))
  keyed.sort((a, b) => (isReversed ? a.key - b.key : b.key - a.key) || a.at - b.at)
  return keyed.map(({site}) => site)
}
