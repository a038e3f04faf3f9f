// Put the workbench into its element and keep it there: Streamlit calls again whenever its data or the
// theme changes.
import {Workbench} from "./workbench.js"

/** @import {StreamlitComponent, WorkbenchData} from "./frames.d.ts" */

// A restarted server can have newer modules: they find the workbenches of the older ones here.
const HERE = Symbol.for("tirscope.workbenches")

/** @type {typeof globalThis & {[HERE]?: Map<Element, Workbench>}} */
const page = globalThis
const workbenches = page[HERE] ??= new Map()

/** @param {StreamlitComponent<WorkbenchData>} component */
export function show(component) {
  for (const [element, workbench] of workbenches) if (!element.isConnected) {
    workbench.close()
    workbenches.delete(element)
  }
  const root = component.parentElement.querySelector(".workbench")
  if (!(root instanceof HTMLElement)) return
  const known = workbenches.get(root)
  if (known) known.renew(component)
  else workbenches.set(root, new Workbench(root, component))
}
