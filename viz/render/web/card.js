// The card: one line about what is pointed at; all about it once it is pinned.
import {both, button, element} from "./elements.js"
import {KIND_WORDS, LEGEND_WORDS, ORIGIN_WORDS, WELCOME_WORDS, lineWords, madeWords, sharedWords} from "./words.js"

/** @import {Listing} from "./listing.js" */
/** @import {DerivedTree, LinkModel, NodeTree, Origin, TreeNode} from "./model.js" */
/** @import {ModelOrigin} from "./packed.d.ts" */
/** @import {Ref} from "./view.d.ts" */

/**
 * What the card tells of. `ref` is what is pointed at, `target` the derived tree that is looked at,
 * `listing` the text of it in sight, `actions` buttons for what is pinned.
 * @typedef {{model: LinkModel | undefined, ref: Ref | null, target?: DerivedTree, listing?: Listing,
 *   isPinned: boolean, actions?: HTMLElement[]}} CardContent
 */

export class Card {
  #host
  #headline
  #details
  #letGo

  /**
   * @param {HTMLElement} host holds a headline and a place for details
   * @param {() => void} letGo called to end a pin
   */
  constructor(host, letGo) {
    this.#host = host
    this.#letGo = letGo
    ;[this.#headline, this.#details] = host.children
  }

  get #isChinese() { return this.#host.closest("[lang]")?.getAttribute("lang")?.startsWith("zh") }

  /** @param {CardContent} content */
  show({model, ref, target, listing, isPinned, actions = []}) {
    this.#host.classList.toggle("pinned", Boolean(ref && isPinned))
    this.#details.replaceChildren()
    const tree = ref && model?.tree(ref.tree)
    if (!ref || !model || !tree) {
      this.#headline.replaceChildren(both(...WELCOME_WORDS), legend())
      return
    }
    const derived = model.derived.get(ref.tree)
    const id = ref.ids[0]
    const node = tree.get(id)
    const origin = derived?.origin(id)
    const sentences = derived ? originSentences(model, derived, id, origin) : resultSentences(model, ref, target)
    const calls = derived?.callsOf(id) ?? 0
    if (calls > 1) sentences.push(" ", both(...sharedWords(calls)))
    this.#headline.replaceChildren(nodeWords(node, id), element("span", "relation", ...sentences))
    const part = model.modelOrigin(origin ? origin.span : model.program.span(id))
    if (part && (origin || !derived)) this.#headline.append(modelWords(part))
    if (!isPinned) return
    this.#headline.append(...actions, button("close", "×", this.#letGo, this.#isChinese ? "取消固定 (Esc)" : "Let go (Esc)"))
    if (!node) return
    const visitor = listing?.tree === ref.tree ? listing.visitorOf(id, node.key) : ""
    this.#details.append(facts(tree, node, origin, visitor, derived), explanation(tree, node.key))
  }
}

/**
 * @param {TreeNode | undefined} node
 * @param {number} id
 */
function nodeWords(node, id) {
  if (!node) return element("span", "what", element("b", "", `node ${id}`))
  const kind = element("span", `chip ${node.kind}`, both(...KIND_WORDS[node.kind]))
  const words = element("span", "what", kind, element("b", "", node.title))
  if (node.label) words.append(" ", element("code", "", node.label))
  if (node.dtype && !node.label.includes(node.dtype)) words.append(" ", element("span", "soft", node.dtype))
  return words
}

/**
 * The part of a model that a statement was made from, and the line of Python that computes it.
 * @param {ModelOrigin} part
 */
function modelWords({path, kind, file, line, code}) {
  const words = element("span", "model-part", both("From the model: ", "来自模型："), element("b", "", path), ` (${kind})`)
  if (file) words.append(`, ${file}:${line} `)
  if (code) words.append(element("code", "", code))
  return words
}

/**
 * Sentences on where a node of a derived tree comes from.
 * @param {LinkModel} model
 * @param {DerivedTree} derived
 * @param {number} id
 * @param {Origin | undefined} origin
 * @returns {(Node | string)[]}
 */
function originSentences(model, derived, id, origin) {
  if (!origin) return []
  if (origin.certainty === "synthesised") return [both(...madeWords(derived.passName(origin.pass), origin.pass))]
  const [en, zh] = origin.span ? lineWords(...model.linesOf(origin.span)) : ["", ""]
  const certainty = derived.origins.has(id) ? origin.certainty : "inherited"
  const pass = origin.pass ? derived.passName(origin.pass) : ""
  return [
    both(...ORIGIN_WORDS[certainty](en, zh)),
    ...pass ? [" ", both(`Made by ${pass} (pass ${origin.pass}).`, `由 ${pass}（第 ${origin.pass} 个 pass）产生。`)] : [],
  ]
}

/**
 * Sentences on where a node of the user's stands, and what became of it in a target.
 * @param {LinkModel} model
 * @param {Ref} ref
 * @param {DerivedTree | undefined} target
 * @returns {Node[]}
 */
function resultSentences(model, ref, target) {
  const span = model.program.span(ref.ids[0])
  /** @type {Node[]} */
  const sentences = []
  if (span) {
    const [en, zh] = lineWords(...model.linesOf(span))
    sentences.push(both(`Your text, ${en}. `, `你的程序，${zh}。`))
  }
  if (!target) return sentences
  const linked = ref.ids.flatMap(id => target.byInput.get(id) ?? [])
  const exact = linked.filter(id => target.origins.get(id)?.certainty === "exact").length
  const inherited = linked.length - exact
  if (linked.length) {
    const en = [exact ? `${exact} exact` : "", inherited ? `${inherited} inherited` : ""]
    const zh = [exact ? `原样 ${exact} 个` : "", inherited ? `间接 ${inherited} 个` : ""]
    sentences.push(both(
      `Nodes that wrote text for ${target.title} and come from it: ${en.filter(Boolean).join(", ")}.`,
      `为 ${target.title} 写出文本、来自它的节点：${zh.filter(Boolean).join("，")}。`))
  } else {
    sentences.push(both(
      `No characters of the text for ${target.title} are linked to it: what lights up there is inside it or encloses it.`,
      `${target.title} 的文本里没有单独属于它的字符：亮起的是它里面或外面的内容。`))
  }
  return sentences
}

// ---------------------------------------------------------------- once pinned

/**
 * @param {NodeTree} tree
 * @param {TreeNode} node
 * @param {Origin | undefined} origin
 * @param {string} visitor
 * @param {DerivedTree | undefined} derived
 */
function facts(tree, node, origin, visitor, derived) {
  const list = element("dl", "facts")
  /** @param {Node | string} name @param {Node} value */
  const add = (name, value) => list.append(element("dt", "", name), element("dd", "", value))
  add(both("type", "类型"), element("code", "", node.key))
  const path = tree.path(node.id)
  if (path) add(both("place", "位置"), element("code", "", path))  // a module has none
  if (visitor) add(both("written by", "写出者"), element("code", "", visitor))
  if (origin) add(both("certainty", "可靠程度"), element("code", "", origin.certainty))
  for (const [name, value] of tree.fields(node.id)) {
    add(name, element("code", "", value.length > 160 ? `${value.slice(0, 160)}…` : value))
  }
  if (derived?.texts.some(text => text.covering?.includes(node.id))) {
    add(both("mind", "注意"), both(
      "Some of its characters may be those of an expression below it.",
      "其中有些字符可能属于它下面的某个表达式。"))
  }
  return list
}

/**
 * @param {NodeTree} tree
 * @param {string} key
 */
function explanation(tree, key) {
  const paragraph = tree.explanation(key)
  return paragraph ? element("p", "explained", both(...paragraph)) : ""
}

function legend() {
  const list = element("span", "legend")
  for (const [link, ...words] of LEGEND_WORDS) list.append(element("span", `own ${link}`, both(...words)), " ")
  return list
}
