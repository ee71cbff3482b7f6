# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
"""What is set up, what is left to set up, what is broken and what waits: plain counts.

Nothing here writes. Each row names the screen on which one goes on (``SCREENS``).
"""

from datetime import timedelta

from odoo import fields
from odoo.fields import Domain

from ..models.insight.board.digest_digest import CODES

OURS = "crm_lead_management."
ROLES = 8
# A job that should have run so long ago does not run at all.
LATE = timedelta(hours=6)
# Mails that failed so long ago are history.
RECENT = timedelta(days=7)
# Odoo's filters of team members that are left aside.
FILTERS_BROKEN = [
    "|",
    ("routing_filter_reason", "!=", False),
    ("routing_priority_reason", "!=", False),
]
# Where one goes on, by the key of a row: the action, and what its list is narrowed to.
SCREENS = {
    "languages": ("base.action_view_base_language_install", None),
    "stages": (OURS + "crm_pipeline_setup_action", None),
    "people": ("sales_team.crm_team_action_config", None),
    "door": (OURS + "crm_intake_source_action", None),
    "scorecard": (OURS + "crm_scorecard_action", None),
    "grades": (OURS + "crm_lead_management_setup_action", None),
    "routing": (OURS + "crm_routing_rule_action", None),
    "times": (OURS + "crm_routing_policy_action", None),
    "followup": (OURS + "crm_followup_policy_action", None),
    "messages": (OURS + "crm_message_template_action", None),
    "tracks": (OURS + "crm_nurture_track_action", None),
    "digest": ("digest.digest_digest_action", None),
    "jobs": ("base.ir_cron_act", [("model_id.model", "=like", "crm.%")]),
    "mails": (
        "mail.action_view_mail_mail",
        [("state", "=", "exception"), ("model", "=", "crm.lead")],
    ),
    "server": ("base.action_ir_mail_server_list", None),
    "letterbox": (
        OURS + "crm_intake_item_action",
        [("state", "in", ("failed", "check"))],
    ),
    "ownerless": (OURS + "crm_lead_action_waiting", None),
    "late": (
        "crm.crm_lead_all_leads",
        [
            ("response_deadline", "<", "now"),
            ("first_response_on", "=", False),
            ("won_status", "=", "pending"),
        ],
    ),
    "assignment": ("crm.crm_config_settings_action", None),
    "filters": ("sales_team.crm_team_member_action", FILTERS_BROKEN),
}
# What only a system administrator may open.
OF_THE_SYSTEM = {"languages", "jobs", "mails", "server", "assignment"}
# The rules that can be switched off by the system, with the screen of each.
RULE_SCREENS = {
    "crm.persona.criterion": "crm_persona_action",
    "crm.segment": "crm_segment_action",
    "crm.info.item": "crm_info_item_action",
    "crm.qualifier": "crm_qualifier_action",
    "crm.scorecard.rule": "crm_scorecard_action",
    "crm.routing.rule": "crm_routing_rule_action",
    "crm.routing.policy": "crm_routing_policy_action",
    "crm.followup.policy": "crm_followup_policy_action",
    "crm.followup.step": "crm_followup_policy_action",
    "crm.stage.gate": "crm_stage_gate_action",
    "crm.nurture.track": "crm_nurture_track_action",
    "crm.nurture.step": "crm_nurture_track_action",
    "crm.experiment": "crm_experiment_action",
}
# Rules that are lines of something else, which is what their screen lists.
LINES = {
    "crm.persona.criterion": "criterion_ids",
    "crm.scorecard.rule": "rule_ids",
    "crm.followup.step": "step_ids",
    "crm.nurture.step": "step_ids",
}


class Checks:
    """The counts for one company, asked as whoever looks."""

    def __init__(self, env, company):
        self.env = env
        self.company = company
        self.now = fields.Datetime.now()
        self.here = Domain("company_id", "in", [False, company.id])

    # === THE SET-UP === #

    def steps(self):
        """Return what the set-up consists of, in the order in which one does it.

        :return: rows with ``key``, ``name``, ``text`` and ``state``: "done", "todo", or
            "option" for what one can do without.
        :rtype: list[dict]
        """
        counts = self._step_counts()
        rows = []
        for key, (name, text, optional) in self._step_words(counts).items():
            # English is there from the start: a second language is a choice.
            done = counts[key] >= {"stages": ROLES, "languages": 2}.get(key, 1)
            state = "done" if done else "option" if optional else "todo"
            rows.append(self._row(key, name, text, state))
        return rows

    def _step_counts(self):
        """Return how many there are of what each step sets up."""
        roles = [("lead_role", "!=", False)]
        # Odoo's own digest has other figures: only one that has ours counts.
        ours = (f"kpi_lead_{code}" for code in CODES)
        digests = Domain.OR(Domain(name, "=", True) for name in ours)
        digests &= Domain("state", "=", "activated")
        return {
            "languages": len(self.env["res.lang"].get_installed()),
            "stages": len(self.env["crm.stage"]._read_group(roles, ["lead_role"])),
            "people": self._count("crm.team.member"),
            "door": self._count("crm.intake.source"),
            "scorecard": self._count("crm.scorecard", Domain("state", "=", "live")),
            "routing": self._count("crm.routing.rule"),
            "times": self._count("crm.routing.policy"),
            "followup": self._count("crm.followup.policy"),
            "messages": self._count("crm.message.template"),
            "digest": self.env["digest.digest"].search_count(digests),
        }

    def _step_words(self, counts):
        """Return name, text, and whether one can do without, of each step in their order."""
        return {**self._words_of_people(counts), **self._words_of_engines(counts)}

    def _words_of_people(self, counts):
        _ = self.env._
        return {
            "languages": (
                _("Languages of your leads"),
                _("Installed, messages go out in these: %s", counts["languages"]),
                True,
            ),
            "stages": (
                _("The eight stages"),
                _(
                    "%(count)s of %(total)s roles have a stage",
                    count=counts["stages"],
                    total=ROLES,
                ),
                False,
            ),
            "people": (
                _("People and teams"),
                _("Members of sales teams: %s", counts["people"]),
                False,
            ),
            "door": (
                _("A door for new leads"),
                _("Open sources: %s", counts["door"]),
                False,
            ),
        }

    def _words_of_engines(self, counts):
        _ = self.env._
        return {
            "scorecard": (
                _("The scorecard"),
                _("Live: %s", counts["scorecard"]),
                False,
            ),
            "routing": (
                _("One owner for each lead"),
                _("Active rules: %s", counts["routing"]),
                False,
            ),
            "times": (
                _("Until when to answer"),
                _("Active response times: %s", counts["times"]),
                False,
            ),
            "followup": (
                _("One next step for each lead"),
                _("Active policies: %s", counts["followup"]),
                False,
            ),
            "messages": (
                _("The words"),
                _("Ready texts: %s", counts["messages"]),
                True,
            ),
            "digest": (
                _("The figures by e-mail"),
                _("Digests that send them: %s", counts["digest"]),
                True,
            ),
        }

    # === HEALTH === #

    def health(self):
        """Return what is on and off, what is broken, and what waits.

        :return: groups with ``name`` and ``rows``, as :meth:`steps` returns them; the state
            is "done" (on), "option" (off), "broken" or "waits".
        :rtype: list[dict]
        """
        _ = self.env._
        switches = [row for row in self.steps() if row["key"] != "languages"]
        tracks = self._count("crm.nurture.track", Domain("state", "=", "live"))
        state = "done" if tracks else "option"
        switches.append(self._row("tracks", _("Tracks"), _("Live: %s", tracks), state))
        on = [row for row in switches if row["state"] == "done"]
        off = [{**row, "state": "option"} for row in switches if row["state"] != "done"]
        return [
            self._group("broken", _("Broken"), self._broken(), _("Nothing is broken.")),
            self._group(
                "waits", _("Waits for somebody"), self._waiting(), _("Nothing waits.")
            ),
            self._group(
                "on",
                _("On"),
                on,
                _("Nothing is on yet: Odoo works as it did before."),
            ),
            self._group("off", _("Off"), off, _("Everything is on.")),
        ]

    def _group(self, key, name, rows, empty):
        return {"key": key, "name": name, "rows": rows, "empty": empty}

    def _broken(self):
        rows = [*self._broken_rules(), *self._broken_jobs()]
        _ = self.env._
        team = Domain("crm_team_id.company_id", "in", [False, self.company.id])
        filters = self.env["crm.team.member"].search_count(
            team & Domain(FILTERS_BROKEN)
        )
        if filters:
            name = _("Filters of team members")
            text = _("%s left aside, since they do not work any more", filters)
            rows.append(self._row("filters", name, text, "broken"))
        # sudo: numbers only, for whoever may open this page.
        Mail = self.env["mail.mail"].sudo()
        failed = Mail.search_count(
            [
                ("state", "=", "exception"),
                ("model", "=", "crm.lead"),
                ("write_date", ">=", self.now - RECENT),
            ]
        )
        if failed:
            text = _("%s did not leave in the last seven days", failed)
            rows.append(self._row("mails", _("E-mails to leads"), text, "broken"))
        # sudo: a setting of the system.
        own = self.env["ir.config_parameter"].sudo()
        if own.get_param("crm.lead.auto.assignment") and self._count(
            "crm.routing.rule"
        ):
            text = _("Odoo's rule-based assignment is on beside the routing rules")
            rows.append(self._row("assignment", _("Two who assign"), text, "broken"))
        return rows

    def _broken_rules(self):
        """Yield a row for each kind of rule of which the system switched some off."""
        for model in RULE_SCREENS:
            Model = self.env[model].with_context(active_test=False)
            broken = Model.search_count(
                self.here & Domain("broken_reason", "!=", False)
            )
            if broken:
                yield self._row(
                    f"rule:{model}",
                    # The description of the model, in the language of the reader.
                    self.env["ir.model"]._get(model).name,
                    self.env._(
                        "%s switched off, since they do not work any more", broken
                    ),
                    "broken",
                )

    def _broken_jobs(self):
        """Yield rows for our scheduled jobs that fail, or that nobody starts."""
        # sudo: crons are the system's.
        data = self.env["ir.model.data"].sudo()
        mine = data.search(
            [("module", "=", "crm_lead_management"), ("model", "=", "ir.cron")]
        )
        jobs = self.env["ir.cron"].sudo().search([("id", "in", mine.mapped("res_id"))])
        failing = jobs.filtered("failure_count")
        late = jobs.filtered(lambda job: job.nextcall < self.now - LATE)
        if failing:
            names = ", ".join(failing.mapped("cron_name"))
            name = self.env._("Scheduled jobs that fail")
            yield self._row("jobs", name, names, "broken")
        if late:
            name = self.env._("Scheduled jobs do not run")
            text = self.env._("%s are more than six hours late", len(late))
            yield self._row("jobs", name, text, "broken")

    def _waiting(self):
        _ = self.env._
        pending = self.here & Domain("won_status", "=", "pending")
        todo, total = self.env["crm.lead.batch"]._progress()
        counts = (
            (
                "ownerless",
                _("Leads without an owner"),
                self._leads(pending & Domain("user_id", "=", False)),
            ),
            (
                "late",
                _("Leads whose answer is overdue"),
                self._leads(
                    pending
                    & Domain("response_deadline", "<", "now")
                    & Domain("first_response_on", "=", False)
                ),
            ),
            (
                "letterbox",
                _("Entries of the letterbox to look at"),
                self._count(
                    "crm.intake.item", Domain("state", "in", ("failed", "check"))
                ),
            ),
            (
                "grades",
                _("Leads still to be graded in the running pass"),
                todo,
            ),
        )
        return [
            self._row(key, name, str(count), "waits")
            for key, name, count in counts
            if count
        ]

    # === HELPERS === #

    def _leads(self, domain):
        return self.env["crm.lead"].search_count(domain)

    def _count(self, model, domain=Domain.TRUE):
        Model = self.env[model]
        if "company_id" in Model._fields:
            domain &= self.here
        return Model.search_count(domain)

    def _row(self, key, name, text, state):
        system = self.env.user.has_group("base.group_system")
        return {
            "key": key,
            "name": name,
            "text": text,
            "state": state,
            "opens": system or key not in OF_THE_SYSTEM,
        }


def screen(env, key):
    """Return the window action on which one goes on from a row.

    :param str key: of a row, as a client sends it.
    :rtype: dict or None
    """
    if not isinstance(key, str):
        return None
    name, domain = SCREENS.get(key, (None, None))
    kind, _colon, model = key.partition(":")
    if kind == "rule" and model in RULE_SCREENS:
        name = OURS + RULE_SCREENS[model]
    if not name:
        return None
    action = env["ir.actions.act_window"]._for_xml_id(name)
    if domain:
        action["domain"] = domain
    if kind == "rule":
        action["context"] = {"active_test": False}
        line = LINES.get(model)
        path = f"{line}.broken_reason" if line else "broken_reason"
        action["domain"] = [(path, "!=", False)]
    return action
