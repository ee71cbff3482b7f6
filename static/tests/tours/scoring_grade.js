import {registry} from "@web/core/registry";

// By name and attribute only: the tour walks through the screens in any language.
registry.category("web_tour.tours").add("scoring_why", {
    steps: () => [
        {
            content: "The grades of the open leads, best first",
            trigger: ".o_list_view .o_group_header:first",
        },
        {
            content: "Five marks and the number",
            trigger:
                ".o_data_row .o_lead_grade.o_lead_grade_focus .o_lead_grade_number",
        },
        {trigger: ".o_data_row .o_data_cell[name=name]", run: "click"},
        {
            content: "Why this grade?",
            trigger: ".o_form_view button.o_lead_grade",
            run: "click",
        },
        {trigger: ".o_lead_grade_why .o_lead_grade_row:contains(+85)"},
        {trigger: ".o_form_view button.o_lead_grade", run: "click"},
        {trigger: "body:not(:has(.o_lead_grade_why))"},
        {
            content: "Set the grade by hand",
            trigger: "button[name=action_set_grade]",
            run: "click",
        },
        {trigger: ".modal [name=reason] input", run: "edit Left the company"},
        {trigger: ".modal [name=grade] input[data-value='2']", run: "click"},
        {trigger: ".modal button[name=action_set]", run: "click"},
        {
            trigger:
                ".o_form_view .o_lead_grade_nurture .o_lead_grade_number:contains(2)",
        },
    ],
});

registry.category("web_tour.tours").add("scoring_team", {
    steps: () => [
        {
            content: "Learn a scorecard from closed leads",
            trigger:
                ".o_list_view .o_control_panel_main_buttons button:contains(Learn)",
            run: "click",
        },
        {trigger: ".modal .o_field_widget[name=closed_count]:contains(200)"},
        {trigger: ".modal button[name=action_learn]", run: "click"},
        {
            content: "A draft with readable rules",
            trigger:
                ".o_form_view .o_field_widget[name=rule_ids] .o_data_row:contains(Employees)",
            // It learns from all closed leads.
            timeout: 30000,
        },
        {
            content: "Judge it",
            trigger: ".o_form_view button[name=action_evaluate]",
            run: "click",
        },
        {trigger: ".o_form_view .o_field_widget[name=n]:contains(60)"},
        {trigger: ".o_field_widget[name=grade_ids] .o_data_row"},
        {trigger: ".nav-link[name=curve]", run: "click"},
        {trigger: ".o_scorecard_curve canvas"},
        {
            trigger: ".o_breadcrumb .o_back_button a, .breadcrumb-item.o_back_button a",
            run: "click",
        },
        {
            content: "Publish it",
            trigger: ".o_form_view button[name=action_publish]",
            run: "click",
        },
        {trigger: ".modal-footer .btn-primary", run: "click"},
        {
            trigger:
                ".o_form_view .o_statusbar_status .o_arrow_button_current[data-value=live]",
        },
        {
            content: "Try it on a lead that is typed in",
            trigger: ".o_cp_action_menus button:has(.fa-cog)",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu .o_menu_item:contains(Test bench)",
            run: "click",
        },
        {trigger: ".modal [name=company_size] input", run: "edit 5"},
        {trigger: ".modal button[name=action_try]", run: "click"},
        {trigger: ".modal .o_lead_grade .o_lead_grade_on"},
        {
            trigger:
                ".modal .o_field_widget[name=line_ids] .o_data_row:contains(Employees)",
        },
    ],
});

// The strategy document, from the scorecard: it opens inside a frame.
for (const direction of ["ltr", "rtl"]) {
    registry.category("web_tour.tours").add(`scoring_strategy_${direction}`, {
        steps: () => [
            {
                content: "What is written down about grading leads",
                trigger: ".o_form_view button.o_scorecard_strategy",
                run: "click",
            },
            {
                content: "The document in the direction of the reader's language",
                trigger: `:iframe body[dir=${direction}] td:contains(+85)`,
            },
        ],
    });
}
