// Match the accesses of two measurements, and say what changed from one to the other.
import {bytesWords, conflictsOf, sectorsOf, short, usedShare, waysWords} from "./figures.js"
import {_, number} from "../language/words.js"

/** @import {AccessSite, KernelCost} from "./cost_frames.d.ts" */

/** @param {AccessSite} site */
function groupOf({kind, space, buffer}) { return JSON.stringify([kind, space, buffer]) }

/** @param {AccessSite[]} sites */
function grouped(sites) {
  /** @type {Map<string, AccessSite[]>} */
  const groups = new Map()
  for (const site of sites) groups.set(groupOf(site), [...groups.get(groupOf(site)) ?? [], site])
  return groups
}

/**
 * The access of an earlier measurement that each access is: the same kind of access to the same buffer of
 * the same kernel, in the order of the text. Where there are more or fewer of a kind nobody can tell.
 * @param {KernelCost[]} before
 * @param {KernelCost[]} after
 * @returns {Map<AccessSite, AccessSite>}
 */
export function matched(before, after) {
  /** @type {Map<AccessSite, AccessSite>} */
  const matches = new Map()
  after.forEach((kernel, i) => {
    const earlier = before.find(({name}) => name === kernel.name) ?? (before.length === after.length ? before[i] : undefined)
    const known = grouped(earlier?.sites ?? [])
    for (const [group, sites] of grouped(kernel.sites)) {
      const others = known.get(group) ?? []
      if (others.length === sites.length) sites.forEach((site, at) => matches.set(site, others[at]))
    }
  })
  return matches
}

/**
 * What an access was before and is now, where that differs: wavefronts, sectors, used bytes.
 * @param {AccessSite} before
 * @param {AccessSite} after
 */
export function changes({figures: before}, {figures: after}) {
  /** @param {string} was @param {string} is */
  const change = (was, is) => was === is ? "" : was
  const share = usedShare(before), [touched] = sectorsOf(before) ?? [0]
  return {
    conflicts: change(waysWords(before), waysWords(after)),
    sectors: change(short(touched), short(sectorsOf(after)?.[0] ?? 0)),
    used: share === null ? "" : change(percent(share), percent(usedShare(after) ?? 1)),
  }
}

/** @param {number} share */
export function percent(share) { return number(share, {style: "percent", maximumFractionDigits: 0}) }

/** @param {KernelCost[]} kernels */
export function totalsOf(kernels) {
  const all = kernels.flatMap(({sites}) => sites.map(({figures}) => figures))
  return {
    conflicts: all.reduce((sum, figures) => sum + conflictsOf(figures), 0),
    moved: kernels.reduce((sum, kernel) => sum + kernel.bytes_moved, 0),
    isWhole: kernels.every(kernel => kernel.counted_blocks === kernel.blocks),
  }
}

/**
 * What all kernels together did before and do now, in words; empty where not all blocks were looked at.
 * @param {KernelCost[]} before
 * @param {KernelCost[]} after
 */
export function totalWords(before, after) {
  const [was, is] = [totalsOf(before), totalsOf(after)]
  if (!was.isWhole || !is.isWhole) return ""
  const conflicts = {was: was.conflicts, is: is.conflicts}, moved = {was: bytesWords(was.moved), is: bytesWords(is.moved)}
  const parts = [
    conflicts.was === conflicts.is ? "" : _("{was} → {is} bank conflicts", conflicts),
    moved.was === moved.is ? "" : _("{was} → {is} moved", moved)].filter(Boolean)
  return parts.length ? _("Since the measurement before: {changes}.", {changes: parts.join(_(", "))}) : _("Nothing of it costs more or less than in the measurement before.")
}
