# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import base64
import hashlib
import hmac
import secrets
from datetime import timedelta

from odoo import api, fields, models

# What the old key is good for after a new one was made.
OVERLAP = timedelta(days=1)


def hashed(key):
    """Return what is kept of a key. It is long and random: no salt is needed."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


class CrmIntakeSource(models.Model):
    """The key in the address of a source, and the proof that a delivery is its sender's."""

    _inherit = "crm.intake.source"

    def _new_key(self):
        """Make a new key for the address ``/crm/intake/<key>``. The old one works for a day.

        :return: the key; it is shown this once, and only its hash is kept.
        :rtype: str
        """
        self.ensure_one()
        self.check_access("write")
        key = secrets.token_urlsafe(32)
        # sudo: nobody writes keys but this.
        self.sudo().write(
            {
                "key_hash": hashed(key),
                "key_hash_before": not self.key_revoked and self.key_hash,
                "key_before_until": fields.Datetime.now() + OVERLAP,
                "key_hint": f"…{key[-4:]}",
                "key_revoked": False,
            }
        )
        return key

    @api.model
    def _by_key(self, key):
        """Return the source of a key, and whether it still opens.

        :rtype: tuple[crm.intake.source, bool]
        """
        found = hashed(key or "")
        # sudo: whoever has the key may knock.
        sources = self.sudo().with_context(active_test=False)
        source = sources.search(
            ["|", ("key_hash", "=", found), ("key_hash_before", "=", found)], limit=1
        )
        if not source:
            return source, False
        is_current = source.key_hash == found
        until = source.key_before_until
        is_open = source.active and not source.key_revoked
        if not is_current:
            is_open = is_open and bool(until) and until > fields.Datetime.now()
        return source, is_open

    def _is_proved(self, body, headers, data=None):
        """Tell whether a delivery proves that it is from whom the source belongs to.

        :param bytes body: as it came, not as it was read.
        :param headers: of the request, by name.
        :param data: the body as JSON, where it is.
        """
        self.ensure_one()
        # sudo: secrets are the system's.
        source = self.sudo()
        if source.signature == "none":
            return True
        secret = (source.secret or "").encode()
        if not secret:
            return False
        if source.signature == "google_key":
            given = data.get("google_key") if isinstance(data, dict) else None
            return _same(str(given or "").encode(), secret)
        if source.signature == "basic":
            wanted = b"Basic " + base64.b64encode(secret)
            return _same((headers.get("Authorization") or "").encode(), wanted)
        given = headers.get("X-Hub-Signature-256") or headers.get("X-Signature") or ""
        wanted = hmac.new(secret, body, hashlib.sha256).hexdigest()
        return _same(given.removeprefix("sha256=").lower().encode(), wanted.encode())

    def _is_verified(self, mode, token):
        """Tell whether the first call of Meta knows the word that was agreed."""
        # sudo: secrets are the system's.
        wanted = (self.sudo().verify_token or "").encode()
        return bool(
            mode == "subscribe" and wanted and _same((token or "").encode(), wanted)
        )

    # === ACTION METHODS === #

    def action_new_key(self):
        """Make a new key, and show the address with it, this once.

        :return: a window action.
        :rtype: dict
        """
        window = self.env["crm.intake.key"].create(
            {"source_id": self.id, "key": self._new_key()}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("The Address of %s", self.name),
            "res_model": window._name,
            "res_id": window.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_revoke_key(self):
        """Have the address answer that it is gone, at once.

        :rtype: bool
        """
        self.check_access("write")
        # sudo: nobody writes keys but this.
        self.sudo().write({"key_revoked": True, "key_hash_before": False})
        return True


def _same(one, other):
    return hmac.compare_digest(one, other)
