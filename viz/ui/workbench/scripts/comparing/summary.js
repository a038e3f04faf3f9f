// The table that says what is the same and what differs; a row of an access to memory is a door to its places on both sides.
import {button, element} from "../../../../render/web/elements.js"
import {_} from "../language/words.js"

/** @import {ComparedPlaces, ComparisonFrame} from "../frames.d.ts" */

/**
 * @param {ComparisonFrame["rows"]} rows
 * @param {(places: ComparedPlaces) => void} light shows both sides' places of a row
 */
export function summaryRows(rows, light) {
  return rows.map(([same, title, words, nodes, lines]) => {
    const name = nodes && lines ? button("compared-place", title.trim(), () => light({nodes, lines}), _("Show {what} on both sides", {what: title.trim()})) : title
    return element("tr", same ? "same" : "differs", element("td", "sign", same === null ? "?" : same ? "=" : "≠"),
      element("th", "", name), element("td", "", words))
  })
}
