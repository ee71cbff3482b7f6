import {registry} from "@web/core/registry";

/** A manager connects a form, and sees what would come of its first test. */
registry.category("web_tour.tours").add("crm_intake_source", {
    steps: () => [
        {
            content: "Make a source",
            trigger: ".o_control_panel_main_buttons .o-kanban-button-new",
            run: "click",
        },
        {
            content: "Name it",
            trigger: ".o_field_widget[name='name'] input",
            run: "edit Form of our site",
        },
        {
            content: "Get its address",
            trigger: "button[name='action_new_key']:visible",
            run: "click",
        },
        {
            content: "It is shown, with a form for the site",
            trigger: ".modal .o_field_widget[name='snippet']:contains('crm_started')",
        },
        {
            content: "It is copied",
            trigger: ".modal footer button.btn-primary",
            run: "click",
        },
        {
            content: "Try it",
            trigger: "body:not(:has(.modal)) .o_notebook .nav-link[name='try']",
            run: "click",
        },
        {
            content: "Paste a sample",
            trigger: ".o_field_widget[name='try_payload'] textarea",
            run: 'edit {"name": "Amal Haddad", "email": "amal@clinic.example"}',
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "What would come of it",
            trigger: ".o_crm_intake_try:contains('amal@clinic.example')",
        },
        {
            content: "The lines of the map are proposed from it",
            trigger: ".o_notebook .nav-link[name='map']",
            run: "click",
        },
        {
            content: "Propose",
            trigger: "button[name='action_propose_map']",
            run: "click",
        },
        {
            content: "They are there",
            trigger:
                ".o_field_widget[name='mapping_ids'] .o_data_row:contains('email')",
        },
    ],
});

/** A manager finds out why something did not become a lead, and makes one of it. */
registry.category("web_tour.tours").add("crm_intake_letterbox", {
    steps: () => [
        {
            content: "Something waits",
            trigger: ".o_crm_letterbox .badge:contains('1')",
        },
        {
            content: "Look at it",
            trigger: ".o_crm_letterbox",
            run: "click",
        },
        {
            content: "The reason stands beside it",
            trigger: ".o_data_row:contains('Nobody can be reached')",
        },
        {
            content: "Open it",
            trigger: ".o_data_row .o_data_cell[name='reason']",
            run: "click",
        },
        {
            content: "What came in is there to be read",
            trigger: ".o_field_widget[name='payload_lines']:contains('Frage')",
        },
        {
            content: "Make a lead of it all the same",
            trigger: "button[name='action_make_lead']",
            run: "click",
        },
        {
            content: "It became one",
            trigger: "button[name='action_open_lead']",
            run: "click",
        },
        {
            content: "The lead is there",
            trigger: ".o_form_view .o_field_widget[name='stage_id']",
        },
    ],
});
