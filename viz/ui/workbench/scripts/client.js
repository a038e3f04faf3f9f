// Questions to the server. Each lane has one question at a time: a newer one aborts the older, and the
// server then stops its work. Answers that were whole are kept with their tags.
const KEPT = 16

export class Client {
  constructor(root, token) {
    Object.assign(this, {root, token, running: new Map(), kept: new Map()})
  }

  // Ask for parts; `each` gets every frame. Resolves to how it ended: "ok", "failed", "superseded",
  // "aborted" by a newer question, "token" when the session is unknown, "lost" without a server.
  async parts(lane, body, each) {
    this.running.get(lane)?.abort()
    const abort = new AbortController()
    this.running.set(lane, abort)
    const text = JSON.stringify(body)
    const known = this.kept.get(text)
    try {
      const reply = await this.post("api/parts", text, abort.signal, known ? {"if-none-match": known.tag} : {})
      if (reply.status === 304) {
        for (const frame of known.frames) each(frame)
        return "ok"
      }
      if (reply.status === 401) return "token"
      if (!reply.ok) throw new Refusal((await reply.json()).message)
      const frames = []
      for await (const frame of lines(reply.body)) {
        if (abort.signal.aborted) return "aborted"
        frames.push(frame)
        each(frame)
        if (frame.kind !== "end") continue
        if (frame.status === "ok") this.keep(text, reply.headers.get("etag"), frames)
        return frame.status
      }
      return "lost"
    } catch (error) {
      if (abort.signal.aborted) return "aborted"
      if (!(error instanceof Refusal || error instanceof TypeError)) throw error
      if (error instanceof TypeError) return "lost"  // what fetch says when nobody answers
      each({kind: "problem", part: "overview", target: "", problem: {message: error.message, hint: "", severity: "error"}})
      return "failed"
    } finally {
      if (this.running.get(lane) === abort) this.running.delete(lane)
    }
  }

  // Ask for a file; resolves to a Blob and its name.
  async file(body) {
    const reply = await this.post("api/file", JSON.stringify(body))
    if (!reply.ok) throw new Refusal((await reply.json()).message)
    const name = /filename="([^"]+)"/.exec(reply.headers.get("content-disposition"))?.[1] ?? "file"
    return [await reply.blob(), name]
  }

  post(path, body, signal, headers = {}) {
    return fetch(`${this.root}/${path}`, {
      method: "POST", body, signal,
      headers: {"content-type": "application/json", "x-tirscope-token": this.token, ...headers},
    })
  }

  keep(text, tag, frames) {
    this.kept.delete(text)
    this.kept.set(text, {tag, frames: frames.filter(({kind}) => kind !== "queued" && kind !== "progress")})
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value)
  }
}

export class Refusal extends Error {}

// The objects of a stream, one a line.
async function* lines(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ""
  for (;;) {
    const {done, value} = await reader.read()
    if (done) return
    const pieces = (rest + value).split("\n")
    rest = pieces.pop()
    for (const piece of pieces) yield JSON.parse(piece)
  }
}

// Put a text into the clipboard; false where a browser does not let us. Without https the newer way
// is missing.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const [area, focused] = [document.createElement("textarea"), document.activeElement]
    area.value = text
    document.body.append(area)
    area.select()
    const done = document.execCommand("copy")
    area.remove()
    focused?.focus()
    return done
  }
}

// Hand a file to the person.
export function save(blob, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
