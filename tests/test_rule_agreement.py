# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import os
import random
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from ..models.scoring.grading.explainer import Explainer
from .common import LeadCommon
from .rule_reference import Reference
from .rule_world import RuleWorld

# More rounds, for whoever changes how rules become SQL:
# CRM_LEAD_AGREEMENT_ROUNDS=100 ./dev/test --only unit -k rule_agreement
ROUNDS = int(os.environ.get("CRM_LEAD_AGREEMENT_ROUNDS", 3))
SKIP = "crm_lead_management_skip"
GUARD = "odoo.addons.crm_lead_management.models.common.guarded"


@tagged("post_install", "-at_install")
class TestRuleAgreement(LeadCommon):
    """By chance: any rules say the same of any leads, by every way, as Odoo's own search."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name, kind in (("x_floors", "integer"), ("x_note", "char")):
            cls.env["ir.model.fields"].create(
                {
                    "name": name,
                    "model_id": cls.env["ir.model"]._get_id("crm.lead"),
                    "field_description": name,
                    "ttype": kind,
                }
            )
        cls.team_north.lead_properties_definition = [
            {"name": "roof", "string": "Roof", "type": "char"},
            {"name": "floors", "string": "Floors", "type": "integer"},
        ]
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.companies = cls.company + cls.other
        cls.companies.lead_creator_keeps = False
        users = cls.user_seller + cls.user_colleague + cls.user_all + cls.user_manager
        users.company_ids = cls.companies
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.world = RuleWorld(cls)
        cls.archived = cls.env["crm.lead"].with_context(active_test=False)

    # === RULES === #

    def _rule(self, rng, late=(), own=True, **values):
        domain = self.world.domain(rng, late, own)
        return {"name": domain[:60], "domain": domain, **values}

    def _shuffle_rules(self, rng):
        for model in self.QUIET_MODELS:
            self.env[model].search([]).active = False
        make = {
            model: self.env[model].with_user(self.user_manager).create
            for model in (*self.QUIET_MODELS, "crm.scorecard.group")
        }
        company = [False, False, *self.companies.ids]
        make["crm.segment"](
            [self._rule(rng, company_id=rng.choice(company)) for _n in range(4)]
        )
        segments = self.env["crm.segment"].search([]).ids
        after_segments = [
            ("segment_ids", "in", segments[:2]),
            ("segment_ids", "=", False),
        ]
        personas = make["crm.persona"](
            [
                {
                    "name": f"Persona {n}",
                    "sequence": rng.randint(1, 3),
                    "threshold": rng.choice([1, 30, 50, 100]),
                    "company_id": rng.choice(company),
                    "criterion_ids": [
                        (
                            0,
                            0,
                            self._rule(rng, after_segments, weight=rng.randint(1, 3)),
                        )
                        for _n in range(rng.randint(1, 3))
                    ],
                }
                for n in range(4)
            ]
        )
        names = ("phone", "x_floors", "tag_ids", "lead_properties.roof", "birthdate")
        make["crm.info.item"](
            [
                {
                    "name": name,
                    "field_name": name,
                    "weight": rng.randint(1, 3),
                    "company_id": rng.choice(company),
                    "persona_ids": [(6, 0, rng.choice([[], [], personas.ids[:2]]))],
                }
                for name in names
            ]
        )
        after_persona = [("persona_id", "in", personas.ids[:2]), *after_segments]
        make["crm.qualifier"](
            [
                self._rule(
                    rng,
                    kind="fact",
                    importance=rng.choice(["required", "nice_to_have", "knock_out"]),
                    on_mismatch=rng.choice(["known", "open", "fail"]),
                    company_id=rng.choice(company),
                    team_ids=[(6, 0, rng.choice([[], self.team_north.ids]))],
                    persona_ids=[(6, 0, rng.choice([[], [], personas.ids[:2]]))],
                )
                for _n in range(3)
            ]
        )
        late = [
            *after_persona,
            ("qualification_state", "=", "failed"),
            ("info_completeness", ">=", 50),
        ]
        for company_id in (False, self.other.id)[: rng.randint(1, 2)]:
            self._make_card(rng, make, company_id, late)
        self._make_routing(rng, own=False)

    def _make_card(self, rng, make, company_id, late):
        card = make["crm.scorecard"](
            {"name": "Card", "state": "live", "company_id": company_id}
        )
        limits = [{"max_points": 40}, {"min_points": -10}]
        groups = make["crm.scorecard.group"](
            [{"name": "G", "scorecard_id": card.id, **limit} for limit in limits]
        )
        rules = [
            self._rule(
                rng,
                late,
                points=rng.choice([-20, -3, 0, 5, 12.5, 30]),
                group_id=rng.choice([False, *groups.ids]),
                **rng.choice([{}, {}, self._behaviour(rng)]),
            )
            for _n in range(10)
        ]
        # Each speaks the language of its author, here of somebody who writes French.
        card.rule_ids = [(0, 0, rule) for rule in rules[:8]]
        card.with_context(lang="fr_FR").rule_ids = [(0, 0, rule) for rule in rules[8:]]

    def _behaviour(self, rng):
        return {
            "measure": rng.choice(["at_least", "at_least", "fewer"]),
            "event_kind": rng.choice([False, "call", "email"]),
            "event_direction": rng.choice([False, "in"]),
            "event_human": rng.random() < 0.3,
            "event_count": rng.randint(1, 2),
            "event_days": rng.choice([0, 3]),
            "grace_days": rng.choice([0, 0, 2]),
            "points_per_event": rng.random() < 0.5,
            "points_cap": rng.choice([0, 15]),
            "half_life": rng.choice([0, 2.0]),
        }

    def _make_routing(self, rng, late=(), own=True, **values):
        users = (self.user_seller, self.user_colleague, self.user_all)
        self.env["crm.routing.rule"].with_user(self.user_manager).create(
            [
                self._rule(
                    rng,
                    late,
                    own,
                    sequence=n,
                    method="fixed",
                    user_id=user.id,
                    **values,
                )
                for n, user in enumerate(users)
            ]
        )

    # === WAYS === #

    def _callers(self):
        """Return the crm.lead model as it is seen by callers of all kinds."""
        ids = self.companies.ids
        hostile = {
            "active_test": False,
            "lang": "fr_FR",
            "tz": "Pacific/Auckland",
            "allowed_company_ids": ids[::-1],
            "default_kind": "call",
            "default_points": 999,
            "default_domain": "[]",
            "default_company_id": self.other.id,
        }
        leads = self.env["crm.lead"].with_context(allowed_company_ids=ids)
        plain = leads.with_context(tracking_disable=False).with_user(self.user_all)
        return [
            plain,
            leads.with_user(self.user_manager).with_context(**hostile),
            leads.with_context(lang=False, tz=False, active_test=False).sudo(),
        ]

    def _by_every_way(self, rng):
        """Make leads by every way; return them all, as superuser."""
        values = [self.world.lead_values(rng) for _n in range(8)]
        made = self.archived
        callers = self._callers()
        for number, vals in enumerate(values):
            made += callers[number % 3].create(vals).sudo()
        for caller in callers:
            made += caller.create(values).sudo()
        saved = callers[1].create([{"name": "x", "company_id": False}] * 4)
        for number, lead in enumerate(saved):
            for name, value in values[number].items():
                caller = callers[rng.randint(0, 2)]
                caller.browse(lead.id).write({name: value})
        skipped = callers[0].with_context(**{SKIP: True}).create(values).sudo()
        return made + saved.sudo(), self.archived.browse(skipped.ids)

    def _touch(self, rng, leads):
        days = ("2031-03-05 08:00:00", "2031-03-03 08:00:00", "2031-02-01 08:00:00")
        events = [
            {
                "lead_id": lead.id,
                "kind": rng.choice(["call", "email", "note"]),
                "direction": rng.choice(["in", "internal"]),
                "is_human": rng.random() < 0.5,
                "occurred_on": rng.choice(days),
            }
            for lead in leads
            for _n in range(rng.randint(0, 3))
        ]
        self.env["crm.touchpoint"]._record(events)

    # === AGREEMENT === #

    def _check(self, leads, way):
        """Check all that is stored and asked about leads against Odoo's own search."""
        self.env.flush_all()
        # What Odoo computed by itself (a number of a contact whose other lead has another
        # one now) is followed before the transaction ends.
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        leads = self.env["crm.lead"].browse(leads.ids)
        reference = Reference(leads)
        personas, completeness = reference.personas(), reference.completeness()
        gates, points = reference.gates(), reference.points()
        segments = reference.matches("crm.segment")
        for lead in leads:
            msg = f"{way}: lead {lead.id}"
            self.assertEqual(
                (lead.persona_id.id or None, lead.persona_match or None),
                personas[lead.id],
                msg,
            )
            self.assertAlmostEqual(
                lead.info_completeness, completeness[lead.id], 6, msg
            )
            self.assertEqual(lead.qualification_state, gates[lead.id], msg)
            self.assertEqual(set(lead.segment_ids.ids), segments[lead.id], msg)
            expected = points.get(lead.id, 0)
            if not lead._lead_is_open():
                # What is noted of it afterwards gives it no other grade than at its close.
                expected = self.kept.setdefault(lead.id, expected)
            self.assertAlmostEqual(lead.lead_points, expected, 6, msg)
        self._check_answers(leads, points, way)

    def _check_answers(self, leads, points, way):
        """Check what is asked and not stored."""
        reference, engine = Reference(leads), self.env["crm.score.engine"]
        for model in ("crm.segment", "crm.routing.rule", "crm.persona.criterion"):
            for caller in self._callers():
                Rule = caller.env[model]
                found = Rule._rule_match(caller.browse(leads.ids))
                self.assertEqual(found, reference.matches(model), (way, model))
        for card in self.env["crm.scorecard"].search([("state", "=", "live")]):
            expected = reference.points_with(card)
            found = engine._points(leads, card)
            for lead_id in leads.ids:
                self.assertAlmostEqual(found[lead_id], expected[lead_id], 6, way)
        with patch.object(Explainer, "_rest", lambda *args: []):
            explained = Explainer(self.env).explain(leads)
        for lead_id, parts in explained.items():
            total = sum(part["points"] for part in parts)
            self.assertAlmostEqual(total, points.get(lead_id, 0), 6, way)
        # Asked for by name, closed ones would be graded as of their close, with what came since.
        still_open = leads.filtered(lambda lead: lead._lead_is_open())
        self.assertFalse(engine._score(still_open), way)

    def _check_routed(self, leads):
        """Check that new leads went to the first rule that matches, closed ones to none."""
        rules = self.env["crm.routing.rule"].search([])
        matched = Reference(leads).matches("crm.routing.rule")
        for lead in leads:
            tried = [rule for rule in rules if rule.id in matched[lead.id]]
            log = lead.routing_log_ids
            if not lead._lead_is_open():
                self.assertFalse(log.rule_id)
                continue
            self.assertEqual(len(log), 1)
            if log.outcome == "fixed":
                self.assertEqual(log.rule_id, tried[0])
                self.assertEqual(lead.user_id, tried[0].user_id)
            elif log.mode == "auto":
                self.assertFalse(tried)

    def _check_preview(self, rng, leads):
        """Check that rules of every kind decide as Odoo's own search says."""
        late = [("lead_grade", ">=", 3), ("persona_id", "!=", False)]
        self._make_routing(rng, late, company_id=rng.choice([False, self.other.id]))
        open_leads = leads.filtered(lambda lead: lead._lead_is_open())
        matched = Reference(open_leads).matches("crm.routing.rule")
        rules = self.env["crm.routing.rule"].search([])
        expected = {
            lead.id: next((r.id for r in rules if r.id in matched[lead.id]), False)
            for lead in open_leads
        }
        for caller in self._callers():
            preview = caller.env["crm.routing.engine"]._preview(
                caller.sudo().browse(open_leads.ids)
            )
            self.assertEqual({d["lead_id"]: d["rule_id"] for d in preview}, expected)
        self.env["crm.routing.engine"]._route(open_leads)
        for lead in open_leads:
            self.assertEqual(lead.routing_rule_id.id, expected[lead.id])

    def _nightly(self):
        cron = self.env.ref("crm_lead_management.ir_cron_evaluate_leads")
        self.env["crm.lead.batch"]._start()
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()

    def _agree(self, seed):
        rng = random.Random(seed)
        self.kept = {}
        self._shuffle_rules(rng)
        with self.assertNoLogs(GUARD, "ERROR"):  # nothing was done again with care
            leads, skipped = self._by_every_way(rng)
            self._check(leads, "made")
            self._check_routed(leads[:32])
            self._touch(rng, leads)
            self._check(leads, "touched")
            self.env.registry.clear_cache()
            self._check(leads, "cache cleared")
            self._nightly()
            closed = skipped.filtered(lambda lead: not lead._lead_is_open())
            closed._lead_evaluate(None)
            self._check(skipped + leads, "by night")
            self._check_preview(rng, skipped)
            self._check(skipped, "routed")

    def test_all_ways_agree(self):
        for seed in range(ROUNDS):
            with self.subTest(seed=seed), freeze_time("2031-03-05 10:30:00"):
                begin = self.cr.savepoint()
                try:
                    self._agree(seed)
                finally:
                    begin.close(rollback=True)  # each round begins with nothing
