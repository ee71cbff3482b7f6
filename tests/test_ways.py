# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import sys

from odoo.tests import tagged

import odoo.addons.crm_lead_management as addon

from .common import LeadCommon


@tagged("post_install", "-at_install")
class TestWays(LeadCommon):
    """How many files of ours a lead passes: what is not needed is not called.

    With all that is shipped and one routing rule, the owner's notification included, as
    ``./dev/bench ways`` counts them. Whoever comes onto a way asks himself whether he has to:
    a station says in ``_cares()`` when it has nothing to do, and what Odoo calls for whatever
    happens (``unlink()`` of activities, ``write()`` of mails) has a narrower place mostly.
    """

    # As shipped: nothing is switched off.
    QUIET_MODELS = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False})
        cls.env["crm.routing.rule"].create(
            {
                "name": "All leads",
                "team_id": cls.team_north.id,
                "method": "round_robin",
            }
        )

    def _create(self):
        number = self.env["crm.lead"].search_count([])
        lead = self.env["crm.lead"].create(
            {
                "name": f"Inquiry {number}",
                "contact_name": "Ann Example",
                "partner_name": f"Example Trading {number}",
                "email_from": f"ann{number}@trading{number}.example",
                "phone": f"+9665{number:08d}",
                "function": "CEO",
                "expected_revenue": 1000.0,
                "country_id": self.env.ref("base.sa").id,
            }
        )
        self._commit()
        return lead

    def _commit(self):
        """Do what a commit does, the mails included."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        mails = self.env["mail.mail"].search([("state", "=", "outgoing")])
        if mails:
            mails.send()
            mails._postprocess_sent_message([], [])
            mails.exists().unlink()

    def _assert_files(self, way, limit):
        """Assert that a way passes no more files of ours than so many."""
        for _turn in range(2):  # All that is kept in memory is there then.
            way()
        own, passed = f"{addon.__path__[0]}/", {}

        def note(frame, event, _arg):
            code = frame.f_code
            if event == "call" and not code.co_name.startswith("<"):
                path = code.co_filename
                if path.startswith(own) and not path.startswith(f"{own}tests/"):
                    passed.setdefault(path.removeprefix(own), set()).add(code.co_name)

        sys.setprofile(note)
        try:
            way()
        finally:
            sys.setprofile(None)
        listed = "\n".join(
            f"  {path}: {', '.join(sorted(names))}"
            for path, names in sorted(passed.items())
        )
        self.assertLessEqual(len(passed), limit, f"files on the way:\n{listed}")
        # It did count what was gone through.
        self.assertIn("models/common/crm_lead.py", passed)
        return passed

    def test_a_lead_that_is_created(self):
        passed = self._assert_files(self._create, 34)
        # It was graded, routed and told: the way is a whole one.
        for path in (
            "models/scoring/crm_scoring_station.py",
            "models/routing/acting/crm_routing_teller.py",
            "models/message/queues/mail_mail.py",
        ):
            self.assertIn(path, passed)

    def test_a_lead_that_is_saved(self):
        lead = self._create()

        def save():
            lead.write({"company_size": lead.company_size + 10})
            self._commit()

        self._assert_files(save, 8)

    def test_a_touchpoint(self):
        lead = self._create()

        def touch():
            number = self.env["crm.touchpoint"].search_count([])
            self.env["crm.touchpoint"]._record(
                [
                    {
                        "lead_id": lead.id,
                        "kind": "web_visit",
                        "direction": "in",
                        "is_human": True,
                        "value": 3.0,
                        "source": "test",
                        "external_ref": str(number),
                    }
                ]
            )
            self._commit()

        self._assert_files(touch, 10)
