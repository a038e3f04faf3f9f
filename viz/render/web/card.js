// The card: one line about what is pointed at; all about it once it is pinned.
import {KINDS, LEGEND, TIED, WELCOME, both, element, lineWords, madeWords} from "./words.js"

export class Card {
  // The host holds a headline and a place for details. `letGo` is called to end a pin.
  constructor(host, letGo) {
    this.host = host
    this.letGo = letGo
    ;[this.headline, this.details] = host.children
  }

  // `ref` is what is pointed at in a model, or null; `target` the derived tree that is looked at,
  // `listing` its text in sight. `actions` are buttons for what is pinned.
  show({model, ref, target, listing, pinned, actions = []}) {
    this.host.classList.toggle("pinned", Boolean(ref && pinned))
    this.details.replaceChildren()
    if (!ref) {
      this.headline.replaceChildren(both(...WELCOME), legend())
      return
    }
    const tree = model.tree(ref.tree)
    const derived = model.derived.get(ref.tree)
    const id = ref.ids[0]
    const node = tree.get(id)
    const origin = derived?.origin(id)
    const said = derived ? comesFrom(model, derived, id, origin) : became(model, ref, target)
    this.headline.replaceChildren(nodeWords(node, id), element("span", "said", ...said))
    if (!pinned) return
    this.headline.append(...actions, this.closing())
    if (!node) return
    const visitor = listing?.tree === ref.tree && listing.byNode.has(id) ? listing.visitors[node.key] : ""
    this.details.append(facts(tree, node, origin, visitor, derived), explanation(tree, node.key))
  }

  closing() {
    const button = element("button", "close", "×")
    button.type = "button"
    button.setAttribute("aria-label", "Let go (Esc)")
    button.addEventListener("click", this.letGo)
    return button
  }
}

function nodeWords(node, id) {
  if (!node) return element("span", "what", element("b", "", `node ${id}`))
  const family = element("span", `chip ${node.kind}`, both(...KINDS[node.kind]))
  const words = element("span", "what", family, element("b", "", node.title))
  if (node.label) words.append(" ", element("code", "", node.label))
  if (node.dtype && !node.label.includes(node.dtype)) words.append(" ", element("span", "soft", node.dtype))
  return words
}

// Sentences on how a node of a derived tree stands to the user's text.
function comesFrom(model, derived, id, origin) {
  if (!origin) return []
  if (origin.how === "synthesised") return [both(...madeWords(derived.passName(origin.made), origin.made))]
  const [en, zh] = origin.span ? lineWords(...model.linesOf(origin.span)) : ["", ""]
  const how = derived.origins.has(id) ? origin.how : "inherited"
  const said = [both(...TIED[how](en, zh))]
  const name = origin.made ? derived.passName(origin.made) : ""
  if (name) {
    said.push(" ", both(`Made by ${name} (pass ${origin.made}).`, `由 ${name}（第 ${origin.made} 个 pass）产生。`))
  }
  return said
}

// Sentences on where a node of the user's stands, and what became of it.
function became(model, ref, target) {
  const span = model.program.span(ref.ids[0])
  const said = []
  if (span) {
    const [en, zh] = lineWords(...model.linesOf(span))
    said.push(both(`Your text, ${en}. `, `你的程序，${zh}。`))
  }
  if (!target) return said
  const tied = ref.ids.flatMap(id => target.tied.get(id) ?? [])
  const exact = tied.filter(id => target.origins.get(id).how === "exact").length
  const rest = tied.length - exact
  if (tied.length) {
    const en = [exact ? `${exact} exact` : "", rest ? `${rest} inherited` : ""]
    const zh = [exact ? `原样 ${exact} 个` : "", rest ? `间接 ${rest} 个` : ""]
    said.push(both(
      `Nodes that wrote text for ${target.title} and come from it: ${en.filter(Boolean).join(", ")}.`,
      `为 ${target.title} 写出文本、来自它的节点：${zh.filter(Boolean).join("，")}。`))
  } else {
    said.push(both(
      `No characters of the text for ${target.title} are tied to it alone: what lights up there stands in it or around it.`,
      `${target.title} 的文本里没有单独属于它的字符：亮起的是它里面或外面的内容。`))
  }
  return said
}

// ---------------------------------------------------------------- once pinned

function facts(tree, node, origin, visitor, derived) {
  const list = element("dl", "facts")
  const row = (name, value) => list.append(element("dt", "", name), element("dd", "", value))
  row(both("type", "类型"), element("code", "", node.key))
  const path = tree.path(node.id)
  if (path) row(both("place", "位置"), element("code", "", path))  // a module stands in nothing
  if (visitor) row(both("written by", "写出者"), element("code", "", visitor))
  if (origin) row(both("certainty", "可靠程度"), element("code", "", origin.how))
  for (const [name, value] of tree.fields(node.id)) {
    row(name, element("code", "", value.length > 160 ? `${value.slice(0, 160)}…` : value))
  }
  if (derived?.texts.some(text => text.covering?.includes(node.id))) {
    row(both("mind", "注意"), both(
      "Some of its characters may be those of an expression below it.",
      "其中有些字符可能属于它下面的某个表达式。"))
  }
  return list
}

function explanation(tree, key) {
  const row = tree.explanation(key)
  return row ? element("p", "explained", both(...row)) : ""
}

function legend() {
  const list = element("span", "legend")
  for (const [how, ...words] of LEGEND) list.append(element("span", `own ${how}`, both(...words)), " ")
  return list
}
