# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.nurture.running import leaving
from ..models.routing.reading.measure import Measure
from .insight.common import NOW
from .insight.story import InsightStory

OURS = "odoo.addons.crm_lead_management"
QUIET = (
    f"{OURS}.models.common.rule.crm_rule_mixin",
    f"{OURS}.models.routing.crm_team_member",
)
# What no longer works: where it is read; where it becomes SQL (a field was removed); where the
# database reads the statement; and only when it comes to a lead that it has to look at (such a
# rule was saved before there were leads).
REFUSED = {
    "text": "[(",
    "field": "[('gone', '=', 1)]",
    "statement": "[('company_size', 'in', ['many'])]",
    "lead": "[('name', '=like', '%\\\\')]",
}


@tagged("post_install", "-at_install")
class TestBrokenConditions(InsightStory):
    """A condition that only the database refuses stops nobody, wherever it was written.

    Every model of rules, and every field of text that holds a condition on leads, by
    everything that asks: what people do with leads, boards, lists, figures, forms and jobs.
    """

    @classmethod
    def _tell_more(cls):
        told = super()._tell_more()
        cls.stage = cls.env["crm.stage"].create({"name": "Beyond", "sequence": 5})
        cls.places = cls._places()
        # No job of the system waits for another transaction in a test.
        cls.startClassPatcher(
            patch.object(type(cls.env["ir.cron"]), "_commit_progress", return_value=1)
        )
        return told

    @classmethod
    def _places(cls):
        """Return where conditions are written: pairs of a record and a field, by a name."""
        make = cls._made
        card = make("crm.scorecard", state="live", company_id=cls.company.id)
        persona = make("crm.persona")
        policy = make("crm.followup.policy", neglect_days=7, sequence=-5)
        track = make(
            "crm.nurture.track",
            entry="rule",
            state="live",
            exit_when_unmatched=True,
            goal_domain="[('city', '=', 'Nowhere')]",
            step_ids=[(0, 0, {"kind": "task", "name": "Call", "days": 1})],
        )
        cls.track = track
        cls.env["crm.nurture.engine"]._enroll(cls.b[5:8], track)
        member = cls.team_north.crm_team_member_ids[:1]
        records = {
            "criterion": make("crm.persona.criterion", persona_id=persona.id),
            "segment": make("crm.segment"),
            "item": make("crm.info.item", field_name="city"),
            "qualifier": make("crm.qualifier", kind="fact"),
            "points": make("crm.scorecard.rule", scorecard_id=card.id, points=3),
            "routing": make("crm.routing.rule", team_id=cls.team_north.id),
            "response": make("crm.routing.policy", minutes=60),
            "policy": policy,
            "step": make("crm.followup.step", policy_id=policy.id, kind="targeted"),
            "track": track,
            "track_step": track.step_ids,
            "gate": make("crm.stage.gate", stage_id=cls.stage.id, kind="rule"),
            "experiment": make("crm.experiment"),
        }
        places = {name: (record, "domain") for name, record in records.items()}
        places["goal"] = track, "goal_domain"
        places["member"] = member, "assignment_domain"
        places["member_prefers"] = member, "assignment_domain_preferred"
        return places

    @classmethod
    def _made(cls, model, **values):
        if "name" in cls.env[model]._fields:
            values = {"name": f"A {model}", **values}
        return cls.env[model].create(values)

    def test_every_kind_of_rule_is_here(self):
        there = {record._name for record, _field in self.places.values()}
        mixin = self.env.registry["crm.rule.mixin"]
        kinds = {
            name
            for name, model in self.env.registry.items()
            if issubclass(model, mixin) and not model._abstract
        }
        self.assertEqual(kinds - there, set())

    # === WHO ASKS === #

    def _asks(self):
        seller, manager = self.user_seller, self.user_manager
        Lead = self.env["crm.lead"].with_user(seller)
        mine = self.b[5].with_user(seller)
        yield "a lead is created", lambda: Lead.create({"name": "New", "city": "Ghent"})
        yield (
            "a lead is saved",
            lambda: mine.write({"city": "Bruges", "company_size": 4, "name": "Other"}),
        )
        yield "a lead is moved", lambda: mine.write({"stage_id": self.stage.id})
        yield "a lead is handed over", lambda: mine.write({"user_id": manager.id})
        yield (
            "something happens with a lead",
            lambda: self._touch(mine, "2026-04-02 09:00:00", "call", "out"),
        )
        yield "a lead is read", lambda: mine.read()
        yield "a lead is opened", lambda: (mine.get_story(), mine.get_formview_action())
        yield (
            "a list is filtered",
            lambda: Lead.search_count([("is_neglected", "=", True)]),
        )
        yield (
            "a list leaves out",
            lambda: Lead.web_search_read([("is_neglected", "=", False)], {"name": {}}),
        )
        yield from self._boards()
        yield from self._engines()
        for cron in self.env["ir.cron"].search([("code", "ilike", "model._cron_")]):
            if cron.model_id.model.startswith("crm.") and "crm_lead_management" in str(
                cron.get_external_id().values()
            ):
                yield (
                    f"job {cron.name}",
                    cron.ir_actions_server_id.with_user(cron.user_id).run,
                )

    def _boards(self):
        env = self.env(user=self.user_manager)
        day = NOW.date().isoformat()
        yield (
            "the board of the team is read",
            lambda: env["crm.followup.board"].search([]).read(),
        )
        for name in ("people", "money", "overview"):
            model = env.get(f"crm.insight.{name}")
            if model is not None and hasattr(model, f"get_{name}"):
                yield (
                    f"{name} is opened",
                    lambda model=model, name=name: getattr(model, f"get_{name}")(
                        "month", day
                    ),
                )
        for kind in ("day", "week", "month"):
            yield (
                f"figures of a {kind} are read",
                lambda kind=kind: self._figures(kind, NOW.date()),
            )
        yield (
            "a meeting is prepared",
            lambda: (
                env["crm.review.meeting"].create({"team_id": self.team_north.id}).read()
            ),
        )

    def _engines(self):
        env, leads = self.env, self.a + self.b
        yield "follow-up is planned", lambda: env["crm.followup.engine"]._plan(leads)
        yield "leads are graded", lambda: env["crm.score.engine"]._score(leads)
        yield (
            "a grade is explained",
            lambda: env["crm.score.engine"]._explain(self.b[0]),
        )
        yield "routing is previewed", lambda: env["crm.routing.engine"]._preview(leads)
        yield "leads are routed", lambda: env["crm.routing.engine"]._route(leads)
        yield (
            "somebody is put into a track",
            lambda: env["crm.nurture.engine"]._enroll(self.b[:3], self.track),
        )

    # === TESTS === #

    def _break(self, record, field, text):
        """Write a condition behind Odoo's back, as what it reads may change, or go."""
        record.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE id = %s",
                SQL.identifier(record._table),
                SQL.identifier(field),
                text,
                record.id,
            )
        )

    def _forget(self):
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def _ask(self, places, text, ask):
        """Ask with conditions broken; all is taken back afterwards.

        :raise Exception: where it is stopped, or something was left undone and logged as an
            error.
        """
        savepoint = self.env.cr.savepoint()
        try:
            for record, field in places:
                self._break(record, field, text)
            self._forget()
            with mute_logger(*QUIET), self.assertLogs(OURS) as heard:
                logging.getLogger(OURS).info("so that there is one")
                ask()
                self.env.flush_all()
                self.env.cr.execute("SELECT 1")
            errors = [one for one in heard.records if one.levelno >= logging.ERROR]
            # A station that fails begins anew, and finds out what is broken.
            lost = [e.getMessage() for e in errors if "once more" not in e.msg]
            self.assertFalse(lost)
        finally:
            savepoint.close(rollback=True)
            self._forget()

    def _stopped(self, places):
        """Return what was stopped by broken conditions at these places."""
        found = []
        for moment in REFUSED:
            for what, ask in self._asks():
                try:
                    self._ask(places, REFUSED[moment], ask)
                except Exception as error:
                    found.append((moment, what, str(error)[:120], ask))
        return found

    def test_nobody_is_stopped(self):
        """All at once, which is quick; where something was stopped, by whom is found out."""
        for place, (record, _field) in self.places.items():
            self.assertTrue(record.exists(), place)
        self.assertTrue(self.track.enrollment_ids)
        told = []
        for moment, what, error, ask in self._stopped(list(self.places.values())):
            culprits = []
            for name, place in self.places.items():
                try:
                    self._ask([place], REFUSED[moment], ask)
                except Exception:
                    culprits.append(name)
            told.append(f"{what} ({moment}), by {culprits or 'all'}: {error}")
        self.assertFalse(told, "\n".join(told))

    def test_the_form_of_what_is_broken_opens(self):
        for name, (record, field) in self.places.items():
            for text in REFUSED.values():
                with self.subTest(name):
                    self._ask(
                        [(record, field)],
                        text,
                        record.with_user(self.user_manager).read,
                    )

    def test_nobody_leaves_a_track_since_its_condition_is_broken(self):
        """Its owner is told, and those in it stay where they are."""
        inside = self.track.enrollment_ids
        for field in ("domain", "goal_domain"):
            for text in REFUSED.values():
                savepoint = self.env.cr.savepoint()
                self._break(self.track, field, text)
                self._forget()
                with mute_logger(*QUIET):
                    self.env["crm.nurture.engine"]._cron_run()
                    self.b[5].write({"city": "Bruges"})
                    found = leaving.find(inside.env, inside)
                self.assertFalse(found)
                self.assertEqual(set(inside.mapped("state")), {"active"})
                self.assertTrue(self.track.broken_reason)
                savepoint.close(rollback=True)
                self._forget()

    def test_a_rule_is_broken_also_by_an_error_without_words(self):
        """It is listed as broken, and nobody leaves the track that is switched off by it."""
        inside = self.track.enrollment_ids
        with mute_logger(*QUIET):
            self.track._rule_switch_off({self.track.id: ""})
        self.assertTrue(self.track.broken_reason)
        self.assertFalse(self.track.active)
        self.assertEqual(set(inside.mapped("state")), {"active"})

    def test_neglected_leads_are_counted_without_the_broken_policy(self):
        """The next policy decides; who asks sees figures, and the owner of the rule is told."""
        policy = self.places["policy"][0]
        self._made("crm.followup.policy", neglect_days=7, sequence=5)
        Lead = self.env["crm.lead"].with_user(self.user_seller)
        before = Lead.search_count([("is_neglected", "=", True)])
        self.assertTrue(before)
        for text in REFUSED.values():
            policy.active = True
            self._break(policy, "domain", text)
            self._forget()
            with mute_logger(*QUIET):
                self.assertEqual(
                    Lead.search_count([("is_neglected", "=", True)]), before
                )
            self.assertFalse(policy.active)
            notice = self.env["mail.message"].search(
                [("model", "=", policy._name), ("res_id", "=", policy.id)]
            )
            self.assertIn(self.user_manager.partner_id, notice.partner_ids)

    def test_the_filters_of_other_members_count(self):
        """A filter that no longer works is left aside, those of others are not.

        It stays as it was written. Who leads the team is told, and who may mend it; once.
        """
        member, other = self.team_north.crm_team_member_ids[:2]
        self.team_north.user_id = self.user_seller
        other.assignment_domain = "[('city', '=', 'Nowhere')]"
        member.assignment_domain_preferred = "[('city', '!=', 'Nowhere')]"
        self.env.flush_all()
        lead, prefers = self.b[:1], member.assignment_domain_preferred
        for text in REFUSED.values():
            savepoint = self.env.cr.savepoint()
            self._break(member, "assignment_domain", text)
            self._forget()
            with mute_logger(f"{OURS}.models.routing.crm_team_member"):
                rows = Measure(self.env).filtered(
                    lead,
                    {member.id: text, other.id: other.assignment_domain},
                    {member.id: prefers},
                )
            self.assertEqual(rows, [(lead.id, [other.id], [member.id])])
            self.assertTrue(member.routing_filter_reason)
            self.assertFalse(member.routing_priority_reason)
            self.assertEqual(member.assignment_domain, text)
            told = (
                self.env["mail.message"]
                .search([("model", "=", member._name), ("res_id", "=", member.id)])
                .partner_ids
            )
            self.assertIn(self.user_seller.partner_id, told)
            self.assertIn(self.user_manager.partner_id, told)
            savepoint.close(rollback=True)
            self._forget()

    def test_a_filter_left_aside_is_not_asked_until_it_is_written_anew(self):
        member = self.team_north.crm_team_member_ids[:1]
        member.assignment_domain = "[('city', '=', 'Nowhere')]"
        member.routing_filter_reason = "The field x_gone was removed"
        self.env.flush_all()

        def of_member():
            teams = self.env["crm.routing.pool"]._teams(self.team_north.ids, NOW)
            people = teams[self.team_north.id][2]
            return next(one for one in people if one.member_id == member.id)

        self.assertFalse(of_member().domain)
        with self.assertRaises(AccessError):
            member.with_user(self.user_seller).action_try_filters()
        member.with_user(self.user_manager).action_try_filters()
        self.assertTrue(of_member().domain)
        member.routing_filter_reason = "The field x_gone was removed"
        member.assignment_domain = "[('city', '=', 'Ghent')]"
        self.assertFalse(member.routing_filter_reason)
        self.assertTrue(of_member().domain)

    def test_assistants_say_what_is_wrong(self):
        """Conditions that are written for the occasion are refused in words."""
        cards = self._made("crm.scorecard") + self._made("crm.scorecard")
        env = self.env(user=self.user_manager)
        for text in REFUSED.values():
            experiment = self.places["experiment"][0]
            self._break(experiment, "domain", text)
            self._forget()
            learn = env["crm.scorecard.learn"].create({})
            learn.domain = text
            compare = env["crm.scorecard.compare"].create(
                {"scorecard_id": cards[0].id, "other_id": cards[1].id, "domain": text}
            )
            for ask in (
                learn.action_learn,
                compare.action_compare,
                experiment.with_user(self.user_manager).action_propose,
            ):
                with self.assertRaisesRegex(UserError, "condition"):
                    ask()
            self.assertFalse(compare.newer_text)
