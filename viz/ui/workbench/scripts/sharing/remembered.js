// Keep a few choices in the browser, for the next visit.

const PREFIX = "tirscope."

/**
 * What was kept under a name; null for nothing, also where a browser keeps nothing.
 * @param {string} name
 */
export function remembered(name) {
  try {
    return localStorage.getItem(PREFIX + name)
  } catch {
    return null
  }
}

/**
 * @param {string} name
 * @param {string} value
 */
export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value)
  } catch {
    // a browser may refuse; then the next visit begins as the first
  }
}
