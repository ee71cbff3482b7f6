# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..exceptions import StageGateError
from ..models.common import context
from .common import LeadCommon

MARKS = [mark for mark in vars(context).values() if isinstance(mark, context.Mark)]
# What clients could say in earlier versions, and what they might try.
OLD_KEYS = (
    "crm_lead_management_guarded", "crm_lead_management_fresh", "crm_lead_management_bulk",
    "crm_lead_management_routing", "crm_touchpoint_known", "crm_message_lang",
    "crm_message_template_id", "crm_message_bodies", "crm_scorecard_saving",
    "crm_pipeline_stay", "crm_pipeline_override", "crm_pipeline_reason",
    "crm_lead_management_stay", "crm_lead_management_override",
)  # fmt: skip
VALUES = (True, 1, "x", ["x"], {"value": True}, {"value": "x"})
GUARD = "odoo.addons.crm_lead_management.models.common.guarded"
RULES = "odoo.addons.crm_lead_management.models.common.rule.crm_rule_mixin"


@tagged("post_install", "-at_install")
class TestContextKeys(LeadCommon):
    """What callers say beside the values: SKIP, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.lead_creator_keeps = False
        cls.leads = cls.env["crm.lead"].with_user(cls.user_seller)

    def _forged(self):
        """Yield contexts as a client sends them, through JSON."""
        keys = [mark.key for mark in MARKS] + list(OLD_KEYS)
        for value in VALUES:
            yield json.loads(json.dumps(dict.fromkeys(keys, value)))

    # === MARKS === #

    def test_a_mark_is_set_by_code_and_taken_out_again(self):
        for mark in MARKS:
            marked = self.leads.with_context(**mark.on("value"))
            self.assertIsNone(mark.of(self.leads.env))
            self.assertEqual(mark.of(marked.env), "value")
            self.assertIs(mark.of(self.leads.with_context(**mark.on()).env), True)
            self.assertIsNone(mark.of(marked.with_context(**mark.on(None)).env))
            self.assertTrue(mark.key.startswith("crm_lead_management_"))
        self.assertEqual(len({mark.key for mark in MARKS}), len(MARKS))

    def test_what_a_client_sends_is_no_mark(self):
        for keys in self._forged():
            env = self.leads.with_context(**keys).env
            for mark in MARKS:
                self.assertIsNone(mark.of(env), mark.key)

    def test_owners_given_with_forged_keys_are_on_record(self):
        rule = {"name": "all", "method": "fixed", "user_id": self.user_seller.id}
        self.env["crm.routing.rule"].create(rule)
        for keys in self._forged():
            leads = self.leads.with_user(self.user_all).with_context(**keys)
            lead = leads.create({"name": "L"})
            self.assertEqual(lead.routing_rule_id.name, "all")
            lead.write({"user_id": self.user_colleague.id})
            log = lead.sudo().routing_log_ids
            self.assertEqual(len(log), 2)
            self.assertEqual(log[0].to_user_id, self.user_colleague)

    def test_stages_still_demand_with_forged_keys(self):
        self.env["crm.stage"].search([("lead_role", "!=", False)]).lead_role = False
        stage = self.env["crm.stage"].create(
            {"name": "Strict", "sequence": 99, "lead_role": "negotiation"}
        )
        gate = {"name": "size", "domain": "[('company_size', '>', 5)]"}
        self.env["crm.stage.gate"].create(
            {"stage_id": stage.id, "kind": "rule", **gate}
        )
        lead = self.leads.create({"name": "L", "user_id": self.user_seller.id})
        for keys in self._forged():
            with self.assertRaisesRegex(StageGateError, "size"):
                lead.with_context(**keys).write({"stage_id": stage.id})

    def test_what_is_said_to_a_lead_with_forged_keys_is_a_touchpoint(self):
        lead = self.leads.create({"name": "L", "user_id": self.user_seller.id})
        ann = self.env["res.partner"].create({"name": "Ann", "email": "a@b.example"})
        for number, keys in enumerate(self._forged(), 1):
            lead.with_context(**keys).message_post(
                body="Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=ann.ids,
            )
            self.assertEqual(len(lead.sudo().touchpoint_ids), number)

    def test_a_rule_that_breaks_is_borne_with_forged_keys(self):
        for keys in self._forged():
            broken = self.env["crm.segment"].create(
                {"name": "S", "domain": r"[('function', '=like', 'CEO\\')]"}
            )
            leads = self.leads.with_context(**keys)
            with mute_logger(GUARD, RULES, "odoo.sql_db"):
                lead = leads.create({"name": "L", "function": "CEO of all"})
            self.assertTrue(lead.exists())
            self.assertFalse(broken.active)
            lead.function = "CFO"

    # === THE MEANING OF A RULE === #

    def test_no_context_changes_what_a_rule_means(self):
        """Whoever comes first: what he wants to see of archived records stays his."""
        product = self.env["product.template"].create({"name": "Old", "active": False})
        domain = "[('product_ids.name', 'ilike', 'old')]"
        rules = [(0, 0, {"name": "old", "points": -13, "domain": domain})]
        self.env["crm.scorecard"].create(
            {"name": "Card", "state": "live", "rule_ids": rules}
        )
        values = {"name": "L", "product_ids": [(4, product.id)]}
        found = []
        for contexts in (({}, {"active_test": False}), ({"active_test": False}, {})):
            self.env["crm.config.mixin"]._crm_changed()
            for keys in contexts:
                leads = self.leads.with_context(**keys)
                lead = leads.create(values)
                engine = leads.env["crm.score.engine"]
                card = engine.sudo()._scorecard_of(lead)
                found += [lead.lead_points, engine._points(lead, card)[lead.id]]
                found.append(sum(p["points"] for p in engine._explain(lead)))
        self.assertEqual(set(found), {found[0]}, found)

    def test_an_answer_given_in_a_list_counts_like_any_other(self):
        """The action "Answers" shows archived answers too: its context reaches the engines."""
        product = self.env["product.template"].create({"name": "Old", "active": False})
        self.env["crm.segment"].create(
            {"name": "S", "domain": "[('product_ids', 'any', [('name', '=', 'Old')])]"}
        )
        question = self.env["crm.qualifier"].create({"name": "Q", "kind": "yes_no"})
        lead = self.leads.create({"name": "L", "product_ids": [(4, product.id)]})
        segments, gate = lead.sudo().segment_ids, lead.qualification_state
        self.env["crm.config.mixin"]._crm_changed()
        answers = self.env["crm.qualifier.answer"].with_user(self.user_seller)
        answers.with_context(active_test=False).create(
            {"lead_id": lead.id, "qualifier_id": question.id, "value_yes_no": "yes"}
        )
        lead.with_context(active_test=False).city = "Gent"
        self.assertEqual(lead.sudo().segment_ids, segments)
        self.assertEqual((gate, lead.qualification_state), ("open", "passed"))

    def test_words_are_those_of_the_author(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        germany = self.env.ref("base.de")
        germany.with_context(lang="fr_FR").name = "Allemagne"
        segments = self.env["crm.segment"].with_user(self.user_manager)
        for lang, word in (("fr_FR", "Allemagne"), ("en_US", "Germany")):
            segments.with_context(lang=lang).create(
                {"name": word, "domain": f"[('country_id.name', '=', '{word}')]"}
            )
        for lang in ("en_US", "fr_FR", False):
            leads = self.leads.with_context(lang=lang)
            lead = leads.create({"name": "L", "country_id": germany.id})
            self.assertEqual(len(lead.sudo().segment_ids), 2, lang)
        self.env.registry.clear_cache()
        lead._lead_evaluate(None)
        self.assertEqual(len(lead.sudo().segment_ids), 2)

    def test_what_each_company_has_of_its_own_is_refused_by_name(self):
        for domain in (
            "[('partner_id.credit_limit', '>', 0)]",
            "['|', ('name', '=', 'x'), ('partner_id', 'any', [('credit_limit', '>', 0)])]",
            "[('partner_id.parent_id', 'not any', [('barcode', '=', 'x')])]",
        ):
            name = "credit_limit" if "credit" in domain else "barcode"
            field = self.env["res.partner"]._fields.get(name)
            if not field or not field.company_dependent:
                continue
            label = field._description_string(self.env)
            with self.assertRaisesRegex(ValidationError, f"Mine(.|\n)*{label}"):
                self.env["crm.segment"].with_user(self.user_manager).create(
                    {"name": "Mine", "domain": domain}
                )

    # === SKIP === #

    def test_skip_is_the_same_when_created_and_when_written(self):
        """Nothing is evaluated; what was typed is put right, and stages do what they do."""
        stage = self.env["crm.stage"].search(
            [("lead_role", "=", "unqualified")], limit=1
        )
        stage = stage or self.env["crm.stage"].create(
            {"name": "Unqualified", "lead_role": "unqualified", "sequence": 99}
        )
        persona = self.env["crm.persona"].create(
            {"name": "P", "criterion_ids": [(0, 0, {"name": "all", "domain": "[]"})]}
        )
        other = self.env["crm.persona"].create({"name": "By hand"})
        self.env["crm.routing.rule"].create(
            {"name": "all", "method": "fixed", "user_id": self.user_colleague.id}
        )
        leads = self.env["crm.lead"].with_context(crm_lead_management_skip=True)
        values = {
            "social_linkedin": "ann.b",
            "persona_id": other.id,
            "stage_id": stage.id,
        }
        created = leads.create({"name": "L", "type": "opportunity", **values})
        written = leads.create({"name": "L", "type": "opportunity"})
        self.assertFalse(written.persona_id)
        written.write(values)
        names = (
            "active", "won_status", "probability", "lost_reason_id", "social_linkedin",
            "persona_id", "persona_is_manual", "lead_grade", "routing_rule_id",
        )  # fmt: skip
        for name in names:
            self.assertEqual(created[name], written[name], name)
        self.assertEqual(created.won_status, "lost")
        self.assertTrue(created.persona_is_manual)
        self.assertIn("https://", created.social_linkedin)
        for lead in created + written:
            self.assertEqual(lead.stage_log_ids[0].to_stage_id, stage)
        self.cr.flush()
        self.assertEqual((created + written).persona_id, other)
        self.assertNotIn(persona, (created + written).persona_id)

    def test_a_false_skip_skips_nothing(self):
        stations = type(self.env["crm.routing.station"])
        calls = []
        hear = patch.object(
            stations, "_on_created", lambda self, leads, state: calls.append(1)
        )
        with hear:
            self.env["crm.config.mixin"]._crm_changed()
            for value in (False, 0, "", None):
                leads = self.leads.with_context(crm_lead_management_skip=value)
                leads.create({"name": "L"})
        self.env["crm.config.mixin"]._crm_changed()
        self.assertEqual(len(calls), 4)
