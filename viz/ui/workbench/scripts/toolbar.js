// Above the panes: which program, which targets, options, and taking the page with you.
import {copy, save} from "./client.js"
import {element} from "./words.js"

const MOST_TARGETS = 2
export const MOST_LINK = 6000  // some servers refuse longer addresses

export class Toolbar {
  // `heard`: replace(text, example), targets(names), options(options), define({…}), report().
  constructor(host, space, catalog, heard) {
    Object.assign(this, {host, space, catalog, heard})
    this.find = name => host.querySelector(name)
    const examples = catalog.examples.map(({name, title}) => new Option(title, name))
    this.find(".example").replaceChildren(new Option("your own text", ""), ...examples)
    this.find(".targets").replaceChildren(...catalog.targets.map(({name, title, said}) => {
      const button = element("button", "", title)
      Object.assign(button, {type: "button", title: said})
      button.dataset.target = name
      return button
    }))
    this.listen()
    this.draw()
  }

  listen() {
    const {heard, catalog} = this
    this.find(".example").addEventListener("change", event => {
      const chosen = catalog.examples.find(({name}) => name === event.target.value)
      if (chosen) heard.replace(chosen.text, chosen.name)
    })
    this.find(".open").addEventListener("click", () => this.find(".file").click())
    this.find(".file").addEventListener("change", async event => {
      const [file] = event.target.files
      event.target.value = ""
      if (!file) return
      if (file.size > 1 << 20) this.say("That file is longer than 1 MiB.", true)
      else heard.replace((await file.text()).replace(/^\uFEFF/, ""), "")
    })
    this.find(".targets").addEventListener("click", event => {
      const {target} = event.target.closest("button")?.dataset ?? {}
      if (target) heard.targets(this.toggled(target))
    })
    for (const name of ["arch", "attributes", "config"]) {
      this.find(`.${name}`).addEventListener("change", () => this.readOptions())
    }
    this.find(".share").addEventListener("click", () => this.share())
    this.find(".report").addEventListener("click", () => heard.report())
  }

  // A target more or less; a third one takes the place of the older.
  toggled(target) {
    const {targets} = this.space
    if (targets.includes(target)) return targets.filter(each => each !== target)
    return [...targets.slice(targets.length >= MOST_TARGETS ? 1 : 0), target]
  }

  // ---------------------------------------------------------------- showing

  draw() {
    const {space} = this
    const shipped = this.catalog.examples.find(({name}) => name === space.example)
    this.find(".example").value = shipped?.text === space.text ? space.example : ""
    for (const button of this.find(".targets").children) {
      button.setAttribute("aria-pressed", String(space.targets.includes(button.dataset.target)))
    }
    this.find(".arch").value = space.options.arch ?? ""
    for (const name of ["attributes", "config"]) {
      this.find(`.${name}`).value = Object.entries(space.options[name] ?? {})
        .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`).join("\n")
    }
    const set = space.options.arch || ["attributes", "config"].some(name => Object.keys(space.options[name] ?? {}).length)
    this.find(".options").classList.toggle("on", Boolean(set))
  }

  say(words, wrong = false) {
    const status = this.find(".status")
    status.textContent = words
    status.classList.toggle("wrong", wrong)
  }

  readOptions() {
    const options = {arch: this.find(".arch").value.trim()}
    for (const name of ["attributes", "config"]) {
      options[name] = {}
      for (const line of this.find(`.${name}`).value.split("\n").map(each => each.trim()).filter(Boolean)) {
        const [, key, value] = /^([^=]+)=(.*)$/.exec(line) ?? []
        if (key === undefined) return this.say(`“${line}” is not of the form NAME=VALUE`, true)
        options[name][key.trim()] = scalar(value)
      }
    }
    this.heard.options(options)
  }

  // ---------------------------------------------------------------- the link

  async share() {
    const query = await packed(this.space, this.catalog)
    if (query.length > MOST_LINK) return this.say("The program is too long for a link; save the report instead.", true)
    const link = new URL(location.href)
    link.searchParams.set("w", query)
    if (await copy(link.href)) this.say("Link copied.")
    else window.prompt("The link:", link.href)
  }
}

// A value as people type it after the "=": numbers and true/false are read as such.
export function scalar(text) {
  try {
    const value = JSON.parse(text)
    return ["boolean", "number", "string"].includes(typeof value) ? value : text
  } catch {
    return text
  }
}

// A workspace as text for an address, as the server writes it: JSON, zlib, base64.
export async function packed(space, {examples}) {
  const shipped = examples.find(({name}) => name === space.example)
  const plain = JSON.stringify(shipped?.text === space.text ? {...space, text: ""} : space)
  const stream = new Blob([plain]).stream().pipeThrough(new CompressionStream("deflate"))
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer())
  return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
}

export async function saveReport(client, space, toolbar) {
  toolbar.say("writing the report …")
  try {
    save(...await client.file({space, format: "report"}))
    toolbar.say("Report saved.")
  } catch (error) {
    toolbar.say(error.message, true)
  }
}
