import {picture} from "./main_picture";
import {registry} from "@web/core/registry";

// By name and attribute only: the tour walks through the screens in any language.
registry.category("web_tour.tours").add("insight_card_lists", {
    steps: () => [
        {
            content: "The list keeps the amount back",
            trigger:
                ".o_data_row .o_data_cell[name=expected_revenue]:not(:contains(38))",
        },
        picture("insight_card_list"),
    ],
});

registry.category("web_tour.tours").add("insight_card", {
    steps: () => [
        {
            content:
                "What one needs to know: what they ask for, until when, how they came",
            trigger:
                ".o_form_view [name=need_to_know_card] .o_field_widget[name=request_note]",
        },
        {
            content: "No amount, no probability, no story",
            trigger:
                ".o_form_view:not(:has(h2 .o_field_widget[name=expected_revenue])):not(:has(.nav-link[name=story]))",
        },
        picture("insight_card_folded"),
        {
            content: "A click shows all, and is counted",
            trigger: "button[name=action_show_all]",
            run: "click",
        },
        {trigger: ".o_form_view h2 .o_field_widget[name=expected_revenue]"},
        {trigger: ".o_form_view .nav-link[name=story]"},
        {trigger: ".o_form_view:not(:has([name=need_to_know_card]))"},
        picture("insight_card_open"),
    ],
});

registry.category("web_tour.tours").add("insight_card_settings", {
    steps: () => [
        {
            content: "The switch of the company",
            trigger:
                "#crm_lead_management_need_to_know .o_field_widget[name=lead_need_to_know] input",
            run({anchor}) {
                anchor.scrollIntoView({block: "center"});
            },
        },
        picture("insight_card_settings"),
        {
            content: "Or on some of the leads first",
            trigger: "#crm_lead_management_need_to_know button",
            run: "click",
        },
        {trigger: ".o_control_panel .o_list_button_add", run: "click"},
        {
            content: "The experiment is on the card",
            trigger:
                ".o_form_view .o_field_widget[name=variant_ids] th[data-name=card]",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=name] input",
            run: "edit Need to know?",
        },
        {
            trigger: ".o_field_widget[name=variant_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name=variant_ids] .o_data_cell[name=card] :is(select, input)",
        },
        picture("insight_card_experiment"),
        {trigger: ".o_form_button_cancel", run: "click"},
        {trigger: ".o_list_view, .o_view_nocontent"},
    ],
});

registry.category("web_tour.tours").add("insight_picking", {
    steps: () => [
        {
            trigger:
                ".o_list_view .o_data_row .o_data_cell[name=finding], .o_kanban_record:not(.o_kanban_ghost)",
        },
        picture("insight_picking"),
    ],
});
