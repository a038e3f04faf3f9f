// A drawn tree to move and zoom: that of the linked panes, with nothing to link to.
const views = new WeakMap()  // element -> promise of a Picture

async function opened(host, {root, version}) {
  const {Picture} = await import(new URL(`${root}/workbench/${version}/picture.js`, location.origin).href)
  const picture = new Picture(host.querySelector(".canvas"), "")
  picture.control(host)
  return picture
}

export default async function ({data, parentElement}) {
  const host = parentElement.querySelector(".picture")
  host.style.height = `${data.height}px`
  if (!views.has(host)) views.set(host, opened(host, data))
  const picture = await views.get(host)
  if (picture.text === data.svg) return
  picture.text = data.svg
  const {moved, scale} = picture
  picture.load(data.svg, "")
  if (moved) picture.zoom(scale)
  else picture.fit()
}
