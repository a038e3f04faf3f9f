// The list of lessons, how far each was gone through, and that as a file.
import {button, element} from "../../../../render/web/elements.js"
import {saveFile} from "../sharing/files.js"
import {_, plural} from "../language/words.js"

/** @import {LessonText} from "../frames.d.ts" */
/** @import {Progress} from "./progress.js" */

/**
 * @param {HTMLElement} host
 * @param {LessonText[]} lessons
 * @param {Progress} progress
 * @param {{open: (name: string) => void, quizMe: () => void, say: (words: string, isError?: boolean) => void}} actions
 */
export function drawList(host, lessons, progress, actions) {
  const {open, quizMe, say} = actions
  const rows = lessons.filter(({page_of}) => !page_of).map(lesson => {
    const pages = lessons.filter(({page_of}) => page_of === lesson.name).map(page => element("li", "", rowOf(page, progress, open)))
    return element("li", "", rowOf(lesson, progress, open), ...pages.length ? [element("ol", "lesson-pages", ...pages)] : [])
  })
  const file = element("input")
  file.type = "file"
  file.accept = ".json"
  file.hidden = true
  file.addEventListener("change", async () => {
    const text = await file.files?.[0]?.text()
    file.value = ""
    if (text === undefined) return
    if (progress.add(text)) drawList(host, lessons, progress, actions)
    else say(_("This file holds no progress."), true)
  })
  host.replaceChildren(
    element("p", "soft", _("Each lesson has a program beside it that you can change: what you typed before is kept.")),
    element("ol", "lessons", ...rows),
    element("p", "keep", element("span", "soft", _("Or be asked about a program of your own:")), " ", button("quiz-of-this", _("Quiz me on the program in the workspace"), quizMe)),
    element("p", "keep", element("span", "soft", _("Your progress stays in this browser.")), " ",
      button("", _("Save it as a file"), () => saveFile(new Blob([progress.file], {type: "application/json"}), "tirscope-progress.json")), " ",
      button("", _("Add it from a file …"), () => file.click()), file))
}

/** @param {LessonText} lesson @param {Progress} progress @param {(name: string) => void} open */
function rowOf({name, number, title, summary, page_of, blocks}, progress, open) {
  const count = blocks.filter(block => block.is === "question").length
  const answered = Math.min(progress.answered(name), count)
  const made = button("lesson-row", "", () => open(name))
  made.dataset.lesson = name
  made.append(element("span", "place", number), element("span", "", element("b", "", title), ...page_of ? [] : [element("small", "", summary)],
    element("small", answered === count ? "progress whole" : "progress", answered ? plural("{answered} of {count} question answered", "{answered} of {count} questions answered", count, {answered})
      : plural("{count} question", "{count} questions", count))))
  return made
}
