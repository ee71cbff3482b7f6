# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import hashlib
import time

from odoo import http
from odoo.http import request

from ..models.intake.keeping.letterbox import Letterbox
from ..tools.intake.bodies import parse, too_deep
from ..tools.intake.paths import find, whole

# More than any form has.
MOST_BYTES = 262_144
# What is worth keeping of the headers: nothing by which somebody could knock.
KEPT = ("Content-Type", "User-Agent", "Referer", "Origin")
JSON = ("application/json", "text/json")
FORM = ("application/x-www-form-urlencoded", "multipart/form-data")
STARTED = "crm_started"


class CrmIntake(http.Controller):
    """The address of a source: whatever knocks with the key is kept, and answered then.

    It answers nothing but whether the entry was kept: never who is known.
    """

    @http.route(
        "/crm/intake/<string:key>",
        type="http",
        auth="public",
        methods=["GET", "POST", "OPTIONS"],
        csrf=False,
        save_session=False,
        max_content_length=MOST_BYTES,
        sitemap=False,
    )
    def intake(self, key, **fields):
        """Keep what is posted to a source.

        202 it is kept; 401 the signature is wrong; 404 there is no such key; 410 it was
        taken back; 413 it is too long; 415 it is neither JSON nor a form, and kept all the
        same; 429 there is too much of it.

        :param str key: see ``crm.intake.source._new_key()``.
        """
        source, is_open = request.env["crm.intake.source"]._by_key(key)
        if not source or source.kind in ("email", "file"):
            return self._answer(404)
        if not is_open:
            return self._answer(410)
        method = request.httprequest.method
        if method == "OPTIONS":
            return self._answer(204, source)
        if method == "GET":
            return self._verify(source, fields)
        return self._post(source)

    def _verify(self, source, fields):
        """Answer the first call of Meta, with which it makes sure of the address."""
        if source._is_verified(fields.get("hub.mode"), fields.get("hub.verify_token")):
            challenge = str(fields.get("hub.challenge") or "")[:200]
            return request.make_response(challenge, [("Content-Type", "text/plain")])
        return self._answer(401 if "hub.mode" in fields else 405)

    def _post(self, source):
        http_request = request.httprequest
        body, data = self._read(http_request)
        if not source._is_proved(body, http_request.headers, data):
            return self._answer(401)
        if not self._is_allowed(source):
            return self._answer(401)
        engine = request.env["crm.intake.engine"]
        seconds = self._too_many(source)
        if seconds:
            Letterbox(request.env).note_flood(source, self._ip())
            return self._answer(429, source, retry=seconds)
        headers = {name: http_request.headers.get(name, "")[:200] for name in KEPT}
        headers = {name: value for name, value in headers.items() if value}
        if data is None:
            text = body.decode("utf-8", "replace") or "-"
            engine._receive(source, text, headers=headers)
            return self._answer(415, source)
        reason = self._robot(source, data)
        if isinstance(data, dict):
            data.pop(STARTED, None)
        items = engine._receive(source, data, headers=headers, skip=reason)
        items._note_ip(self._ip())
        if too_deep(data):
            return self._answer(400, source)
        return self._accepted(source)

    def _read(self, http_request):
        """Return the body as it came, and what it says; None where that is neither."""
        mimetype = http_request.mimetype
        if mimetype in FORM:
            # Files that come along are no part of an inquiry: their names are told.
            form = http_request.form.to_dict(flat=False)
            data = {k: v if len(v) > 1 else v[0] for k, v in form.items()}
            for name, file in http_request.files.items():
                if file.filename:
                    data[name] = file.filename
            body = http_request.get_data(cache=True)
            return body, parse(data) if data else None
        body = http_request.get_data(cache=True)
        kind = "json" if mimetype in JSON or mimetype.endswith("+json") else None
        return body, parse(body, kind) if kind else None

    def _is_allowed(self, source):
        """Tell whether a page whose script sends may do so."""
        origin = request.httprequest.headers.get("Origin")
        allowed = source._origins()
        return not allowed or not origin or origin.rstrip("/").lower() in allowed

    def _too_many(self, source):
        """Return after how many seconds to try again; 0 where it is not too much."""
        if not source.limit_minute:
            return 0
        return 60 if Letterbox(request.env).lately(source) >= source.limit_minute else 0

    def _robot(self, source, data):
        """Return why a form was filled in by a robot, or None."""
        if not isinstance(data, dict):
            return None
        if source.honeypot and find(data, source.honeypot):
            return "honeypot"
        started = whole(data.get(STARTED))
        if source.min_seconds and started is not None:
            passed = time.time() - started / 1000
            if 0 <= passed < source.min_seconds:
                return "too_fast"
        return None

    def _ip(self):
        """Return the sender's address so that it can be compared, but not read."""
        address = request.httprequest.remote_addr or ""
        secret = request.env[
            "ir.config_parameter"
        ].sudo()  # sudo: a secret of the system
        salt = secret.get_param("database.secret") or ""
        return hashlib.sha256(f"{salt}{address}".encode()).hexdigest()[:32]

    # === ANSWERS === #

    def _accepted(self, source):
        """Answer that an entry is kept: a page for people, a word for programs."""
        mimetype = request.httprequest.mimetype
        accepts = request.httprequest.headers.get("Accept", "")
        if mimetype in FORM and source.thanks_url:
            return request.redirect(source.thanks_url, code=303, local=False)
        if mimetype in FORM and "text/html" in accepts:
            page = request.env["ir.qweb"]._render(
                "crm_lead_management.crm_intake_thanks"
            )
            headers = [
                ("Content-Type", "text/html; charset=utf-8"),
                *self._cors(source),
            ]
            return request.make_response(page, headers, status=202)
        return self._answer(202, source)

    def _answer(self, status, source=None, retry=0):
        headers = self._cors(source) if source else []
        if retry:
            headers.append(("Retry-After", str(retry)))
        if status == 405:
            headers.append(("Allow", "POST, OPTIONS"))
        if status == 204:
            return request.make_response("", headers, status=204)
        word = {202: "accepted"}.get(status, "refused")
        return request.make_json_response({"status": word}, headers, status=status)

    def _cors(self, source):
        """Return the headers by which browsers let scripts of other sites send."""
        origin = request.httprequest.headers.get("Origin")
        if not origin or not self._is_allowed(source):
            return []
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Methods", "POST, OPTIONS"),
            ("Access-Control-Allow-Headers", "Content-Type"),
            ("Access-Control-Max-Age", "86400"),
            ("Vary", "Origin"),
        ]
