// A drawn tree to move and zoom: the picture of the linked panes, with nothing to link to.
import {find} from "../../render/web/elements.js"
import {Picture} from "../../render/web/picture.js"

/** @import {StreamlitComponent} from "../workbench/scripts/frames.d.ts" */

/** @typedef {{svg: string, height: number}} PictureData */

/** @type {WeakMap<HTMLElement, PictureView>} */
const views = new WeakMap()

class PictureView {
  #picture
  #svg = ""

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#picture = new Picture(find(host, ".canvas"), "")
    this.#picture.control(host)
  }

  /** Show a drawing; the zoom stays once somebody moved or zoomed. @param {string} svg */
  load(svg) {
    if (this.#svg === svg) return
    this.#svg = svg
    const {isMoved, scale} = this.#picture
    this.#picture.load(svg, "")
    if (isMoved) this.#picture.zoom(scale)
    else this.#picture.fit()
  }
}

/** @param {StreamlitComponent<PictureData>} component */
export function show({data, parentElement}) {
  const host = parentElement.querySelector(".picture")
  if (!(host instanceof HTMLElement)) return  // it was removed while this module was loaded
  host.style.height = `${data.height}px`
  const view = views.get(host) ?? new PictureView(host)
  views.set(host, view)
  view.load(data.svg)
}
