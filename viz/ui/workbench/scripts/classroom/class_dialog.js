// The dialog of a class: open one or join one; for who leads it, its code, link and QR code in large.
import {button, element, find} from "../../../../render/web/elements.js"
import {copyText} from "../sharing/files.js"
import {spaced} from "./class_bar.js"
import {ledLast} from "./kept_seat.js"
import {_} from "../language/words.js"

/** @import {Led} from "./kept_seat.js" */

/**
 * @typedef {{invitation: () => {code: string, link: string, picture: string} | undefined, followers: () => string,
 *   open: (kept?: Led) => void, join: (code: string) => void, say: (words: string) => void}} DialogContext
 */

export class ClassDialog {
  #dialog
  #context
  #isInviting = false  // whether it shows the code

  /**
   * @param {HTMLElement} root
   * @param {DialogContext} context
   */
  constructor(root, context) {
    this.#dialog = find(root, "dialog.classroom", HTMLDialogElement)
    this.#context = context
    this.#dialog.addEventListener("click", event => { if (event.target === this.#dialog) this.close() })
  }

  close() { this.#dialog.close() }

  open() {
    const invitation = this.#context.invitation()
    this.#isInviting = invitation !== undefined
    if (this.#isInviting) this.#drawInvitation()
    else this.#drawDoors()
    this.#show()
  }

  /** Show something else in it. @param {HTMLElement} content */
  put(content) {
    this.#isInviting = false
    this.#dialog.replaceChildren(content)
    this.#show()
  }

  #show() { if (!this.#dialog.open) this.#dialog.showModal() }

  /** How many follow has changed. */
  update() {
    const place = this.#dialog.open && this.#isInviting ? this.#dialog.querySelector(".class-followers") : null
    if (place && place.textContent !== this.#context.followers()) place.textContent = this.#context.followers()
  }

  #drawDoors() {
    const last = ledLast()
    const code = element("input", "class-code")
    code.placeholder = "K7QP 3M9X"
    code.autocapitalize = "characters"
    code.autocomplete = "off"
    code.spellcheck = false
    code.maxLength = 20
    const join = button("join-class", _("Join"), null)
    join.type = "submit"
    const form = element("form", "", element("label", "", _("Code on the teacher's screen"), code), join)
    form.addEventListener("submit", event => {
      event.preventDefault()
      if (!code.value.trim()) return code.focus()
      this.close()
      this.#context.join(code.value.trim())
    })
    const open = button("open-class", _("Open a class"), () => {
      this.#isInviting = true
      this.#dialog.replaceChildren(element("p", "soft", _("opening …")))
      this.#context.open()
    })
    this.#dialog.replaceChildren(element("header", "", element("h2", "", _("A class that moves together")), this.#closer()),
      element("div", "class-doors",
        element("section", "", element("h3", "", _("For teachers")),
          element("p", "", _("Students join by a link, a code or a picture. Their page follows your program, stage, selection and dock; you can ask questions and see the answers as they come. Nobody is named, and nothing is kept when the class ends.")),
          open,
          ...last ? [button("go-on", _("Go on with {code}", {code: spaced(last.code)}), () => {
            this.close()
            this.#context.open(last)
          })] : []),
        element("section", "", element("h3", "", _("For students")), form,
          element("p", "soft", _("You can leave at any time to try something, and come back with F9. What you typed is kept as a draft.")))))
  }

  /** The room is open now. */
  opened() { if (this.#dialog.open && this.#isInviting) this.#drawInvitation() }

  #drawInvitation() {
    const invitation = this.#context.invitation()
    if (!invitation) return
    const {code, link, picture} = invitation
    const image = element("img", "class-picture")
    image.src = picture
    image.alt = _("QR code of the link")
    const address = element("a", "class-link", link.replace(/^https?:\/\//, ""))
    address.href = link
    address.target = "_blank"
    address.rel = "noopener"
    const followers = element("p", "class-followers", this.#context.followers())
    followers.setAttribute("role", "status")
    this.#dialog.replaceChildren(element("header", "", element("h2", "", _("Join the class")), this.#closer()),
      element("div", "class-invitation", image,
        element("div", "",
          element("p", "soft", _("Scan the picture, open the link, or press Class on the page and type the code:")),
          element("p", "class-code-large", spaced(code)),
          element("p", "", address),
          element("p", "class-dialog-acts", button("copy-class-link", _("Copy link"), async () => {
            if (await copyText(link)) this.#context.say(_("Link copied."))
          })),
          followers)))
  }

  #closer() {
    const made = button("close-class-dialog", "✕", () => this.close(), _("Close"))
    return made
  }
}
