// Find programs of the gallery by words, and say in a line what each is about.
import {_} from "../language/words.js"

/** @import {Example} from "../frames.d.ts" */

/**
 * The first sentence of a description, without the marks of its code.
 * @param {string} description
 */
export function firstSentence(description) {
  return (/^.*?(?:[.?!](?=\s|$)|[。？！])/s.exec(description)?.[0] ?? description).replaceAll("`", "")
}

/**
 * The programs that have every word of a query in their title, name or description, in their order.
 * @param {Example[]} examples
 * @param {string} query
 */
export function matching(examples, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  return examples.filter(({name, title, description}) => {
    const about = `${name} ${title} ${description}`.toLowerCase()
    return words.every(word => about.includes(word))
  })
}

/**
 * Programs under the titles of their groups; a group without any is left out.
 * @param {Example[]} examples
 * @returns {[title: string, examples: Example[]][]}
 */
export function grouped(examples) {
  /** @type {[string, Example[]][]} */
  const groups = [
    [_("Programs"), examples.filter(({wrong}) => !wrong)],
    [_("Wrong on purpose: what is the mistake?"), examples.filter(({wrong}) => wrong)],
  ]
  return groups.filter(([, members]) => members.length)
}
