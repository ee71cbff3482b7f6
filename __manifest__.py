# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
{
    "name": "CRM Lead Management",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "summary": "Personas, qualifiers, a grade from 1 to 5, routing and eight stages",
    "author": "CRM Lead Management Contributors",
    "license": "LGPL-3",
    "depends": ["crm", "crm_sms", "product"],
    "data": [
        "security/ir.model.access.csv",
        "security/crm_lead_management_rules.xml",
        "data/ir_cron_data.xml",
        # persona
        "data/crm_info_item_data.xml",
        "views/persona/crm_persona_views.xml",
        "views/persona/crm_segment_views.xml",
        "views/persona/crm_info_item_views.xml",
        # qualifier
        # scoring
        # routing
        # message
        # activity
        # pipeline
        # The views of core's models and the menus come last: they name the actions of all rooms.
        "views/crm_lead_views.xml",
        "views/menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "crm_lead_management/static/src/**/*",
        ],
        "web.assets_tests": [
            "crm_lead_management/static/tests/tours/**/*",
        ],
    },
    "application": True,
    "uninstall_hook": "uninstall_hook",
}
