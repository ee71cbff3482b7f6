import {registry} from "@web/core/registry";

const row = (name) => `.o_lead_checklist_row:contains(${name})`;

registry.category("web_tour.tours").add("qualifier_checklist_during_a_call", {
    steps: () => [
        {
            content: "The lead rings; a new number is noted first, and not yet saved",
            trigger: ".o_field_widget[name=phone] input",
            run: "edit +966501234567",
        },
        {
            content: "Open the checklist",
            trigger: "a[name=qualification]",
            run: "click",
        },
        {trigger: `${row("Need")}[data-mark=open]`},
        {
            content: "Answer a question with one click",
            trigger: `${row("Need")} button:contains(Yes)`,
            run: "click",
        },
        {
            trigger: `${row("Need")}[data-mark=pass] button[aria-pressed=true]:contains(Yes)`,
        },
        {
            content: "What was typed before is still there, and still to be saved",
            trigger:
                ".o_form_status_indicator_buttons:not(.invisible) .o_form_button_save",
        },
        {
            content: "A choice that fails",
            trigger: `${row("Budget")} button:contains(None)`,
            run: "click",
        },
        {trigger: `${row("Budget")}[data-mark=fail]:contains(No money)`},
        {
            content: "They correct themselves",
            trigger: `${row("Budget")} button:contains(Approved)`,
            run: "click",
        },
        {trigger: `${row("Budget")}[data-mark=pass]`},
        {
            content: "A number, by keyboard",
            trigger: `${row("Users")} input[type=number]`,
            run: "edit 12 && press Tab",
        },
        {trigger: `${row("Users")}[data-mark=pass]`},
        {
            content: "Something open is asked in words",
            trigger: `${row("Tool")} input[type=text]`,
            run: "edit A notebook && press Tab",
        },
        {trigger: `${row("Tool")}[data-mark=pass]`},
        {
            content: "An answer is taken back",
            trigger: `${row("Tool")} button[aria-label='Take the answer back']`,
            run: "click",
        },
        {trigger: `${row("Tool")}[data-mark=open]`},
        {
            content: "The gate is passed, said in the list itself",
            trigger: ".o_lead_checklist strong:contains(Passed)",
        },
        {
            content: "A fact says what is not known, and leads to its field",
            trigger: `${row("Town")}:contains(Not known yet) button:contains(Fill in)`,
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=city] input:focus",
            run: "edit Mecca",
        },
        {
            content: "Save what was typed at the beginning",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {trigger: ".o_lead_fact[data-fact=checklist]:contains(Passed)"},
        {trigger: "a[name=qualification]", run: "click"},
        {trigger: `${row("Town")}[data-mark=pass]`},
        {
            trigger: ".o_form_status_indicator_buttons.invisible:not(:visible)",
        },
    ],
});

registry.category("web_tour.tours").add("qualifier_right_to_left", {
    steps: () => [
        {trigger: "a[name=profile]", run: "click"},
        {
            content: "The whole form runs from right to left",
            trigger: "body.o_rtl .o_lead_profile",
        },
        {trigger: "a[name=qualification]", run: "click"},
        {
            content: "The mark stands right of the question, the buttons left of it",
            trigger: ".o_lead_checklist_row",
            run() {
                const [mark, question, answer] = [
                    ".o_lead_checklist_mark",
                    ".o_lead_checklist_question",
                    ".o_lead_checklist_answer",
                ].map((part) =>
                    this.anchor.querySelector(part).getBoundingClientRect()
                );
                if (!(mark.left >= question.right && question.left >= answer.right)) {
                    throw new Error("The checklist does not run from right to left");
                }
            },
        },
        {trigger: ".o_lead_checklist_row button:eq(0)", run: "click"},
        {trigger: ".o_lead_checklist_row[data-mark=pass]"},
    ],
});
