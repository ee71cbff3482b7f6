# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ....const import CHANNELS
from ...common.guarded import REPEATED
from .turn import Turn

_logger = logging.getLogger(__name__)

# Two workers may meet at a row: how often a batch is done once more, and when again.
TRIES = 5
LATER = timedelta(minutes=1)
# What waits, of all sources; each has ids of its own: 8 of them, so that there is room.
WAITING = """
    SELECT row.id * 8::bigint + row.source AS id, row.lead_id, row.origin, row.template_id,
           row.channel, row.due_on, row.state, row.reason, row.source_id, lead.user_id,
           lead.team_id, lead.company_id
      FROM (%s) AS row
      JOIN crm_lead AS lead ON lead.id = row.lead_id
"""
# Used where there is nothing to unite.
NOTHING = """
    SELECT NULL::int AS id, 0 AS source, NULL::int AS lead_id, NULL::varchar AS origin,
           NULL::int AS template_id, NULL::varchar AS channel, NULL::timestamp AS due_on,
           NULL::varchar AS state, NULL::varchar AS reason, NULL::int AS source_id WHERE FALSE
"""


class CrmMessageQueue(models.Model):
    """All that goes to leads by itself: one clock, one lock, one hold.

    **What.** First messages, messages of selections that go later, and the steps of tracks are
    records of their own rooms (*sources*). What is due of them goes here, and only here. Read
    as records, the queue is what waits, of all sources: a view, so it cannot be stale.

    **How to use.** ``_cron_run()`` is what the clock does; ``_wake()`` has it run now. A room
    joins by naming a model in ``_queue_sources()`` that has:

    =============================== ===========================================================
    ``_queue_batch``                how many rows go in one transaction
    ``_queue_due(now, after)``      SQL: id and lead_id of the rows that are due, above the id
                                    ``after``, in the order of their ids; lead_id may be NULL
    ``_queue_go(turn)``             has these records go: their rows and leads are locked. What
                                    has to wait (``turn.hold(lead)``) gets another moment, so
                                    that it is not due any more
    ``_queue_settle(now, after)``   optional: notes what became of a batch that is on its way;
                                    returns (last id or None, how many, whether more are left)
    ``_queue_waiting()``            SQL: id, source (a number of its own, 1 to 7), lead_id,
                                    origin, template_id, channel, due_on, state, reason,
                                    source_id of what waits
    ``_queue_take_back()``          a person takes these records back
    =============================== ===========================================================

    **How it works.** A batch is one transaction. One statement asks all sources what is due:
    a clock with nothing to do costs that one, and one for what is on its way. The rows of a
    batch and their leads are locked; what somebody else holds at this moment is left for the
    next time, and what another worker has done by then makes the database refuse: the batch is
    done once more and finds nothing. Leads are *written*, as by people who send, so that of
    two who write to the same lead at the same moment the second sees what the first one sent.
    """

    _name = "crm.message.queue"
    _description = "Message that goes by itself"
    _auto = False
    _order = "due_on, id"
    _rec_name = "lead_id"

    lead_id = fields.Many2one("crm.lead", readonly=True)
    origin = fields.Selection(
        [("first", "First message"), ("later", "Selection")],
        string="By",
        readonly=True,
    )
    template_id = fields.Many2one(
        "crm.message.template", string="Message", readonly=True
    )
    channel = fields.Selection(CHANNELS, readonly=True, help="Empty: the best one.")
    due_on = fields.Datetime(string="Goes On", readonly=True)
    state = fields.Selection(
        [("waiting", "Waits"), ("queued", "On its way")], readonly=True
    )
    reason = fields.Char(string="Why It Waits", readonly=True)
    source_id = fields.Integer(
        readonly=True, aggregator=None, export_string_translation=False
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)

    @property
    def _table_query(self):
        # sudo: whose rows may be seen is said by the rules of this model.
        sources = self.sudo()._sources().values()
        for source in sources:
            source.flush_model()
        arms = [source._queue_waiting() for source in sources]
        return SQL(WAITING, SQL(" UNION ALL ").join([SQL(NOTHING), *arms]))

    # === SOURCES === #

    @api.model
    def _queue_sources(self):
        """Return the names of the models whose records go by themselves, in their order.

        :rtype: tuple[str]
        """
        return ("crm.message.first", "mail.scheduled.message")

    @api.model
    def _origin_sources(self):
        """Return the model behind each origin.

        :rtype: dict[str, str]
        """
        return {"first": "crm.message.first", "later": "mail.scheduled.message"}

    @api.model
    def _sources(self):
        return {name: self.env[name] for name in self._queue_sources()}

    # === THE CLOCK === #

    @api.model
    def _cron(self):
        # sudo: scheduled actions are the system's.
        return self.env.ref("crm_lead_management.ir_cron_message_queue").sudo()

    @api.model
    def _switch_on(self, now=False):
        """Have the clock run: there is something that goes by itself.

        :param bool now: at once, not at its next time.
        """
        self._cron()._crm_switch_on(now=now)

    @api.model
    def _wake(self, moment=None):
        """Have the clock run now, or at a moment (UTC)."""
        self._cron()._trigger(at=moment)

    @api.model
    def _cron_run(self):
        """Note what became of what is on its way, then have go what is due.

        Safe to kill, to repeat, and to run by two at once.
        """
        # sudo: it is the system that sends: that makes it no human contact.
        self = self.with_user(SUPERUSER_ID)
        sources = self._sources()
        for source in sources.values():
            if hasattr(source, "_queue_settle") and not self._run(
                lambda after, one=source: one._queue_settle(
                    fields.Datetime.now(), after
                )
            ):
                return
        passed = dict.fromkeys(sources, 0)
        self._run(lambda after: self._next_batch(sources, passed))

    @api.model
    def _run(self, work):
        """Do batches of some work until nothing is left.

        :param work: called with the last id; returns (last id or None, how many, whether more
            are left).
        :return: whether it came to its end: neither the time is over, nor is somebody else
            in the way again and again.
        """
        after = 0
        while after is not None:
            done = self._once_more(work, after)
            if done is None:
                return False
            after, count, left = done
            if count and not self.env["ir.cron"]._commit_progress(
                count, remaining=int(left)
            ):
                return False
        return True

    @api.model
    def _once_more(self, work, after):
        """Do a batch; where another transaction came in between, do it once more."""
        for _attempt in range(TRIES):
            try:
                result = work(after)
                self.env.flush_all()
                return result
            except REPEATED as error:
                _logger.info("Messages to leads once more: %s", error)
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
        self._wake(fields.Datetime.now() + LATER)
        return None

    @api.model
    def _next_batch(self, sources, passed):
        """Have the next batch go that is due.

        :param dict sources: the model of each source, by its name.
        :param dict passed: up to which id each source was gone through; it is moved on.
        """
        now = fields.Datetime.now()
        name, rows, others = self._due(sources, passed, now)
        if not rows:
            return None, 0, False
        source = sources[name]
        going = self._lock(source, rows)
        if going:
            # What another worker has committed by now counts.
            self.env.invalidate_all()
            going._queue_go(Turn(self.env, now))
            self.env.flush_all()
        passed[name] = rows[-1][0]
        left = others or len(rows) == source._queue_batch
        return (0 if left else None), len(rows), left

    @api.model
    def _due(self, sources, passed, now):
        """Return the first source with something due, ids and leads of a batch of it, and
        whether there are others.
        """
        arms = []
        for place, (name, source) in enumerate(sources.items()):
            source.flush_model()
            arms.append(
                SQL(
                    "(SELECT %s::int AS place, due.* FROM (%s) AS due LIMIT %s)",
                    place,
                    source._queue_due(now, passed[name]),
                    source._queue_batch,
                )
            )
        rows = self.env.execute_query(SQL(" UNION ALL ").join(arms))
        first = min((row[0] for row in rows), default=0)
        mine = [row[1:] for row in rows if row[0] == first]
        return list(sources)[first], mine, len(mine) < len(rows)

    @api.model
    def _lock(self, source, rows):
        """Lock rows and their leads; leave out what somebody else holds at this moment."""
        records = source.browse([row_id for row_id, _lead_id in rows])
        locked = records.try_lock_for_update()
        leads = self.env["crm.lead"].browse(
            {lead_id for row_id, lead_id in rows if lead_id and row_id in locked._ids}
        )
        leads = self.env["crm.message.claim"]._take(leads, wait=False)
        return source.browse(
            row_id
            for row_id, lead_id in rows
            if row_id in locked._ids and (not lead_id or lead_id in leads._ids)
        )

    # === ACTIONS === #

    def action_take_back(self):
        """Take messages back that have not gone.

        :raise AccessError: where the user may not write to the leads.
        """
        self.check_access("read")
        self.lead_id.check_access("write")
        models_ = self._origin_sources()
        for origin, rows in self.grouped("origin").items():
            # sudo: the rows are the system's; who may write to the leads was asked above.
            records = self.env[models_[origin]].sudo()
            records.browse(rows.mapped("source_id")).exists()._queue_take_back()
