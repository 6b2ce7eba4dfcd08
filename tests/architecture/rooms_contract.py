"""The direction of imports inside a room, as a contract for import-linter.

A room is a package with any of ``servicer``, ``service`` and ``store``. Its servicer knows its
service, its service knows its store, and nobody looks upwards or past the next step. Another
room's store is known to the composition root only, which hands out small ports.
"""

from __future__ import annotations

from collections.abc import Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

STEPS = ("servicer", "service", "store")


class RoomsContract(Contract):
    """Kept when every import of a room's parts goes one step down, and stores stay at home.

    ``composition_root`` is the module (or package) that may import every part of every room.
    """

    type_name = "rooms"
    composition_root = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every import of the graph; the metadata lists the broken rules, one a line."""
        output.verbose_print(verbose, "Looking at the imports of every room's parts...")
        broken = sorted(broken_rules(graph, str(self.composition_root)))
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the broken rules."""
        for line in check.metadata["broken"]:
            output.print_error(line)


def broken_rules(graph: ImportGraph, composition_root: str) -> Iterator[str]:
    """One line for every import that the contract forbids: what is imported where, and the rule."""
    for importer in graph.modules:
        if importer == composition_root or importer.startswith(f"{composition_root}."):
            continue
        for imported in graph.find_modules_directly_imported_by(importer):
            if rule := broken_rule(importer, imported):
                lines = sorted(
                    str(detail["line_number"])
                    for detail in graph.get_import_details(importer=importer, imported=imported)
                )
                yield f"{importer} imports {imported} (line {', '.join(lines)}): {rule}"


def broken_rule(importer: str, imported: str) -> str | None:
    """The rule that this import breaks, or None."""
    room, _, part = imported.rpartition(".")
    if part not in STEPS:
        return None
    importing_room, _, importing_part = importer.rpartition(".")
    if part == "store" and importing_room != room and not importing_room.startswith(f"{room}."):
        return "a store is known in its own room only"
    if part == "store" and importing_part == "servicer":
        return "a servicer asks its service"
    if importing_part in STEPS and STEPS.index(importing_part) > STEPS.index(part):
        return "imports go from servicer to service to store"
    return None
