// Which passes a list shows, and which one is next.

/**
 * A pass: the nodes it added or removed if that is known, and the milliseconds it took.
 * @typedef {{number: number, name: string, part: string, changed: boolean, failed: boolean,
 *   more: number | null, ms?: number}} PassListRow
 */

/**
 * The passes whose name has what is searched for; without a search those that changed something or
 * failed, the chosen one, or all.
 * @param {PassListRow[]} rows
 * @param {string} search
 * @param {boolean} showsAll
 * @param {number} chosen
 */
export function shownPasses(rows, search, showsAll, chosen) {
  const wanted = search.trim().toLowerCase()
  return rows.filter(row => wanted ? row.name.toLowerCase().includes(wanted)
    : row.changed || row.failed || showsAll || row.number === chosen)
}

/**
 * The number one step from the chosen one; at the ends it stays. Undefined for an empty list.
 * @param {number[]} numbers
 * @param {number} chosen
 * @param {1 | -1} step
 */
export function nextNumber(numbers, chosen, step) {
  if (!numbers.length) return undefined
  return numbers[Math.min(numbers.length - 1, Math.max(0, numbers.indexOf(chosen) + step))]
}
