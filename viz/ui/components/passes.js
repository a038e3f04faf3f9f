// A list of passes: search, fold away those that changed nothing, walk with j/k or the arrows.
const lists = new WeakMap()

function isTyping(element) {
  return element instanceof Element
    && element.closest("input, textarea, select, button, [contenteditable], [role=radio], [role=tab]") !== null
}

class Passes {
  constructor(host) {
    this.list = host.querySelector("ol")
    this.search = host.querySelector("input[type=search]")
    this.all = host.querySelector("input[type=checkbox]")
    this.search.addEventListener("input", () => this.draw())
    this.all.addEventListener("change", () => this.draw())
    this.list.addEventListener("click", event => {
      const row = event.target.closest("li")
      if (row) this.pick(Number(row.dataset.number))
    })
    // The whole page listens, as long as nobody types elsewhere and this list is on it.
    const listen = event => {
      if (!host.isConnected) document.removeEventListener("keydown", listen)
      else if (host.contains(event.composedPath()[0]) || !isTyping(event.composedPath()[0])) this.key(event)
    }
    document.addEventListener("keydown", listen)
  }

  load(data, choose) {
    this.data = data
    this.choose = choose
    this.list.style.maxHeight = `${data.height}px`
    this.draw()
  }

  shown() {
    const wanted = this.search.value.trim().toLowerCase()
    return this.data.rows.filter(row =>
      wanted ? row.name.toLowerCase().includes(wanted)
        : row.changed || row.failed || this.all.checked || row.number === this.data.chosen)
  }

  draw() {
    const first = {number: 0, name: "Your text → the final source", changed: true, more: null, part: "all"}
    this.list.replaceChildren(...[first, ...this.shown()].map(row => this.row(row)))
    this.list.querySelector("[aria-selected=true]")?.scrollIntoView({block: "nearest"})
  }

  row(row) {
    const item = document.createElement("li")
    item.setAttribute("role", "option")
    item.setAttribute("aria-selected", String(row.number === this.data.chosen))
    item.dataset.number = row.number
    item.className = row.failed ? "failed" : row.changed ? "" : "same"
    const cell = (kind, text) => {
      const span = document.createElement("span")
      span.className = kind
      span.textContent = text
      item.append(span)
    }
    cell("number", row.number || "")
    cell("name", row.part === "all" ? row.name : `${row.name} (${row.part})`)
    if (row.more !== null && row.more !== undefined) cell("more", row.more > 0 ? `+${row.more}` : `${row.more}`)
    if (row.ms !== undefined) cell("ms", row.ms < 0.05 ? "" : `${row.ms.toFixed(1)} ms`)
    if (row.ms !== undefined) item.title = `${row.name}: ${row.ms} ms` + (row.changed ? "" : ", changed nothing")
    return item
  }

  pick(number) {
    if (number === this.data.chosen) return
    this.data.chosen = number
    this.draw()
    this.choose(number)
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const typing = event.composedPath()[0] === this.search
    const step = {ArrowDown: 1, ArrowUp: -1, ...(typing ? {} : {j: 1, k: -1})}[event.key]
    if (step) {
      const numbers = this.shown().map(row => row.number)
      if (!this.search.value.trim()) numbers.unshift(0)
      const at = numbers.indexOf(this.data.chosen)
      if (numbers.length) this.pick(numbers[Math.min(numbers.length - 1, Math.max(0, at + step))])
      event.preventDefault()
    } else if (event.key === "Enter" && typing) {
      if (this.shown().length) this.pick(this.shown()[0].number)
      event.preventDefault()
    } else if (event.key === "/" && !typing) {
      this.search.focus()
      event.preventDefault()
    } else if (event.key === "Escape" && typing) {
      this.search.value = ""
      this.draw()
      this.list.focus()
    }
  }
}

export default function ({data, parentElement, setTriggerValue}) {
  const host = parentElement.querySelector(".passes")
  if (!lists.has(host)) lists.set(host, new Passes(host))
  lists.get(host).load(data, number => setTriggerValue("chosen", number))
}
