# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import http
from odoo.http import request

from ..models.message.guarding import unsubscribe


class CrmMessage(http.Controller):
    """What a lead does by the links in its e-mails. The token is who it is."""

    @http.route(
        f"{unsubscribe.PATH}/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        # Mail programs press the button for their users, and have no session.
        csrf=False,
        sitemap=False,
    )
    def unsubscribe(self, token, **_post):
        """Ask whether, and on pressing the button note that no more e-mails are wanted.

        Programs that look at each link of a mail change nothing: only a POST does.

        :param str token: see ``guarding/unsubscribe.py``.
        :return: a page in the language of the lead; 404 where the link was not made here,
            410 where it is too old.
        """
        found = unsubscribe.read(request.env, token)
        if found is None:
            return request.not_found()
        leads, address, is_old = found
        done = request.httprequest.method == "POST" and not is_old
        if done:
            unsubscribe.stop(leads)
        lang = leads[:1].message_lang or request.env.lang or "en_US"
        # sudo: the company's name, and the page itself.
        env = request.env(su=True, context={"lang": lang})
        page = env["ir.qweb"]._render(
            "crm_lead_management.message_unsubscribe",
            {
                "done": done,
                "is_old": is_old,
                "address": unsubscribe.masked(address),
                "company": env["res.company"]._crm_of_lead(leads[:1])
                if leads
                else env.company,
                "language": lang.replace("_", "-"),
                "direction": env["res.lang"]._get_data(code=lang).direction or "ltr",
            },
        )
        return request.make_response(
            page,
            headers=[("Content-Type", "text/html; charset=utf-8")],
            status=410 if is_old else 200,
        )
