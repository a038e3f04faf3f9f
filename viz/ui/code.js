// Source whose nodes light up under the pointer and can be chosen. The server escaped every text.
const views = new WeakMap()

class Code {
  constructor(host) {
    this.host = host
    host.addEventListener("pointerover", event => this.light(this.nodeOf(event)))
    host.addEventListener("pointerleave", () => this.light(null))
    host.addEventListener("click", event => {
      const node = this.nodeOf(event)
      if (node !== null && !String(getSelection())) this.choose(Number(node))
    })
    host.addEventListener("keydown", event => this.key(event))
  }

  load(data, choose) {
    this.choose = choose
    this.host.style.maxHeight = `${data.height}px`
    if (data.html !== this.html) {
      this.html = data.html
      const open = [...this.host.querySelectorAll("details")].map(each => each.open)
      this.host.innerHTML = data.html
      this.host.querySelectorAll("details").forEach((each, at) => { each.open = open[at] ?? false })
    }
    this.mark("chosen", data.chosen >= 0 ? String(data.chosen) : null)
    this.order = [...new Set([...this.host.querySelectorAll("[data-node]")].map(each => each.dataset.node))]
    this.chosen = data.chosen
  }

  nodeOf(event) {
    return event.target.closest?.("[data-node]")?.dataset.node ?? null
  }

  light(node) {
    if (node === this.lit) return
    this.lit = node
    this.mark("lit", node)
  }

  mark(name, node) {
    this.host.querySelectorAll(`.${name}`).forEach(each => each.classList.remove(name))
    if (node !== null) this.host.querySelectorAll(`[data-node="${node}"]`).forEach(each => each.classList.add(name))
  }

  // The order of the marks is the codegen's walk: the arrows step through it.
  key(event) {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key]
    if (!step || event.target !== this.host) return
    const at = this.order.indexOf(String(this.chosen))
    this.choose(Number(this.order[Math.min(this.order.length - 1, Math.max(0, at + step))]))
    event.preventDefault()
  }
}

export default function ({data, parentElement, setTriggerValue}) {
  const host = parentElement.querySelector(".code")
  if (!views.has(host)) views.set(host, new Code(host))
  views.get(host).load(data, node => setTriggerValue("chosen", node))
}
