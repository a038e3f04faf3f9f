// The workspace that a browser begins with.
/** @import {WorkspaceValues} from "../../viz/ui/workbench/scripts/frames.d.ts" */

/**
 * @param {Partial<WorkspaceValues>} [changes]
 * @returns {WorkspaceValues}
 */
export function workspaceValues(changes) {
  return {
    example: "", text: "def f(): ...", targets: ["c", "cuda"], definition: "", function: "", arguments: {}, options: {},
    focused: "c", stage: "input", view: "tree", depth: 0, types: false, unfolded: [], folded: [], against: {}, ...changes}
}
