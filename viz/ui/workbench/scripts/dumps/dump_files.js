// Collect the files of a dump: those of a folder or several, dropped on the page or chosen.
import {base64Of} from "../run/browser/base64.js"
import {_} from "../language/words.js"

/** A file and its path in the folder that was opened. @typedef {{path: string, file: File}} FoundFile */

export const MOST_FILES = 2000  // as of viz/dumps/files.py
const MOST_BYTES = 16 << 20  // of all together; a question with arrays is as long

const ARCHIVE = /\.zip$/i

/** Whether files are a dump and no program: several of them, a folder or an archive. @param {FoundFile[]} files */
export function isDump(files) { return files.length > 1 || files.some(({path, file}) => path.includes("/") || ARCHIVE.test(file.name)) }

/** The files that were chosen in a dialog. @param {FileList | null} chosen @returns {FoundFile[]} */
export function chosenFiles(chosen) { return [...chosen ?? []].map(file => ({path: file.webkitRelativePath || file.name, file})) }

/**
 * The files that are dropped, folders opened; the browser forgets them once the event is over, so this begins at once.
 * @param {DataTransfer | null} dropped
 * @returns {Promise<FoundFile[]>}
 */
export async function droppedFiles(dropped) {
  const entries = [...dropped?.items ?? []].map(item => item.webkitGetAsEntry?.() ?? null)
  const files = chosenFiles(dropped?.files ?? null)
  if (!entries.some(entry => entry?.isDirectory)) return files
  /** @type {FoundFile[]} */
  const found = []
  for (const entry of entries) if (entry) await walk(entry, found)
  return found
}

/** @param {FileSystemEntry} entry @param {FoundFile[]} found */
async function walk(entry, found) {
  if (found.length > MOST_FILES) return  // the server says that these are too many
  const path = entry.fullPath.replace(/^\//, "")
  if (entry.isFile) found.push({path, file: await new Promise((done, failed) => /** @type {FileSystemFileEntry} */ (entry).file(done, failed))})
  if (!entry.isDirectory) return
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader()
  for (;;) {  // a browser gives a hundred at a time
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((done, failed) => reader.readEntries(done, failed))
    if (!some.length) return
    for (const inner of some) await walk(inner, found)
  }
}

/**
 * The contents of files in base64, by path; or why they are not sent.
 * @param {FoundFile[]} files
 * @returns {Promise<{files: Record<string, string>} | {problem: string}>}
 */
export async function packedFiles(files) {
  if (files.length > MOST_FILES) return {problem: _("These are more than {count} files.", {count: MOST_FILES})}
  if (files.reduce((sum, {file}) => sum + file.size, 0) > MOST_BYTES) return {problem: _("These files are longer than {size} MiB together.", {size: MOST_BYTES >> 20})}
  const packed = await Promise.all(files.map(async ({path, file}) => [path, base64Of(new Uint8Array(await file.arrayBuffer()))]))
  return {files: Object.fromEntries(packed)}
}
