import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("persona_profile_missing_facts", {
    steps: () => [
        {trigger: "a[name=profile]", run: "click"},
        {
            content: "The profile says who this is",
            trigger: ".o_lead_profile_why:contains(Why this persona?)",
        },
        {
            content: "It asks for what is missing",
            trigger: ".o_lead_profile_next:contains(Town)",
        },
        {
            content: "A folded fact is opened and focused",
            trigger: ".o_lead_profile_missing button[data-field=birthdate]",
            run: "click",
        },
        {
            trigger: ".o_lead_supplementary[open] .o_field_widget[name=birthdate]",
        },
        {
            content: "A fact on another page is found there",
            trigger: ".o_lead_profile_missing button[data-field=referred]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=referred] input:focus",
            run: "edit Layla",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {trigger: "a[name=profile]", run: "click"},
        {
            content: "It is not asked for any more",
            trigger: ".o_lead_profile_missing:not(:has(button[data-field=referred]))",
        },
    ],
});
