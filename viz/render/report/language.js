// The language of a page whose words are there in both.
import {find} from "../web/elements.js"
import {allOf} from "./report_panes.js"

/** Change the page between English and Chinese. */
export function changeLanguage() {
  const isEnglish = document.documentElement.lang === "en"
  document.documentElement.lang = isEnglish ? "zh" : "en"
  const button = find(document, "#language")
  button.textContent = isEnglish ? "English" : "中文"
  button.lang = isEnglish ? "en" : "zh"
  for (const place of allOf(document, "[data-zh]")) {  // the attribute holds the label of the other language
    const label = place.getAttribute("aria-label") ?? ""
    place.setAttribute("aria-label", place.dataset.zh ?? "")
    place.dataset.zh = label
  }
}
