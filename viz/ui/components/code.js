// Source whose nodes light up under the pointer. The server escaped every text.
const views = new WeakMap()

class Code {
  constructor(host) {
    this.host = host
    host.addEventListener("pointerover", event => this.light(event.target.closest?.("[data-node]")?.dataset.node))
    host.addEventListener("pointerleave", () => this.light())
  }

  load({html, height}) {
    this.host.style.maxHeight = `${height}px`
    if (html === this.html) return
    this.html = html
    const open = [...this.host.querySelectorAll("details")].map(each => each.open)
    this.host.innerHTML = html
    this.host.querySelectorAll("details").forEach((each, at) => { each.open = open[at] ?? false })
  }

  light(node) {
    if (node === this.lit) return
    this.lit = node
    this.host.querySelectorAll(".lit").forEach(each => each.classList.remove("lit"))
    if (node !== undefined) this.host.querySelectorAll(`[data-node="${node}"]`).forEach(each => each.classList.add("lit"))
  }
}

export default function ({data, parentElement}) {
  const host = parentElement.querySelector(".code")
  if (!views.has(host)) views.set(host, new Code(host))
  views.get(host).load(data)
}
