// The keyboard between the panes, and the page that tells of it.
import {element} from "./words.js"

const KEYS = [
  ["Everywhere", [
    ["F6, Shift+F6", "next pane, pane before"],
    ["n, p", "next place that is lit, the one before"],
    ["Esc", "let go of what is pinned"],
    ["?", "this page"],
  ]],
  ["In the editor", [
    ["Ctrl+Enter", "analyse now; otherwise 0.4 s after typing stops"],
    ["Alt+Enter", "pin what stands at the caret"],
    ["Ctrl+Space", "complete"],
    ["Ctrl+M", "let Tab leave the editor"],
  ]],
  ["In the tree and in a source", [
    ["← →", "to what stands around, to the first thing inside"],
    ["↑ ↓", "to the neighbours"],
  ]],
  ["In the tree", [
    ["f, Space", "fold or unfold"],
    ["t", "with types, shapes and bookkeeping, or without"],
    ["/", "search; Enter goes on to the next"],
    ["+ − 0", "zoom, fit"],
  ]],
  ["With the pointer", [
    ["Point", "lights the same thing in all panes; Alt takes what stands around it"],
    ["Click", "pins it and opens its explanation"],
    ["Double click, +12", "fold or unfold in the tree"],
    ["Ctrl+wheel, drag", "zoom and move the tree"],
  ]],
]

export class Keys {
  // `panes` returns [element, focus] in order; `tree` is the tree pane.
  constructor(root, {panes, tree, selection, say}) {
    Object.assign(this, {root, panes, tree, selection, say})
    this.page = root.querySelector(".keys")
    this.page.replaceChildren(element("h2", "", "Keyboard"), ...KEYS.map(([title, rows]) => element("section", "",
      element("h3", "", title),
      element("dl", "", ...rows.flatMap(([key, words]) => [element("dt", "", element("kbd", "", key)), element("dd", "", words)])))),
    this.closing())
    root.querySelector(".help").addEventListener("click", () => this.page.showModal())
    root.addEventListener("keydown", event => this.key(event))
  }

  closing() {
    const button = element("button", "", "Close")
    button.type = "button"
    button.addEventListener("click", () => this.page.close())
    return button
  }

  leave(step) {
    const panes = this.panes()
    const at = panes.findIndex(([place]) => place.contains(document.activeElement))
    panes[(Math.max(at, step < 0 ? 0 : -1) + step + panes.length) % panes.length][1]()
  }

  key(event) {
    if (event.key === "F6" && !event.defaultPrevented) {
      event.preventDefault()
      this.leave(event.shiftKey ? -1 : 1)
      return
    }
    if (event.ctrlKey || event.metaKey || event.altKey || this.page.open) return
    if (event.target.closest("input, select, textarea, [contenteditable=true]")) return
    const act = this.acts()[event.key]
    const inTree = this.tree.host.contains(document.activeElement)
    if (!act || act.tree && !inTree) return
    if (event.key === " " && event.target.closest("button, summary")) return
    event.preventDefault()
    act.run()
  }

  acts() {
    const {tree} = this
    const inTree = run => ({tree: true, run})
    const onPinned = act => inTree(() => {
      const {pinned} = this.selection
      if (pinned?.tree === tree.picture.tree) act(pinned.ids[0])
    })
    const fold = onPinned(id => tree.toggle(id))
    return {
      "?": {run: () => this.page.showModal()},
      n: {run: () => this.walk(1)},
      p: {run: () => this.walk(-1)},
      "/": {run: () => tree.host.querySelector(".search").focus()},
      f: fold, " ": fold, t: onPinned(id => tree.toggleAll(id)),
    }
  }

  walk(step) {
    const found = this.selection.next(step)
    if (found) this.say(`Place ${found[1]} of ${found[2]}`)
  }
}
