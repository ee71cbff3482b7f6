import {registry} from "@web/core/registry";
import {picture} from "./main_picture";

registry.category("web_tour.tours").add("followup_day", {
    steps: () => [
        {
            content: "The day begins with who waits for an answer",
            trigger: ".o_lead_day_heading:contains(Overdue)",
        },
        {trigger: ".o_data_row:contains(Six espresso machines)"},
        {
            content: "What is due on a day shows the day, and no 11:59 PM",
            trigger:
                ".o_data_row:contains(Six espresso machines) td[name=due_on]:not(:contains(59))",
        },
        picture("followup_1_my_day"),
        {
            content: "Do it",
            trigger:
                ".o_data_row:contains(Six espresso machines) button[name=action_do]",
            run: "click",
        },
        {
            content: "Say what was said",
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit They like the small machine",
        },
        picture("followup_2_log_a_contact"),
        {trigger: ".modal button[name=action_talked]", run: "click"},
        {
            content: "What next? The step is proposed",
            trigger: ".modal .o_field_widget[name=note_before] textarea",
            run: "edit Who signs?",
        },
        picture("followup_3_what_next"),
        {trigger: ".modal button[name=action_plan]", run: "click"},
        {trigger: "body:not(:has(.modal))"},
        {trigger: ".o_data_row:contains(Hostel)"},
        {
            content: "Open the next one",
            trigger: ".o_data_row:contains(Hostel) .o_data_cell[name=lead_id]",
            run: "click",
        },
        {
            content: "The lead says what is next",
            trigger: ".o_lead_next .o_field_widget[name=next_step]:contains(Keep)",
        },
        picture("followup_4_next"),
        {trigger: ".o_lead_next button[name=action_followup_skip]", run: "click"},
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit At the fair",
        },
        {trigger: ".modal button[name=action_apply]:visible", run: "click"},
        {trigger: "body:not(:has(.modal))"},
    ],
});

registry.category("web_tour.tours").add("followup_day_arabic", {
    steps: () => [
        {
            content: "The day, from right to left",
            trigger: "body.o_rtl .o_data_row:contains(Six espresso machines)",
        },
        picture("followup_11_my_day_arabic"),
        {
            content: "Do it",
            trigger:
                ".o_data_row:contains(Six espresso machines) button[name=action_do]",
            run: "click",
        },
        {
            content: "Say what was said",
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit أعجبتهم الآلة الصغيرة",
        },
        picture("followup_12_contact_arabic"),
        {trigger: ".modal button[name=action_talked]", run: "click"},
        {trigger: ".modal .o_field_widget[name=note_before]"},
        {trigger: ".modal button[name=action_leave]", run: "click"},
        {trigger: "body:not(:has(.modal))"},
    ],
});

registry.category("web_tour.tours").add("followup_day_phone", {
    steps: () => [
        {
            content: "Cards",
            trigger: ".o_kanban_record:contains(Six espresso machines)",
        },
        picture("followup_5_phone"),
        {
            content: "Do it",
            trigger:
                ".o_kanban_record:contains(Six espresso machines) button[name=action_do]",
            run: "click",
        },
        {trigger: ".modal .o_field_widget[name=note]"},
        picture("followup_6_phone_contact"),
        {trigger: ".modal button[name=action_talked]", run: "click"},
        {trigger: ".modal .o_field_widget[name=note_before]"},
        {trigger: ".modal button[name=action_leave]", run: "click"},
        {trigger: "body:not(:has(.modal))"},
    ],
});

registry.category("web_tour.tours").add("followup_team", {
    steps: () => [
        {
            content: "Who is late",
            trigger: ".o_kanban_record:contains(Salma Noor)",
        },
        picture("followup_7_team_board"),
        {
            content: "Each number opens what it counts",
            trigger:
                ".o_kanban_record:contains(Salma Noor) button[name=action_open_overdue]",
            run: "click",
        },
        {trigger: ".o_data_row:contains(Six espresso machines)"},
        {trigger: ".breadcrumb-item a, .o_back_button", run: "click"},
        {
            content: "Hand over",
            trigger:
                ".o_kanban_record:contains(Salma Noor) button[name=action_hand_over]",
            run: "click",
        },
        {trigger: ".modal button[name=action_preview]", run: "click"},
        {
            content: "Who would get them, before anything happens",
            trigger: ".modal .o_data_row:contains(Six espresso machines)",
        },
        picture("followup_8_hand_over"),
        {trigger: ".modal button[name=action_reassign]", run: "click"},
        {trigger: "body:not(:has(.modal))"},
    ],
});

registry.category("web_tour.tours").add("followup_review", {
    steps: () => [
        {
            content: "The agenda is there",
            trigger: ".o_data_row:contains(Six espresso machines)",
        },
        picture("followup_9_review"),
        {content: "Five figures", trigger: "a[name=scorecards]", run: "click"},
        {trigger: ".o_lead_review_scorecards th:contains(The whole team)"},
        picture("followup_15_scorecards"),
        {trigger: "a[name=agenda]", run: "click"},
        {trigger: "button[name=action_hold]", run: "click"},
        {trigger: ".o_arrow_button_current:contains(Held)"},
        picture("followup_10_held"),
    ],
});
