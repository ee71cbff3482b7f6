# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
def migrate(cr, version):
    """The index of users and dates finds what the one of users did; the ORM drops none."""
    if version:
        cr.execute("DROP INDEX IF EXISTS crm_lead_routing_log__to_user_id_index")
