// The theme of a page: that of the reader's system until the reader chooses one.

/** @param {boolean} isDark */
function setTheme(isDark) {
  document.documentElement.classList.toggle("dark", isDark)
  document.documentElement.classList.toggle("light", !isDark)
  paint(document)
}

/** Give the drawings below a place the page's theme. @param {ParentNode} root */
export function paint(root) {
  for (const drawing of root.querySelectorAll("svg.viz-ast")) {
    drawing.classList.remove("auto", "light", "dark")
    drawing.classList.add(document.documentElement.classList.contains("dark") ? "dark" : "light")
  }
}

/** Follow the system's theme until a button is pressed, which changes it. @param {HTMLElement} button */
export function followTheme(button) {
  const systemTheme = matchMedia("(prefers-color-scheme: dark)")
  const followSystem = () => setTheme(systemTheme.matches)
  systemTheme.addEventListener("change", followSystem)
  button.addEventListener("click", () => {
    systemTheme.removeEventListener("change", followSystem)  // from now on it is the reader's own choice
    setTheme(!document.documentElement.classList.contains("dark"))
  })
  followSystem()
}
