import {registry} from "@web/core/registry";

const row = (text) => `.o_lead_story_row:contains(${text})`;

registry.category("web_tour.tours").add("insight_story", {
    steps: () => [
        {
            content: "The story is the first page of the lead",
            trigger: `a.nav-link.active[name=story]`,
        },
        {trigger: row("Called about the offer")},
        {
            content: "Where nothing happened, it says so",
            trigger: ".o_lead_story_silence:contains(days of silence)",
        },
        {trigger: row("Asked for an offer")},
        {
            content: "Only calls",
            trigger: ".o_lead_story [role=group] button:contains(Call)",
            run: "click",
        },
        {trigger: ".o_lead_story:not(:contains(Asked for an offer))"},
        {
            content: "A click opens what is behind a row",
            trigger: `${row("Called about the offer")} button`,
            run: "click",
        },
        {trigger: ".modal .o_form_view:contains(Called about the offer)"},
        {
            content: "Back to the story",
            trigger: ".modal .btn-close",
            run: "click",
        },
        {trigger: `body:not(:has(.modal)) ${row("Called about the offer")}`},
    ],
});
