// What is pointed at and what is pinned, and lighting it everywhere. A pin holds until it is let go.
const state = {hovered: null, pinned: null, target: null, text: new Map(), tree: "input"}

function same(a, b) { return a?.tree === b?.tree && String(a?.ids) === String(b?.ids) }

function hover(ref) {
  if (state.pinned || same(ref, state.hovered)) return
  state.hovered = ref
  show()
}

// Pin a reference; null lets go.
function select(ref) {
  state.pinned = ref
  state.hovered = null
  if (!ref) for (const listing of listings.values()) listing.cursor = -1
  show()
}

let waiting = 0

// Light everything anew. Panes scroll to what is lit; while the pointer moves on, they stay.
function show(except = null) {
  const ref = state.pinned ?? state.hovered
  const target = targets.get(state.target)
  const found = ref ? linked(ref, target) : {input: new Map(), final: new Map(), spans: []}
  const text = listings.get("text")
  const unmarked = found.spans.filter(([span]) => ![...found.input.keys()].some(id =>
    text.byNode.has(id) && String(program.spans.get(id)) === String(span)))
  text.light(found.input, unmarked)
  for (const [name, picture] of pictures) {
    picture.light(name === "input" ? found.input : name === state.target ? found.final : new Map())
  }
  const shown = currentListing()
  if (shown?.tree) shown.light(written(shown, found.final))
  showCard(ref, target, Boolean(state.pinned))
  clearTimeout(waiting)
  if (!ref) return
  const from = document.activeElement?.closest?.(".listing, .canvas")
  waiting = setTimeout(() => {
    for (const pane of [text, shown, pictures.get(state.tree)]) {
      if (pane && (pane.host !== state.under || from === pane.host && state.pinned)) pane.reveal()
    }
  }, state.pinned ? 0 : 160)
}

function currentListing() { return listings.get(`${state.target}/${state.text.get(state.target) ?? 0}`) }

// The reference under an element of the page, or null.
function refAt(place) {
  const listing = listingOf.get(place.closest(".listing"))
  if (listing) {
    const mark = markAt(listing, place)
    return mark < 0 || !listing.tree ? null : refOfMark(listing, mark)
  }
  const node = place.closest("g.node")
  return node ? {tree: node.closest(".canvas").dataset.tree, ids: [Number(node.dataset.node)]} : null
}

function markAt(listing, place) {
  const line = place.closest(".line")
  return place.closest("span")?.mark ?? (line ? listing.markOfLine(line) : -1)
}

function refOfMark(listing, mark) {
  const node = listing.marks[mark][2]
  return {tree: listing.tree, ids: listing.tree === "input" ? program.together(node) : [node]}
}

// ---------------------------------------------------------------- pointer

document.addEventListener("pointerover", event => {
  state.under = event.target.closest(".listing, .canvas")
  hover(state.under ? refAt(event.target) : null)
})

document.addEventListener("click", event => {
  const pane = event.target.closest(".listing, .canvas")
  if (!pane || event.target.closest("summary")) return
  const picture = pictures.get(pane.dataset.tree)
  if (picture?.dragged || !getSelection().isCollapsed) return  // it was a drag, not a click
  const ref = refAt(event.target)
  const listing = listingOf.get(pane)
  if (listing) listing.cursor = markAt(listing, event.target)
  select(same(ref, state.pinned) ? null : ref)
})

// ---------------------------------------------------------------- keyboard

const ARROWS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"])

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === "Escape") select(null)
  const pane = document.activeElement.closest(".listing, .canvas")
  if (!pane || !ARROWS.has(event.key)) return
  event.preventDefault()
  state.under = null
  const listing = listingOf.get(pane)
  if (listing?.tree) {
    const mark = listing.step(event.key)
    if (mark < 0) return
    listing.cursor = mark
    select(refOfMark(listing, mark))
  } else if (!listing) {
    const picture = pictures.get(pane.dataset.tree)
    const mine = state.pinned?.tree === picture.name ? state.pinned.ids[0] : undefined
    const id = picture.step(event.key, mine)
    if (id >= 0) select({tree: picture.name, ids: [id]})
    picture.svg.setAttribute("aria-activedescendant", `${picture.name}-n${id >= 0 ? id : mine}`)
  }
})
