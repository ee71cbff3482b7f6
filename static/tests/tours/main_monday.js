import {registry} from "@web/core/registry";
import {picture} from "./main_picture";

const open = (path) => ({
    content: `Go to ${path}`,
    trigger: ".o_action_manager",
    run: () => {
        window.location.href = path;
    },
    expectUnloadPage: true,
});
/** A row of a list, or its card on the phone; whatever the language of the reader. */
const row = (name) =>
    `.o_data_row:contains(${name}), .o_kanban_record:contains(${name})`;

registry.category("web_tour.tours").add("main_monday", {
    steps: () => [
        {
            content: "What it came to",
            trigger: ".o_lead_insight_block[data-block='1']",
        },
        picture("monday_1_overview"),
        {
            content: "Each number opens what it counts",
            trigger:
                ".o_lead_insight_figure[data-code=received] .o_lead_insight_value button",
            run: "click",
        },
        {trigger: ".o_list_view, .o_kanban_view"},
        open("/odoo/lead-team"),
        {
            content: "Who is late",
            trigger: ".o_kanban_record:contains(Salma Noor)",
        },
        picture("monday_2_team_board"),
        {
            content: "With what",
            trigger:
                ".o_kanban_record:contains(Salma Noor) button[name=action_open_overdue]",
            run: "click",
        },
        {trigger: row("Six espresso machines")},
        open("/odoo/lead-review"),
        {
            content: "The review of this week",
            trigger:
                ".o_data_row:contains(North) .o_data_cell[name=team_id], .o_kanban_record:contains(North)",
            run: "click",
        },
        {trigger: row("Six espresso machines")},
        picture("monday_3_review"),
        {trigger: "button[name=action_hold]:visible", run: "click"},
        {
            content: "It is held",
            trigger: ".o_form_view:not(:has(button[name=action_hold]))",
        },
    ],
});
