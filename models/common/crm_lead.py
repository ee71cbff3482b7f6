# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models, tools
from odoo.tools import SQL

from .context import CAREFUL, ENGINE, GUARDED, defaults
from .crm_config_mixin import kept
from .guarded import guarded
from .rights import engine_fields, refuse_engine_fields, skips, without_given

# The stations that a lead passes, in the order of the method. What each does when something
# happens stands in its room; which events there are, in crm_lead_station.py.
STATIONS = (
    "crm.intake.station",  # how it came in
    "crm.persona.station",  # who is it: standard writing, market segments, persona
    "crm.qualifier.station",  # do they fit at all: the gate
    "crm.lead.evaluator",  # what the rules of these two say, written in one go
    "crm.scoring.station",  # one grade from 1 to 5, and what it calls for
    "crm.routing.station",  # whose it is
    "crm.followup.station",  # by when somebody must have answered
    "crm.message.station",  # the first words, and what came of them
    "crm.nurture.station",  # the track it is in, and when it leaves that
    "crm.activity.station",  # the chain of records
    "crm.pipeline.station",  # where it stands, and what that demands
)

# Writing one of these may change the stage: core keeps it among the stages of the team.
MOVES = frozenset(("stage_id", "team_id", "user_id", "type"))
# Writing one of these may close a lead, or open it again.
CLOSES = frozenset(("stage_id", "active", "probability"))
# How often stations have another turn because a later one found what they read.
ROUNDS = 3
# The group of our columns: see CrmLead._post_model_setup__().
OURS = "crm_lead_management"


class Changes:
    """Which fields of which leads have other values now.

    What was written counts for all the leads; what stations found out, for those for which
    they found something else than before.
    """

    def __init__(self, names=()):
        self.written = set(names)
        self._found = {}

    def add(self, found):
        """Add what a station found.

        :param dict found: for each field the leads for which it changed.
        """
        for name, leads in found.items():
            self._found.setdefault(name, set()).update(leads._ids)

    @property
    def names(self):
        """The names of all fields that changed for any of the leads."""
        return self.written | self._found.keys()

    def of(self, leads, *names):
        """Return those of the leads for which one of the fields changed."""
        if not self.written.isdisjoint(names):
            return leads
        ids = set().union(*(self._found.get(name, ()) for name in names))
        return leads.browse(lead_id for lead_id in leads._ids if lead_id in ids)


class CrmLead(models.Model):
    """The hub: the only overrides of create(), write() and merging, and who hears of them.

    It tells the stations, in their order, what happens to leads, and gives them their turns
    to find out what follows. Where a station fails everything is taken back and done once
    more with care, each station for itself: the lead is saved, and the others have their say.
    """

    _inherit = "crm.lead"

    def _valid_field_parameter(self, field, name):
        # What the field is, see field_kinds.py; whether its search is the same SQL at any moment.
        ours = ("lead_kind", "rule_fixed")
        return name in ours or super()._valid_field_parameter(field, name)

    def _post_model_setup__(self):
        """Have Odoo read our columns when one of ours is asked for, not with each lead.

        It reads all columns of a group when one of them is missing; what it tracks it needs
        with its own at each save.
        """
        result = super()._post_model_setup__()
        for field in self._fields.values():
            ours = getattr(field, "lead_kind", None)
            if ours and field.prefetch is True and not getattr(field, "tracking", None):
                field.prefetch = OURS
        return result

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        vals_list, state = [dict(vals) for vals in vals_list], {}
        self = without_given(self, vals_list, self._lead_engine_fields())
        given = set().union(*vals_list, defaults(self.env))
        for station in self._lead_stations("_before_create", given):
            station._before_create(vals_list, state)
        leads = super().create(vals_list)
        moves = {lead.id: (None, lead.stage_id.id or None) for lead in leads}
        stood = [("_on_moved", leads.ids, (moves, state))]
        if skips(self.env):
            leads._lead_known(None)
            leads._lead_pass(None, None, state, stood)
        elif leads:
            leads._lead_pass("created", None, state, stood)
        for station in self._lead_stations("_after_create"):
            station._after_create(leads, state)
        return leads

    def write(self, vals):
        vals, state = dict(vals), {}
        refuse_engine_fields(self, vals, self._lead_engine_fields())
        for station in self._lead_stations("_before_write", vals):
            station._before_write(self, vals, state)
        # Core's write() adds keys to vals, hence the copy of the names.
        names, before = frozenset(vals), self._lead_standing(vals)
        result = super().write(vals)
        stood = self._lead_stood(names, before, state) if before else []
        if skips(self.env) or not self._lead_concerns(names, state):
            self._lead_known(names)
            self._lead_pass(None, frozenset(), state, stood)
        else:
            self._lead_pass("written", self._lead_changed_fields(names), state, stood)
        for station in self._lead_stations("_after_write", state):
            station._after_write(self, state)
        return result

    def _merge_get_fields_specific(self):
        fields = super()._merge_get_fields_specific()
        for name in self._lead_station_names():
            fields.update(self.env[name]._merge_fields())
        return fields

    def _merge_opportunity(self, *args, **kwargs):
        # What the rooms make of what engines found out about several leads is theirs.
        leads = self.with_context(**ENGINE.on())
        lead = super(CrmLead, leads)._merge_opportunity(*args, **kwargs)
        lead = lead.with_env(self.env)
        # What came along says something else about the lead than what it said before.
        lead._lead_evaluate(None)
        return lead

    def _merge_dependences(self, opportunities):
        # Before super(): core deletes nothing here, but later steps do.
        self._lead_merge(opportunities - self)
        return super()._merge_dependences(opportunities)

    # === RIGHTS === #

    @api.model
    @tools.ormcache()
    def _lead_engine_fields(self):
        """Return the names of the fields that only engines write; see rights.py."""
        return engine_fields(self)

    # === STATIONS === #

    @api.model
    def _lead_station_names(self):
        """Return the names of the stations in their order. Others may add theirs.

        :rtype: tuple[str]
        """
        return STATIONS

    @api.model
    @kept("method")
    def _lead_listeners(self, method):
        """Return the stations that have a method of their own for something.

        :return: their names in order, each with the topics that it cares for; None: all.
        :rtype: tuple[tuple]
        """
        registry, listeners = self.env.registry, []
        nothing = getattr(registry["crm.lead.station"], method)
        for name in self._lead_station_names():
            if getattr(registry[name], method) is not nothing:
                topics = self.env[name]._cares().get(method)
                if topics is None or topics:
                    listeners.append((name, topics))
        return tuple(listeners)

    @api.model
    def _lead_stations(self, method, topics=None):
        """Return the stations that have something to do, in order.

        :param str method: of ``crm.lead.station``.
        :param topics: what it is about, see there; None: whoever has the method.
        """
        return [
            self.env[name]
            for name, wanted in self._lead_listeners(method)
            if wanted is None or topics is None or not wanted.isdisjoint(topics)
        ]

    @api.model
    @kept()
    def _lead_reads(self):
        """Return the lead fields whose change gives any station a turn.

        :rtype: frozenset[str]
        """
        stations = self._lead_stations("_reads")
        return frozenset().union(*(station._reads() for station in stations))

    def _lead_turn(self, turn, *args):
        """Let a station have its turn; in a pass with care, under a savepoint of its own."""
        if not CAREFUL.of(self.env):
            return turn(*args)
        message = "%s of %s failed for leads %s"
        with guarded(self.env, message, turn.__name__, turn.__self__._name, self.ids):
            return turn(*args)
        return None

    # === WHAT HAPPENED === #

    def _lead_tell(self, event, *args, topics=None):
        """Tell the stations that something happened to the leads ``self``.

        :param str event: the name of the method, see ``crm.lead.station``.
        :param args: what the event tells beside the leads.
        :param topics: what it is about; whoever cares for something else is not told.
        """
        for station in self._lead_stations(event, topics) if self else ():
            self._lead_turn(getattr(station, event), self, *args)

    def _lead_pass(self, event, changed, detail, stood=()):
        """Have the leads ``self`` pass the stations: evaluate them, then tell the event.

        Before, they are told where leads stand now.

        First all under one savepoint. Where something fails, a rule or a notification, all
        is taken back and done once more with care. Errors because of which Odoo repeats the
        request (two transactions at once) go through.

        :param str event: created, written or touched; None where all that is to be told is
            where they stand.
        :param changed: names of the fields that changed, or None for all.
        :param detail: what the event tells beside the leads.
        :param list stood: see :meth:`_lead_stood`.
        """
        stood = [told for told in stood if told[1] and self._lead_listeners(told[0])]
        if not event and not stood:
            return
        message = "Leads %s, %s: once more, each station for itself"
        with guarded(self.env, message, self.ids, event or "moved") as attempt:
            leads = self.with_context(**GUARDED.on())
            leads._lead_pass_now(event, changed, detail, stood)
        if attempt.error:
            leads = self.with_context(**GUARDED.on(None), **CAREFUL.on())
            leads._lead_pass_now(event, changed, detail, stood)

    def _lead_pass_now(self, event, changed, detail, stood):
        for method, lead_ids, args in stood:
            self.browse(lead_ids)._lead_tell(method, *args)
        if not event:
            return
        noted = self._lead_noted()
        if changed is not None:
            changed = changed | noted
        changes = self._lead_find(changed)
        if event == "created":
            self._lead_tell("_on_created", detail)
        elif event == "touched":
            names = ("direction", "kind", "outcome")
            topics = set().union(*(detail.mapped(name) for name in names))
            self._lead_tell("_on_touched", detail, topics=topics)
            self._lead_tell_written(changes, {})
        else:
            self._lead_tell_written(changes, detail)

    def _lead_tell_written(self, changes, state):
        topics = changes.names | state.keys()
        self._lead_tell("_on_written", changes, state, topics=topics)

    def _lead_touched(self, touchpoints):
        """Have the leads ``self`` pass the stations since something happened with them.

        :param touchpoints: crm.touchpoint records, just recorded, of these leads only.
        """
        self._lead_pass("touched", {"touchpoint_ids"}, touchpoints)

    def _lead_assigned(self, decisions, mode, changed):
        """Tell that it was decided whose the leads ``self`` are, and what follows from it.

        :param decisions: see ``crm.routing.engine``.
        :param str mode: auto, manual or reroute.
        :param set changed: names of the fields that may have other values now.
        """
        self._lead_tell("_on_assigned", decisions, mode)
        changed = self._lead_changed_fields(changed)
        if not self._lead_reads().isdisjoint(changed):
            self._lead_evaluate(changed)

    def _lead_propose_unqualified(self, reason):
        """Tell that the needs of the leads ``self`` do not match what is offered.

        Called by the room that finds it out. What comes of it is the company's choice.

        :param str reason: why, in words, in the language of the user.
        """
        self._lead_tell("_on_unfit", reason)

    def _lead_merge(self, others):
        """Move what belongs to ``others`` to the lead ``self``, which they merge into."""
        self.ensure_one()
        if not others:
            return
        for name in self._lead_station_names():
            for model_name in self.env[name]._lead_rows:
                model = self.env[model_name]
                model.flush_model(["lead_id"])
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET lead_id = %s WHERE lead_id = ANY(%s)",
                        SQL.identifier(model._table),
                        self.id,
                        others.ids,
                    )
                )
                model.invalidate_model(["lead_id"], flush=False)
        (self | others).invalidate_recordset(flush=True)
        self._lead_tell("_on_merged", others)

    # === STANDING: THE STAGE, AND WHETHER A LEAD IS OPEN === #

    def _lead_standing(self, names):
        """Return where the leads ``self`` stand, if writing ``names`` may change it.

        Whether they are open is looked at only where it may change: Odoo would compute their
        probability for it, one write after the other.

        :return: by lead id, the stage and whether the lead is open.
        :rtype: dict[int, tuple]
        """
        closes = not CLOSES.isdisjoint(names)
        if not closes and MOVES.isdisjoint(names):
            return {}
        # sudo: what the leads are, also where the user loses sight of them by the write.
        return {
            lead.id: (lead.stage_id.id or None, closes and lead._lead_is_open())
            for lead in self.sudo()
        }

    def _lead_is_open(self):
        """Tell whether a lead is neither won, nor lost, nor archived."""
        return self.active and self.won_status == "pending"

    def _lead_stood(self, names, before, state):
        """Return which of the leads ``self`` moved, were closed, or are open again.

        :return: what is to be told: the event, ids of leads, and its other arguments.
        :rtype: list[tuple]
        """
        after = self._lead_standing(names)
        moves = {
            lead_id: (before[lead_id][0], stage_id)
            for lead_id, (stage_id, _is_open) in after.items()
            if before[lead_id][0] != stage_id
        }
        stood = [("_on_moved", list(moves), (moves, state))]
        for event, is_open in (("_on_closed", False), ("_on_reopened", True)):
            ids = [
                lead_id
                for lead_id, (_stage_id, is_open_now) in after.items()
                if is_open_now == is_open != before[lead_id][1]
            ]
            stood.append((event, ids, ()))
        return stood

    # === FINDING OUT === #

    def _lead_evaluate(self, changed=None):
        """Find out all about the leads ``self`` that follows from changed fields.

        For whoever changed something otherwise than by write(), or many leads at once.

        :param changed: names of the fields that changed, or None for all.
        """
        if self:
            self._lead_tell_written(self._lead_find(changed), {})

    def _lead_find(self, changed):
        """Give each station its turn to find out what follows from changed fields.

        From the first to the last. What one finds, later ones see; an earlier one that reads
        it (a market segment by the grade, say) has another turn afterwards.

        :param changed: names of the fields that changed, or None for all.
        :return: what was changed, and what was found.
        :rtype: Changes
        """
        changes = Changes(changed or ())
        stations = self._lead_stations("_evaluate")
        heard = dict.fromkeys(stations, changed)
        for _round in range(ROUNDS):
            for station in stations:
                names, heard[station] = heard[station], set()
                if names is not None and station._reads().isdisjoint(names):
                    continue
                found = self._lead_turn(station._evaluate, self, names) or {}
                changes.add(found)
                for other in stations:
                    if other != station and heard[other] is not None:
                        heard[other] = heard[other] | found.keys()
            if not any(heard.values()):
                break
        self.invalidate_recordset(self._lead_shown(), flush=False)
        return changes

    @api.model
    @kept()
    def _lead_shown(self):
        """Return the fields that show what stations found out."""
        return tuple(
            name
            for station in self._lead_station_names()
            for name in self.env[station]._lead_shown_by
        )

    def _lead_concerns(self, names, state):
        """Tell whether any station has something to do after ``names`` were written."""
        return bool(self) and (
            not all(name.startswith("_") for name in state)
            or not self._lead_reads().isdisjoint(self._lead_changed_fields(names))
        )
