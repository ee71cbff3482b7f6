import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("routing_build_rule", {
    steps: () => [
        {
            content: "Start from an example",
            trigger: "button:contains(Start from an example)",
            run: "click",
        },
        {
            content: "Any example says what it is good for",
            trigger: ".modal .o_radio_item:contains(By location) input",
            run: "click",
        },
        {trigger: ".modal .o_field_widget[name=note]:contains(market)"},
        {
            trigger: ".modal .o_radio_item:contains(In turn) input",
            run: "click",
        },
        {trigger: ".modal .o_field_widget[name=note]:contains(same number)"},
        {
            trigger: ".modal .o_field_widget[name=team_id] input",
            run: "edit Tour pool",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Tour pool)",
            run: "click",
        },
        {trigger: ".modal button[name=action_create]", run: "click"},
        {
            content: "The rule is a draft",
            trigger: ".o_form_view .ribbon:contains(Draft)",
        },
        {
            content: "Try it before it counts",
            trigger: ".o_statusbar_buttons button[name=action_try]",
            run: "click",
        },
        {trigger: ".modal button[name=action_try]", run: "click"},
        {
            content: "Who would get what",
            trigger:
                ".modal .o_field_widget[name=member_ids] .o_data_row:contains(Tour one)",
        },
        {trigger: ".modal a[name=leads]", run: "click"},
        {
            trigger:
                ".modal .o_field_widget[name=line_ids] .o_data_row:contains(Old inquiry)",
        },
        {trigger: ".modal button[name=action_activate]", run: "click"},
        {
            content: "Activating is asked again",
            trigger: ".modal:contains(from now on) button.btn-primary:contains(Ok)",
            run: "click",
        },
        {
            content: "It routes from now on",
            trigger:
                ".o_list_view .o_data_row:contains(In turn) .o_field_widget[name=active] input:checked",
        },
    ],
});

registry.category("web_tour.tours").add("routing_why_me", {
    steps: () => [
        {
            content: "Why me?",
            trigger: ".o_notebook a[name=routing]",
            run: "click",
        },
        {
            content: "One sentence",
            trigger: ".o_field_widget[name=routing_reason]:contains(Tour one's turn)",
        },
        {
            content: "Each candidate with a reason",
            trigger: ".o_crm_routing_story tr:contains(Tour two):contains(paused)",
        },
        {
            content: "All decisions",
            trigger: "button[name=action_open_routing_logs]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Automatic)",
        },
    ],
});
