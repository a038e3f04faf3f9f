// The whole of a big drawing, small, with a frame around what can be seen. Drawn from its boxes.
const [WIDTH, HEIGHT] = [150, 110]
const LEAST = 30  // of the shorter side: a tree can be a hundred times as high as it is wide

export class Minimap {
  constructor(canvas, picture) {
    Object.assign(this, {canvas, picture})
    const {host} = picture
    host.addEventListener("scroll", () => this.frame(), {passive: true})
    new ResizeObserver(() => this.draw()).observe(host)
    canvas.addEventListener("pointerdown", event => {
      canvas.setPointerCapture(event.pointerId)
      this.go(event)
    })
    canvas.addEventListener("pointermove", event => event.buttons && this.go(event))
  }

  // Draw the boxes anew: another drawing, another size, another theme.
  draw() {
    const {picture, canvas} = this
    const {host, svg} = picture
    const big = svg && (picture.width * picture.scale > host.clientWidth * 1.3 || picture.height * picture.scale > host.clientHeight * 1.3)
    canvas.hidden = !big
    if (!big) return
    const whole = Math.min(WIDTH / picture.width, HEIGHT / picture.height)
    const [width, height] = [picture.width, picture.height].map(side => Math.max(LEAST, side * whole))
    this.scale = {x: width / picture.width, y: height / picture.height}
    const density = devicePixelRatio
    Object.assign(canvas, {width: width * density, height: height * density})
    Object.assign(canvas.style, {width: `${width}px`, height: `${height}px`})
    const sheet = new OffscreenCanvas(Math.max(1, canvas.width), Math.max(1, canvas.height))
    const pen = sheet.getContext("2d")
    pen.scale(this.scale.x * density, this.scale.y * density)
    const colours = getComputedStyle(canvas)
    const [stmt, expr, other] = ["--stmt-line", "--expr-line", "--soft"].map(name => resolved(colours, name))
    const {x: left, y: top} = svg.viewBox.baseVal
    for (const node of picture.nodes.values()) {
      const box = node.querySelector(".box")
      pen.fillStyle = node.classList.contains("stmt") ? stmt : node.classList.contains("expr") ? expr : other
      const [x, y, width, height] = ["x", "y", "width", "height"].map(name => Number(box.getAttribute(name)))
      pen.fillRect(x - left, y - top, width, Math.max(height, 1.5 / this.scale.y))
    }
    this.sheet = sheet
    this.ink = resolved(colours, "--accent")
    this.frame()
  }

  frame() {
    if (this.canvas.hidden || !this.sheet) return
    const {host, scale} = this.picture
    const pen = this.canvas.getContext("2d")
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height)
    pen.drawImage(this.sheet, 0, 0)
    const [x, y] = [this.scale.x, this.scale.y].map(each => each * devicePixelRatio / scale)
    pen.strokeStyle = this.ink
    pen.lineWidth = 1.5 * devicePixelRatio
    pen.strokeRect(host.scrollLeft * x, host.scrollTop * y, host.clientWidth * x, host.clientHeight * y)
  }

  go(event) {
    const frame = this.canvas.getBoundingClientRect()
    const {host, scale} = this.picture
    this.picture.moved = true
    host.scrollTo({
      left: (event.clientX - frame.x) * scale / this.scale.x - host.clientWidth / 2,
      top: (event.clientY - frame.y) * scale / this.scale.y - host.clientHeight / 2, behavior: "instant"})
  }
}

// A variable's colour as a canvas can read it: light-dark() is resolved by an element.
function resolved(style, name) {
  const [light, dark] = /light-dark\(([^,]+),\s*([^)]+)\)/.exec(style.getPropertyValue(name))?.slice(1) ?? []
  if (light === undefined) return style.getPropertyValue(name)
  return style.colorScheme.includes("dark") && !style.colorScheme.includes("light") ? dark : light
}
