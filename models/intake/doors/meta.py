# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Fetches leads of Facebook and Instagram: Meta tells their numbers only.

The version of the API and the token are settings of the source. What cannot be fetched waits,
and is tried again; what Meta did not tell about is found every night by asking for the numbers
of the last three days.
"""

import logging
from datetime import timedelta

import requests

from odoo import fields
from odoo.exceptions import UserError

from ....tools.intake import doors
from ..keeping.letterbox import Letterbox

_logger = logging.getLogger(__name__)

GRAPH = "https://graph.facebook.com"
TIMEOUT = 20
BACK = timedelta(days=3)
# At most so many pages of numbers are asked for of a form in a night.
MOST_PAGES = 50


class Meta:
    """The API of Meta, for one source."""

    def __init__(self, source):
        """
        :param source: crm.intake.source, as superuser.
        """
        self.env, self.source = source.env, source

    def lead(self, number):
        """Return a lead by its number, as Meta has it.

        :raise UserError: says what Meta answered.
        """
        names = "id,created_time,field_data,form_id,ad_id,campaign_name,platform"
        return self._get(str(number), {"fields": names})

    def back_fill(self):
        """Put the leads of the last days into the letterbox of which nothing was told.

        :return: how many there are.
        :rtype: int
        """
        since = int((fields.Datetime.now() - BACK).timestamp())
        forms = (self.source.form_refs or "").replace(";", ",").split(",")
        found = 0
        for form in filter(None, map(str.strip, forms)):
            for row in self._rows(form, since):
                entry = doors.Entry(
                    {"leadgen_id": row["id"], "form_id": form},
                    ref=str(row["id"]),
                    moment=row.get("created_time"),
                )
                items = Letterbox(self.env).store(self.source, [entry])
                found += len(items.filtered(lambda item: item.state == "received"))
        return found

    def _rows(self, form, since):
        where = (
            f'[{{"field":"time_created","operator":"GREATER_THAN","value":{since}}}]'
        )
        params = {"fields": "id,created_time", "limit": 100, "filtering": where}
        path = f"{form}/leads"
        for _page in range(MOST_PAGES):
            answer = self._get(path, params)
            yield from (row for row in answer.get("data", ()) if row.get("id"))
            after = ((answer.get("paging") or {}).get("cursors") or {}).get("after")
            if not after or not (answer.get("paging") or {}).get("next"):
                return
            params = {**params, "after": after}

    def _get(self, path, params):
        version = (self.source.graph_version or "").strip("/ ")
        token = self.source.access_token
        if not token:
            raise UserError(
                self.env._(
                    'The source "%s" has no token with which leads are fetched: see Safety.',
                    self.source.name,
                )
            )
        headers = {"Authorization": f"Bearer {token}"}
        url = "/".join(filter(None, (GRAPH, version, path)))
        try:
            answer = requests.get(url, params=params, headers=headers, timeout=TIMEOUT)
            data = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise UserError(
                self.env._("Meta cannot be reached: %s", type(error).__name__)
            ) from error
        if "error" in data or not answer.ok:
            said = data.get("error") or {}
            raise UserError(
                self.env._(
                    "Meta answered: %s", said.get("message") or answer.status_code
                )
            )
        return data
