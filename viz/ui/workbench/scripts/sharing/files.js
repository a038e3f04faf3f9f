// Hand texts and files to the person: the clipboard and downloads.

/**
 * Put a text into the clipboard; resolves to false where the browser does not allow it.
 * @param {string} text
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text)  // missing without https
    return true
  } catch {
    const area = document.createElement("textarea")
    const focused = document.activeElement
    area.value = text
    document.body.append(area)
    area.select()
    const done = document.execCommand("copy")
    area.remove()
    if (focused instanceof HTMLElement || focused instanceof SVGElement) focused.focus()
    return done
  }
}

/**
 * @param {Blob} content
 * @param {string} name
 */
export function saveFile(content, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
