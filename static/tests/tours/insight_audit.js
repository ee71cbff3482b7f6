import {registry} from "@web/core/registry";
import {picture} from "./main_picture";

registry.category("web_tour.tours").add("insight_audit", {
    steps: () => [
        {
            content: "What drops have in common: findings, one below the other",
            trigger: ".o_group_header:contains(Nobody followed up the offer)",
            run: "click",
        },
        {trigger: ".o_data_row:contains(Six espresso machines)"},
        picture("insight_audit_1_findings"),
        {
            content: "Open the audit of one of them",
            trigger: ".o_data_row:contains(Six espresso machines) .o_data_cell",
            run: "click",
        },
        {
            content: "What was found, in words",
            trigger:
                ".o_field_widget[name=finding_ids]:contains(nobody was in touch with the lead)",
        },
        picture("insight_audit_2_audit"),
        {
            content: "Write down what is learned",
            trigger: ".o_field_widget[name=lesson] textarea",
            run: "edit Call two days after each offer",
        },
        {
            content: "It is read",
            trigger: "button[name=action_read]",
            run: "click",
        },
        {trigger: ".o_field_widget[name=read_by_id]:contains(Mira)"},
    ],
});

registry.category("web_tour.tours").add("insight_audit_list", {
    steps: () => [
        {trigger: ".o_data_row:contains(Six espresso machines)"},
        picture("insight_audit_3_list"),
    ],
});

registry.category("web_tour.tours").add("insight_audit_cards", {
    steps: () => [
        {trigger: ".o_kanban_record:contains(Six espresso machines)"},
        picture("insight_audit_6_phone"),
    ],
});

registry.category("web_tour.tours").add("insight_audit_arabic", {
    steps: () => [
        {
            trigger: "body.o_rtl .o_group_header",
            run: "click",
        },
        {trigger: "body.o_rtl .o_data_row"},
        picture("insight_audit_4_arabic"),
    ],
});

registry.category("web_tour.tours").add("insight_logs", {
    steps: () => [
        {
            content: "All that happened, over all leads",
            trigger: ".o_data_row:contains(Six espresso machines)",
        },
        {
            content: "Only calls and meetings",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            trigger: ".o_menu_item:contains(Calls and Meetings)",
            run: "click",
        },
        {trigger: ".o_searchview_facet:contains(Calls and Meetings)"},
        {trigger: ".o_data_row:contains(Six espresso machines)"},
        picture("insight_audit_5_logs"),
    ],
});
