"""Link the Binds that a pass put in, such as of common subexpressions, to what uses them."""

from __future__ import annotations

from tvm import tirx

from viz.passes.ancestry import TracedObject
from viz.passes.origins.final_links import FinalLinks


def link_binds(links: FinalLinks) -> None:
    """Link each Bind without a link to what first used its variable."""
    uses = _Uses(links)
    # A later Bind may use an earlier one's variable: it is known by then.
    for node in reversed(links.final):
        if node.obj.__class__ is tirx.Bind and links.link[node.id] is None:
            links.link[node.id] = uses.first(node.handle)


class _Uses:
    """Finds the input node of what first used a variable."""

    def __init__(self, links: FinalLinks) -> None:
        self._links = links
        self._known: dict[int, int | None] = {}

    def first(self, bind: int) -> int | None:
        """Return the link of what first used the variable of a Bind, at whatever stage.

        Later stages may have no use of it any more: a pass can put the value back.
        """
        ancestry, known = self._links.ancestry, self._known
        variable = ancestry.variable_of(bind)
        if variable not in known:
            known[variable] = self._links.inputs.first.get(variable)  # also ends a circle
            if known[variable] is None:
                users = map(self._of_user, ancestry.uses[variable])
                known[variable] = next((user for user in users if user is not None), None)
        return known[variable]

    def _of_user(self, user: TracedObject) -> int | None:
        """Return the link of an object of some stage, or of the nearest around it that has one."""
        node: TracedObject | None = user
        while node is not None:
            link, _ = self._links.of_object(node)
            if link is not None:
                return link
            if node.cls is tirx.Bind:
                return self.first(node.handle)
            if node.cls is tirx.DeclBuffer:
                return None  # it uses addresses, which no text of the user's stands behind
            if issubclass(node.cls, tirx.Stmt):
                return self._links.of_earlier_statements.get(node.handle)
            node = node.parent
        return None
