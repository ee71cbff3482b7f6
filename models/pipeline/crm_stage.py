# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...const import LEAD_ROLES
from ...tools.pipeline import WON_ROLES, Stage
from ..common.crm_config_mixin import kept


class StageRow(NamedTuple):
    """One stage as the engines keep it in memory."""

    id: int
    role: str
    is_won: bool
    team_ids: tuple
    sequence: int


class CrmStage(models.Model):
    _name = "crm.stage"
    _inherit = ["crm.stage", "crm.config.mixin"]
    # In a set-up file a stage is known by its role; its name is the company's own.
    _carried_kind = "lead_role"

    lead_role = fields.Selection(
        LEAD_ROLES,
        string="Role",
        copy=False,
        help="Which of the eight stages of lead management this is. Empty: a stage of your"
        " own, which counts for nothing special.",
    )

    gate_ids = fields.One2many(
        "crm.stage.gate",
        "stage_id",
        string="Demands",
        help="What a lead needs before people can move it to this stage.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("lead_role", "is_won")
    def _check_lead_role(self):
        for stage in self:
            if stage.lead_role and stage.is_won != (stage.lead_role in WON_ROLES):
                if stage.is_won:
                    message = self.env._(
                        'The stage "%(stage)s" is a won stage: its role can only be Customer or'
                        " Inactive, or none.",
                        stage=stage.name,
                    )
                else:
                    message = self.env._(
                        'The stage "%(stage)s" must be a won stage to be Customer or Inactive:'
                        ' tick "Is Won Stage?", or choose another role.',
                        stage=stage.name,
                    )
                raise ValidationError(message)

    # === CRUD METHODS === #

    def unlink(self):
        # The history keeps the names of stages that are gone.
        self.env["crm.lead.stage.log"]._keep_names(self)
        return super().unlink()

    # === BUSINESS METHODS === #

    @api.model
    @kept()
    def _rows(self):
        """Return all stages in their order, from memory.

        :rtype: dict[int, StageRow]
        """
        # sudo: what a stage is does not depend on who asks. All: a company has a few.
        stages = self.with_env(self.env(su=True, context={}))
        stages = stages.search(Domain.TRUE, order="sequence, id")
        return {
            stage.id: StageRow(
                stage.id,
                stage.lead_role or "",
                stage.is_won,
                tuple(stage.team_ids.ids),
                stage.sequence,
            )
            for stage in stages
        }

    @api.model
    def _for_role(self, role, team):
        """Return the stage with a role that leads of a team can stand in.

        A stage of the team itself comes before one for all teams.

        :param str role: one of the roles.
        :param team: crm.team, empty for leads without one.
        :rtype: crm.stage, empty where there is none
        """
        rows = [row for row in self._rows().values() if row.role == role]
        own = (row for row in rows if team.id in row.team_ids)
        row = next(own, None) or next((row for row in rows if not row.team_ids), None)
        return self.browse(row.id if row else [])

    @api.model
    @kept("roles")
    def _ids_of_roles(self, *roles):
        """Return the ids of the stages that have one of the roles.

        :rtype: list[int]
        """
        return [row.id for row in self._rows().values() if row.role in roles]

    # === NAMES OF THE ROLES === #

    @api.model
    def _role_labels(self):
        """Return the names of the roles in the language of the user.

        :rtype: dict[str, str]
        """
        return dict(self._fields["lead_role"]._description_selection(self.env))

    def _role_names(self, role):
        """Return the name of a role in every installed language.

        :rtype: dict[str, str]
        """
        return {
            lang: self.with_context(lang=lang)._role_labels()[role]
            for lang, _name in self.env["res.lang"].get_installed()
        }

    def _stored_names(self):
        """Return the name of this stage in every language in which it has one.

        :rtype: dict[str, str]
        """
        self.ensure_one()
        return self._fields["name"]._get_stored_translations(self) or {}

    @api.model
    def _role_hints(self):
        """Return what each role means, in a sentence for the salesperson.

        :rtype: dict[str, str]
        """
        return {
            "open": self.env._(
                "The inquiry came in; nobody has talked to the lead yet."
            ),
            "contacted": self.env._(
                "Somebody talked to the lead, and the need is understood."
            ),
            "nurturing": self.env._(
                "Interested, not ready yet: the lead is kept informed."
            ),
            "qualified": self.env._("Ready to buy: the qualifiers are passed."),
            "negotiation": self.env._("Offer, price and terms are being discussed."),
            "customer": self.env._("The lead bought."),
            "inactive": self.env._("A customer from whom nothing was heard for long."),
            "unqualified": self.env._(
                "What the lead needs does not match what you offer."
            ),
        }

    def _as_tuples(self):
        """Return the stages as the plain tuples that the proposal works on.

        :rtype: list[Stage]
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM crm_stage WHERE id = ANY(%s)",
                SQL.identifier("name", to_flush=self._fields["name"]),
                self.ids,
            )
        )
        names = {
            stage_id: tuple(translations.values()) for stage_id, translations in rows
        }
        return [
            Stage(
                stage.id,
                names[stage.id],
                stage.sequence,
                stage.is_won,
                stage.lead_role or "",
                frozenset(stage.team_ids.ids),
            )
            for stage in self
        ]


class ResLang(models.Model):
    """Stages that the set-up added have their names in a language that comes later, too."""

    _inherit = "res.lang"

    @api.model_create_multi
    def create(self, vals_list):
        langs = super().create(vals_list)
        langs.filtered("active")._crm_name_stages()
        return langs

    def write(self, vals):
        coming = self.filtered(lambda lang: not lang.active)
        result = super().write(vals)
        if vals.get("active"):
            coming._crm_name_stages()
        return result

    def _crm_name_stages(self):
        """Name the stages in these languages that bear the name of their role.

        Not in a language of which no terms are there yet.
        """
        if not self or not self.env.registry.ready:
            return
        # sudo: stages of all teams, whoever installs a language.
        stages = self.env["crm.stage"].sudo().with_context(lang="en_US")
        for stage in stages.search([("lead_role", "!=", False)]):
            names = stage._role_names(stage.lead_role)
            stored, english = stage._stored_names(), names.get("en_US")
            if stage.name != english:
                continue
            # Who has named a stage himself in one of the languages keeps that name.
            new = {
                lang.code: names[lang.code]
                for lang in self
                if names.get(lang.code, english) != english
                and stored.get(lang.code, english) == english
            }
            if new:
                stage.update_field_translations("name", new)


class IrModuleModule(models.Model):
    """A language has its terms only after it was switched on: then stages get their names."""

    _inherit = "ir.module.module"

    @api.model
    def _load_module_terms(self, modules, langs, overwrite=False):
        result = super()._load_module_terms(modules, langs, overwrite)
        if self.env.registry.ready and "crm_lead_management" in modules:
            # What the fields are called was kept in memory without the new terms.
            self.env.registry.clear_cache("stable")
            loaded = self.env["res.lang"].search([("code", "in", langs)])
            loaded._crm_name_stages()
        return result
