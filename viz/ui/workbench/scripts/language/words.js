// The words of the page in its language, by their English text; numbers as that language writes them.

/** @typedef {"en" | "zh"} Language */
/** @typedef {Record<string, string | number>} Values */

/** The language's name for a browser: it chooses a font and how numbers are written. */
export const LOCALES = {en: "en", zh: "zh-CN"}

/** @type {Language} */
let spoken = "en"
/** @type {Record<string, string>} */
let catalogue = {}
let numbers = new Intl.NumberFormat(LOCALES.en)

/** The language that the page speaks. */
export function language() { return spoken }

/**
 * Speak a language from now on; what is drawn already stays as it is.
 * @param {Language} wanted
 * @param {Record<string, string>} words its words by the English ones
 */
export function speak(wanted, words) {
  spoken = wanted
  catalogue = words
  numbers = new Intl.NumberFormat(LOCALES[wanted])
}

/**
 * The words for an English text, with the values that stand in braces; a text without words stays English.
 * @param {string} text
 * @param {Values} [values]
 */
export function _(text, values) {
  const words = Object.hasOwn(catalogue, text) ? catalogue[text] : text
  return values ? filled(words, values) : words
}

/**
 * The words for a number of things, which the texts may name as {count}.
 * @param {string} one
 * @param {string} many
 * @param {number} count
 * @param {Values} [values]
 */
export function plural(one, many, count, values) {
  const words = Object.hasOwn(catalogue, one) ? catalogue[one] : count === 1 ? one : many
  return filled(words, {...values, count})
}

/** Sentences one after the other; empty ones are left out. @param {...string} texts */
export function sentences(...texts) { return texts.filter(Boolean).join(spoken === "zh" ? "" : " ") }

/**
 * A text that is looked up when it is shown: the tool that collects texts finds it by this name.
 * @param {string} text
 */
export function marked(text) { return text }

/**
 * A number as the language writes it.
 * @param {number} value
 * @param {Intl.NumberFormatOptions} [options]
 */
export function number(value, options) {
  return options ? new Intl.NumberFormat(LOCALES[spoken], options).format(value) : numbers.format(value)
}

/** @param {string} words @param {Values} values */
function filled(words, values) {
  return words.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name]
    return value === undefined ? whole : typeof value === "number" ? number(value) : value
  })
}
