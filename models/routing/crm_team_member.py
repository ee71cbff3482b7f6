# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError

from ...tools.phrases import listed
from ..common.rule.broken import reason_of
from .deciding.types import FILTERS

_logger = logging.getLogger(__name__)


class CrmTeamMember(models.Model):
    """What routing knows about a member, beside what Odoo knows already.

    Odoo's "Pause assignment" takes a member out of all routing; Odoo's capacity (leads in 30
    days) and its two filters count where a rule says so: the assignment filter refuses leads,
    and members whose priority filter a lead meets come before all others.

    A filter that stops working (a field was removed) is left aside, as if there was none: it is
    Odoo's, so it stays as it was written, with the reason beside it. The leader of the team is
    told, and whoever may mend it; *Health* lists it, and it counts again once it is written anew
    or somebody has it tried again.
    """

    _inherit = "crm.team.member"

    routing_weight = fields.Integer(
        string="Share",
        default=1,
        help="How many leads the member gets for each one of a member with share 1, where a"
        " rule weighs its members. 0: none.",
    )
    routing_seniority = fields.Selection(
        [("1", "Junior"), ("2", "Experienced"), ("3", "Senior")],
        string="Seniority",
        help="Rules can ask for a minimum. Empty counts as experienced.",
    )
    routing_lang_ids = fields.Many2many(
        "res.lang",
        "crm_team_member_lang_rel",
        "member_id",
        "value_id",
        string="Languages",
    )
    routing_industry_ids = fields.Many2many(
        "res.partner.industry",
        "crm_team_member_industry_rel",
        "member_id",
        "value_id",
        string="Industries",
    )
    routing_product_ids = fields.Many2many(
        "product.template",
        "crm_team_member_product_rel",
        "member_id",
        "value_id",
        string="Products Known",
    )
    routing_tag_ids = fields.Many2many(
        "crm.tag",
        "crm_team_member_tag_rel",
        "member_id",
        "value_id",
        string="Other Skills",
    )
    routing_titles = fields.Char(
        string="Job Titles",
        help="Positions of the people whom the member deals with well, apart by commas:"
        " CFO, Head of Purchasing.",
    )
    routing_channels = fields.Char(
        string="Channels",
        help="Channels in which the member likes to work, apart by commas: phone, email,"
        " whatsapp, sms, meeting.",
    )
    routing_cap_day = fields.Integer(
        string="Leads per Day", help="At most this many leads in 24 hours. 0: no limit."
    )
    routing_cap_week = fields.Integer(
        string="Leads per Week", help="At most this many leads in 7 days. 0: no limit."
    )
    routing_cap_open = fields.Integer(
        string="Open Leads", help="At most this many open leads at a time. 0: no limit."
    )
    routing_credit = fields.Integer(
        string="Leads Owed",
        readonly=True,
        copy=False,
        help="Leads that did not count, and for which the member gets others before his turn.",
    )
    routing_taken_on = fields.Datetime(
        readonly=True, copy=False, export_string_translation=False
    )
    routing_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        help="Empty: the hours of the user, else those of the company.",
    )
    routing_substitute_id = fields.Many2one(
        "res.users",
        string="Substitute",
        domain="[('share', '=', False), ('id', '!=', user_id)]",
        help="Gets the leads of the member's own accounts while he is away.",
    )

    routing_filter_reason = fields.Char(
        string="Assignment Filter Left Aside",
        readonly=True,
        copy=False,
        help="Why the member's assignment filter counts for nothing.",
    )
    routing_priority_reason = fields.Char(
        string="Priority Filter Left Aside",
        readonly=True,
        copy=False,
        help="Why the member's priority filter counts for nothing.",
    )

    _check_routing_numbers = models.Constraint(
        "CHECK (COALESCE(routing_weight, 0) BETWEEN 0 AND 100"
        " AND COALESCE(routing_cap_day, 0) >= 0 AND COALESCE(routing_cap_week, 0) >= 0"
        " AND COALESCE(routing_cap_open, 0) >= 0)",
        "Shares go from 0 to 100, and limits of leads cannot be negative.",
    )

    @api.constrains("routing_channels")
    def _check_routing_channels(self):
        known = dict(self.env["crm.lead"]._fields["preferred_channel"].selection)
        for member in self:
            strange = sorted(listed(member.routing_channels) - set(known))
            if strange:
                raise ValidationError(
                    self.env._(
                        "There is no channel %(strange)s. Write these, apart by commas:"
                        " %(known)s.",
                        strange=", ".join(strange),
                        known=", ".join(known),
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        anew = {FILTERS[name]: False for name in FILTERS.keys() & vals.keys()}
        return super().write({**anew, **vals})

    # === ACTION METHODS === #

    def action_try_filters(self):
        """Have filters that were left aside tried again, from the next lead on."""
        self.write(dict.fromkeys(FILTERS.values(), False))

    # === BUSINESS METHODS === #

    # What a RuleSet asks of the model of its rules. The id of such a row is the pair of a
    # membership and the name of the field that holds the filter.

    @api.model
    def _rule_domains(self, row):
        return [row.domain]

    @api.model
    def _rule_company_sql(self, leads, row, query):
        return None

    @api.model
    def _rule_switch_off(self, reasons):
        """Leave filters aside that no longer work, and tell who can do something about it.

        :param dict reasons: what went wrong, by pairs of a membership's id and the name of the
            field that holds the filter.
        """
        # sudo, as OdooBot: the salesperson whose lead showed the fault may not write members.
        members = self.with_user(SUPERUSER_ID)
        for (member_id, name), text in reasons.items():
            member = members.browse(member_id)
            reason = reason_of(self.env, text)
            _logger.warning(
                "Filter %s of team member %s is left aside: %s", name, member_id, reason
            )
            member[FILTERS[name]] = reason
            member._tell_filter_left_aside(reason)

    def _tell_filter_left_aside(self, reason):
        """Notify the leader of the team; and, who may not mend it, the sales managers."""
        self.ensure_one()
        group = self.env.ref("sales_team.group_sale_manager")
        leader, company = self.crm_team_id.user_id, self.crm_team_id.company_id
        told = leader.filtered("active")
        if group not in told.all_group_ids:
            told |= group.all_user_ids.filtered(
                lambda user: (
                    user.active
                    and user.id != SUPERUSER_ID
                    and (not company or company in user.company_ids)
                )
            )
        if not told:
            return
        names = {"member": self.user_id.name, "team": self.crm_team_id.name}
        self.env["mail.thread"].message_notify(
            partner_ids=told.partner_id.ids,
            subject=self.env._(
                "A filter of %(member)s (%(team)s) was left aside", **names
            ),
            body=Markup("<p>%s</p><p>%s</p>")
            % (
                self.env._(
                    "The filter by which %(member)s gets leads in the team %(team)s no longer"
                    " works. Leads are assigned as if there was none: %(reason)s",
                    reason=reason,
                    **names,
                ),
                self.env._(
                    "Correct it on the page Lead Assignment of the member; it counts again"
                    " once it is saved."
                ),
            ),
            model=self._name,
            res_id=self.id,
        )
