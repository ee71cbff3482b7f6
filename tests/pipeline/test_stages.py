# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import PipelineCommon


@tagged("post_install", "-at_install")
class TestStages(PipelineCommon):
    """Customer, Inactive and Unqualified, and the ways back from each."""

    def _lead(self, role="open", **values):
        return self._make_lead(
            stage_id=self.stages[role].id,
            type="opportunity",
            user_id=self.user_seller.id,
            **values,
        )

    # === CUSTOMER === #

    def test_won_goes_to_customer_by_role(self):
        lead = self._lead("negotiation").with_user(self.user_seller)
        lead.action_set_won()
        self.assertEqual(lead.stage_id, self.stages["customer"])
        self.assertEqual(lead.won_status, "won")

    def test_won_again_stays_in_customer(self):
        """Core would go on to the next won stage, Inactive, and move the closing date."""
        lead = self._lead("customer")
        closed = lead.date_closed = fields.Datetime.now() - timedelta(days=50)
        lead.action_set_won()
        self.assertEqual(lead.stage_id, self.stages["customer"])
        self.assertEqual(lead.date_closed, closed)

    def test_restored_unqualified_and_won_goes_to_customer(self):
        """Core would choose Inactive, the won stage next to Unqualified."""
        lead = self._lead("qualified")
        lead.stage_id = self.stages["unqualified"]
        lead.action_restore()
        lead.action_set_won()
        self.assertEqual(lead.stage_id, self.stages["customer"])

    def test_won_straight_from_unqualified(self):
        lead = self._lead("qualified")
        lead.stage_id = self.stages["unqualified"]
        lead.action_set_won()
        self.assertEqual(lead.stage_id, self.stages["customer"])
        self.assertTrue(lead.active)
        self.assertFalse(lead.lost_reason_id)
        self.assertEqual(
            self._moves(lead),
            [
                (False, "qualified"),
                ("qualified", "unqualified"),
                ("unqualified", "customer"),
            ],
        )

    def test_won_goes_to_a_stage_that_the_team_can_use(self):
        own = self.env["crm.stage"].create(
            {
                "name": "North customers",
                "sequence": 200,
                "is_won": True,
                "lead_role": "customer",
                "team_ids": self.team_north.ids,
            }
        )
        north = self._make_lead(team_id=self.team_north.id, user_id=False)
        south = self._make_lead(team_id=self.team_south.id, user_id=False)
        (north + south).action_set_won()
        self.assertEqual(north.stage_id, own)
        self.assertEqual(south.stage_id, self.stages["customer"])

    def test_without_roles_won_is_as_odoo_does(self):
        lead = self._lead("negotiation")
        self.setup_log.line_ids.filtered(
            lambda line: line.name == "Won"
        ).stage_id.lead_role = False
        lead.action_set_won()
        self.assertEqual(lead.stage_id, self.stages["customer"])

    # === INACTIVE === #

    def test_leaving_customer_for_inactive_keeps_the_win(self):
        lead = self._lead("negotiation", team_id=self.team_north.id)
        lead.action_set_won()
        closed = lead.date_closed = fields.Datetime.now() - timedelta(days=50)
        before = self._frequencies()
        lead.stage_id = self.stages["inactive"]
        self.assertEqual(lead.won_status, "won")
        self.assertEqual(lead.date_closed, closed)
        self.assertEqual(self._frequencies(), before, "A win is counted once.")
        lead.action_set_won()
        self.assertEqual(lead.stage_id, self.stages["customer"], "The way back.")
        self.assertEqual(lead.date_closed, closed)
        self.assertEqual(self._frequencies(), before)

    # === UNQUALIFIED === #

    def test_unqualified_is_lost_with_a_reason(self):
        lead = self._lead("contacted").with_user(self.user_seller)
        lead.write({"stage_id": self.stages["unqualified"].id})
        self.assertEqual(lead.won_status, "lost")
        self.assertFalse(lead.active)
        self.assertEqual(lead.lost_reason_id.name, "Needs do not match")
        self.assertTrue(lead.date_closed)

    def test_a_given_reason_is_kept(self):
        reason = self.env["crm.lost.reason"].create({"name": "Student project"})
        lead = self._lead("contacted")
        lead.write(
            {"stage_id": self.stages["unqualified"].id, "lost_reason_id": reason.id}
        )
        self.assertEqual(lead.lost_reason_id, reason)

    def test_restore_brings_back_to_the_stage_before(self):
        leads = self._lead("contacted") + self._lead("nurturing")
        leads.write({"stage_id": self.stages["unqualified"].id})
        leads.action_restore()
        self.assertEqual(leads.mapped("stage_id.lead_role"), ["contacted", "nurturing"])
        self.assertEqual(set(leads.mapped("won_status")), {"pending"})
        self.assertEqual(leads.mapped("active"), [True, True])
        self.assertFalse(leads.lost_reason_id)

    def test_moving_out_of_unqualified_restores(self):
        lead = self._lead("contacted")
        lead.stage_id = self.stages["unqualified"]
        lead.stage_id = self.stages["negotiation"]
        self.assertTrue(lead.active)
        self.assertEqual(lead.won_status, "pending")
        self.assertFalse(lead.lost_reason_id)

    def test_created_in_unqualified(self):
        lead = self._lead("unqualified")
        self.assertEqual(lead.won_status, "lost")
        lead.action_restore()
        self.assertEqual(lead.stage_id, self.stages["open"])

    def test_a_customer_can_be_found_unqualified(self):
        """Core refuses to lose a lead in a won stage; moving it is what core asks for."""
        lead = self._lead("customer")
        lead.stage_id = self.stages["unqualified"]
        self.assertEqual(lead.won_status, "lost")
        lead.action_restore()
        self.assertEqual(lead.stage_id, self.stages["open"])

    # === LOG === #

    def test_every_channel_is_logged(self):
        contacted, qualified = self.stages["contacted"], self.stages["qualified"]
        lead = self._lead(request_note="A roof")
        lead.with_user(self.user_seller).web_save(
            {"stage_id": contacted.id}, {"stage_id": {}}
        )
        result = self.env["crm.lead"].load(
            ["id", "stage_id/.id"],
            [[lead.export_data(["id"])["datas"][0][0], str(qualified.id)]],
        )
        self.assertFalse(result["messages"])
        lead.action_set_won()
        self.assertEqual(
            self._moves(lead),
            [
                (False, "open"),
                ("open", "contacted"),
                ("contacted", "qualified"),
                ("qualified", "customer"),
            ],
        )
        self.assertEqual(lead.stage_log_ids.sorted("id")[1].user_id, self.user_seller)

    def test_leads_of_a_silent_import_are_logged(self):
        leads = self.env["crm.lead"].with_context(crm_lead_management_skip=True)
        lead = leads.create({"name": "Import", "stage_id": self.stages["qualified"].id})
        lead.stage_id = self.stages["negotiation"]
        self.assertEqual(
            self._moves(lead), [(False, "qualified"), ("qualified", "negotiation")]
        )

    def test_time_in_the_former_stage(self):
        with freeze_time("2026-01-01 10:00:00"):
            lead = self._lead()
        with freeze_time("2026-01-03 22:00:00"):
            lead.stage_id = self.stages["contacted"]
        log = lead.stage_log_ids[0]
        self.assertEqual(log.seconds, 60 * 60 * 60)
        self.assertEqual(log.days, 2.5)

    def test_a_stage_that_changes_with_the_team_is_logged(self):
        own = self.env["crm.stage"].create(
            {"name": "Only north", "sequence": 3, "team_ids": self.team_north.ids}
        )
        lead = self._make_lead(
            team_id=self.team_north.id, user_id=False, stage_id=own.id
        )
        lead.team_id = self.team_south
        self.assertEqual(lead.stage_id, self.stages["open"])
        self.assertEqual(self._moves(lead), [(False, False), (False, "open")])
        self.assertEqual(lead.stage_log_ids[0].from_stage_id, own)

    def test_writing_the_same_stage_logs_nothing(self):
        lead = self._lead()
        lead.write({"stage_id": lead.stage_id.id, "name": "Same"})
        self.assertEqual(len(lead.stage_log_ids), 1)

    def test_merged_leads_keep_their_moves(self):
        one, two = self._lead("negotiation"), self._lead("open")
        two.stage_id = self.stages["contacted"]
        merged = (one + two).merge_opportunity()
        self.assertEqual(merged, one)
        own = merged.stage_log_ids.filtered(lambda log: not log.is_merged)
        self.assertEqual(own.mapped("to_role"), ["negotiation"])
        self.assertEqual(len(merged.stage_log_ids), 3)

    def test_moves_of_merged_leads_are_not_its_own(self):
        with freeze_time("2026-01-01 10:00:00"):
            one, two = self._lead("negotiation"), self._lead("open")
        with freeze_time("2026-01-03 10:00:00"):
            two.stage_id = self.stages["contacted"]
            merged = (one + two).merge_opportunity()
        with freeze_time("2026-01-05 10:00:00"):
            merged.stage_id = self.stages["qualified"]
        self.assertEqual(merged.stage_log_ids[0].days, 4)

    def test_the_log_is_read_only_and_mirrors_the_leads(self):
        lead = self._lead()
        log = lead.stage_log_ids
        for user in (self.user_seller, self.user_manager):
            for operation in ("create", "write", "unlink"):
                self.assertFalse(log.with_user(user).has_access(operation))
        self.assertTrue(log.with_user(self.user_seller).has_access("read"))
        with self.assertRaises(AccessError):
            log.with_user(self.user_colleague).read(["to_stage_id"])
        log.with_user(self.user_all).read(["to_stage_id"])
        lead.stage_id = self.stages["unqualified"]
        self.env.invalidate_all()
        mine = self.env["crm.lead.stage.log"].with_user(self.user_seller)
        found = mine.search([("lead_id", "=", lead.id)])
        self.assertEqual(len(found), 2, "The moves of archived leads too.")

    def test_moving_costs_a_constant_number_of_queries(self):
        def run(size):
            leads = self._make_leads(size, stage_id=self.stages["open"].id)
            return lambda: leads.write({"stage_id": self.stages["nurturing"].id})

        self.assertSameQueryCount(run, 10, 100)

    def test_finding_unqualified_costs_a_constant_number_of_queries(self):
        def run(size):
            leads = self._make_leads(size, stage_id=self.stages["contacted"].id)
            return lambda: leads.write({"stage_id": self.stages["unqualified"].id})

        self.assertSameQueryCount(run, 10, 100)

    # === TIME === #

    def test_days_in_stage(self):
        lead = self._lead()
        lead.date_last_stage_update = fields.Datetime.now() - timedelta(days=3, hours=2)
        self.assertEqual(lead.days_in_stage, 3)

    def test_stage_chasing_lists_who_stands_too_long(self):
        action = self.env.ref("crm_lead_management.crm_lead_action_chasing")
        late, fresh = self._lead("contacted"), self._lead("contacted")
        late.date_last_stage_update = fields.Datetime.now() - timedelta(days=8)
        found = self.env["crm.lead"].search(
            [("is_rotting", "=", True), ("id", "in", (late + fresh).ids)]
        )
        self.assertEqual(found, late)
        self.assertIn("search_default_stage_chasing", action.context)


@tagged("post_install", "-at_install")
class TestStatistics(PipelineCommon):
    """Odoo's predictive statistics, with the eight roles and without."""

    PATHS = (
        ("contacted", "qualified", "customer"),
        ("contacted", "nurturing", "qualified", "negotiation", "customer"),
        ("contacted", "lost"),
        ("contacted", "nurturing", "lost"),
        ("qualified", "negotiation", "lost"),
        ("lost",),
        ("negotiation", "lost", "back"),
        ("contacted", "lost", "back", "customer"),
    )

    def _play(self, lose, back):
        """Move leads of two teams through their paths; return the statistics."""
        leads = self.env["crm.lead"]
        for team in (self.team_north, self.team_south):
            for path in self.PATHS:
                lead = self._make_lead(
                    stage_id=self.stages["open"].id, team_id=team.id, user_id=False
                )
                for role in path:
                    if role == "lost":
                        lose(lead)
                    elif role == "back":
                        back(lead)
                    else:
                        lead.stage_id = self.stages[role]
                leads += lead
        return leads, self._frequencies()

    def test_equal_to_plain_stages(self):
        with self.subTest("the same moves, Unqualified instead of lost"):
            self.env.flush_all()
            with self.cr.savepoint() as savepoint:
                leads, with_roles = self._play(
                    lambda lead: lead.write(
                        {"stage_id": self.stages["unqualified"].id}
                    ),
                    lambda lead: lead.action_restore(),
                )
                won = leads.filtered(lambda lead: lead.won_status == "won")
                won.write({"stage_id": self.stages["inactive"].id})
                self.assertEqual(self._frequencies(), with_roles)
                self.env["crm.lead"]._rebuild_pls_frequency_table()
                self.env.invalidate_all()
                rebuilt = self._frequencies()
                savepoint.rollback()
            self.env.invalidate_all()
            self.env.registry.clear_cache()
            (self.stages["inactive"] + self.stages["unqualified"]).unlink()
            self.env["crm.stage"].search([]).lead_role = False
            _leads, plain = self._play(
                lambda lead: lead.action_set_lost(), lambda lead: lead.action_restore()
            )
            self.assertTrue(plain)
            self.assertEqual(with_roles, plain)
            self.env["crm.lead"]._rebuild_pls_frequency_table()
            self.env.invalidate_all()
            self.assertEqual(rebuilt, self._frequencies())

    def test_probability_of_a_restored_lead(self):
        """The probability is that of the stage before, as after any other restore."""
        leads, _frequencies = self._play(
            lambda lead: lead.action_set_lost(), lambda lead: lead.action_restore()
        )
        lead = self._make_lead(
            stage_id=self.stages["contacted"].id, team_id=self.team_north.id
        )
        expected = lead.automated_probability
        self.assertGreater(expected, 0)
        lead.stage_id = self.stages["unqualified"]
        self.assertEqual(lead.probability, 0)
        lead.action_restore()
        self.assertAlmostEqual(lead.probability, expected)

    def test_a_form_on_an_unqualified_lead(self):
        """Onchanges work on new records, which have no history of their own."""
        self._play(
            lambda lead: lead.action_set_lost(), lambda lead: lead.action_restore()
        )
        lead = self._make_lead(stage_id=self.stages["contacted"].id)
        lead.stage_id = self.stages["unqualified"]
        new = lead.new(origin=lead)
        self.assertEqual(
            dict(new._pls_get_lead_pls_values()[new.id]["values"])["stage_id"],
            self.stages["contacted"].id,
        )

    def test_a_pipeline_of_one_team_has_probabilities(self):
        """Odoo takes its totals from a stage for all teams; here there is none."""
        stages = self.env["crm.stage"].search([])
        stages.team_ids = self.team_north
        self._play(
            lambda lead: lead.action_set_lost(), lambda lead: lead.action_restore()
        )
        lead = self._make_lead(
            stage_id=self.stages["contacted"].id,
            team_id=self.team_north.id,
            user_id=False,
        )
        self.assertGreater(lead.automated_probability, 0)
        self.assertLess(lead.automated_probability, 100)
