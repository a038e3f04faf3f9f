// A minimap of a big drawing: its boxes, small, with a frame around the part in sight.

/** @import {TreePicture} from "../../../../render/web/tree_picture.js" */

const WIDTH = 150
const HEIGHT = 110
const LEAST_SIDE = 30  // of the shorter side: a tree can be a hundred times as high as it is wide

export class Minimap {
  #canvas
  #picture
  #scale = {x: 1, y: 1}
  /** @type {OffscreenCanvas | undefined} */
  #sheet
  #frameColour = ""
  #isWaiting = false

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {TreePicture} picture
   */
  constructor(canvas, picture) {
    this.#canvas = canvas
    this.#picture = picture
    picture.host.addEventListener("scroll", () => this.#drawFrame(), {passive: true})
    new ResizeObserver(() => this.draw()).observe(picture.host)
    canvas.addEventListener("pointerdown", event => {
      canvas.setPointerCapture(event.pointerId)
      this.#goTo(event)
    })
    canvas.addEventListener("pointermove", event => { if (event.buttons) this.#goTo(event) })
  }

  /** Draw the boxes anew before the next frame: another drawing, another size, another theme. */
  draw() {
    if (this.#isWaiting) return
    this.#isWaiting = true
    requestAnimationFrame(() => {
      this.#isWaiting = false
      this.#drawBoxes()
    })
  }

  #drawBoxes() {
    const {host, svg, scale, size, nodes} = this.#picture
    const isBig = size.width * scale > host.clientWidth * 1.3 || size.height * scale > host.clientHeight * 1.3
    this.#canvas.hidden = !svg || !isBig || host.hidden
    if (this.#canvas.hidden || !svg) return
    const whole = Math.min(WIDTH / size.width, HEIGHT / size.height)
    const [width, height] = [size.width, size.height].map(side => Math.max(LEAST_SIDE, side * whole))
    this.#scale = {x: width / size.width, y: height / size.height}
    const density = devicePixelRatio
    this.#canvas.width = width * density
    this.#canvas.height = height * density
    this.#canvas.style.width = `${width}px`
    this.#canvas.style.height = `${height}px`
    const sheet = new OffscreenCanvas(Math.max(1, this.#canvas.width), Math.max(1, this.#canvas.height))
    const pen = sheet.getContext("2d")
    if (!pen) return
    pen.scale(this.#scale.x * density, this.#scale.y * density)
    const colours = getComputedStyle(this.#canvas)
    const [stmt, expr, other] = ["--stmt-line", "--expr-line", "--soft"].map(name => resolvedColour(colours, name))
    const {x: left, y: top} = svg.viewBox.baseVal
    for (const node of nodes.values()) {
      const box = node.querySelector(".box")
      pen.fillStyle = node.classList.contains("stmt") ? stmt : node.classList.contains("expr") ? expr : other
      const [x, y, boxWidth, boxHeight] = ["x", "y", "width", "height"].map(name => Number(box?.getAttribute(name)))
      pen.fillRect(x - left, y - top, boxWidth, Math.max(boxHeight, 1.5 / this.#scale.y))
    }
    this.#sheet = sheet
    this.#frameColour = resolvedColour(colours, "--accent")
    this.#drawFrame()
  }

  #drawFrame() {
    const pen = this.#canvas.getContext("2d")
    if (this.#canvas.hidden || !this.#sheet || !pen) return
    const {host, scale} = this.#picture
    pen.clearRect(0, 0, this.#canvas.width, this.#canvas.height)
    pen.drawImage(this.#sheet, 0, 0)
    const [x, y] = [this.#scale.x, this.#scale.y].map(side => side * devicePixelRatio / scale)
    pen.strokeStyle = this.#frameColour
    pen.lineWidth = 1.5 * devicePixelRatio
    pen.strokeRect(host.scrollLeft * x, host.scrollTop * y, host.clientWidth * x, host.clientHeight * y)
  }

  /** @param {PointerEvent} event */
  #goTo(event) {
    const frame = this.#canvas.getBoundingClientRect()
    const {host, scale} = this.#picture
    this.#picture.keepPlace()
    host.scrollTo({
      left: (event.clientX - frame.x) * scale / this.#scale.x - host.clientWidth / 2,
      top: (event.clientY - frame.y) * scale / this.#scale.y - host.clientHeight / 2, behavior: "instant"})
  }
}

/**
 * A variable's colour as a canvas can read it: light-dark() is resolved by an element.
 * @param {CSSStyleDeclaration} style
 * @param {string} name
 */
function resolvedColour(style, name) {
  const value = style.getPropertyValue(name)
  const [light, dark] = /light-dark\(([^,]+),\s*([^)]+)\)/.exec(value)?.slice(1) ?? []
  if (light === undefined) return value
  return style.colorScheme.includes("dark") && !style.colorScheme.includes("light") ? dark : light
}
