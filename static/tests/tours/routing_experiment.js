import {registry} from "@web/core/registry";
import {picture} from "./main_picture";

registry.category("web_tour.tours").add("routing_experiment_start", {
    steps: () => [
        {
            content: "Open the experiment that was drafted",
            trigger: ".o_data_row:contains(A colleague first) .o_data_cell",
            run: "click",
        },
        {
            content: "Step 1: what counts as a conversion",
            trigger: ".o_field_widget[name=conversion]",
        },
        {
            content: "Steps 2 and 3: control and test group, each with its rules",
            trigger: ".o_field_widget[name=variant_ids] .o_data_row:contains(As today)",
        },
        {
            content: "How long: from the leads of the company itself",
            trigger: "button[name=action_propose]",
            run: "click",
        },
        {trigger: ".o_field_widget[name=advice]:contains(months at your volume)"},
        picture("routing_experiment_1_plan"),
        {
            content: "Steps 4 and 5: Odoo records what happens; it begins",
            trigger: "button[name=action_start]",
            run: "click",
        },
        {trigger: ".modal .modal-footer .btn-primary", run: "click"},
        {
            content: "Until the end only counts are shown",
            trigger: ".alert:contains(Until the end only the number of leads is shown)",
        },
        {trigger: ".o_field_widget[name=variant_ids]:not(:has(th[data-name=rate]))"},
        picture("routing_experiment_2_running"),
    ],
});

registry.category("web_tour.tours").add("routing_experiment_end", {
    steps: () => [
        {
            content: "The end is there",
            trigger: ".o_data_row:contains(A colleague first) .o_data_cell",
            run: "click",
        },
        {
            content: "Steps 6 and 7: compared, with the likely difference",
            trigger: ".o_field_widget[name=verdict_text]:contains(A variant is better)",
        },
        {trigger: ".o_field_widget[name=guard]:contains(Not worse)"},
        picture("routing_experiment_3_result"),
        {
            content: "Step 8: the better one becomes the default",
            trigger: "button[name=action_make_default]",
            run: "click",
        },
        {trigger: ".modal .modal-footer .btn-primary", run: "click"},
        {
            content: "Who did so, and when, stays on record",
            trigger: ".o_field_widget[name=decided_by_id]:contains(Mira Costa)",
        },
        picture("routing_experiment_4_default"),
    ],
});
