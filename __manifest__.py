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
        "wizards/crm_segment_assign_views.xml",
        # qualifier
        "data/crm_qualifier_data.xml",
        "views/qualifier/crm_qualifier_views.xml",
        "views/qualifier/crm_qualifier_answer_views.xml",
        # scoring
        "data/crm_scorecard_data.xml",
        "data/crm_score_cron_data.xml",
        "wizards/crm_lead_grade_manual_views.xml",
        "wizards/crm_scorecard_learn_views.xml",
        "views/scoring/crm_scorecard_views.xml",
        "views/scoring/crm_scorecard_evaluation_views.xml",
        # routing
        "data/crm_routing_cron_data.xml",
        "data/crm_routing_action_data.xml",
        "wizards/crm_routing_gallery_views.xml",
        "wizards/crm_routing_trial_views.xml",
        "views/routing/crm_routing_rule_views.xml",
        "views/routing/crm_routing_policy_views.xml",
        "views/routing/crm_lead_routing_log_views.xml",
        "views/routing/crm_team_member_views.xml",
        "wizards/crm_routing_pause_views.xml",
        "wizards/crm_routing_reassign_views.xml",
        "report/crm_routing_report_views.xml",
        # message
        "data/message_layout.xml",
        "data/crm_message_template_data.xml",
        "views/message/crm_message_template_views.xml",
        "wizards/crm_message_compose_views.xml",
        "wizards/crm_message_batch_views.xml",
        "report/crm_message_report_views.xml",
        # activity
        "data/crm_touchpoint_cron_data.xml",
        # pipeline
        "data/crm_pipeline_data.xml",
        "views/pipeline/crm_stage_gate_views.xml",
        "views/pipeline/crm_stage_dormancy_views.xml",
        "views/pipeline/crm_stage_views.xml",
        "views/pipeline/crm_pipeline_setup_log_views.xml",
        "views/pipeline/crm_lead_stage_log_views.xml",
        "wizards/crm_pipeline_setup_views.xml",
        "wizards/crm_stage_override_views.xml",
        # the set-up
        "wizards/crm_lead_management_setup_views.xml",
        "views/res_config_settings_views.xml",
        # The views of core's models and the menus come last: they name the actions of all rooms.
        "views/crm_lead_views.xml",
        "views/menus.xml",
    ],
    "demo": [
        # The order of the story: people, what they sell, the set-up, then the leads.
        "demo/res_users_demo.xml",
        "demo/product_template_demo.xml",
        "demo/res_partner_demo.xml",
        "demo/crm_pipeline_demo.xml",
        "demo/crm_persona_demo.xml",
        "demo/crm_scorecard_demo.xml",
        "demo/crm_routing_demo.xml",
        "demo/crm_lead_demo.xml",
        "demo/crm_qualifier_demo.xml",
        "demo/crm_lead_today_demo.xml",
        "demo/crm_touchpoint_demo.xml",
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
