# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..common.rights import LeadField
from .deciding import methods, story
from .deciding.types import GIVEN_BACK, Decision

# The most rows that are cleaned at once.
CLEANED = 10000
# A lead is found to be none within this time, or it counts.
BACK = relativedelta(days=30)


class CrmLeadRoutingLog(models.Model):
    """One decision about the owner of a lead: who got it, and why nobody else.

    Written by the engine only. What is stored are codes and the names as they were; the
    sentences are made when somebody reads them, in his language.
    """

    _name = "crm.lead.routing.log"
    _description = "Routing decision"
    _order = "id desc"
    _rec_name = "lead_id"

    lead_id = LeadField(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    rule_id = fields.Many2one(
        "crm.routing.rule", readonly=True, index="btree_not_null", ondelete="set null"
    )
    from_user_id = fields.Many2one("res.users", string="From", readonly=True)
    # Looked up by the index of users and dates below.
    to_user_id = fields.Many2one("res.users", string="To", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    mode = fields.Selection(
        [
            ("auto", "Automatic"),
            ("manual", "By hand"),
            ("reroute", "Re-routed"),
            ("dry_run", "Dry run"),
        ],
        required=True,
        readonly=True,
        default="auto",
    )
    outcome = fields.Char(readonly=True, export_string_translation=False)
    # How well colleagues did is among it: what may be read of it is in the computed fields.
    facts = fields.Json(
        readonly=True,
        export_string_translation=False,
        groups="sales_team.group_sale_manager",
    )
    # Groups of candidates, one for each rule that had some: rule, codes of the filters, and
    # people as [user id, name, codes that they failed]; the last group is the one that decided.
    judged = fields.Json(readonly=True, export_string_translation=False)
    # [rule id, name, code of story.tries] of each rule, in the order in which they were tried.
    tried = fields.Json(readonly=True, export_string_translation=False)
    given_back = fields.Boolean(
        readonly=True,
        help="The lead did not count: its owner gets another one before his turn.",
    )
    milliseconds = fields.Float(
        string="Time (ms)",
        readonly=True,
        aggregator="avg",
        help="What the decision took.",
    )
    reason = fields.Char(compute="_compute_reason")

    candidates = fields.Json(
        compute="_compute_details", export_string_translation=False
    )
    rules_tried = fields.Json(
        compute="_compute_details", export_string_translation=False
    )
    story = fields.Html(string="Whole Story", compute="_compute_story", sanitize=False)

    # What somebody got lately is asked for each new lead where there are limits.
    _to_user_date_idx = models.Index("(to_user_id, create_date)")

    @api.autovacuum
    def _gc_details(self):
        """Drop the tables of old decisions, where the company keeps them for a time only.

        Who got which lead when, and the reason in a sentence, stay for ever.

        :return: how many were cleaned, and whether more are left.
        """
        # sudo: a parameter of the system.
        get_param = self.env["ir.config_parameter"].sudo().get_param
        months = int(get_param("crm_lead_management.routing_log_months") or 0)
        if months <= 0:
            return 0, False
        before = fields.Datetime.now() - relativedelta(months=months)
        self.env.cr.execute(
            SQL(
                "UPDATE crm_lead_routing_log SET judged = NULL, tried = NULL WHERE id IN ("
                "SELECT id FROM crm_lead_routing_log WHERE create_date < %s"
                " AND (judged IS NOT NULL OR tried IS NOT NULL) LIMIT %s)",
                before,
                CLEANED,
            )
        )
        count = self.env.cr.rowcount
        self.invalidate_model(["judged", "tried"])
        return count, count == CLEANED

    # === COMPUTE METHODS === #

    @api.depends("outcome", "facts")
    @api.depends_context("lang")
    def _compute_reason(self):
        for log in self:
            # sudo: the sentence speaks of nobody's rates.
            facts = log.sudo().facts
            log.reason = story.sentence(self.env._, log.outcome, facts)

    @api.depends("judged", "tried", "outcome", "facts", "to_user_id")
    @api.depends_context("uid")
    def _compute_details(self):
        sees_all = self.env.su or self.env.user.has_group(
            "sales_team.group_sale_manager"
        )
        for log in self:
            details = story.details(log._decision())
            leads = log.team_id.user_id == self.env.user
            if not sees_all and not leads:
                # How well a colleague did is between him and his leader.
                details["candidates"] = story.for_peers(
                    details["candidates"], self.env.uid
                )
            log.update(details)

    @api.depends("candidates", "rules_tried")
    @api.depends_context("lang", "uid")
    def _compute_story(self):
        say = self.env._
        for log in self:
            decision = log._decision()
            log.story = self.env["ir.qweb"]._render(
                "crm_lead_management.crm_routing_story",
                {
                    "groups": story.tables(say, decision, log.candidates),
                    "tie_break": story.tie_break(
                        say, log.outcome, decision.facts or {}
                    ),
                    "tried": story.tries(say, log.rules_tried),
                },
                minimal_qcontext=True,
            )

    # === BUSINESS METHODS === #

    @api.model
    def _give_back(self, leads):
        """Give the turns back that leads took which turned out to be none.

        Those that were lost for a reason that says so, within a month of the turn; once each.

        :param leads: crm.lead records.
        """
        # sudo: decisions and memberships, whoever closes the lead.
        junk = leads.sudo().filtered(
            lambda lead: (
                not lead.active
                and lead.user_id
                and lead.lost_reason_id.routing_gives_back
            )
        )
        for lead in junk:
            log = lead.routing_log_ids.filtered(lambda log: log.mode != "manual")[:1]
            turns = {one.key for one in methods.METHODS if one.takes_turns}
            if (
                log.given_back
                or log.to_user_id != lead.user_id
                or log.outcome not in {*turns, GIVEN_BACK}
                or log.create_date < fields.Datetime.now() - BACK
            ):
                continue
            log.given_back = True
            # sudo: as above.
            member = self.env["crm.team.member"].sudo()
            member = member.search(
                [
                    ("crm_team_id", "=", log.team_id.id),
                    ("user_id", "=", log.to_user_id.id),
                ]
            )
            member.routing_credit += 1

    def _decision(self):
        """Return the decision that this is the record of, as far as its story needs it."""
        self.ensure_one()
        return Decision(
            self.lead_id.id,
            self.to_user_id.id,
            self.outcome,
            facts=self.sudo().facts,  # sudo: each reader is told what is for him
            judged=self.judged,
            tried=self.tried,
        )
