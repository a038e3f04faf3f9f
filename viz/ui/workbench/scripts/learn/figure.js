// Draw the figures of a lesson: a part of a tree as rows of chips, or what a node wrote for some targets.
import {asCode, button, element} from "../../../../render/web/elements.js"
import {withoutTitle} from "../../../../render/web/model.js"
import {drawn} from "./pieces.js"
import {_} from "../language/words.js"

/** @import {DrawnFigure, DrawnNode, LessonFigure, LessonPlace} from "../frames.d.ts" */

/**
 * @param {HTMLElement} host
 * @param {LessonFigure} figure
 * @param {DrawnFigure | undefined} data undefined until it is computed
 * @param {{point: (place: LessonPlace) => void, follow: (to: string) => void, titleOf: (target: string) => string}} actions
 */
export function drawFigure(host, figure, data, {point, follow, titleOf}) {
  const caption = element("figcaption", "", ...drawn(figure.caption ?? [], follow))
  host.replaceChildren(...picture(), caption)

  function picture() {
    if (!data) return [element("p", "soft", _("computing …"))]
    if (data.problem) return [element("p", "wrong", data.problem)]
    if (data.texts?.length) return [texts(data.texts, titleOf)]
    const {tree = "", node} = data
    return node ? [element("ul", "", branch(node, place => point({tree, path: place})))] : []
  }
}

/** @param {[target: string, text: string][]} rows @param {(target: string) => string} titleOf */
function texts(rows, titleOf) {
  return element("dl", "texts", ...rows.flatMap(([target, text]) =>
    [element("dt", "", titleOf(target)), element("dd", "", asCode(element("code", "", text)))]))
}

/** @param {DrawnNode} node @param {(path: string) => void} point @returns {HTMLLIElement} */
function branch({title, label, kind, field, path, children = [], more}, point) {
  const short = withoutTitle(title, label)
  const chip = asCode(button(`chip ${kind}`, "", () => point(path)))
  chip.append(element("b", "", title), ...short ? [` ${short}`] : [], ...more ? [" ▸"] : [])
  return element("li", "", ...field ? [asCode(element("small", "field", field))] : [], chip,
    ...children.length ? [element("ul", "", ...children.map(child => branch(child, point)))] : [])
}
