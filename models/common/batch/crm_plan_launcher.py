# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, time, timedelta

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..guarded import guarded
from ..working_hours import WorkingHours

# A calendar that has no working day for so long is not waited for.
PATIENCE = timedelta(days=28)


class CrmPlanLauncher(models.AbstractModel):
    """Launches Odoo's activity plans for leads, and makes the activities that engines plan.

    **What.** Odoo's own window makes the activities of a plan one by one, and sends a mail for
    each. Here those of all leads are made in one creation, each person gets one message, and
    none is due on a day on which nobody works.

    **How to use.** ``_launch(leads, plan)``; whoever calls it knows for whom the plan was
    launched before. ``_make(values)`` for activities that are of no plan: nobody is told.
    """

    _name = "crm.plan.launcher"
    _description = "Launcher of activity plans"

    @api.model
    def _launch(self, leads, plan):
        """Launch a plan for leads: its activities, a note in each conversation, who is told.

        What cannot be launched for a lead stops neither the others nor its caller.

        :param leads: crm.lead records, as superuser.
        :param plan: one mail.activity.plan, as superuser.
        :return: why not, in words, by the id of each lead for which it was not launched.
        :rtype: dict[int, str]
        """
        if not leads:
            return {}
        with guarded(
            self.env, "Plan %s: lead by lead", plan.id, expected=(UserError,)
        ) as attempt:
            self._start(leads, plan)
        if not attempt.error:
            return {}
        if len(leads) == 1:
            return {leads.id: str(attempt.error)}
        refused = {}
        for lead in leads:
            refused.update(self._launch(lead, plan))
        return refused

    @api.model
    def _make(self, vals_list):
        """Make activities in one creation, without a message for each.

        :param list[dict] vals_list: values of mail.activity.
        :rtype: mail.activity
        """
        quiet = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        return quiet.create(vals_list)

    # === A PLAN === #

    @api.model
    def _start(self, leads, plan):
        """Launch a plan for leads, or raise.

        :raise UserError: where nobody can be found for one of its activities.
        """
        model_id, days, vals_list = self.env["ir.model"]._get_id("crm.lead"), {}, []
        leads.mapped("name")  # for all at once: Odoo names each activity after its lead
        people = {one: self._people(leads, one) for one in plan.template_ids}
        for lead in leads:
            for template in plan.template_ids:
                user = people[template][lead.id]
                day = self._working_day(lead, user, template._get_date_deadline(), days)
                vals_list.append(
                    {
                        "res_model_id": model_id,
                        "res_id": lead.id,
                        "activity_type_id": template.activity_type_id.id,
                        "summary": template.summary,
                        "note": template.note,
                        "user_id": user.id,
                        "date_deadline": day,
                        "automated": False,
                    }
                )
        made = self._make(vals_list)
        bodies = {
            lead_id: self._note(plan, theirs)
            for lead_id, theirs in made.grouped("res_id").items()
        }
        leads._message_log_batch(bodies=bodies)
        self._tell(plan, made)

    @api.model
    def _people(self, leads, template):
        """Return who is to do an activity of a plan. Rooms may find it out for all at once.

        :return: a res.users record by the id of each lead.
        :rtype: dict
        :raise UserError: where there is nobody for one of them.
        """
        return {lead.id: self._responsible(lead, template) for lead in leads}

    @api.model
    def _responsible(self, lead, template):
        """Return who is to do an activity of a plan: on demand, the owner of the lead.

        :raise UserError: Odoo's reason why there is nobody.
        """
        asked = lead.user_id or self.env.user
        found = template._determine_responsible(asked, lead)
        if found["error"]:
            raise UserError(found["error"])
        return found["responsible"] or asked

    @api.model
    def _working_day(self, lead, user, day, known):
        """Return the first day from a date on that is one of work, by the lead's company.

        :param dict known: what was found before in the same launch.
        """
        company = self.env["res.company"]._crm_of_lead(lead)
        key = company.resource_calendar_id.id, user.tz, company.id, day
        if key not in known:
            hours = WorkingHours(self.env, key[0], user.tz, company.ids)
            known[key] = day
            if not hours.around_the_clock:
                begin = datetime.combine(day, time.min) - timedelta(days=1)
                found = (
                    start.astimezone(hours.zone).date()
                    for start, _stop in hours.intervals(begin, begin + PATIENCE)
                )
                known[key] = next((one for one in found if one >= day), day)
        return known[key]

    # === WHO IS TOLD === #

    @api.model
    def _note(self, plan, activities):
        """Return the note in the conversation of a lead: what was started, for whom."""
        items = Markup().join(
            Markup("<li>%s</li>")
            % self.env._(
                "%(activity)s, for %(user)s, until %(day)s",
                activity=one.display_name,
                user=one.user_id.name,
                day=format_date(self.env, one.date_deadline),
            )
            for one in activities
        )
        text = self.env._('The plan "%s" has been started', plan.name)
        return Markup("%s<ul>%s</ul>") % (text, items)

    @api.model
    def _tell(self, plan, activities):
        """Tell each person once: Odoo's own message for one activity, a list for several.

        Not who launched the plan; nobody where the caller wanted nobody told.
        """
        context = self.env.context
        quiet = ("tracking_disable", "mail_auto_subscribe_no_notify", "install_mode")
        if any(context.get(key) for key in quiet) or not self.env.registry.ready:
            return
        others = activities.filtered(lambda one: one.user_id != self.env.user)
        for user, theirs in others.grouped("user_id").items():
            if len(theirs) == 1:
                theirs.action_notify()
            else:
                self.with_context(lang=user.lang or "en_US")._tell_list(
                    user, plan, theirs
                )

    @api.model
    def _tell_list(self, user, plan, activities):
        # sudo: links only, for whoever is to do the activities.
        leads = self.env["crm.lead"].browse(activities.mapped("res_id")).sudo()
        link = {lead.id: lead._notify_get_action_link("view") for lead in leads}
        items = Markup().join(
            Markup('<li><a href="%s"><span dir="auto">%s</span></a>: %s, %s</li>')
            % (
                link[one.res_id],
                one.res_name,
                one.display_name,
                format_date(self.env, one.date_deadline),
            )
            for one in activities
        )
        subject = self.env._(
            "%(plan)s: %(count)s activities for you",
            plan=plan.with_context(lang=self.env.lang).name,
            count=len(activities),
        )
        self.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            subject=subject,
            body=Markup("<p>%s</p><ul>%s</ul>") % (subject, items),
            email_add_signature=False,
        )
