// The report's page: its panes, its language and its theme.
import {find} from "../web/elements.js"
import {changeLanguage} from "./language.js"
import {ReportPanes} from "./report_panes.js"
import {followTheme} from "./theme.js"

find(document, "#language").addEventListener("click", changeLanguage)
if (document.documentElement.lang === "zh") {  // labels and button are written in English
  document.documentElement.lang = "en"
  changeLanguage()
}
followTheme(find(document, "#theme"))
new ReportPanes(document, JSON.parse(find(document, "#data").textContent ?? ""))
