import {picture} from "./main_picture";
import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("message_to_a_selection", {
    steps: () => [
        {
            content: "Select all leads of the list",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_control_panel button[name=action_send_message]",
            run: "click",
        },
        {
            content: "Who gets what, before anything is sent",
            trigger: "button[name=action_plan]",
            run: "click",
        },
        {
            content: "The lead without an address is left out, and the reason is there",
            trigger: ".o_data_row:contains(No address):contains(no e-mail address)",
        },
        {trigger: ".o_field_widget[name=ready_count]:contains(2)"},
        {trigger: "button[name=action_send]", run: "click"},
        {trigger: ".o_field_widget[name=queued_count]:contains(2)"},
        {
            content: "Where they are, in words",
            trigger: ".o_crm_message_progress [role=status]:contains(2)",
        },
        {
            content: "It is found again",
            trigger: ".o_field_widget[name=queued_count]:contains(2)",
            run() {
                window.location = "/odoo/lead-selections";
            },
            expectUnloadPage: true,
        },
        {
            trigger: ".o_list_view .o_data_row .o_data_cell:contains(3 leads)",
            run: "click",
        },
        {trigger: ".o_field_widget[name=queued_count]:contains(2)"},
        picture("message_selection"),
    ],
});
