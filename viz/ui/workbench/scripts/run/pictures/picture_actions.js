// Ask the server for another slice of a run that it keeps, and for its arrays as files.
import {saveFile} from "../../sharing/files.js"
import {ServerError} from "../../client.js"
import {_} from "../../language/words.js"

/** @import {ApiClient} from "../../client.js" */
/** @import {WorkspaceState} from "../../workspace_state.js" */
/** @import {PictureActions} from "./output_view.js" */

/**
 * @param {ApiClient} client
 * @param {WorkspaceState} workspace
 * @returns {PictureActions}
 */
export function pictureActions(client, workspace) {
  return {
    slice: (run, output, slice) => told(() => client.picture({run, output, slice})),
    file: (run, format, output) => told(async () => {
      const [content, name] = await client.file({workspace: workspace.values, format, run, output})
      saveFile(content, name)
      return ""
    })}
}

/**
 * What a question brings, or in words why it brings nothing.
 * @template T
 * @param {() => Promise<T>} ask
 * @returns {Promise<T | string>}
 */
async function told(ask) {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof ServerError) return error.message
    if (error instanceof TypeError) return _("The server does not answer.")
    throw error
  }
}
