// The figures of an access for people: how many ways a conflict has, what a request touches, what of it is used.
import {_, number, plural} from "../language/words.js"

/** @import {AccessKind, Figures, KernelCost, MemorySpace} from "./cost_frames.d.ts" */

/** A number of at most one digit after the point. @param {number} value */
export function short(value) { return number(value, {maximumFractionDigits: 1}) }

/** How many times the wavefronts are those without conflicts, as a range where architectures differ; null elsewhere. @param {Figures} figures @returns {[least: number, most: number] | null} */
export function waysOf({wavefronts, least_wavefronts: least, ideal_wavefronts: ideal}) {
  return ideal ? [(least || wavefronts) / ideal, wavefronts / ideal] : null
}

/** Bank conflicts: wavefronts beyond one for each part of a request. @param {Figures} figures */
export function conflictsOf({wavefronts, ideal_wavefronts: ideal}) { return wavefronts - ideal }

/** Sectors that a request touches, and how many would do; null where there are none. @param {Figures} figures @returns {[touched: number, ideal: number] | null} */
export function sectorsOf({requests, sectors, ideal_sectors: ideal}) {
  return requests && sectors ? [sectors / requests, ideal / requests] : null
}

/** The share of the moved bytes that is used; null where none is moved. @param {Figures} figures */
export function usedShare({sectors, bytes_used: used}) { return sectors ? used / (32 * sectors) : null }

/** What an access does in vain: sectors and wavefronts beyond the least. @param {Figures} figures */
export function excessOf(figures) { return figures.sectors - figures.ideal_sectors + conflictsOf(figures) }

/** Active lanes of a request, on average. @param {Figures} figures */
export function lanesOf({requests, lanes}) { return requests ? lanes / requests : 0 }

/** "32-way", "2–4-way", or "none"; of a fragment nobody knows. @param {Figures} figures */
export function waysWords(figures) {
  const ways = waysOf(figures)
  if (!ways) return _("not known")
  if (conflictsOf(figures) <= 0) return _("none")
  const [least, most] = ways.map(short)
  return _("{ways}-way", {ways: least === most ? most : `${least}–${most}`})
}

/** How an access behaves, in a few words. @param {Figures} figures @param {MemorySpace} space */
export function patternWords(figures, space) {
  if (space === "shared") {
    if (!waysOf(figures)) return _("bank conflicts not known")
    return conflictsOf(figures) > 0 ? _("{ways} bank conflict", {ways: waysWords(figures)}) : _("no bank conflict")
  }
  const sectors = sectorsOf(figures)
  if (!sectors) return _("no sectors of global memory")
  const [touched, ideal] = sectors.map(short)
  return touched === ideal ? _("{touched} sectors a request, as few as can be", {touched}) : _("{touched} sectors a request where {ideal} would do", {touched, ideal})
}

/** @param {AccessKind} kind @param {string} buffer */
export function accessWords(kind, buffer) {
  switch (kind) {
    case "load": return _("load of {buffer}", {buffer})
    case "store": return _("store to {buffer}", {buffer})
    case "atomic": return _("atomic on {buffer}", {buffer})
    case "fragment": return _("fragment of {buffer}", {buffer})
  }
}

/** @param {MemorySpace} space */
export function spaceWords(space) { return {global: _("global"), shared: _("shared"), local: _("local")}[space] }

/** Bytes in the largest unit that they fill. @param {number} bytes */
export function bytesWords(bytes) {
  for (const [unit, size] of /** @type {const} */ ([["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]])) if (bytes >= size) return `${short(bytes / size)} ${unit}`
  return `${number(bytes)} B`
}

/** Extents without those that are 1 at the end. @param {number[]} extents */
export function extentsWords(extents) {
  const last = extents.findLastIndex(extent => extent !== 1)
  return extents.slice(0, Math.max(1, last + 1)).map(extent => number(extent)).join(" × ")
}

/** The figures of a kernel as pairs of a name and its value. The name of each one's rule stands first, empty without one. @param {KernelCost} kernel @returns {[rule: string, title: string, value: string][]} */
export function kernelFigures(kernel) {
  const {grid, block, launches, blocks, counted_blocks: counted, barriers, intensity, branches, occupancy} = kernel
  return [
    ["", _("Grid"), extentsWords(grid) + (launches > 1 ? ` · ${plural("1 launch", "{count} launches", launches)}` : "")],
    ["", _("Block"), extentsWords(block)],
    ["", _("Blocks looked at"), counted === blocks ? _("all {count}", {count: blocks}) : _("{counted} of {count}", {counted, count: blocks})],
    ["bytes_moved", _("Moved"), bytesWords(kernel.bytes_moved)],
    ["float_operations", _("Float operations"), number(kernel.float_operations)],
    ["integer_operations", _("Integer operations"), number(kernel.integer_operations)],
    ["intensity", _("Operations a byte"), intensity === null ? "–" : number(intensity, {maximumSignificantDigits: 3})],
    ["barriers", _("Barriers"), number(barriers)],
    ["divided", _("Branches that divide warps"), number(branches.filter(branch => branch.divided > 0).length)],
    ...occupancy ? /** @type {[string, string, string][]} */ ([["occupancy", _("Occupancy on {arch}", {arch: occupancy.arch}), occupancyWords(occupancy)]]) : []]
}

/** @param {NonNullable<KernelCost["occupancy"]>} occupancy */
function occupancyWords({blocks, warps, most_warps: most, limits, static_shared: fixed, dynamic_shared: dynamic}) {
  const names = {threads: _("threads"), blocks: _("the number of blocks"), shared: _("shared memory")}
  const bound = limits.length ? _("limited by {limits}", {limits: limits.map(limit => names[limit]).join(_(", "))}) : ""
  const shared = fixed + dynamic ? _("{bytes} shared", {bytes: bytesWords(fixed + dynamic)}) : _("no shared memory")
  return [plural("1 block", "{count} blocks", blocks), _("{warps} of {most} warps", {warps, most}), shared, bound].filter(Boolean).join(" · ")
}
