import {picture} from "./main_picture";
import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("nurture_lead_strip", {
    steps: () => [
        {trigger: ".o_cp_action_menus button.dropdown-toggle", run: "click"},
        {trigger: ".o-dropdown-item:contains(Add to Track)", run: "click"},
        {
            content: "Choose a track",
            trigger: ".modal .o_field_widget[name=track_id] input",
            run: "edit Say",
        },
        {trigger: ".o-autocomplete--dropdown-item:contains(Say welcome)", run: "click"},
        {trigger: ".modal .o_field_widget[name=entering]:contains(1 of 1)"},
        picture("nurture_4_add"),
        {trigger: ".modal footer button[name=action_add]", run: "click"},
        {trigger: "body:not(:has(.modal))"},
        {
            content: "Where it is, and what is next",
            trigger: ".o_lead_track:contains(Say welcome):contains(Step 1 of 2)",
        },
        picture("nurture_5_strip"),
        {trigger: ".o_lead_track button[name=action_nurture_skip]", run: "click"},
        {trigger: ".o_lead_track:contains(Step 2 of 2)"},
        {trigger: ".o_lead_track button[name=action_nurture_stop]", run: "click"},
        {trigger: ".o_form_view:not(:has(.o_lead_track))"},
    ],
});

registry.category("web_tour.tours").add("nurture_answered", {
    steps: () => [
        {
            content: "It is in no track any more, and the page says why",
            trigger: ".o_notebook .nav-link[name=nurture]",
            run: "click",
        },
        {trigger: ".o_field_widget[name=nurture_enrollment_ids]:contains(answered)"},
        picture("nurture_6_answered"),
    ],
});
