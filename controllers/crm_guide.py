# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from pathlib import Path

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

ADDRESS = "/crm_lead_management/static/description/guide"
FOLDER = Path(__file__).parents[1] / "static" / "description" / "guide"
# Who reads another language reads the first.
LANGUAGES = ("en", "ar", "tr")


class CrmGuide(http.Controller):
    """The way to the user guide: pages that lie beside the store page, in three languages."""

    @http.route(
        ["/crm/guide", "/crm/guide/<string:page>"],
        type="http",
        auth="user",
        methods=["GET"],
        sitemap=False,
    )
    def guide(self, page="index", **_fields):
        """Lead to a page of the guide in the language of who reads it.

        :param str page: the name of the page, without its ending.
        :raise NotFound: where there is no such page.
        """
        language = (request.env.lang or "").partition("_")[0]
        language = language if language in LANGUAGES else LANGUAGES[0]
        # Of the pages that are there: the name itself comes from outside.
        if page not in {path.stem for path in (FOLDER / language).glob("*.html")}:
            raise NotFound
        return request.redirect(f"{ADDRESS}/{language}/{page}.html")
