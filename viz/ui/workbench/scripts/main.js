// Puts the workbench into its element and keeps it there: Streamlit calls again whenever its data or
// the theme changes.
import {Desk} from "./workbench.js"

// A restarted server can have newer modules: they meet the desk of the older ones here.
const HERE = Symbol.for("tirscope.workbench")
const desks = window[HERE] ??= new Map()  // element -> Desk

export function mount(component) {
  const {data, parentElement} = component
  for (const [element, desk] of desks) if (!element.isConnected) {
    desk.close()
    desks.delete(element)
  }
  const root = parentElement.querySelector(".workbench")
  if (!root) return
  if (desks.has(root)) desks.get(root).renew(component)
  else desks.set(root, new Desk(root, data, component))
}
