// Which language the page speaks: the link's, else the one chosen here before, else the browser's.
import {remember, remembered} from "../sharing/remembered.js"
import {speak} from "./words.js"

/** @import {Language} from "./words.js" */

/** The parameter of an address that names a language. */
export const LANGUAGE_PARAMETER = "lang"
const KEPT = "language"

/** The language of a code such as zh-CN; undefined for those that the page does not speak. @param {string | null} code */
export function languageOf(code) {
  const [name] = (code ?? "").toLowerCase().split(/[-_]/)
  return name === "zh" ? "zh" : name === "en" ? "en" : undefined
}

/** @returns {Language} */
export function askedFor() {
  const codes = [new URLSearchParams(location.search).get(LANGUAGE_PARAMETER), remembered(KEPT), ...navigator.languages]
  return codes.map(languageOf).find(known => known !== undefined) ?? "en"
}

/** Choose a language for this page, its link, and the next visit. @param {Language} language */
export function choose(language) {
  const address = new URL(location.href)
  address.searchParams.set(LANGUAGE_PARAMETER, language)
  history.replaceState(history.state, "", address)
  remember(KEPT, language)
}

/**
 * Fetch the words of a language, and speak it.
 * @param {string} address where the server's files stand
 * @param {Language} language
 */
export async function load(address, language) {
  speak(language, language === "en" ? {} : await (await fetch(`${address}/words.${language}.json`)).json())
}
