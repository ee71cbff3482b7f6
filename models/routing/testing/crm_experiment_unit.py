# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models

from ...common.rights import LeadField


class CrmExperimentUnit(models.Model):
    """A lead in an experiment: its variant, and what came of it once its time is over.

    Written by the experiment only. It goes with its lead.
    """

    _name = "crm.experiment.unit"
    _description = "Lead in an experiment"
    _order = "id desc"
    _rec_name = "lead_id"

    experiment_id = fields.Many2one(
        "crm.experiment", required=True, readonly=True, ondelete="cascade"
    )
    lead_id = LeadField(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    variant_id = fields.Many2one(
        "crm.experiment.variant",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    entered_on = fields.Datetime(required=True, readonly=True)
    due_on = fields.Datetime(
        string="Known on", readonly=True, help="When its time to convert is over."
    )
    # Not shown one by one: who counts them before the end compares.
    outcome = fields.Selection(
        [("yes", "Converted"), ("no", "Not converted")],
        readonly=True,
        groups="base.group_system",
    )
    harm = fields.Boolean(
        readonly=True, groups="base.group_system", export_string_translation=False
    )

    _lead_uniq = models.UniqueIndex(
        "(experiment_id, lead_id)", "The lead is in this experiment already."
    )
    _due_idx = models.Index("(experiment_id, due_on) WHERE outcome IS NULL")
