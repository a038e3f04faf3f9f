// Show on the drawn tree how many pointed at each of its nodes.
import {nodeOf} from "../learn/grading.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {TreePicture} from "../../../../render/web/tree_picture.js" */
/** @import {AnswerCount} from "./class_frames.d.ts" */

const SVG = "http://www.w3.org/2000/svg"

/**
 * How many pointed at each node that is drawn; at one that is folded away, at the nearest around it.
 * @param {LinkModel} model
 * @param {string} tree the drawn one
 * @param {(id: number) => boolean} isDrawn
 * @param {AnswerCount[]} counts by place
 * @returns {Map<number, number>} by id
 */
export function countsOf(model, tree, isDrawn, counts) {
  /** @type {Map<number, number>} */
  const sums = new Map()
  for (const [place, count] of counts) {
    const id = idIn(model, tree, String(place))
    const drawn = id === undefined ? undefined : model.tree(tree)?.nearest(id, isDrawn)
    if (drawn !== undefined) sums.set(drawn, (sums.get(drawn) ?? 0) + count)
  }
  return sums
}

/** @param {LinkModel} model @param {string} tree @param {string} place @returns {number | undefined} */
function idIn(model, tree, place) {
  const at = place.indexOf(" ")
  const [name, path] = [place.slice(0, at), place.slice(at + 1)]
  const id = nodeOf(model, {tree: name, path})
  if (name === tree || id === undefined) return name === tree ? id : undefined
  return name === "input" ? model.derived.get(tree)?.byInput.get(id)?.[0] : undefined
}

/**
 * Draw the counts at the nodes; an empty map takes them away.
 * @param {TreePicture} picture
 * @param {Map<number, number>} counts
 */
export function drawCounts(picture, counts) {
  for (const old of picture.svg?.querySelectorAll(".answer-count") ?? []) old.remove()
  for (const [id, count] of counts) {
    const node = picture.nodes.get(id)
    if (!(node instanceof SVGGraphicsElement)) continue
    const {x, y, width} = node.getBBox()
    const words = String(count)
    const wide = 12 + 7 * words.length
    const badge = shape("g", {class: "answer-count", "aria-hidden": "true", transform: `translate(${x + width - wide / 2} ${y - 6})`})
    badge.append(shape("rect", {width: wide, height: 17, rx: 8.5}), shape("text", {x: wide / 2, y: 12.5, "text-anchor": "middle"}))
    const text = badge.lastElementChild
    if (text) text.textContent = words
    node.append(badge)
  }
}

/** @param {string} name @param {Record<string, string | number>} attributes */
function shape(name, attributes) {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
  return made
}
