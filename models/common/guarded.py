# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
from collections.abc import MutableSet
from copy import copy

import psycopg2

from odoo import tools
from odoo.exceptions import ConcurrencyError

_logger = logging.getLogger(__name__)

# Errors because of which Odoo repeats the whole request: two transactions at once.
REPEATED = (psycopg2.OperationalError, ConcurrencyError)


class guarded:
    """Run something whose failure must not stop what is around it.

    ::

        with guarded(env, "The action of rule %s failed", rule.name) as attempt:
            ...
        if attempt.error:
            ...

    What fails is taken back as if it had never begun: the changes of the database, what waits
    in memory, and the work that was put off until before or after the commit (mails, bus
    notifications, tracking). It is logged, with its traceback. Errors because of which Odoo
    repeats the request go through.

    What waited in memory before is written first, outside: that it cannot be written is no
    failure of what is guarded, and is for the caller to hear.
    """

    def __init__(self, env, message, *args, expected=()):
        """
        :param env: an environment of the transaction.
        :param str message: for the log, with ``args`` as in the logging functions.
        :param expected: types of errors that are no fault of ours (a plan that cannot be
            launched, say): logged in a line, without traceback.
        """
        self.env, self.message, self.args = env, message, args
        self.expected, self.error = expected, None

    def __enter__(self):
        self.env.flush_all()
        cr = self.env.cr
        self.put_off = [_remember(queue) for queue in (cr.precommit, cr.postcommit)]
        self.savepoint = cr.savepoint(flush=False)
        self.silence = tools.mute_logger("odoo.sql_db")
        self.silence.__enter__()
        return self

    def __exit__(self, kind, error, traceback):
        try:
            if error is None:
                self.env.flush_all()
        except Exception as late:
            error = late
        finally:
            self.silence.__exit__(None, None, None)
        if error is None:
            self.savepoint.close(rollback=False)
            return False
        self._take_back()
        if isinstance(error, REPEATED) or not isinstance(error, Exception):
            raise error
        self.error = error
        if isinstance(error, self.expected):
            _logger.info("%s: %s", self.message % self.args, error)
        else:
            _logger.error(self.message, *self.args, exc_info=error)
        return True

    def _take_back(self):
        """Have everything as it was before."""
        cr = self.env.cr
        self.env.transaction.clear()
        for queue, before in zip(
            (cr.precommit, cr.postcommit), self.put_off, strict=True
        ):
            _restore(queue, before)
        self.savepoint.close(rollback=True)


def _remember(queue):
    """Return what :func:`_restore` needs of a queue of callbacks, an ``odoo.tools.Callbacks``.

    Odoo has no way to take single callbacks back: its own savepoints drop them all, also
    those of before, e.g. the tracking of what the user has typed. And whoever makes one runs
    those that come before the commit: what they did is taken back too, so they are due again.
    """
    return list(queue._funcs), _copied(queue.data)


def _restore(queue, before):
    functions, data = before
    queue.clear()
    queue._funcs.extend(functions)
    queue.data.update(data)


def _copied(data):
    """Return a copy of nested dicts, lists and sets; other values are shared."""
    if type(data) is dict:
        return {key: _copied(value) for key, value in data.items()}
    return copy(data) if isinstance(data, (list, MutableSet)) else data
