// Read server-sent events from an answer of fetch, and say how long to wait before another attempt.

const FIRST_PAUSE = 400  // milliseconds
const LONGEST_PAUSE = 6000
const LONGEST_SILENCE = 40_000  // the server shows every 15 s that it is there

/**
 * The texts of the events of a stream; comments, which only show that it is alive, are left out.
 * @param {ReadableStream<Uint8Array<ArrayBuffer>> | null} stream
 * It ends too where nothing comes for so many milliseconds: a connection may be dead without saying so.
 * @param {number} [patience]
 * @returns {AsyncGenerator<string>}
 */
export async function* eventsOf(stream, patience = LONGEST_SILENCE) {
  if (!stream) return
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ""
  for (;;) {
    const {done, value} = await inTime(reader.read(), patience)
    if (done) {
      reader.cancel().catch(() => undefined)
      return
    }
    const pieces = (rest + value).split("\n\n")
    rest = pieces.pop() ?? ""
    for (const piece of pieces) if (piece.startsWith("data: ")) yield piece.slice(6)
  }
}

/**
 * What is read, or the end where it does not come in time.
 * @param {Promise<ReadableStreamReadResult<string>>} reading
 * @param {number} patience
 * @returns {Promise<ReadableStreamReadResult<string>>}
 */
function inTime(reading, patience) {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => done({done: true, value: undefined}), patience)
    reading.then(done, fail).finally(() => clearTimeout(timer))
  })
}

/**
 * Milliseconds before the next attempt to reach a server: longer after each, and not the same for all pages.
 * @param {number} failures attempts without success, from 1
 * @param {number} chance between 0 and 1
 */
export function pauseAfter(failures, chance) {
  return Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE) * (0.6 + 0.8 * chance)
}
