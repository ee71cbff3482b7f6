# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.tools import SQL

# What says to whom a message is proposed, and how early: it goes over to the better text.
PLACE = ("sequence", "persona_ids", "stage_role", "grade_min", "grade_max")


class CrmExperiment(models.Model):
    """Experiments on texts: of the automatic first message, and of any message.

    **First message.** The same routing rules, another text.

    **Message.** Wherever one of the texts is chosen (in the window, for a selection, by a
    track, by code), each lead of the audience gets that of its variant. A lead enters when
    that text goes; one that has had any of them before is not of the audience.
    """

    _inherit = "crm.experiment"

    subject = fields.Selection(
        selection_add=[
            ("message", "Message texts"),
            ("first_message", "Automatic first message"),
        ],
        ondelete={"message": "cascade", "first_message": "cascade"},
    )

    # === FIRST MESSAGES === #

    @api.model
    def _first_messages(self, leads):
        """Return the texts that leads of running experiments get as first message.

        They enter now. Nothing is asked where no such experiment runs.

        :param leads: crm.lead records that are about to get their first message.
        :return: the id of the text by lead id; of leads in an experiment only.
        :rtype: dict[int, int]
        """
        found = {}
        for experiment in self._going("first_message"):
            variants = experiment._assign(leads, enter=True)
            found |= {lead_id: one.template_id.id for lead_id, one in variants.items()}
        return found

    # === ANY MESSAGE === #

    @api.model
    def _message_texts(self, templates):
        """Return which text each lead gets: that of its variant, where it has one.

        Of an archived text nobody gets anything: they get what was chosen. Nothing is asked
        where no such experiment runs; nobody is put on record.

        :param dict templates: the crm.message.template that was chosen, by lead id.
        :rtype: dict[int, crm.message.template]
        """
        result = dict(templates)
        for experiment in self._going("message", "waiting"):
            texts = set(experiment.variant_ids.template_id.ids)
            ids = [lead_id for lead_id, one in templates.items() if one.id in texts]
            variants = experiment._assign(self.env["crm.lead"].browse(ids))
            for lead_id, variant in variants.items():
                if variant.template_id.active:
                    text = variant.template_id.id
                    result[lead_id] = templates[lead_id].browse(text)
        return result

    @api.model
    def _message_text(self, template, lead):
        """Return the text that one lead gets; see :meth:`_message_texts`."""
        lead = lead._origin
        if not lead:
            return template
        return self._message_texts({lead.id: template})[lead.id]

    @api.model
    def _message_goes(self, template, leads):
        """Put leads on record that get a tested text now, for the first time.

        Only where it is the text of their variant, or that one is archived: whoever was sent
        another one by hand is in no group.
        """
        for experiment in self._going("message"):
            if template.id not in experiment.variant_ids.template_id.ids:
                continue
            variants = experiment._assign(leads)
            experiment._enter(
                {
                    lead_id: variant
                    for lead_id, variant in variants.items()
                    if variant.template_id.id == template.id
                    or not variant.template_id.active
                }
            )

    def _fresh(self, leads):
        if self.subject != "message":
            return super()._fresh(leads)
        self.env["crm.touchpoint"].flush_model(["message_template_id", "direction"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lead.id FROM crm_lead AS lead
                 WHERE lead.id = ANY(%(leads)s)
                   AND NOT EXISTS (
                       SELECT FROM crm_touchpoint AS sent
                        WHERE sent.lead_id = lead.id AND sent.direction = 'out'
                          AND sent.message_template_id = ANY(%(texts)s))
                   AND NOT EXISTS (
                       SELECT FROM crm_experiment_unit AS unit
                         JOIN crm_experiment AS other ON other.id = unit.experiment_id
                        WHERE unit.lead_id = lead.id AND other.id <> %(experiment)s
                          AND other.subject = 'message'
                          AND other.state IN ('running', 'waiting'))
                """,
                leads=leads.ids,
                texts=self.variant_ids.template_id.ids,
                experiment=self.id,
            )
        )
        return {lead_id for (lead_id,) in rows}

    # === PLAN AND DEFAULT === #

    def _past_entries(self, since, until):
        control = self.variant_ids.filtered("is_control").template_id.ids
        if self.subject == "message":
            return SQL(
                "SELECT lead_id, min(occurred_on) AS entered_on FROM crm_touchpoint"
                " WHERE direction = 'out' AND message_template_id = ANY(%s)"
                " GROUP BY lead_id HAVING min(occurred_on) BETWEEN %s AND %s",
                control,
                since,
                until,
            )
        if self.subject == "first_message":
            return SQL(
                "SELECT lead_id, create_date AS entered_on FROM crm_message_first"
                " WHERE template_id = ANY(%s) AND create_date BETWEEN %s AND %s",
                control,
                since,
                until,
            )
        return super()._past_entries(since, until)

    def _adopt(self, variant):
        """Have the better text go wherever the control's goes."""
        result = super()._adopt(variant)
        if self.subject in ("message", "first_message"):
            # sudo: as for the rules of an experiment on these.
            texts = self.sudo().variant_ids
            control = texts.filtered("is_control").template_id
            self._replace_text(control, texts.browse(variant.id).template_id)
        return result

    def _replace_text(self, control, better):
        """Have rules send the better text; of any message, have it be proposed alone.

        Rooms that send messages by themselves add theirs.
        """
        # sudo: who makes it the default may not be the author of the rules.
        rules = self.env["crm.routing.rule"].sudo().with_context(active_test=False)
        rules.search(self._where("first_message_id", control)).write(
            {"first_message_id": better.id}
        )
        if self.subject == "message":
            values = control.copy_data()[0]
            better.write({name: values[name] for name in PLACE})
            # sudo: as above
            others = self.sudo().variant_ids.template_id - better
            others.active = False

    def _where(self, name, control):
        """Return the domain of what sends the control's text, in the experiment's company."""
        domain = [(name, "=", control.id)]
        if self.company_id:
            domain.append(("company_id", "in", (self.company_id.id, False)))
        return domain
