# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.


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
