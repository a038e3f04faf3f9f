"""Find English words on a page in Chinese: in its texts and in what screen readers are told."""

import re

COLLECT = """() => {
  const CODE = "code, kbd, pre, textarea, option, .monaco-editor, .listing, svg, .signature, .values, .diff, " +
    ".stage-outline, .card .what, .card .facts, .card .explained, [translate=no], [lang=en], script, style"
  const root = document.querySelector(".workbench, .stMain") ?? document.body
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
  const found = []
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const place = node instanceof Element ? node : node.parentElement
    if (place.closest(".monaco-editor, .stage-outline .row, svg, script, style, [data-testid=stHeaderActionElements], [data-testid=stHeadingWithActionElements] a")) continue
    if (node instanceof Element) {
      for (const name of ["title", "aria-label", "placeholder", "alt", "aria-valuetext"]) found.push(node.getAttribute(name) ?? "")
    } else if (!place.closest(CODE)) found.push(node.data)
  }
  return [...new Set(found.map(text => text.trim()).filter(Boolean))]
}"""
"""A script that returns the texts of the page without code."""

NAMES = frozenset(
    """
    Ctrl Shift Alt Enter Esc Space Tab English Language TIRscope TIRx scope pass pip install iframe
    block kernel warp codegen lowering intrinsic tile tensor core shuffle token query head bank scale
    softmax float gather nibble stride Mma break select py
    Python NumPy Llama Metal Apple Landlock seccomp glibc Linux Debian Cuda release tools nvcc gcc
    if def return import half Kernel txt json ipynb Cast main silu total tirx dtype
    dask Markdown schedule dlight tirscope doctor matmul relu tanh argmax
    """.split()
)
"""Words that stay in English: names, keys, and terms that the TVM community does not translate."""

_CODE = re.compile(
    r"`[^`]*`|https?://\S+|/[\w./+-]+"  # quoted code, addresses, files
    r"|[A-Za-z_]\w*(?:[.=:(\[/-]+\w+)+[)\]]*|[A-Za-z]+_\w*|_\w+"  # a.b, f(x), a_b
    r"|\w*[a-z][A-Z]\w*|\b[A-Z]{2,}\w*|\b[A-Za-z]*\d\w*"  # CamelCase, ABC, float32
)


def english_words(texts):
    """Return the texts that have English words, each with them."""
    found = {}
    for text in texts:
        words = set(re.findall(r"[A-Za-z]{2,}", _CODE.sub(" ", text))) - NAMES
        if words:
            found[text] = sorted(words)
    return found
