# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.fields import Domain

from ...tools.pipeline import ROLES, WON_ROLES, place

# How many days a lead may stand in a stage before Odoo marks it as rotting.
DAYS_TO_ROT = {
    "open": 2,
    "contacted": 7,
    "nurturing": 30,
    "qualified": 7,
    "negotiation": 14,
}
# What stages with a role usually demand: (values of the gate, whether it is switched on).
GATES = {
    "contacted": [({"kind": "contact"}, True)],
    "qualified": [
        ({"kind": "qualification", "qualification": "passed"}, True),
        ({"kind": "grade", "grade_min": 4}, False),
    ],
    "negotiation": [({"kind": "fact", "field_name": "expected_revenue"}, False)],
}
# Stages with these roles are folded in the pipeline.
FOLDED = ("inactive", "unqualified")


class CrmPipelinePlan(models.AbstractModel):
    """Works out, and carries out, what a set-up of the stages changes.

    **What.** ``_make(setup)`` turns the mapping of a ``crm.pipeline.setup`` into a plan, a
    plain dict, with a sentence for each change; it writes nothing. ``_apply(plan, team)``
    does what the plan says and returns its record (``crm.pipeline.setup.log``).

    **How it works.** The preview and the application read the same plan, so that what is
    shown is what is done. Stages are written through the ORM, in one transaction.
    """

    _name = "crm.pipeline.plan"
    _description = "Plan of a set-up of the stages"

    # === PLAN === #

    @api.model
    def _make(self, setup):
        """Work out what the mapping of a set-up changes.

        :param setup: one crm.pipeline.setup, saved or not.
        :return: ``problems`` and ``sentences`` (texts), ``roles`` (by stage id, of all
            stages in question), ``added`` (dicts of values), ``values`` (changes by stage
            id), ``renamed`` (role by stage id), ``gated`` (roles whose new stages get
            their usual demands).
        :rtype: dict
        """
        lines = {line.role: line for line in setup.line_ids}
        stages = setup._stages()
        roles, problems = self._mapping(lines, stages)
        plan = {"problems": problems, "sentences": [], "roles": roles, "renamed": {}}
        plan["values"] = self._role_values(roles, stages, problems)
        if setup.with_limits:
            self._limit(plan, stages)
        plan["added"] = self._missing(setup, roles)
        plan["gated"] = self._gated(plan) if setup.with_gates else []
        self._place(plan)
        for role, line in lines.items():
            if line.is_renamed:
                for stage in line.stage_ids._origin & stages:
                    if stage._role_names(role).items() - stage._stored_names().items():
                        plan["renamed"][stage.id] = role
        if not problems:
            plan["sentences"] = self._sentences(plan, stages)
        return plan

    @api.model
    def _mapping(self, lines, stages):
        """Return the role of each mapped stage, and what is wrong with the mapping."""
        roles, problems = {}, []
        labels = self.env["crm.stage"]._role_labels()
        for role in ROLES:
            for stage in lines[role].stage_ids._origin if role in lines else ():
                if stage not in stages:
                    problems.append(
                        self.env._(
                            'The stage "%(stage)s", mapped to %(role)s, does not exist for this'
                            " team, or no longer exists. Take it out of the line.",
                            stage=stage.exists().name or stage.id,
                            role=labels[role],
                        )
                    )
                elif stage.id in roles:
                    problems.append(
                        self.env._(
                            'The stage "%(stage)s" is mapped to %(one)s and to %(two)s. Keep'
                            " one of them.",
                            stage=stage.name,
                            one=labels[roles[stage.id]],
                            two=labels[role],
                        )
                    )
                else:
                    roles[stage.id] = role
        return roles, problems

    @api.model
    def _role_values(self, roles, stages, problems):
        """Return the changes of the stages that follow from their roles.

        Adds to ``problems`` what would win, or unwin, the leads that stand in a stage.
        """
        labels = self.env["crm.stage"]._role_labels()
        counts = self._lead_counts(stages)
        values = {}
        for stage in stages:
            role = roles.get(stage.id)
            change = {}
            if (stage.lead_role or None) != role:
                change["lead_role"] = role or False
            if role and stage.is_won != (role in WON_ROLES):
                change["is_won"] = role in WON_ROLES
                if counts.get(stage.id):
                    problems.append(
                        self._won_problem(stage, labels[role], counts[stage.id])
                    )
            if role in FOLDED and not stage.fold:
                change["fold"] = True
            if change:
                values[stage.id] = change
        return values

    @api.model
    def _limit(self, plan, stages):
        """Give mapped stages that have no limit of days the usual one of their role."""
        for stage in stages:
            days = DAYS_TO_ROT.get(plan["roles"].get(stage.id))
            if days and not stage.rotting_threshold_days:
                values = plan["values"].setdefault(stage.id, {})
                values["rotting_threshold_days"] = days

    @api.model
    def _won_problem(self, stage, role, count):
        if stage.is_won:
            return self.env._(
                '"%(stage)s" is a won stage with %(count)s leads: as %(role)s these would no'
                " longer be won. Choose another stage, or leave the line empty.",
                stage=stage.name,
                count=count,
                role=role,
            )
        return self.env._(
            '"%(stage)s" is not a won stage and has %(count)s leads: as %(role)s they would all'
            " be won. Mark the stage as won yourself if that is right, choose another one, or"
            " leave the line empty so that a stage is added.",
            stage=stage.name,
            count=count,
            role=role,
        )

    @api.model
    def _missing(self, setup, roles):
        """Return the stages to add: one for each role that some team has no stage for."""
        # sudo: a stage for all teams is for those of other companies too.
        teams = setup.team_id or self.env["crm.team"].sudo().search(
            [("active", "=", True)]
        )
        rows = self.env["crm.stage"]._rows()
        added = []
        for role in ROLES:
            stages = [rows[stage_id] for stage_id, r in roles.items() if r == role]
            if any(not stage.team_ids for stage in stages):
                continue
            covered = {team_id for stage in stages for team_id in stage.team_ids}
            without = [team.id for team in teams if team.id not in covered]
            if not without and stages:
                continue
            for_teams = without if stages or setup.team_id else []
            added.append({"lead_role": role, "team_ids": for_teams})
        return added

    @api.model
    def _place(self, plan):
        """Find the places of the added stages, and who must make room, among all stages."""
        # A company has a few stages.
        every = self.env["crm.stage"].search(Domain.TRUE)
        sequences = {stage.id: stage.sequence for stage in every}
        added, moved = place(
            sequences, plan["roles"], [values["lead_role"] for values in plan["added"]]
        )
        for values in plan["added"]:
            values["sequence"] = added[values["lead_role"]]
        for stage_id, sequence in moved.items():
            plan["values"].setdefault(stage_id, {})["sequence"] = sequence

    @api.model
    def _gated(self, plan):
        """Return the roles of which some stage is new, so that it gets its usual demands."""
        new = [values.get("lead_role") for values in plan["values"].values()]
        new += [values["lead_role"] for values in plan["added"]]
        return [role for role in GATES if role in new]

    @api.model
    def _lead_counts(self, stages):
        """Return the number of leads in each stage, archived ones too.

        :rtype: dict[int, int]
        """
        # sudo: counts of all leads; the administrator of the stages need not see them.
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        counts = leads._read_group(
            [("stage_id", "in", stages.ids)], ["stage_id"], ["__count"]
        )
        return {stage.id: count for stage, count in counts}

    # === WORDS === #

    @api.model
    def _sentences(self, plan, stages):
        """Say in words what the plan changes, one sentence each."""
        labels = self.env["crm.stage"]._role_labels()
        sentences = [
            sentence
            for stage in stages
            for sentence in self._stage_sentences(stage, plan, labels)
        ]
        for values in plan["added"]:
            # sudo: the names of the teams only, of whichever company.
            teams = self.env["crm.team"].sudo().browse(values["team_ids"])
            sentences.append(
                self.env._(
                    'A stage "%(role)s" is added, for %(teams)s.',
                    role=labels[values["lead_role"]],
                    teams=", ".join(teams.mapped("name")) or self.env._("all teams"),
                )
            )
        gates = {
            "contacted": self.env._(
                "Before a lead moves to Contacted, somebody must have talked to it, or its"
                " request must be written down."
            ),
            "qualified": self.env._(
                "Before a lead moves to Qualified, its qualification must be passed."
            ),
        }
        sentences += [gates[role] for role in plan["gated"] if role in gates]
        moved = [i for i, values in plan["values"].items() if "sequence" in values]
        if moved:
            names = self.env["crm.stage"].browse(moved).mapped("name")
            sentences.append(
                self.env._(
                    "To make room, the place numbers of %(stages)s grow; the order of your"
                    " stages stays.",
                    stages=", ".join(f'"{name}"' for name in names),
                )
            )
        return sentences

    @api.model
    def _stage_sentences(self, stage, plan, labels):
        """Yield the sentences about one existing stage."""
        values = plan["values"].get(stage.id, {})
        if values.get("lead_role"):
            yield self.env._(
                '"%(stage)s" becomes the stage %(role)s; its leads stay where they are.',
                stage=stage.name,
                role=labels[values["lead_role"]],
            )
        elif "lead_role" in values:
            yield self.env._(
                '"%(stage)s" is no longer the stage %(role)s.',
                stage=stage.name,
                role=labels[stage.lead_role],
            )
        if "is_won" in values:
            won, not_won = self.env._("a won stage"), self.env._("not a won stage")
            yield self.env._(
                '"%(stage)s", which has no leads, becomes %(kind)s.',
                stage=stage.name,
                kind=won if values["is_won"] else not_won,
            )
        if days := values.get("rotting_threshold_days"):
            yield self.env._(
                'Leads that stand in "%(stage)s" for more than %(days)s days are marked.',
                stage=stage.name,
                days=days,
            )
        if values.get("fold"):
            yield self.env._('"%(stage)s" is folded in the pipeline.', stage=stage.name)
        if stage.id in plan["renamed"]:
            yield self.env._(
                '"%(stage)s" is renamed to "%(role)s".',
                stage=stage.name,
                role=labels[plan["renamed"][stage.id]],
            )
