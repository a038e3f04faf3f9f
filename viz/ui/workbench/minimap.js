// The whole of a big drawing, small, with a frame around what can be seen. Drawn from its boxes.
const [WIDTH, HEIGHT] = [150, 110]

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
    this.scale = Math.min(WIDTH / picture.width, HEIGHT / picture.height)
    const density = devicePixelRatio
    canvas.width = picture.width * this.scale * density
    canvas.height = picture.height * this.scale * density
    canvas.style.width = `${picture.width * this.scale}px`
    canvas.style.height = `${picture.height * this.scale}px`
    const sheet = new OffscreenCanvas(Math.max(1, canvas.width), Math.max(1, canvas.height))
    const pen = sheet.getContext("2d")
    pen.scale(this.scale * density, this.scale * density)
    const colours = getComputedStyle(canvas)
    const [stmt, expr, other] = ["--stmt-line", "--expr-line", "--soft"].map(name => resolved(colours, name))
    const {x: left, y: top} = svg.viewBox.baseVal
    for (const node of picture.nodes.values()) {
      const box = node.querySelector(".box")
      pen.fillStyle = node.classList.contains("stmt") ? stmt : node.classList.contains("expr") ? expr : other
      const [x, y, width, height] = ["x", "y", "width", "height"].map(name => Number(box.getAttribute(name)))
      pen.fillRect(x - left, y - top, width, Math.max(height, 1.5 / this.scale))
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
    const zoom = this.scale * devicePixelRatio / scale
    pen.strokeStyle = this.ink
    pen.lineWidth = 1.5 * devicePixelRatio
    pen.strokeRect(host.scrollLeft * zoom, host.scrollTop * zoom, host.clientWidth * zoom, host.clientHeight * zoom)
  }

  go(event) {
    const frame = this.canvas.getBoundingClientRect()
    const {host, scale} = this.picture
    const zoom = scale / this.scale
    host.scrollTo({
      left: (event.clientX - frame.x) * zoom - host.clientWidth / 2,
      top: (event.clientY - frame.y) * zoom - host.clientHeight / 2, behavior: "instant"})
  }
}

// A variable's colour as a canvas can read it: light-dark() is resolved by an element.
function resolved(style, name) {
  const [light, dark] = /light-dark\(([^,]+),\s*([^)]+)\)/.exec(style.getPropertyValue(name))?.slice(1) ?? []
  if (light === undefined) return style.getPropertyValue(name)
  return style.colorScheme.includes("dark") && !style.colorScheme.includes("light") ? dark : light
}
