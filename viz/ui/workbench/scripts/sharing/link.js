// A workspace as text for an address, as viz/ui/workspace.py writes and reads it: JSON, zlib, base64.

import {lookInAddress} from "../programs/page_state.js"

/** @import {Catalog, WorkspaceValues} from "../frames.d.ts" */
/** @import {PageState} from "../programs/page_state.js" */

export const MOST_LINK_CHARACTERS = 8000  // some servers refuse addresses longer than 8 KiB

/**
 * The text of a workspace; that of an unchanged example is left out of it.
 * @param {WorkspaceValues} values
 * @param {Pick<Catalog, "examples">} catalog
 */
export async function packedWorkspace(values, {examples}) {
  const shipped = examples.find(({name}) => name === values.example)
  const plain = JSON.stringify(shipped?.text === values.text ? {...values, text: ""} : values)
  const stream = new Blob([plain]).stream().pipeThrough(new CompressionStream("deflate"))
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer())
  const base64 = btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""))
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
}

/**
 * The address of a page that shows a workspace; without it where that is too long.
 * @param {string} href the address of now
 * @param {string} packed the workspace
 */
export function addressWith(href, packed) {
  const address = new URL(href)
  if (packed.length <= MOST_LINK_CHARACTERS) address.searchParams.set("w", packed)
  else address.searchParams.delete("w")
  return address
}

/**
 * The link of a state: the workspace, and what is looked at.
 * @param {string} href the address of now
 * @param {PageState} state
 * @param {Pick<Catalog, "examples">} catalog
 */
export async function linkOf(href, state, catalog) {
  const address = addressWith(href, await packedWorkspace(state.values, catalog))
  lookInAddress(address, state)
  return address
}
