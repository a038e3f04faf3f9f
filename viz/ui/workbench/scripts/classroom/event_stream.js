// Read server-sent events from an answer of fetch, and say how long to wait before another attempt.

const FIRST_PAUSE = 400  // milliseconds
const LONGEST_PAUSE = 6000

/**
 * The texts of the events of a stream; comments, which only show that it is alive, are left out.
 * @param {ReadableStream<Uint8Array<ArrayBuffer>> | null} stream
 * @returns {AsyncGenerator<string>}
 */
export async function* eventsOf(stream) {
  if (!stream) return
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ""
  for (;;) {
    const {done, value} = await reader.read()
    if (done) return
    const pieces = (rest + value).split("\n\n")
    rest = pieces.pop() ?? ""
    for (const piece of pieces) if (piece.startsWith("data: ")) yield piece.slice(6)
  }
}

/**
 * Milliseconds before the next attempt to reach a server: longer after each, and not the same for all pages.
 * @param {number} failures attempts without success, from 1
 * @param {number} chance between 0 and 1
 */
export function pauseAfter(failures, chance) {
  return Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE) * (0.6 + 0.8 * chance)
}
