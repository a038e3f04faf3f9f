// The places that F6 goes to: each pane, each source by itself, the dock.
import {find} from "../../../../render/web/elements.js"

/** @import {Editor} from "../editor/editor.js" */
/** @import {PlainEditor} from "../editor/plain_editor.js" */
/** @import {Stop} from "../keyboard.js" */
/** @import {SourcePane} from "../sources/source_pane.js" */
/** @import {TreePane} from "../tree/tree_pane.js" */
/** @import {Dock} from "./dock.js" */
/** @import {PaneLayout} from "./pane_layout.js" */

/**
 * @param {HTMLElement} root
 * @param {{layout: PaneLayout, editor: Editor | PlainEditor, tree: TreePane, sources: SourcePane, dock: Dock}} parts
 * @returns {Stop[]} in their order
 */
export function stopsOf(root, {layout, editor, tree, sources, dock}) {
  /** @param {string} pane @param {() => void} focus */
  const go = (pane, focus) => () => {
    layout.open(pane)
    focus()
  }
  const learn = find(root, ".learn")
  return [
    ...learn.hidden ? [] : [{place: learn, focus: () => find(learn, ".lesson-title").focus()}],
    {place: find(root, ".pane.script"), focus: go("script", () => editor.focus())},
    {place: tree.host, focus: go("tree", () => tree.focus())},
    ...sources.slots.map(slot => ({place: slot.host, focus: go("source", () => slot.focus())})),
    {place: find(root, ".dock"), focus: () => dock.focus()},
  ]
}
