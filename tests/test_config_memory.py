# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import psycopg2.errors

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.common.crm_config_mixin import CONVERSATION
from .common import LeadCommon

GUARD = "odoo.addons.crm_lead_management.models.common.guarded"
PERSONA = "[('company_size', '>', 5)]"
# What the set-up points at without being for some leads only: whom it belongs to, who works on
# it, what it does. What restricts it, a model names in _rule_restrictions().
DOES = {
    "crm.info.item": set(),
    "crm.message.template": {
        *("mail_template_id", "sms_template_id", "attachment_ids", "render_model"),
    },
    "crm.persona.criterion": {"persona_id"},
    "crm.qualifier.option": {"qualifier_id"},
    # What a lead that comes in by it gets.
    "crm.intake.source": {
        *("company_id", "medium_id", "source_id", "campaign_id", "team_id", "tag_ids"),
        *("country_id", "lang_id"),
    },
    "crm.intake.mapping": {"source_id", "qualifier_id"},
    "crm.followup.duty": {"user_id", "group_user_ids"},
    "crm.followup.step": {"policy_id"},
    "crm.followup.policy": {"then_track_id"},
    # The company is that of the track.
    "crm.nurture.step": {
        *("track_id", "company_id", "template_id", "stage_id", "action_id"),
    },
    "crm.nurture.track": {"user_id", "sender_user_id"},
    "crm.routing.rule": {
        *("team_id", "user_id", "extra_team_ids", "coach_id"),
        *("server_action_id", "server_action_uid", "first_message_id"),
    },
    "crm.scorecard": {"user_ids", "message_partner_ids"},
    "crm.scorecard.grade": {"scorecard_id", "plan_id", "pool_team_id"},
    "crm.scorecard.group": {"scorecard_id"},
    "crm.scorecard.rule": {"scorecard_id", "group_id"},
    # Deleted with its stage; a stage is not archived.
    "crm.stage.dormancy": {"stage_id", "activity_type_id", "track_id"},
    "crm.stage": {"team_ids"},
    # Where the type of activity is gone the demand is switched off, and says so.
    "crm.stage.gate": {"stage_id", "activity_type_id", "setup_log_id"},
}

# What is a part of something else: the field, and its model.
PARTS = {
    "crm.followup.step": ("policy_id", "crm.followup.policy"),
    "crm.intake.mapping": ("source_id", "crm.intake.source"),
    "crm.nurture.step": ("track_id", "crm.nurture.track"),
    "crm.stage.gate": ("stage_id", "crm.stage"),
}


@tagged("post_install", "-at_install")
class TestConfigMemory(LeadCommon):
    """What engines keep in memory never outlives what it points at, whoever takes it away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.lead_creator_keeps = False
        cls.leads = cls.env["crm.lead"].with_user(cls.user_all)
        cls.product = cls.env["product.template"].create({"name": "Press"})
        cls.lead_model = cls.env["ir.model"]._get_id("crm.lead")

    # === WHAT CONFIGURATION IS AND POINTS AT === #

    def _fields(self):
        """Return all pairs of a model of configuration and a field that leads elsewhere."""
        registry = self.env.registry
        return [
            (model._name, field.name)
            for model in registry.values()
            if issubclass(model, registry["crm.config.mixin"]) and not model._abstract
            for field in model._fields.values()
            if field.type in ("many2one", "many2many")
            and field.store
            and not field.related
            and field.name not in ("create_uid", "write_uid")
            and field.comodel_name not in CONVERSATION
        ]

    def _target(self, comodel):
        """Make what configuration points at."""
        values = {
            "crm.message.template": {"purpose": "welcome", "whatsapp_body": "Hello"},
            "crm.scorecard": {"state": "live"},
            "crm.stage": {"sequence": 99, "lead_role": "negotiation"},
            "crm.qualifier": {"kind": "text"},
            "crm.team": {"member_ids": [(6, 0, self.user_seller.ids)]},
            "mail.activity.plan": {"res_model": "crm.lead"},
            "res.users": {"login": "target"},
            "ir.actions.server": {"model_id": self.lead_model, "state": "code"},
        }.get(comodel, {})
        if comodel == "crm.team.member":
            team = self._target("crm.team")
            return team.crm_team_member_ids
        if comodel == "crm.scorecard.group":
            values = {"scorecard_id": self._target("crm.scorecard").id, "max_points": 3}
        if comodel in ("res.lang", "res.country"):
            values["code"] = {"res.lang": "xx_QQ", "res.country": "QQ"}[comodel]
        if comodel == "res.users":
            sales = self.env.ref("sales_team.group_sale_salesman")
            values["group_ids"] = [(4, sales.id)]
        return self.env[comodel].create({"name": "Target", **values})

    def _holder(self, model, field, target):
        """Make configuration that points at it."""
        rule = {"name": "Holder", "domain": PERSONA}
        many = self.env[model]._fields[field].type == "many2many"
        pointer = {field: [(6, 0, target.ids)] if many else target.id}
        values = {
            "crm.stage": {"name": "Holder", "sequence": 1, "lead_role": "contacted"},
            "crm.persona": {"name": "Holder", "criterion_ids": [(0, 0, rule)]},
            "crm.info.item": {"name": "Holder", "field_name": "phone"},
            "crm.qualifier": {**rule, "importance": "knock_out", "on_mismatch": "fail"},
            "crm.qualifier.option": {"name": "Yes", "verdict": "pass"},
            "crm.scorecard": {
                "name": "Holder",
                "state": "live",
                "rule_ids": [(0, 0, rule)],
            },
            "crm.scorecard.group": {"name": "Holder", "max_points": 5},
            "crm.scorecard.rule": {**rule, "points": 40},
            "crm.routing.rule": {
                **rule,
                "method": "fixed",
                "user_id": self.user_seller.id,
            },
            "crm.routing.policy": {**rule, "response_minutes": 60},
            "crm.stage.gate": {"name": "Holder", "kind": "rule", "domain": PERSONA},
            "crm.intake.source": {"name": "Holder", "kind": "web"},
            "crm.intake.mapping": {"path": "name", "target": "contact_name"},
            "crm.followup.duty": {"code": "offer", "who": "owner"},
        }.get(model, rule)
        if field == "pilot_team_ids":
            values["state"] = "pilot"
        if field == "group_id":
            pointer["scorecard_id"] = target.scorecard_id.id
        if model == "crm.routing.rule" and target._name in (
            "crm.team",
            "crm.team.member",
        ):
            team = target if target._name == "crm.team" else target.crm_team_id
            team = self.team_north if field == "extra_team_ids" else team
            pointer.setdefault("team_id", team.id)
            values.update(method="round_robin", user_id=False)
        if field == "activity_type_id":
            values["kind"] = "activity"
        parent, of_model = PARTS.get(model, (None, None))
        if parent and field != parent:
            pointer[parent] = self._target(of_model).id
        if model == "crm.scorecard.grade":
            if field == "scorecard_id":
                return target.grade_ids
            card = self._holder("crm.scorecard", "user_ids", self.user_manager)
            card.grade_ids.write(pointer)
            return card.grade_ids
        if model == "crm.routing.policy":
            known = self.env[model]._fields
            values = {name: value for name, value in values.items() if name in known}
        return self.env[model].create({**values, **pointer})

    # === THE LIFE OF A LEAD === #

    def _life(self):
        """Have a lead do all that it can; return what became of it."""
        values = {"name": "Lead", "company_size": 9, "product_ids": self.product.ids}
        with self.assertNoLogs(GUARD, "ERROR"):
            lead = self.leads.create(values).sudo()
            lead.write({"function": "CEO", "company_size": 8})
            call = {
                "lead_id": lead.id,
                "kind": "call",
                "direction": "out",
                "is_human": True,
            }
            self.env["crm.touchpoint"]._record([call])
            self.env["crm.score.engine"]._score(lead)
            self.env["crm.score.engine"]._explain(lead)
            self.env["crm.qualifier.engine"]._marks(lead)
            preview = self.env["crm.routing.engine"]._preview(lead)
            log = self.env["crm.routing.engine"]._route(lead)
            lead._lead_evaluate(None)
            gates = self.env["crm.stage.gate"]
            failing = gates._failing(lead, gates._rule_rows())
        stage = self.env["crm.stage"].search(
            [("lead_role", "=", "negotiation")], limit=1
        )
        if stage:
            lead.stage_id = stage
        self.env.flush_all()
        return (
            lead.persona_id.name,
            lead.segment_ids.mapped("name"),
            lead.info_completeness,
            lead.qualification_state,
            lead.lead_points,
            lead.lead_grade,
            lead.user_id.login,
            lead.team_id.name,
            lead.routing_rule_id.name,
            preview[0]["outcome"],
            log.outcome,
            bool(lead.response_deadline),
            failing.get(lead.id, []),
        )

    def _take_away(self, target, how):
        """Archive or delete what is pointed at, as a request of its own would."""
        if how == "archive":
            target.active = False
        else:
            target.unlink()
        self.env.flush_all()
        self.env.invalidate_all()

    def _try(self, model, field, how):
        comodel = self.env[model]._fields[field].comodel_name
        if how == "archive" and "active" not in self.env[comodel]._fields:
            return "cannot be archived"
        target = self._target(comodel)
        holder = self._holder(model, field, target)
        before = self._life()
        # None of them holds it back.
        self.env["crm.lead"].with_context(active_test=False).search([]).unlink()
        try:
            with self.cr.savepoint(), mute_logger("odoo.sql_db", "odoo.models.unlink"):
                self._take_away(target, how)
        except psycopg2.errors.RestrictViolation:
            return "refused"
        warm = self._life()
        # A part that goes along with what it belongs to widens nothing.
        if self._restricts(model, field) and holder.exists():
            self.assertIn(field, holder._rule_emptied())
            self.assertTrue(holder.emptied_reason, "it says so")
            if field != "member_ids":  # whose leads they were
                self.assertEqual(
                    warm, before, "it was for nobody of these leads before"
                )
        self.env.registry.clear_cache()
        self.env["crm.config.mixin"]._crm_changed()
        self.assertEqual(warm, self._life(), "what is kept outlives what it points at")
        return "done"

    def _restricts(self, model, field):
        names = getattr(self.env[model], "_rule_restrictions", list)()
        return field in names

    def test_what_restricts_is_named(self):
        """K6: whatever the set-up points at either restricts it, or does something."""
        registry = self.env.registry
        mixin = registry["crm.restriction.mixin"]
        pairs = set(self._fields()) | {
            (model._name, field.name)
            for model in registry.values()
            if issubclass(model, mixin) and not model._abstract
            for field in model._fields.values()
            if field.type in ("many2one", "many2many")
            and field.store
            and not field.related
            and field.name not in ("create_uid", "write_uid")
        }
        for model, field in sorted(pairs):
            with self.subTest(model=model, field=field):
                does = field in DOES.get(model, ())
                self.assertNotEqual(does, self._restricts(model, field), (model, field))

    def test_a_part_follows_what_it_belongs_to(self):
        """C01: a persona that is for all again by choice has its criteria for all."""
        other = self.env["res.company"].create({"name": "Other"})
        persona = self.env["crm.persona"].create(
            {
                "name": "P",
                "company_id": other.id,
                "criterion_ids": [(0, 0, {"name": "C", "domain": PERSONA})],
            }
        )
        values = {"name": "Lead", "company_size": 9}
        self.assertFalse(self.leads.create(values).sudo().persona_id)
        persona.company_id = False
        self.env.flush_all()
        self.assertEqual(self.leads.create(values).sudo().persona_id, persona)

    def test_whatever_is_pointed_at_is_taken_away(self):
        """Every field of every model of configuration, archived and deleted."""
        outcomes = {}
        for how in ("archive", "delete"):
            for model, field in self._fields():
                with self.subTest(model=model, field=field, how=how):
                    begin = self.cr.savepoint()
                    try:
                        outcome = self._try(model, field, how)
                    finally:
                        begin.close(rollback=True)
                    outcomes.setdefault(outcome, []).append((model, field))
        self.assertGreater(len(outcomes["done"]), 40)
        self.assertEqual(
            set(outcomes["refused"]),
            {
                ("crm.stage", "team_ids"),
                ("crm.routing.rule", "team_id"),
                ("crm.intake.source", "company_id"),
                ("crm.nurture.step", "stage_id"),
                ("crm.nurture.step", "action_id"),
            },
        )

    # === VERSIONS === #

    def _version(self):
        return self.env["crm.config.mixin"]._crm_version()

    def test_what_changes_configuration_is_a_new_version(self):
        segment = self.env["crm.segment"].create({"name": "S", "domain": "[]"})
        team = self.env["crm.team"].create({"name": "T"})
        versions = {self._version()}
        for number, change in enumerate(
            (
                lambda: segment.write({"name": "Other"}),
                lambda: segment.copy(),
                lambda: segment.unlink(),
                lambda: team.action_archive(),
                lambda: team.action_unarchive(),
                lambda: team.unlink(),
                lambda: self.env["res.company"].create({"name": "Other"}),
                lambda: self.env["crm.config.version"]._gc_versions(),
            ),
            2,
        ):
            change()
            versions.add(self._version())
            self.assertEqual(len(versions), number)

    def test_other_work_is_no_new_version(self):
        """Teams are renamed, leads come in: what is kept stays kept."""
        team = self.env["crm.team"].create({"name": "T"})
        self._life()
        version = self._version()
        team.name = "Other"
        self.env["res.partner"].create({"name": "Ann"}).action_archive()
        self._life()
        self.assertEqual(self._version(), version)

    def test_a_change_that_is_taken_back_is_none(self):
        segment = self.env["crm.segment"].create({"name": "S", "domain": PERSONA})
        version = self._version()
        with self.assertRaises(KeyError), self.cr.savepoint():
            segment.domain = "[]"
            self.assertNotEqual(self._version(), version)
            self.assertEqual(
                self.leads.create({"name": "L"}).sudo().segment_ids, segment
            )
            raise KeyError
        self.assertEqual(self._version(), version)
        self.assertFalse(self.leads.create({"name": "L"}).sudo().segment_ids)

    def test_what_one_caller_sees_of_archived_records_is_not_kept_for_others(self):
        """The first caller after a change may look at archived records, too."""
        first = self.env["res.company"].search([], order="id", limit=1)
        rule = {
            "name": "L",
            "kind": "fact",
            "domain": PERSONA,
            "importance": "knock_out",
        }
        persona = self.env["crm.persona"].create({"name": "Gone"})
        item = {"name": "phone", "field_name": "phone"}
        self.env["crm.info.item"].create({**item, "persona_ids": persona.ids})
        self.env["crm.qualifier"].create({**rule, "team_ids": self.team_south.ids})
        self.team_south.active = persona.active = False
        self.assertTrue(first)
        found = []
        for active_test in (True, False):
            self.env["crm.config.mixin"]._crm_changed()
            self.env.invalidate_all()
            env = self.env(context={"active_test": active_test, "lang": "fr_FR"})
            kept = [
                env["res.company"]._crm_first_company_id(),
                env["crm.stage"]._rows(),
            ]
            for model in ("crm.info.item", "crm.qualifier", "crm.segment"):
                rows = env[model]._rule_rows()
                kept.append([(row.id, row.name, row.values) for row in rows])
            found.append(kept)
        self.assertEqual(*found)
