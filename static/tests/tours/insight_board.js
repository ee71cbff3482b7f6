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
            trigger: ".o_form_view .o_lead_fact[data-fact=audits]",
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

/** Go to a button by the keyboard, and press Enter there. */
const press = (selector) => [
    {
        content: `To ${selector}`,
        trigger: selector,
        run({anchor}) {
            anchor.focus();
            if (document.activeElement !== anchor || anchor.tabIndex < 0) {
                throw new Error(`The keyboard does not come to ${selector}`);
            }
        },
    },
    {trigger: `${selector}:focus`, run: "press Enter"},
];

const isFocused = (selector) => ({
    content: `The keyboard is on ${selector}`,
    trigger: `${selector}:focus`,
});

let period = "";

/** Wait for another period than the one that was looked at last. */
const isTurned = () => ({
    trigger: ".o_lead_insight_blocks[aria-busy=false]",
    async run() {
        const shown = () =>
            document.querySelector(".o_lead_insight_period").textContent;
        while (shown() === period) {
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        period = shown();
    },
});

registry.category("web_tour.tours").add("insight_keyboard", {
    steps: () => [
        {trigger: block(1)},
        ...press(".o_lead_insight_head button[name=month]"),
        {trigger: ".o_lead_insight_head button[name=month].active"},
        isFocused(".o_lead_insight_head button[name=month]"),
        isTurned(),
        ...press(".o_lead_insight_head button[name=before]"),
        isTurned(),
        ...press(".o_lead_insight_head button[name=after]"),
        isTurned(),
        isFocused(".o_lead_insight_head button[name=after]"),
        {
            content: "Every number of the board is a button, or opens nothing",
            trigger: block(1),
            run() {
                const all = document.querySelectorAll(
                    ".o_lead_insight_block .o_lead_insight_value button, .o_lead_insight_block table button"
                );
                all.forEach((button) => {
                    button.focus();
                    if (document.activeElement !== button || !button.dataset.opens) {
                        throw new Error(`${button.outerHTML} is not for the keyboard`);
                    }
                });
                const keys = [...all].map((button) => button.dataset.opens);
                if (new Set(keys).size !== keys.length) {
                    throw new Error("Two numbers go by the same name");
                }
            },
        },
        ...press(`${figure("lost_sleep")} .o_lead_insight_about`),
        {trigger: `${figure("lost_sleep")} .o_lead_insight_told:contains(grade)`},
        ...press(`${figure("customers")} .o_lead_insight_value button`),
        {trigger: ".o_list_view .o_data_row:contains(Bought)"},
        {
            content: "Back",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "The keyboard goes on where it was",
            trigger: `${figure("customers")} .o_lead_insight_value button:focus`,
        },
        ...press(".o_lead_insight_head button[name=crm_lead_insight_people]"),
        ...press(
            ".o_lead_insight_person:contains(lead_seller) td:first-of-type button"
        ),
        {trigger: ".o_list_view .o_data_row:contains(Asked)"},
        {
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a",
            run: "click",
        },
        isFocused(
            ".o_lead_insight_person:contains(lead_seller) td:first-of-type button"
        ),
        ...press(".o_lead_insight_head button[name=crm_lead_insight_money]"),
        ...press(".o_lead_insight_block[data-code=sources] tbody button"),
        {trigger: ".o_list_view .o_data_row"},
        {
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a",
            run: "click",
        },
        isFocused(".o_lead_insight_block[data-code=sources] tbody button"),
    ],
});
