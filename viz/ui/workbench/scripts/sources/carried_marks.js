// Carry the marks and folds of a text over to the next version of it, until the engine has found those of that.

/** @import {Mark} from "../../../../render/web/lines.js" */
/** @import {Fold} from "../../../../render/web/packed.d.ts" */

/**
 * What stands before and after the part in which two texts differ stays what it was.
 * @param {string} before
 * @param {string} after
 * @param {Mark[]} marks of the text before
 * @param {Fold[]} folds of the text before
 * @returns {{marks: Mark[], folds: Fold[]}}
 */
export function carriedMarks(before, after, marks, folds) {
  const most = Math.min(before.length, after.length)
  let head = 0
  while (head < most && before[head] === after[head]) head += 1
  let tail = 0
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1
  const end = before.length - tail
  const more = after.length - before.length
  const starts = lineStarts(before)
  const moreLines = lineStarts(after).length - starts.length
  /** @param {number} offset where something begins */
  const beginning = offset => offset >= end ? offset + more : Math.min(offset, head)
  /** @param {number} offset where something ends */
  const ending = offset => offset <= head ? offset : offset >= end ? offset + more : head
  return {
    marks: marks.flatMap(([from, to, node]) => beginning(from) < ending(to) ? [/** @type {Mark} */ ([beginning(from), ending(to), node])] : []),
    folds: folds.flatMap(([from, count, what]) => {
      if ((starts[from + count - 1] ?? before.length) <= head) return [/** @type {Fold} */ ([from, count, what])]
      return starts[from - 1] >= end ? [/** @type {Fold} */ ([from + moreLines, count, what])] : []
    }),
  }
}

/** The offsets at which lines begin. @param {string} text */
function lineStarts(text) {
  const starts = [0]
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
  return starts
}
