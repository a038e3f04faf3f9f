// Find the step at which a run is to stop: the next or the one before at a breakpoint, of a thread, where a condition holds.

/**
 * What is looked for: the statements at which to stop (none: at any), the thread whose steps count (-1: all), whether
 * a condition holds after a step (without one it always does).
 * @typedef {{nodes: Set<number>, thread: number, holds: ((step: number) => boolean) | undefined}} Stops
 */

/**
 * The step to stop at when one goes on from a step; -1 or the last step where there is none. A condition without statements
 * stops where it becomes true.
 * @param {{nodes: ArrayLike<number>, threads: ArrayLike<number>}} run
 * @param {number} from
 * @param {1 | -1} by
 * @param {Stops} stops
 */
export function nextStop({nodes, threads}, from, by, {nodes: wanted, thread, holds}) {
  const isEdge = holds !== undefined && !wanted.size
  let before = isEdge && by > 0 && from >= 0 ? holds(from) : false
  for (let step = from + by; step >= 0 && step < nodes.length; step += by) {
    if (thread >= 0 && threads[step] !== thread) continue
    if (wanted.size && !wanted.has(nodes[step])) continue
    if (!holds) return step
    const isTrue = holds(step)
    if (!isEdge && isTrue) return step
    if (isEdge && by > 0 && isTrue && !before) return step
    if (isEdge && by < 0 && isTrue && (step === 0 || !holds(step - 1))) return step
    before = isTrue
  }
  return by > 0 ? nodes.length - 1 : -1
}

/**
 * The next step of a thread, or the one before; where there is none the one that it began at.
 * @param {{threads: ArrayLike<number>}} run
 * @param {number} from
 * @param {number} by
 * @param {number} thread -1 for any
 */
export function stepOf({threads}, from, by, thread) {
  if (thread < 0) return from + by
  for (let step = from + by; step >= 0 && step < threads.length; step += by) if (threads[step] === thread) return step
  return from
}
