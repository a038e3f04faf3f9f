// Options as people type them: NAME=VALUE, one a line.
import {_} from "./language/words.js"

/** @import {Scalar} from "./frames.d.ts" */

/**
 * A value: JSON's numbers, strings and true/false are read as such, all else is text.
 * @param {string} text
 * @returns {Scalar}
 */
export function parseScalar(text) {
  try {
    const value = JSON.parse(text)
    return ["boolean", "number", "string"].includes(typeof value) ? value : text
  } catch {
    return text
  }
}

/**
 * @param {string} text
 * @returns {Record<string, Scalar>}
 * @throws {SyntaxError} naming the first line that is not of the form
 */
export function parseOptions(text) {
  /** @type {Record<string, Scalar>} */
  const options = {}
  for (const line of text.split("\n").map(part => part.trim()).filter(Boolean)) {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(line) ?? []
    if (name === undefined) throw new SyntaxError(_("“{line}” is not of the form NAME=VALUE", {line}))
    options[name.trim()] = parseScalar(value)
  }
  return options
}

/** @param {Record<string, Scalar>} options */
export function formatOptions(options) {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`).join("\n")
}
