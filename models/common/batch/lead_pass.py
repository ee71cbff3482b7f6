# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
import time

from odoo.fields import Domain
from odoo.tools import SQL

from ..guarded import REPEATED, guarded

_logger = logging.getLogger(__name__)

# How often a batch is tried that another transaction got in the way of.
TRIES = 3
# How long to wait for somebody who is writing a lead.
PATIENCE = "5s"


class LeadPass:
    """A pass over many leads, batch by batch, that ends well whatever happens on the way.

    ::

        LeadPass(env, domain, handle, cursor="crm_lead_management.batch_cursor").run()

    **How it works.** Leads are taken by ascending id; each batch is committed together with
    the id that it reached, so that a pass that was killed goes on where it was, and one that
    was begun anew meanwhile begins anew. Where another transaction gets in the way, the batch
    is taken back and tried again, without the leads that somebody is writing at this moment:
    they come at the end. Where a lead cannot be handled the others of its batch are, one by
    one, and the log says which one it was. Memory stays flat.

    Outside of a scheduled job ``commit=False`` has all done in the caller's transaction.
    """

    def __init__(self, env, domain, handle, *, cursor=None, size=1000, commit=True):
        """
        :param env: whose leads are handled; for those of all companies, a superuser's.
        :param domain: which leads, as an ``odoo.fields.Domain``.
        :param handle: called with each batch of crm.lead records; what it returns is added up.
        :param str cursor: the system parameter that remembers the position; without one the
            pass begins at the first lead each time.
        :param int size: of a batch.
        """
        self.env, self.domain, self.handle = env, domain, handle
        self.cursor, self.size, self.commit = cursor, size, commit
        self.leads = env["crm.lead"]
        self.at, self.result, self.done = 0, 0, 0
        self.busy, self.failed = [], []

    # === POSITION === #

    @staticmethod
    def begin(env, cursor):
        """Have the next run begin at the first lead."""
        LeadPass.put(env, cursor, 0)

    @staticmethod
    def put(env, key, number):
        """Keep a number as a system parameter.

        Of two who say so at the same moment the second one's transaction is tried again by
        Odoo; a plain ``set_param()`` would end in an error about a key that must be unique.
        """
        # sudo: the position is the system's; who may ask for a pass is checked by the caller.
        params = env["ir.config_parameter"].sudo()
        params.flush_model()
        env.cr.execute(
            SQL(
                "INSERT INTO ir_config_parameter"
                " (key, value, create_uid, create_date, write_uid, write_date)"
                " VALUES (%(key)s, %(value)s, %(uid)s, %(now)s, %(uid)s, %(now)s)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value,"
                " write_uid = excluded.write_uid, write_date = excluded.write_date",
                key=key,
                value=str(number),
                uid=env.uid,
                now=env.cr.now(),
            )
        )
        params.invalidate_model(flush=False)
        env.registry.clear_cache("stable")

    @staticmethod
    def position(env, cursor):
        """Return the id that the running pass has reached; None where none is running.

        As the database has it: another process may have begun anew.
        """
        env["ir.config_parameter"].flush_model(["key", "value"])
        env.cr.execute("SELECT value FROM ir_config_parameter WHERE key = %s", [cursor])
        row = env.cr.fetchone()
        return int(row[0]) if row else None

    @classmethod
    def remaining(cls, env, domain, cursor):
        """Return how many leads the running pass has still to do; 0 where none is running."""
        position = cls.position(env, cursor)
        if position is None:
            return 0
        return env["crm.lead"].search_count(domain & Domain("id", ">", position))

    # === RUN === #

    def run(self):
        """Go through the leads, from where the last run stopped.

        :return: whether the pass is at its end; False where the time of the job is over.
        :rtype: bool
        """
        started = time.monotonic()
        at_end = self._run()
        _logger.info(
            "%s leads done in %.1f s%s",
            self.done,
            time.monotonic() - started,
            f", not {self.failed}: see above" if self.failed else "",
        )
        return at_end

    def _run(self):
        total = self._count()
        if not total:
            self._forget()
            return True
        self._report(remaining=total)
        while count := self._next():
            if not self._report(count):
                self._come_back_to(self.busy)
                return False
        busy, self.busy = self.busy, []
        self._attempt(lambda careful: self._handle(busy, True) if busy else 0)
        if self.busy:
            _logger.warning("Leads %s are left out: somebody writes them", self.busy)
        self._forget()
        self._report()
        return True

    def _position(self):
        """Return the id that the pass has reached."""
        if self.cursor:
            self.at = self.position(self.env, self.cursor) or 0
        return self.at

    def _count(self):
        return self.leads.search_count(
            self.domain & Domain("id", ">", self._position())
        )

    def _next(self):
        """Handle the next batch; return the number of its leads, 0 at the end."""

        def handle(careful):
            domain = self.domain & Domain("id", ">", self._position())
            ids = self.leads.search(domain, order="id", limit=self.size).ids
            if ids:
                self._handle(ids, careful)
                self._go_to(ids[-1])
            return len(ids)

        return self._attempt(handle)

    def _attempt(self, handle):
        """Do something in a transaction; where another got in the way, once more, with care.

        :param handle: called with whether to leave out what others are writing.
        """
        before = self.result, self.done, [*self.busy], [*self.failed]
        for left in reversed(range(TRIES)):
            try:
                if self.commit:
                    self.env.cr.execute("SET LOCAL lock_timeout = %s", [PATIENCE])
                return handle(left < TRIES - 1)
            except REPEATED as error:
                if not self.commit or not left:
                    raise
                # This transaction sees the world as it was before the other one.
                self.env.cr.rollback()
                self.result, self.done = before[:2]
                self.busy, self.failed = [*before[2]], [*before[3]]
                _logger.info("Once more: %s", str(error).strip())
        return 0

    def _handle(self, ids, careful):
        """Handle leads; note which of them somebody else is writing."""
        leads = self.leads.browse(ids)
        if careful:
            # sudo: a lock, also of leads that may be read only.
            locked = leads.sudo().try_lock_for_update(allow_referencing=True)
            self.busy += (leads - leads.browse(locked.ids)).ids
            leads = leads.browse(locked.ids)
        if not leads:
            return
        with guarded(self.env, "Leads %s: one by one", leads.ids) as attempt:
            self.result += self.handle(leads) or 0
        if attempt.error:
            self._one_by_one(leads)
        self.done += len(leads)

    def _one_by_one(self, leads):
        for lead in leads:
            with guarded(self.env, "Lead %s is left out", lead.id) as attempt:
                self.result += self.handle(lead) or 0
            if attempt.error:
                self.failed.append(lead.id)

    def _go_to(self, lead_id):
        """Note the id that the pass has reached, in the same transaction."""
        self.at = lead_id
        if self.cursor:
            # sudo: see begin().
            params = self.env["ir.config_parameter"].sudo()
            params.set_param(self.cursor, str(lead_id))
            params.flush_model()

    def _come_back_to(self, busy):
        """Have the next run begin at the first of the leads that were busy."""
        if busy and self.cursor:
            self._go_to(min(busy) - 1)
            self._report()

    def _forget(self):
        """End the pass: the next one begins at the first lead."""
        if self.cursor:
            # sudo: see begin().
            params = self.env["ir.config_parameter"].sudo()
            params.search([("key", "=", self.cursor)]).unlink()

    def _report(self, processed=0, remaining=None):
        """Commit, and tell Odoo how far it is; return whether there is time left."""
        self.env.flush_all()
        self.env.invalidate_all()  # memory stays flat, however many leads there are
        if not self.commit:
            return True
        return self.env["ir.cron"]._commit_progress(processed, remaining=remaining)
