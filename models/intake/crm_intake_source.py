# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools import ads
from ..common.crm_config_mixin import kept
from .keeping.letterbox import Letterbox
from .sample import Sample

KINDS = [
    ("web", "Web form"),
    ("email", "Emails of a portal"),
    ("file", "File"),
    ("whatsapp", "WhatsApp"),
    ("telephony", "Telephony"),
    ("meta", "Facebook and Instagram lead ads"),
    ("google", "Google Ads"),
    ("api", "Anything else (webhook, API)"),
]
# Kinds whose entries come over HTTP, to the address of the source.
POSTED = frozenset(("web", "whatsapp", "telephony", "meta", "google", "api"))
# Those of them to which a form, or anybody's code, sends what it likes.
FORMS = ("web", "api")
# The number of somebody who calls or writes from it is proved by the call.
PROVEN_PHONE = frozenset(("whatsapp", "telephony"))
NEEDED = {"hmac_sha256", "google_key", "basic"}


class CrmIntakeSource(models.Model):
    """A door by which leads come in: a form, a portal, a telephone system, a file.

    What comes in by it waits in the letterbox (``crm.intake.item``) until it has become a
    lead. The source says how it is read, what its leads are given, and what is done about
    people who are known. Nothing answers from outside until a source has a key.
    """

    _name = "crm.intake.source"
    _inherit = ["crm.carried.mixin", "crm.config.mixin"]
    _description = "Source of leads"
    _order = "sequence, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, export_string_translation=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(KINDS, required=True, default="web")
    mapping_ids = fields.One2many(
        "crm.intake.mapping",
        "source_id",
        string="Field Map",
        copy=True,
        help="What comes in becomes which field of the lead. Without lines, names that are"
        " usual in forms are understood by themselves.",
    )

    # what leads are given
    medium_id = fields.Many2one("utm.medium", index="btree_not_null")
    source_id = fields.Many2one(
        "utm.source", string="Marketing Source", index="btree_not_null"
    )
    campaign_id = fields.Many2one("utm.campaign", index="btree_not_null")
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", check_company=True, index="btree_not_null"
    )
    type = fields.Selection(
        [("lead", "Lead"), ("opportunity", "Opportunity")],
        string="Becomes",
        required=True,
        default=lambda self: self._default_type(),
    )
    tag_ids = fields.Many2many("crm.tag", string="Tags")
    country_id = fields.Many2one(
        "res.country",
        help="Of people who do not say theirs: phone numbers are read by it, too.",
    )
    lang_id = fields.Many2one(
        "res.lang", string="Language", help="Of people who do not say theirs."
    )

    # people who are known
    known = fields.Selection(
        [
            ("join", "Join their open lead"),
            ("new", "Make a new lead"),
            ("check", "Make a new lead, to be checked"),
        ],
        string="Who Is Known",
        required=True,
        default="join",
        help="What is done where the same person has an open lead already. Leads are never"
        " merged by themselves.",
    )
    known_days = fields.Integer(
        string="Known for (Days)",
        default=90,
        help="An open lead that came in longer ago is not joined any more.",
    )

    # how it is kept safe
    limit_minute = fields.Integer(
        string="Most per Minute",
        default=60,
        help="More than so many in a minute are turned away for a while. 0: no limit.",
    )
    signature = fields.Selection(
        [
            ("none", "The key in the address only"),
            ("hmac_sha256", "Signature (HMAC SHA-256) of the body"),
            ("google_key", "Google's key in the data"),
            ("basic", "User name and password (Basic)"),
        ],
        string="Proof of the Sender",
        required=True,
        default="none",
    )
    secret = fields.Char(
        groups="base.group_system",
        copy=False,
        help="Key of the signature, Google's key, or user:password.",
    )
    verify_token = fields.Char(
        groups="base.group_system",
        copy=False,
        help="What Meta repeats when it verifies the address.",
    )
    access_token = fields.Char(
        groups="base.group_system",
        copy=False,
        help="With which leads of Facebook and Instagram are fetched.",
    )
    graph_version = fields.Char(
        string="Version of the Graph API",
        default="v23.0",
        help="As Meta names it. Old versions stop to work.",
    )
    form_refs = fields.Char(
        string="Forms",
        help="Numbers of the forms whose leads of the last three days are asked for every"
        " night, with commas between them.",
    )
    website_form = fields.Boolean(
        string="Watch over Odoo's Form",
        help="What people send by the form of Odoo's own website is kept before Odoo makes"
        " its lead. Where that fails, the letterbox makes it.",
    )
    honeypot = fields.Char(
        default="website_url_confirm",
        help="A field that people do not see. Who fills it in is a robot.",
    )
    min_seconds = fields.Integer(
        string="Least Seconds",
        help="A form that is filled in faster was filled in by a robot. Needs the field"
        " crm_started of the snippet.",
    )
    origins = fields.Char(
        string="Allowed Sites",
        help="Sites whose pages may send by script, as https://www.shop.example, with commas"
        " between them. Empty: all.",
    )
    thanks_url = fields.Char(
        string="Thank-you Page",
        help="Where people are led who sent a form without script.",
    )
    sender = fields.Char(
        string="Sender of the Mails",
        help="The address from which the portal writes, or its domain (@portal.example);"
        " several with commas between them. Its own address never counts as the lead's.",
    )
    no_auto_replies = fields.Boolean(
        string="Automatic Replies Make No Leads",
        help="Answers of programs (out of office) to nothing that is known are kept in the"
        " letterbox, and become no leads.",
    )
    silence_hours = fields.Integer(
        string="Alarm after Silence (Hours)",
        help="Where nothing has come for so long, sales managers are told. 0: never.",
    )
    silence_told_on = fields.Datetime(
        readonly=True, copy=False, export_string_translation=False
    )
    keep_days = fields.Integer(
        string="Keep Raw Data (Days)",
        default=90,
        help="What has become of an entry stays in the list; what it said is emptied then.",
    )

    # the key of its address: see crm_intake_source_key.py
    key_hash = fields.Char(
        readonly=True,
        copy=False,
        index="btree_not_null",
        export_string_translation=False,
    )
    key_hash_before = fields.Char(
        readonly=True,
        copy=False,
        index="btree_not_null",
        export_string_translation=False,
    )
    key_before_until = fields.Datetime(
        readonly=True, copy=False, export_string_translation=False
    )
    key_hint = fields.Char(string="Key", readonly=True, copy=False)
    key_revoked = fields.Boolean(readonly=True, copy=False)

    # what came in
    is_posted = fields.Boolean(
        compute="_compute_is_posted", export_string_translation=False
    )
    has_website = fields.Boolean(
        compute="_compute_has_website", export_string_translation=False
    )
    last_on = fields.Datetime(string="Last Received", compute="_compute_counts")
    item_count = fields.Integer(string="Received", compute="_compute_counts")
    lead_count = fields.Integer(string="Became Leads", compute="_compute_counts")
    waiting_count = fields.Integer(string="Waiting", compute="_compute_counts")
    try_payload = fields.Text(
        string="Sample",
        copy=False,
        help="What comes in, as it is sent: JSON, or a form. Taken from the last entry where"
        " it is empty.",
    )
    try_result = fields.Html(
        compute="_compute_try_result", sanitize=False, string="What Would Come of It"
    )

    _limits = models.Constraint(
        "CHECK (known_days >= 0 AND limit_minute >= 0 AND keep_days > 0"
        " AND min_seconds >= 0 AND silence_hours >= 0)",
        "Days, limits and hours of a source cannot be negative; raw data are kept at least a"
        " day.",
    )

    # === DEFAULTS AND COMPUTE METHODS === #

    @api.model
    def _default_type(self):
        uses_leads = self.env.user.has_group("crm.group_use_lead")
        return "lead" if uses_leads else "opportunity"

    @api.depends("kind")
    def _compute_is_posted(self):
        for source in self:
            source.is_posted = source.kind in POSTED

    def _compute_has_website(self):
        # Odoo's website app is optional.
        self.has_website = "visitor_ids" in self.env["crm.lead"]._fields

    def _compute_counts(self):
        # sudo: numbers of entries, for whoever may see the source.
        items = self.env["crm.intake.item"].sudo()
        found = {source.id: [False, 0, 0, 0] for source in self}
        groups = items._read_group(
            [("source_id", "in", self._origin.ids)],
            ["source_id", "state"],
            ["received_on:max", "__count", "lead_id:count_distinct"],
        )
        for source, state, last, count, leads in groups:
            row = found.setdefault(source.id, [False, 0, 0, 0])
            row[0] = max(filter(None, (row[0], last)), default=False)
            row[1] += count
            row[2] += leads if state in ("done", "check") else 0
            row[3] += count if state in ("received", "failed", "check") else 0
        for source in self:
            row = found.get(source._origin.id, [False, 0, 0, 0])
            source.last_on, source.item_count = row[0], row[1]
            source.lead_count, source.waiting_count = row[2], row[3]

    @api.depends("try_payload", "mapping_ids", "known", "kind")
    def _compute_try_result(self):
        for source in self:
            source.try_result = Sample(source._origin).shown(source.try_payload)

    # === CONSTRAINT METHODS === #

    @api.constrains("origins", "thanks_url")
    def _check_addresses(self):
        for source in self:
            for url in (*source._origins(), source.thanks_url or ""):
                if url and not url.startswith(("https://", "http://")):
                    raise ValidationError(
                        self.env._(
                            '"%(url)s" of the source "%(source)s" is no address of a page:'
                            " begin with https://.",
                            url=url,
                            source=source.name,
                        )
                    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        sources = super().create(vals_list)
        sources._switch_on()
        return sources

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(("form_refs", "silence_hours", "active", "kind")):
            self._switch_on()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unused(self):
        # sudo: what came in, whoever may read it.
        items = self.env["crm.intake.item"].sudo()
        used = items.search([("source_id", "in", self.ids)], limit=1)
        if used:
            raise UserError(
                self.env._(
                    '"%s" has entries in the letterbox: archive the source, and they stay.',
                    used.source_id.name,
                )
            )

    # === BUSINESS METHODS === #

    def _switch_on(self):
        """Have the jobs run that sources ask for by their settings."""
        crons = {
            "ir_cron_intake_back_fill": self.filtered("form_refs"),
            "ir_cron_intake": self.filtered("silence_hours"),
        }
        for name, sources in crons.items():
            if sources:
                self.env.ref(f"crm_lead_management.{name}")._crm_switch_on()

    def _origins(self):
        """Return the sites whose pages may send by script; none: all."""
        return [
            one.strip().rstrip("/").lower()
            for one in (self.origins or "").split(",")
            if one.strip()
        ]

    @api.model
    @kept("kind")
    def _active_ids(self, kind):
        """Return the ids of the sources of a kind that are on, of all companies.

        :rtype: tuple[int]
        """
        # sudo: doors of the system, whoever stands in front of them.
        return tuple(self.sudo().search([("kind", "=", kind)]).ids)

    @api.model
    @kept()
    def _website_id(self):
        """Return the id of the source that watches over Odoo's own form, or False.

        :rtype: int or False
        """
        # sudo: a door of the system.
        sources = self.sudo()
        return sources.search([("website_form", "=", True)], limit=1).id

    # === ACTION METHODS === #

    def action_propose_map(self):
        """Fill the field map in from the sample; lines that are there stay.

        :rtype: bool
        """
        self.ensure_one()
        self.check_access("write")
        sample = Sample(self)
        payload = self.try_payload or sample.last()
        for entry in Letterbox(self.env).entries(self, payload)[:1]:
            known = set(self.mapping_ids.mapped("path"))
            taken = set(self.mapping_ids.mapped("target"))
            self.mapping_ids = [
                (0, 0, {"path": path, "target": target})
                for path, target in sample.map_of(entry.data).items()
                if path not in known and target not in taken
            ]
        return True

    def action_send_test(self):
        """Have a test lead come in by this door, the whole way; it takes nobody's turn.

        :return: the action that opens the lead.
        :rtype: dict
        :raise UserError: says why no lead came of it.
        """
        self.ensure_one()
        self.check_access("write")
        engine = self.env["crm.intake.engine"]
        said = {
            "name": self.env._("Test Lead"),
            "email": ads.OWN,
            "message": self.env._(
                "A test of the door %s. It can be deleted.", self.name
            ),
        }
        # What the map of the source is called at the sender.
        paths = {line.target: line.path for line in self.mapping_ids}
        for name, target in (
            ("name", "contact_name"),
            ("email", "email_from"),
            ("message", "request_note"),
        ):
            if target in paths:
                said[paths[target]] = said.pop(name)
        ref = f"test:{secrets.token_hex(8)}"
        item = engine._receive(self, said, external_ref=ref)
        engine._process(item)
        if not item.lead_id:
            raise UserError(item.reason or self.env._("It waits in the letterbox."))
        return item.lead_id.with_env(self.env)._get_records_action()

    def action_open_items(self):
        """Open what came in by this source.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_intake_item_action"
        )
        action.pop("path", None)
        return {**action, "domain": [("source_id", "=", self.id)], "context": {}}
