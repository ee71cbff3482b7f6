# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Odoo's own form: what a visitor sends is kept before Odoo makes the lead of it.

Where that fails all is taken back, and the visitor is told so: without this the lead is gone.
"""

from datetime import timedelta

from odoo import fields
from odoo.api import SUPERUSER_ID, Environment
from odoo.tools import SQL

from ....tools.intake import doors
from ....tools.intake.bodies import parse
from ..keeping.letterbox import Letterbox

# What belongs to the form, and not to what the visitor says.
TECHNICAL = (
    "model_name",
    "csrf_token",
    "recaptcha_token_response",
    "turnstile_captcha",
)
# So long Odoo has to make the lead.
PATIENCE = timedelta(minutes=2)


def keep(env, params):
    """Keep what was sent, whatever becomes of the transaction.

    :param dict params: of the request.
    :return: the id of the item.
    :rtype: int
    """
    said = {
        name: value
        for name, value in params.items()
        if name not in TECHNICAL and isinstance(value, (str, int, float, list))
    }
    source_id = env["crm.intake.source"]._website_id()
    # A cursor of its own: what is kept stays, also where the lead is taken back.
    with env.registry.cursor() as cr:
        own = Environment(cr, SUPERUSER_ID, {})
        source = own["crm.intake.source"].browse(source_id)
        items = Letterbox(own).store(source, [doors.Entry(parse(said) or {})])
        later = fields.Datetime.now() + PATIENCE
        waiting = items.filtered(lambda item: item.state == "received")
        cr.execute(
            SQL(
                "UPDATE crm_intake_item SET next_try_on = %s WHERE id = ANY(%s)",
                later,
                waiting.ids,
            )
        )
        own.ref("crm_lead_management.ir_cron_intake")._crm_switch_on()
        return items[:1].id


def done(env, item_id, lead):
    """Note that Odoo has made the lead, in the same transaction as the lead.

    :param lead: crm.lead, just created.
    """
    # The transaction may have begun before the item was committed, and not see it.
    env.cr.postcommit.add(lambda: _done(env.registry, item_id, lead.id))


def _done(registry, item_id, lead_id):
    with registry.cursor() as cr:
        own = Environment(cr, SUPERUSER_ID, {})
        item = own["crm.intake.item"].browse(item_id).exists()
        if item and item.state == "received":
            about = {"lead_id": lead_id}
            Letterbox(own).settle([(item, "done", "website", {}, about)])
