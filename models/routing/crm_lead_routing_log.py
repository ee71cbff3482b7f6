# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models


class CrmLeadRoutingLog(models.Model):
    """One decision about the owner of a lead: who got it, and why nobody else.

    Written by the engine only. What is stored are codes and the names as they were; the
    sentences are made when somebody reads them, in his language.
    """

    _name = "crm.lead.routing.log"
    _description = "Routing decision"
    _order = "id desc"
    _rec_name = "lead_id"

    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    rule_id = fields.Many2one(
        "crm.routing.rule", readonly=True, index="btree_not_null", ondelete="set null"
    )
    from_user_id = fields.Many2one("res.users", string="From", readonly=True)
    to_user_id = fields.Many2one(
        "res.users", string="To", readonly=True, index="btree_not_null"
    )
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
    facts = fields.Json(readonly=True, export_string_translation=False)
    # Groups of candidates, one for each rule that had some: rule, codes of the filters, and
    # people as [user id, name, codes that they failed]; the last group is the one that decided.
    judged = fields.Json(readonly=True, export_string_translation=False)
    # [rule id, name, code of _try_texts] of each rule, in the order in which they were tried.
    tried = fields.Json(readonly=True, export_string_translation=False)
    milliseconds = fields.Float(
        string="Time (ms)",
        readonly=True,
        aggregator="avg",
        help="What the decision took.",
    )
    reason = fields.Char(compute="_compute_reason")

    @api.depends("outcome", "facts")
    @api.depends_context("lang")
    def _compute_reason(self):
        for log in self:
            log.reason = self._sentence(log.outcome, log.facts)

    # === TEXTS === #

    @api.model
    def _sentence(self, outcome, facts):
        """Return the reason of a decision in one sentence, in the reader's language.

        :param str outcome: a code of :meth:`_outcome_texts`.
        :param dict facts: the names and numbers that the sentence speaks of.
        """
        facts = dict(facts or {})
        if "how" in facts:
            hows = self.env["crm.routing.account"]._how_texts()
            facts["how"] = hows.get(facts["how"], facts["how"])
        return (self._outcome_texts().get(outcome) or "") % facts

    @api.model
    def _outcome_texts(self):
        """Return the sentence for each way a decision can come out."""
        return {
            **self._rule_texts(),
            **self._person_texts(),
            **self._other_texts(),
        }

    @api.model
    def _rule_texts(self):
        """Return the sentence for each way a rule can decide."""
        return {
            "round_robin": self.env._(
                'Rule "%(rule)s": it was %(user)s\'s turn among %(able)s of %(total)s in'
                " %(team)s who could take the lead."
            ),
            "weighted": self.env._(
                'Rule "%(rule)s": by their shares, it was %(user)s\'s turn among %(able)s of'
                " %(total)s in %(team)s who could take the lead."
            ),
            "least_loaded": self.env._(
                'Rule "%(rule)s": %(user)s had the least to do among %(able)s of %(total)s in'
                " %(team)s who could take the lead."
            ),
            "best_match": self.env._(
                'Rule "%(rule)s": %(user)s did best with similar leads among %(able)s of'
                " %(total)s in %(team)s who could take the lead."
            ),
            "growth": self.env._(
                'Rule "%(rule)s" gives a share of its leads to juniors, and it was %(user)s\'s'
                " turn."
            ),
            "account_owner": self.env._(
                'Rule "%(rule)s": %(owner)s %(how)s (%(account)s), so %(user)s gets the lead.'
            ),
            "capturer": self.env._(
                'Rule "%(rule)s": %(user)s entered the lead and keeps it.'
            ),
            "fixed": self.env._('Rule "%(rule)s" gives its leads to %(user)s.'),
        }

    @api.model
    def _person_texts(self):
        """Return the sentence for each way a person can decide."""
        return {
            "chosen": self.env._("%(author)s created the lead for %(user)s."),
            "creator_keeps": self.env._(
                "Who enters a lead keeps it: %(user)s created it."
            ),
            "own_documents": self.env._(
                "%(user)s created the lead for himself, and may see only leads of his own."
            ),
            "by_hand": self.env._("%(author)s gave the lead to %(user)s."),
            "taken_over": self.env._(
                "%(user)s took over the conversation with the lead."
            ),
            "taken_away": self.env._("%(author)s took the lead away from its owner."),
        }

    @api.model
    def _other_texts(self):
        """Return the sentence for each way a decision can come out without a rule."""
        return {
            "fallback_company": self.env._(
                "No rule found anybody, so the lead went to the fallback owner %(user)s."
            ),
            "fallback_leader": self.env._(
                "No rule found anybody, so the lead went to %(user)s, who leads %(team)s."
            ),
            "kept_default": self.env._(
                "No rule found anybody and there is no fallback owner, so the lead stayed"
                " with %(user)s, who created it."
            ),
            "kept_owner": self.env._(
                "No rule found anybody and there is no fallback owner, so the lead stayed"
                " with %(user)s."
            ),
            "nobody": self.env._(
                "No rule found anybody, and there is neither a fallback owner nor a team"
                " leader: the lead waits."
            ),
            "late": self.env._(
                "%(old)s did not answer in time, and nobody else was left, so the lead went to"
                " %(user)s, who leads the team."
            ),
            "failed": self.env._(
                "Routing failed, and the lead was left as Odoo would have it; the server's log"
                " says why."
            ),
        }
