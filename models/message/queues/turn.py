# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""One turn of the queue: what time it is, and what all that goes by itself asks before it goes."""

from datetime import timedelta


class Turn:
    """May it go now, later, or not at all? The same answer for every kind of message."""

    def __init__(self, env, now):
        """
        :param env: the system's.
        :param datetime now: the present, UTC: the same for the whole turn.
        """
        self.env, self.now = env, now

    def hold(self, lead):
        """Return until when a lead has to wait, and why: sending hours, the limit of its grade.

        :param lead: one crm.lead record, in the language in which the reason is read.
        :return: ``(until, reason)``, UTC; ``(None, None)`` where it may be written to now.
        """
        holds = lead.env["crm.message.guard"]._holds(lead, self.now)
        return holds.get(lead.id, (None, None))

    @staticmethod
    def is_late(since, moment, days):
        """Tell whether something has waited, or would have to, for too long to go still.

        :param datetime since: when it was due first, or nothing.
        :param datetime moment: when it would go.
        :param int days: how long it may wait.
        """
        return bool(since) and moment - since > timedelta(days=days)
