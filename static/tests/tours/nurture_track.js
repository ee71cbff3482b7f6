import {picture} from "./main_picture";
import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("nurture_track", {
    steps: () => [
        {
            content: "The steps, on their days",
            trigger: ".o_field_widget[name=step_ids] .o_data_row:contains(Call them)",
        },
        picture("nurture_1_track"),
        {trigger: "button[name=action_preview]", run: "click"},
        {
            content: "What a lead would get, with its text",
            trigger: ".modal .o_kanban_record:contains(Welcome)",
        },
        {trigger: ".modal .o_kanban_record:contains(Call them)"},
        picture("nurture_2_preview"),
        {trigger: ".modal footer button.btn-primary", run: "click"},
        {trigger: "body:not(:has(.modal))"},
        {trigger: "button[name=action_publish]", run: "click"},
        {
            content: "Whom it would take in, and what to think of",
            trigger: ".modal .o_field_widget[name=taking_in]",
        },
        picture("nurture_3_publish"),
        {trigger: ".modal footer button[name=action_publish]", run: "click"},
        {trigger: "body:not(:has(.modal))"},
        {trigger: ".o_arrow_button_current:contains(Live)"},
    ],
});
