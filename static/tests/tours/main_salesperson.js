import {registry} from "@web/core/registry";
import {picture} from "./main_picture";

const page = (name) => `.o_notebook_headers a[name=${name}]`;

registry.category("web_tour.tours").add("main_salesperson", {
    steps: () => [
        {
            content: "The most promising leads come first",
            trigger: ".o_group_header:contains(/^5 \\(/)",
        },
        {trigger: ".o_data_row:contains(Six espresso machines)"},
        picture("salesperson_1_leads_by_grade"),
        {
            content: "Open the best one",
            trigger:
                ".o_data_row:contains(Six espresso machines) .o_data_cell[name=name]",
            run: "click",
        },
        {
            content: "What happened with it",
            trigger: ".o_lead_story_row",
        },
        picture("salesperson_2_story"),
        {trigger: "a[name=profile]", run: "click"},
        {
            content: "Who it is",
            trigger: ".o_field_widget[name=persona_id] input:value(Hotel buyer)",
        },
        picture("salesperson_2_profile"),
        {
            content: "Why it has its grade",
            trigger: ".o_field_widget[name=lead_grade] button.o_lead_grade",
            run: "click",
        },
        {trigger: ".o_lead_grade_why:contains(Works in hospitality)"},
        picture("salesperson_3_why_this_grade"),
        {
            content: "Back to the lead",
            trigger: ".o_form_sheet .oe_title",
            run: "click",
        },
        {trigger: "body:not(:has(.o_lead_grade_why))"},
        {trigger: page("qualification"), run: "click"},
        {
            content: "Ask, and note the answer",
            trigger: ".o_lead_checklist_row:contains(Need) button:contains(Yes)",
            run: "click",
        },
        {trigger: ".o_lead_checklist_row:contains(Need)[data-mark=pass]"},
        {trigger: ".o_lead_checklist_row:contains(Budget)[data-mark=open]"},
        picture("salesperson_4_qualification"),
        {trigger: page("routing"), run: "click"},
        {
            content: "Why it is mine",
            trigger:
                ".o_field_widget[name=routing_reason]:contains(Hotels of the north)",
        },
        {trigger: ".o_field_widget[name=routing_story]:contains(Yusuf Al Amri)"},
        picture("salesperson_5_routing"),
        {
            content: "Find the right words",
            trigger: ".o_statusbar_buttons button[name=action_send_message]",
            run: "click",
        },
        {trigger: ".modal .o_field_widget[name=template_id]"},
        {
            trigger: ".modal .o_field_radio[name=channel] input[data-value=sms]",
            run: "click",
        },
        {trigger: ".modal .o_field_widget[name=body] :value(Noura)"},
        picture("salesperson_6_message"),
        {trigger: ".modal .btn-close", run: "click"},
        {trigger: "body:not(:has(.modal))"},
    ],
});

registry.category("web_tour.tours").add("main_salesperson_phone", {
    steps: () => [
        {
            content: "The best leads come first",
            trigger:
                ".o_kanban_group:first-child .o_kanban_record:contains(Six espresso machines)",
        },
        picture("phone_0_leads_by_grade"),
        {
            trigger:
                ".o_kanban_group:first-child .o_kanban_record:contains(Six espresso machines)",
            run: "click",
        },
        {trigger: ".o_form_view .o_field_widget[name=lead_grade] button.o_lead_grade"},
        picture("phone_1_lead"),
        {
            content: "Why it has its grade",
            trigger: ".o_field_widget[name=lead_grade] button.o_lead_grade",
            run: "click",
        },
        {trigger: ".o_lead_grade_why:contains(Works in hospitality)"},
        picture("phone_2_why_this_grade"),
        {trigger: ".o_form_sheet .oe_title", run: "click"},
        {trigger: "body:not(:has(.o_lead_grade_why))"},
        {trigger: page("qualification"), run: "click"},
        {
            trigger: ".o_lead_checklist_row:contains(Need) button:contains(Yes)",
            run: "click",
        },
        {trigger: ".o_lead_checklist_row:contains(Need)[data-mark=pass]"},
        picture("phone_3_qualification"),
        {trigger: page("routing"), run: "click"},
        {
            trigger:
                ".o_field_widget[name=routing_reason]:contains(Hotels of the north)",
        },
        picture("phone_4_routing"),
    ],
});

const palette = ".o_command_palette_search input";

registry.category("web_tour.tours").add("main_keyboard", {
    steps: () => [
        {
            content: "The palette of commands knows what one does with a lead",
            trigger: ".o_lead_facts button.o_lead_grade",
            run: "press control+k",
        },
        {trigger: palette, run: "edit Log a contact"},
        {trigger: ".o_command_palette .o_command:contains(Log a contact)"},
        {trigger: palette, run: "press Enter"},
        {
            content: "The note has the cursor",
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit They want two machines",
        },
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "press Escape",
        },
        {trigger: "body:not(:has(.modal))"},
        {
            content: "And the screens",
            trigger: ".o_lead_facts button.o_lead_grade",
            run: "press control+k",
        },
        {trigger: palette, run: "edit /My Day"},
        {trigger: ".o_command_palette .o_command:contains(My Day)"},
        {trigger: palette, run: "press Enter"},
        {
            trigger:
                ".o_breadcrumb:contains(My Day), .o_last_breadcrumb_item:contains(My Day)",
        },
    ],
});
