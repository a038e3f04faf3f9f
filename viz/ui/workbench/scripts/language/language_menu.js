// The menu that changes the language of the page.
import {targetOf} from "../../../../render/web/elements.js"
import {languageOf} from "./choice.js"
import {LOCALES, language} from "./words.js"

/** @import {Language} from "./words.js" */

/**
 * @param {HTMLElement} menu holds a button for each language
 * @param {(language: Language) => void} choose called with another language than that of now
 */
export function listenToLanguages(menu, choose) {
  for (const button of menu.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.lang === LOCALES[language()]))
  }
  menu.addEventListener("click", event => {
    const wanted = languageOf(targetOf(event)?.closest("button")?.lang ?? null)
    if (menu instanceof HTMLDetailsElement && wanted) menu.open = false
    if (wanted && wanted !== language()) choose(wanted)
  })
}
