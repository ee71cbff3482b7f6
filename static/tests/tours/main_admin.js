import {registry} from "@web/core/registry";
import {picture} from "./main_picture";

const open = (path) => ({
    content: `Go to ${path}`,
    trigger: ".o_action_manager",
    run: () => {
        window.location.href = path;
    },
    expectUnloadPage: true,
});
const ASSISTANT = "/odoo/lead-management-setup";

registry.category("web_tour.tours").add("main_admin", {
    steps: () => [
        {trigger: "[name=step_routing] button[name=action_start_routing]"},
        picture("admin_1_assistant"),
        {
            content: "First the stages",
            trigger: "[name=step_stages] button[name=action_stages]",
            run: "click",
        },
        {
            content: "What will happen is said beforehand",
            trigger: ".o_field_widget[name=line_ids] .o_data_row:contains(Negotiation)",
        },
        {trigger: ".o_field_widget[name=preview] li"},
        picture("admin_2_stages"),
        {trigger: "button[name=action_apply]:visible", run: "click"},
        {
            content: "What was done is kept",
            trigger: ".o_form_view:not(:has(button[name=action_apply]))",
        },
        picture("admin_3_stages_done"),
        open(ASSISTANT),
        {
            content: "Then the scorecard",
            trigger:
                "[name=step_stages]:contains(8) + [name=step_scorecard] button[name=action_open_scorecard]",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name=rule_ids] .o_data_row:contains(Works in hospitality)",
        },
        picture("admin_4_scorecard"),
        open(ASSISTANT),
        {
            content: "Then routing: the team",
            trigger: "[name=step_routing] .o_field_widget[name=team_id] input",
            run: "edit North",
        },
        {trigger: ".o-autocomplete--dropdown-item:contains(North)", run: "click"},
        {trigger: "[name=step_routing] .o_field_widget[name=member_count]:contains(2)"},
        picture("admin_5_routing"),
        {trigger: "button[name=action_start_routing]", run: "click"},
        {
            content: "Routing is on",
            trigger:
                "[name=step_routing]:not(:has(button[name=action_start_routing])) .o_field_widget[name=rule_count]:contains(1)",
        },
        picture("admin_6_done"),
        open("/odoo/leads-by-grade/new"),
        {
            content: "A lead comes in",
            trigger:
                ".o_field_widget[name=name] textarea, .o_field_widget[name=name] input",
            run: "edit An enquiry by phone",
        },
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: ".o_notebook_headers a[name=routing]", run: "click"},
        {
            content: "It has its owner at once, and the reason",
            trigger: ".o_field_widget[name=routing_reason]:contains(in turn)",
        },
        {trigger: ".o_field_widget[name=user_id] input:value(/Layla|Yusuf/)"},
        picture("admin_7_first_lead"),
    ],
});
