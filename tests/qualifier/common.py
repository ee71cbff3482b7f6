# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from ..common import LeadCommon


class QualifierCommon(LeadCommon):
    """Short ways to make qualifiers and to answer them."""

    @classmethod
    def _fact(cls, domain, **values):
        return cls.env["crm.qualifier"].create(
            {"name": "Fact", "domain": domain, **values}
        )

    @classmethod
    def _question(cls, kind, options=(), **values):
        """Make a question; options are (name, verdict) pairs."""
        return cls.env["crm.qualifier"].create(
            {
                "name": "Question",
                "question": "Well?",
                "kind": kind,
                "option_ids": [(0, 0, {"name": n, "verdict": v}) for n, v in options],
                **values,
            }
        )

    def _row(self, lead, qualifier):
        """Return what the checklist of the lead says about a qualifier."""
        rows = lead.qualifier_checklist["rows"]
        return next((row for row in rows if row["id"] == qualifier.id), None)
