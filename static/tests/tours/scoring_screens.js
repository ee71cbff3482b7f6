import {picture} from "./main_picture";
import {registry} from "@web/core/registry";

// In any language, at any width: nothing is wider than the screen, nothing is cut off.
const fits = (trigger) => ({
    content: `${trigger} fits`,
    trigger,
    run({anchor}) {
        const box = anchor.getBoundingClientRect();
        if (box.left < -1 || box.right > window.innerWidth + 1) {
            throw new Error(`${trigger}: ${box.left} to ${box.right}`);
        }
    },
});

registry.category("web_tour.tours").add("scoring_shares", {
    steps: () => [
        {
            content: "What the wanted shares come to",
            trigger: ".o_form_view .o_field_widget[name=preview] table",
        },
        fits(".o_form_view .o_field_widget[name=preview] table"),
        fits(".o_form_view .o_field_widget[name=share_2] input"),
        picture("scoring_shares"),
    ],
});

registry.category("web_tour.tours").add("scoring_compare", {
    steps: () => [
        {trigger: ".o_form_view .o_field_widget[name=other_id] input"},
        fits(".o_form_view .o_field_widget[name=scorecard_id]"),
        fits(".o_form_view .o_field_widget[name=other_id]"),
        picture("scoring_compare"),
    ],
});

registry.category("web_tour.tours").add("scoring_rule_words", {
    steps: () => [
        {
            content: "A condition stands in words, as the editor says it",
            trigger:
                ".o_data_row:contains(Big) .o_data_cell[name=domain]:contains(Employees)",
        },
        {
            trigger:
                ".o_data_row:contains(Everybody) .o_data_cell[name=domain]:contains(Every lead)",
        },
        {
            content: "A moment that moves along",
            trigger:
                ".o_data_row:contains(Fresh) .o_data_cell[name=domain]:contains(14 days ago)",
        },
        {
            content: "What is linked has its name, not its number",
            trigger:
                ".o_data_row:contains(Abroad) .o_data_cell[name=domain]:contains(Qatar)",
        },
        {
            content: "What is broken stands as it was written, and stops no other",
            trigger:
                ".o_data_row:contains(Broken) .o_data_cell[name=domain]:contains(x_gone)",
        },
        picture("scoring_rule_words"),
    ],
});

registry.category("web_tour.tours").add("scoring_band", {
    steps: () => [
        {
            content: "A list without a column for the band",
            trigger:
                ".o_list_view .o_data_row .o_lead_grade.o_lead_grade_focus:contains(5)",
        },
        {trigger: ".o_list_view:not(:has(.o_data_cell[name=lead_band]))"},
        {trigger: ".o_data_row .o_data_cell[name=name]", run: "click"},
        {
            content: "The words of the band, beside the number",
            trigger: ".o_form_view .o_lead_grade .o_lead_grade_label:contains(Focus)",
        },
    ],
});
