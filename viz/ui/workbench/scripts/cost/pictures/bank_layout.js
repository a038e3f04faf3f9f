// Which bank of shared memory each lane of a request hits, and in which wavefront it is served.
import {_, number, plural, sentences} from "../../language/words.js"

/** @import {WarpRequest} from "../cost_frames.d.ts" */

export const BANKS = 32, BANK_BYTES = 4

/**
 * A word that a lane asks for: `turn` is the wavefront that brings it, from 0; `isShared` where a lane
 * before it asks for the same word.
 * @typedef {{lane: number, bank: number, turn: number, isShared: boolean}} BankCell
 */

/** Lanes that go together, and the distinct words of each bank that they ask for. @typedef {{lanes: number[], cells: BankCell[], words: number[], wavefronts: number}} WarpPart */

/**
 * A request, part by part: a whole warp for up to 4 bytes a lane, halves for 8, quarters for more.
 * @param {number[]} offsets bytes of each lane; -1 for one that is not active
 * @param {number} width bytes of a lane
 * @returns {WarpPart[]}
 */
export function bankParts(offsets, width) {
  const count = width > 2 * BANK_BYTES ? 4 : width > BANK_BYTES ? 2 : 1, step = Math.max(1, Math.floor(offsets.length / count))
  const parts = []
  for (let first = 0; first < offsets.length; first += step) parts.push(bankPart(offsets, first, first + step, width))
  return parts
}

/** @param {number[]} offsets @param {number} first @param {number} end @param {number} width @returns {WarpPart} */
function bankPart(offsets, first, end, width) {
  /** @type {Map<number, number>[]} */
  const turns = Array.from({length: BANKS}, () => new Map())  // of each bank the wavefront of each word
  /** @type {BankCell[]} */
  const cells = []
  const lanes = Array.from({length: end - first}, (_each, i) => first + i)
  for (const lane of lanes) {
    const offset = offsets[lane]
    if (offset < 0) continue
    for (let word = Math.floor(offset / BANK_BYTES); word * BANK_BYTES < offset + width; word++) {
      const bank = word % BANKS, known = turns[bank], isShared = known.has(word)
      if (!isShared) known.set(word, known.size)
      cells.push({lane, bank, turn: known.get(word) ?? 0, isShared})
    }
  }
  const words = turns.map(({size}) => size)
  return {lanes, cells, words, wavefronts: Math.max(...words)}
}

/** A request of shared memory in words. @param {WarpRequest} request @param {number} width */
export function bankWords({offsets}, width) {
  const parts = bankParts(offsets, width)
  const active = offsets.filter(offset => offset >= 0).length
  const wavefronts = parts.reduce((sum, part) => sum + part.wavefronts, 0), ideal = parts.filter(part => part.wavefronts).length
  const worst = parts.reduce((a, b) => b.wavefronts > a.wavefronts ? b : a)
  const bank = worst.words.indexOf(worst.wavefronts), banks = new Set(parts.flatMap(({cells}) => cells.map(cell => cell.bank))).size
  const shared = parts.some(({cells}) => cells.some(({isShared}) => isShared))
  return sentences(
    plural("1 active lane asks for {width} bytes; it hits {banks}.", "{count} active lanes ask for {width} bytes each; they hit {banks}.", active, {
      width, banks: plural("1 bank", "{count} banks", banks)}),
    ...parts.length > 1 ? [parts.length === 2 ? _("The two halves of the warp go one after the other.") : _("The four quarters of the warp go one after the other.")] : [],
    wavefronts > ideal ? _("Bank {bank} has {words} different words for lanes that go together: {wavefronts} wavefronts where {ideal} would do.", {
      bank: String(bank), words: number(worst.wavefronts), wavefronts, ideal}) : _("No bank has two different words for lanes that go together: there is no conflict."),
    ...shared ? [_("Lanes that ask for the same word share it.")] : [])
}
