// Puts the page together: panes, tabs, language and theme.
import {Card} from "./card.js"
import {Listing} from "./listing.js"
import {Model, unpackMarks} from "./model.js"
import {Picture} from "./picture.js"
import {Selection} from "./selection.js"

const data = JSON.parse(document.getElementById("data").textContent)
const state = {target: "", text: new Map(), tree: "input"}
const listings = new Map()  // name -> Listing
const pictures = new Map()  // tree name -> Picture
const textHost = [...document.querySelectorAll(".listing")].find(each => each.dataset.of === "text")
const model = new Model(textHost.querySelector("pre").textContent, data, data)
for (const packed of data.targets) model.add(packed, data)

const card = new Card(document.querySelector(".card"), () => selection.pin(null))
const selection = new Selection({
  root: document,
  model: () => model,
  views: () => [listings.get("text"), currentListing(), pictures.get(state.tree)].filter(Boolean),
  tell: (ref, pinned) => card.show({
    model, ref, pinned, target: model.derived.get(state.target), listing: currentListing()}),
})

function currentListing() { return listings.get(`${state.target}/${state.text.get(state.target) ?? 0}`) }

function openListing(name) {
  if (listings.has(name)) return
  const host = [...document.querySelectorAll(".listing")].find(each => each.dataset.of === name)
  if (!host) return
  const text = host.querySelector("pre").textContent
  if (name === "text") {
    listings.set(name, new Listing(host, {tree: "input", text, language: "python", marks: model.program.marks()}))
    return
  }
  const [target, number] = name.split("/")
  const packed = model.derived.get(target).texts[number]
  const marks = unpackMarks(packed.marks ?? [])
  listings.set(name, new Listing(host, {...packed, text, marks, tree: marks.length ? target : ""}))
}

// ---------------------------------------------------------------- what the panes show

function showTarget(name) {
  state.target = name
  for (const each of document.querySelectorAll("div.target, .lowering")) each.hidden = each.dataset.target !== name
  openListing(`${name}/${state.text.get(name) ?? 0}`)
  if (state.tree !== "input" && pictures.has(name)) showTree(name)
  for (const each of document.querySelectorAll("#tree [data-tree]:is(button)")) {
    each.hidden = each.dataset.tree !== "input" && each.dataset.tree !== name
  }
}

function showText(target, number) {
  state.text.set(target, number)
  const place = document.querySelector(`div.target[data-target="${target}"]`)
  place.querySelectorAll(".listing").forEach((each, i) => { each.hidden = i !== number })
  openListing(`${target}/${number}`)
}

function showTree(name) {
  state.tree = name
  for (const [each, picture] of pictures) picture.host.hidden = each !== name
  press(document.querySelectorAll("#tree button[data-tree]"), each => each.dataset.tree === name)
  const picture = pictures.get(name)
  if (!picture.fitted) picture.fit()
}

function press(buttons, wanted) {
  for (const each of buttons) each.setAttribute("aria-pressed", String(wanted(each)))
}

document.addEventListener("click", event => {
  const button = event.target.closest("button")
  if (!button) return
  const {target, text, tree, zoom} = button.dataset
  if (!(target ?? text ?? tree ?? zoom)) return
  if (target || text) press(button.parentElement.children, each => each === button)
  if (target) showTarget(target)
  if (text) showText(state.target, Number(text))
  if (tree) showTree(tree)
  const picture = pictures.get(state.tree)
  if (zoom === "fit") picture.fit()
  else if (zoom) picture.zoomBy(zoom === "in" ? 1.25 : 0.8)
  selection.under = null
  selection.show()
})

// ---------------------------------------------------------------- language and theme

function setLanguage(language) {
  document.documentElement.lang = language
  const button = document.getElementById("language")
  button.textContent = language === "en" ? "中文" : "English"
  button.lang = language === "en" ? "zh" : "en"
}

document.getElementById("language").addEventListener("click", () => {
  setLanguage(document.documentElement.lang === "en" ? "zh" : "en")
  for (const each of document.querySelectorAll("[data-zh]")) {
    const said = each.getAttribute("aria-label")
    each.setAttribute("aria-label", each.dataset.zh)
    each.dataset.zh = said
  }
})

function setTheme(dark) {
  document.documentElement.classList.toggle("dark", dark)
  document.documentElement.classList.toggle("light", !dark)
  for (const each of document.querySelectorAll("svg.viz-ast")) {
    each.classList.remove("auto", "light", "dark")
    each.classList.add(dark ? "dark" : "light")
  }
}

const system = matchMedia("(prefers-color-scheme: dark)")
const follow = () => setTheme(system.matches)
system.addEventListener("change", follow)
document.getElementById("theme").addEventListener("click", () => {
  system.removeEventListener("change", follow)  // from now on it is the reader's own choice
  setTheme(!document.documentElement.classList.contains("dark"))
})

// ---------------------------------------------------------------- start

follow()
for (const host of document.querySelectorAll(".canvas")) pictures.set(host.dataset.tree, new Picture(host, host.dataset.tree))
openListing("text")
const first = document.querySelector("div.target")
if (first) showTarget(first.dataset.target)
if (pictures.has("input")) showTree("input")
selection.show()
