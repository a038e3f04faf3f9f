// Which sectors of global memory the lanes of a request touch, and which of their bytes are used.
import {percent} from "../matching.js"
import {_, number, plural, sentences} from "../../language/words.js"

/** @import {WarpRequest} from "../cost_frames.d.ts" */

export const SECTOR = 32  // bytes

/**
 * Bytes of a sector that a lane asks for: `from` and `to` in the sector, half-open.
 * @typedef {{lane: number, column: number, from: number, to: number}} SectorCell
 */

/** A sector: its number in the memory, whether others lie between it and the one before, its used ranges. @typedef {{sector: number, isApart: boolean, used: [from: number, to: number][]}} SectorColumn */

/**
 * @param {number[]} offsets bytes of each lane; -1 for one that is not active
 * @param {number} width bytes of a lane
 * @returns {{columns: SectorColumn[], cells: SectorCell[], used: number}} the sectors in order; `used` bytes of them
 */
export function sectorLayout(offsets, width) {
  /** @type {{lane: number, sector: number, from: number, to: number}[]} */
  const pieces = []
  offsets.forEach((offset, lane) => {
    if (offset < 0) return
    for (let at = offset; at < offset + width;) {
      const sector = Math.floor(at / SECTOR), end = Math.min(offset + width, (sector + 1) * SECTOR)
      pieces.push({lane, sector, from: at - sector * SECTOR, to: end - sector * SECTOR})
      at = end
    }
  })
  const sectors = [...new Set(pieces.map(({sector}) => sector))].sort((a, b) => a - b)
  const columns = sectors.map((sector, i) => ({
    sector, isApart: i > 0 && sector !== sectors[i - 1] + 1, used: merged(pieces.filter(piece => piece.sector === sector))}))
  const place = new Map(sectors.map((sector, i) => [sector, i]))
  return {
    columns, cells: pieces.map(({lane, sector, from, to}) => ({lane, column: place.get(sector) ?? 0, from, to})),
    used: columns.reduce((sum, {used}) => sum + used.reduce((bytes, [from, to]) => bytes + to - from, 0), 0)}
}

/** Ranges without overlaps. @param {{from: number, to: number}[]} ranges */
function merged(ranges) {
  /** @type {[from: number, to: number][]} */
  const result = []
  for (const {from, to} of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else result.push([from, to])
  }
  return result
}

/** Bytes from each active lane to the next, where that is always the same; null elsewhere. @param {number[]} offsets */
export function strideOf(offsets) {
  const steps = new Set(offsets.slice(1).flatMap((offset, i) => offset < 0 || offsets[i] < 0 ? [] : [offset - offsets[i]]))
  return steps.size === 1 ? [...steps][0] : null
}

/** A request of global memory in words. @param {WarpRequest} request @param {number} width */
export function sectorWords({offsets}, width) {
  const {columns, used} = sectorLayout(offsets, width)
  const active = offsets.filter(offset => offset >= 0).length, ideal = Math.ceil(used / SECTOR), stride = strideOf(offsets)
  const moved = columns.length * SECTOR
  return sentences(
    plural("1 active lane asks for {width} bytes.", "{count} active lanes ask for {width} bytes each.", active, {width}),
    ...stride === null ? [] : stride === 0 ? [_("All lanes ask for the same place.")] : [_("Lanes are {stride} bytes apart.", {stride: number(stride)})],
    plural("They lie in 1 sector of 32 bytes.", "They lie in {count} sectors of 32 bytes.", columns.length),
    _("Of {moved} bytes that are moved, {used} are used ({share}).", {moved, used, share: percent(moved ? used / moved : 0)}),
    columns.length > ideal ? plural("1 sector would hold them.", "{count} sectors would hold them.", ideal) : _("Fewer sectors would not hold them."))
}
