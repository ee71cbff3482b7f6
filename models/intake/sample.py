# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What one entry of a source looks like: what it means without a map, and what would come of it."""

from ...tools.intake.guess import propose
from ...tools.intake.paths import leaves

# What stands in the headers of a mail is filled in otherwise: see Reader.
HEADERS = ("from", "body", "reply name", "reply address", "sent")
# What describes a question of a form, beside the answer.
BESIDE = frozenset(("title", "label", "id", "type", "raw_value", "required"))


class Sample:
    """An entry of a source, to set the source up by.

    :param source: one crm.intake.source, as whoever looks at it.
    """

    def __init__(self, source):
        self.env, self.source = source.env, source

    def map_of(self, data):
        """Return what is understood without a field map: ``{path: target}``.

        :param data: an entry, as of JSON.
        """
        pairs = list(leaves(data))
        titles = {}
        for path, value in pairs:
            stem, _point, last = path.rpartition(".")
            if last in ("title", "label") and isinstance(value, str):
                titles[f"{stem}.value"] = value
        if self.source.kind == "email":
            pairs = [pair for pair in pairs if pair[0] not in HEADERS]
        named = {path.rpartition(".")[0] for path in titles}
        pairs = [
            (path, value)
            for path, value in pairs
            if not (
                path.rpartition(".")[0] in named and path.rpartition(".")[2] in BESIDE
            )
        ]
        known = self.env["crm.intake.mapping"]._target_names()
        found = propose(pairs, titles)
        return {path: target for path, target in found.items() if target in known}

    def last(self):
        """Return what came in last, as text; empty where nothing did."""
        # sudo: whoever sets the source up sees what comes in by it.
        items = self.env["crm.intake.item"].sudo()
        domain = [("source_id", "=", self.source.id), ("payload", "!=", False)]
        return items.search(domain, order="id desc", limit=1).payload or ""

    def shown(self, payload):
        """Return what would come of a payload, for people to read; nothing is written.

        :param payload: as text; what came in last where it is empty.
        """
        source = self.source
        payload = (payload or "").strip() or (source.id and self.last())
        if not payload or not source.id:
            return False
        found = self.env["crm.intake.engine"]._try(source, payload)
        return self.env["ir.qweb"]._render(
            "crm_lead_management.crm_intake_try", {"found": found}
        )
