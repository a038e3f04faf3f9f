// Tabs of a tab list: which one is chosen, and the keys that move along them.

/**
 * Choose tabs by a click, the arrow keys, Home and End.
 * @param {HTMLElement[]} tabs
 * @param {(index: number) => void} choose
 */
export function listenToTabs(tabs, choose) {
  tabs.forEach((tab, place) => {
    tab.addEventListener("click", () => choose(place))
    tab.addEventListener("keydown", event => {
      const seen = tabs.filter(({hidden}) => !hidden), last = seen.length - 1, i = seen.indexOf(tab)
      const next = new Map([["ArrowLeft", i ? i - 1 : last], ["ArrowRight", i < last ? i + 1 : 0], ["Home", 0], ["End", last]]).get(event.key)
      if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      event.stopPropagation()
      choose(tabs.indexOf(seen[next]))
      seen[next].focus()
    })
  })
}

/**
 * Show which tab is chosen: it alone is reached by the Tab key.
 * @param {HTMLElement[]} tabs
 * @param {(tab: HTMLElement) => boolean} isChosen
 */
export function markChosenTab(tabs, isChosen) {
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(isChosen(tab)))
    tab.tabIndex = isChosen(tab) ? 0 : -1
  }
}
