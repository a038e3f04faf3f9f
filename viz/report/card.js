// The card: one line about what is pointed at; all about it once it is pinned.
const card = document.getElementById("card")
const [headline, details] = card.children

function showCard(ref, target, pinned) {
  card.classList.toggle("pinned", Boolean(ref && pinned))
  details.replaceChildren()
  if (!ref) {
    headline.replaceChildren(both(...WELCOME), legend())
    return
  }
  const tree = treeNamed(ref.tree)
  const id = ref.ids[0]
  const node = tree.get(id)
  const origin = ref.tree === "input" ? null : targets.get(ref.tree).origin(id)
  headline.replaceChildren(nodeWords(node, ref), element("span", "said", ...standing(ref, id, origin, target)))
  if (!pinned) return
  headline.append(letGo())
  if (node) details.append(facts(tree, node, ref, origin), explanation(node.key))
}

function nodeWords(node, ref) {
  const words = element("span", "what")
  if (!node) {
    words.append(element("b", "", `node ${ref.ids[0]}`))
    return words
  }
  const family = element("span", `chip ${node.kind}`, both(...KINDS[node.kind]))
  words.append(family, element("b", "", node.title))
  if (node.label) words.append(" ", element("code", "", node.label))
  if (node.dtype && !node.label.includes(node.dtype)) words.append(" ", element("span", "soft", node.dtype))
  return words
}

// Sentences on how a node stands to the user's text, or what became of a node of it.
function standing(ref, id, origin, target) {
  if (ref.tree === "input") return became(ref, target)
  if (!origin) return []
  if (origin.how === "synthesised") {
    return [both(...madeWords(targets.get(ref.tree).passName(origin.made), origin.made))]
  }
  const [en, zh] = origin.span ? lineWords(...listings.get("text").linesOf(origin.span)) : ["", ""]
  const how = targets.get(ref.tree).origins.has(id) ? origin.how : "inherited"
  const said = [both(...TIED[how](en, zh))]
  if (origin.made) {
    const name = targets.get(ref.tree).passName(origin.made)
    said.push(" ", both(`Made by ${name} (pass ${origin.made}).`, `由 ${name}（第 ${origin.made} 个 pass）产生。`))
  }
  return said
}

function became(ref, target) {
  const span = program.span(ref.ids[0])
  const said = []
  if (span) {
    const [en, zh] = lineWords(...listings.get("text").linesOf(span))
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

function facts(tree, node, ref, origin) {
  const list = element("dl", "facts")
  const row = (name, value) => list.append(element("dt", "", name), element("dd", "", value))
  row(both("type", "类型"), element("code", "", node.key))
  row(both("place", "位置"), element("code", "", tree.path(node.id)))
  const listing = currentListing()
  if (listing?.tree === ref.tree && listing.byNode.has(node.id) && listing.visitors[node.key]) {
    row(both("written by", "写出者"), element("code", "", listing.visitors[node.key]))
  }
  if (origin) row(both("certainty", "可靠程度"), element("code", "", origin.how))
  for (let i = 0; i < node.fields.length; i += 2) {
    const [name, value] = [data.strings[node.fields[i]], data.strings[node.fields[i + 1]]]
    row(name, element("code", "", value.length > 160 ? `${value.slice(0, 160)}…` : value))
  }
  const covering = targets.get(ref.tree)?.texts.some(text => text.covering?.includes(node.id))
  if (covering) {
    row(both("mind", "注意"), both(
      "Some of its characters may be those of an expression below it.",
      "其中有些字符可能属于它下面的某个表达式。"))
  }
  return list
}

function explanation(key) {
  const row = data.catalog[key]
  return row ? element("p", "explained", both(...row)) : ""
}

function letGo() {
  const button = element("button", "close", "×")
  button.setAttribute("aria-label", "Let go (Esc)")
  button.addEventListener("click", () => select(null))
  return button
}

function legend() {
  const list = element("span", "legend")
  for (const [how, ...words] of LEGEND) list.append(element("span", `own ${how}`, both(...words)), " ")
  return list
}
