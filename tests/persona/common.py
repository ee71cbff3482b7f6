# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from ..common import LeadCommon


class PersonaCommon(LeadCommon):
    """Short ways to make personas and expected facts."""

    @classmethod
    def _make_persona(cls, name, *domains, **values):
        """Make a persona with a criterion for each domain."""
        return cls.env["crm.persona"].create(
            {
                "name": name,
                "criterion_ids": [(0, 0, {"name": d, "domain": d}) for d in domains],
                **values,
            }
        )

    @classmethod
    def _item(cls, field_name, **values):
        return cls.env["crm.info.item"].create(
            {"name": field_name, "field_name": field_name, **values}
        )
