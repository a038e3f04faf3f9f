"""Link the stores and allocations that a schedule or pass put in: copies of the user's buffers."""

from __future__ import annotations

from tvm import ir, tirx

from viz.ir.walker import DECLARING, Occurrence
from viz.passes.origins.final_links import FinalLinks


def link_buffer_copies(links: FinalLinks) -> None:
    """Link stores to what they copy, and allocations to the first store to their buffer."""
    first_stores: dict[int, int] = {}
    variable_of = links.ancestry.variable_of
    for node in links.final:
        if node.obj.__class__ is not tirx.BufferStore:
            continue
        if links.link[node.id] is None:
            links.link[node.id] = _copied(links, node, first_stores)
        link = links.link[node.id]
        variable = variable_of(node.handle)
        if link is not None and variable:
            first_stores.setdefault(variable, link)
    for node in links.final:
        if node.obj.__class__ in DECLARING and links.link[node.id] is None:
            variable = variable_of(node.handle)
            declared = links.of_variable(variable)
            if node.obj.__class__ is tirx.AllocBuffer and links.inputs.is_parameter(declared):
                declared = None  # it was allocated to hold a copy of that
            links.link[node.id] = first_stores.get(variable) if declared is None else declared


def _copied(links: FinalLinks, store: Occurrence, first_stores: dict[int, int]) -> int | None:
    """Return the input node that a store copies: loads, or the user's store to the same buffer."""
    inputs = links.inputs
    loads = [part for part in links.parts(store.id) if part.obj.__class__ is ir.TensorLoad]
    sources = [_load_source(links, load, first_stores) for load in loads]
    stores = inputs.stores.get(_users_buffer(links, store.handle) or 0)
    if not stores:
        return inputs.lca_of(sources)
    # An update reads what the user's update reads; a first value reads nothing.
    updates = {inputs.nearest(node, tirx.BufferStore) for node in sources if node is not None}
    similar = [node for node in stores if inputs.loads_some(node) == bool(loads)]
    return next((node for node in stores if node in updates), (similar or stores)[0])


def _load_source(links: FinalLinks, load: Occurrence, first_stores: dict[int, int]) -> int | None:
    """Return the input node of a load, or else what the buffer it loads from was filled with."""
    if (link := links.link[load.id]) is not None:
        return link
    buffer = _users_buffer(links, load.handle)
    if buffer is not None and buffer in links.inputs.loads:
        return links.inputs.loads[buffer]
    return first_stores.get(links.ancestry.variable_of(load.handle))


def _users_buffer(links: FinalLinks, handle: int) -> int | None:
    """Return the handle of the user's buffer behind the one that an object is about."""
    lineage = links.ancestry.variable_lineage(links.ancestry.variable_of(handle))
    return next((earlier for earlier in lineage if earlier in links.inputs.first), None)
