// Light or dark: what Streamlit's page is, until the user chooses here.

const DARKEST_LIGHT = 384  // of the sum of red, green and blue, 0 to 765

/** The theme's name in Streamlit's words. @typedef {"Light" | "Dark"} StreamlitTheme */

/** Where Streamlit keeps the theme that its user chose for a page. @param {string} path */
export function streamlitKey(path) { return `stActiveTheme-${path}-v2` }

/** Whether a colour such as #0f141b is dark; undefined for what is none. @param {string} colour */
export function isDarkColour(colour) {
  const [red, green, blue] = (colour.match(/[\da-f]{2}/gi) ?? []).map(pair => parseInt(pair, 16))
  return red === undefined ? undefined : red + green + blue < DARKEST_LIGHT
}

export class ThemeChoice {
  #root
  #paths
  /** @type {boolean | undefined} */
  #chosen

  /**
   * @param {HTMLElement} root
   * @param {string} base the server's base path
   */
  constructor(root, base) {
    this.#root = root
    this.#paths = [location.pathname, `${base}/`, `${base}/environment`]
  }

  /** Streamlit's theme unless the user chose one; without a colour of Streamlit's, the system's. */
  get isDark() {
    const ground = getComputedStyle(this.#root).getPropertyValue("--st-background-color")
    return this.#chosen ?? isDarkColour(ground) ?? matchMedia("(prefers-color-scheme: dark)").matches
  }

  /** Choose the other theme, here now, and for Streamlit's pages as soon as they are loaded. */
  toggle() {
    this.#chosen = !this.isDark
    /** @type {StreamlitTheme} */
    const name = this.#chosen ? "Dark" : "Light"
    try {
      for (const path of this.#paths) localStorage.setItem(streamlitKey(path), JSON.stringify(name))
    } catch {
      // A browser may refuse to keep anything: then the choice holds until the page is loaded again.
    }
  }
}
