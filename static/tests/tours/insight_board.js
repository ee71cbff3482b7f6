import {registry} from "@web/core/registry";

const block = (number) => `.o_lead_insight_block[data-block="${number}"]`;
const figure = (code) => `.o_lead_insight_figure[data-code=${code}]`;
const today = [
    {
        content: "The month of yesterday",
        trigger: ".o_lead_insight_head button[name=month]",
        run: "click",
    },
    {trigger: ".o_lead_insight_head button[name=month].active"},
];

registry.category("web_tour.tours").add("insight_board", {
    steps: () => [
        ...today,
        ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => ({
            content: `Glance ${number}`,
            trigger: block(number),
        })),
        {
            content: "A number opens exactly what it counts",
            trigger: `${figure("customers")} .o_lead_insight_value button`,
            run: "click",
        },
        {trigger: ".o_list_view .o_data_row:contains(Bought)"},
        {
            content: "Back to the board, which is as it was left",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {trigger: ".o_lead_insight_head button[name=month].active"},
        {
            content: "People",
            trigger: ".o_lead_insight_head button[name=crm_lead_insight_people]",
            run: "click",
        },
        {trigger: ".o_lead_insight_person:contains(lead_seller)"},
        {trigger: ".o_lead_insight_person:contains(lead_colleague)"},
        {
            content: "Money",
            trigger: ".o_lead_insight_head button[name=crm_lead_insight_money]",
            run: "click",
        },
        {trigger: ".o_lead_insight_block[data-code=sources]"},
    ],
});

registry.category("web_tour.tours").add("insight_lesson", {
    steps: () => [
        ...today,
        {
            content: "From a figure",
            trigger: `${figure("customers")} .o_lead_insight_value button`,
            run: "click",
        },
        {
            content: "to the leads",
            trigger: ".o_list_view .o_data_row:contains(Bought) .o_data_cell",
            run: "click",
        },
        {
            content: "to the audit of one",
            trigger: ".o_form_view button[name=action_open_audits]",
            run: "click",
        },
        {
            content: "to the lesson",
            trigger: ".o_form_view [name=lesson] textarea",
            run: "edit Ask early for the budget",
        },
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: ".o_form_saved"},
    ],
});

registry.category("web_tour.tours").add("insight_own", {
    steps: () => [
        ...today,
        {trigger: `${figure("received")} .o_lead_insight_value:contains(4)`},
        {trigger: ".o_lead_insight_head:not(:has(select))"},
        {
            content: "People",
            trigger: ".o_lead_insight_head button[name=crm_lead_insight_people]",
            run: "click",
        },
        {trigger: ".o_lead_insight_person:contains(lead_seller)"},
        {trigger: ".o_lead_insight_people:not(:contains(lead_colleague))"},
    ],
});
