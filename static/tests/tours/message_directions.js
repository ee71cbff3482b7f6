import {picture} from "./main_picture";
import {registry} from "@web/core/registry";

// Texts in three languages before a reader of one: each stands in its own direction.
const shows = (trigger) => ({
    content: "A text that begins where its first letter says so",
    trigger,
    run({anchor}) {
        const style = getComputedStyle(anchor);
        if (style.unicodeBidi !== "plaintext") {
            throw new Error(`${trigger}: ${style.unicodeBidi}`);
        }
    },
});

const windowOf = (name, text, direction) => [
    {
        content: `The lead of ${name}`,
        trigger: `.o_data_row:contains(${name}) .o_data_cell[name=contact_name]`,
        run: "click",
    },
    {
        trigger: ".o_statusbar_buttons button[name=action_send_message]",
        run: "click",
    },
    {
        trigger: ".modal .o_field_radio[name=channel] input[data-value=whatsapp]",
        run: "click",
    },
    {
        content: "The text, in the language of the lead",
        trigger: ".modal .o_field_widget[name=body] textarea:visible",
        run({anchor}) {
            if (!anchor.value.includes(text)) {
                throw new Error(anchor.value);
            }
            const found = getComputedStyle(anchor).direction;
            if (found !== direction) {
                throw new Error(`${name}: ${found}`);
            }
        },
    },
];

registry.category("web_tour.tours").add("message_directions", {
    steps: () => [
        shows(".o_data_row:contains(سالم) .o_data_cell[name=contact_name]"),
        shows(".o_data_row:contains(Burak) .o_data_cell[name=contact_name]"),
        picture("message_directions_list"),
        ...windowOf("سالم", "مرحبًا", "rtl"),
        picture("message_directions_arabic"),
        {trigger: ".modal .btn-close", run: "click"},
        {
            trigger:
                "body:not(:has(.modal)) .o_breadcrumb .o_back_button, body:not(:has(.modal)) .breadcrumb-item a",
            run: "click",
        },
        ...windowOf("Burak", "Merhaba", "ltr"),
        picture("message_directions_turkish"),
        {trigger: ".modal .btn-close", run: "click"},
        {
            trigger:
                "body:not(:has(.modal)) .o_breadcrumb .o_back_button, body:not(:has(.modal)) .breadcrumb-item a",
            run: "click",
        },
        {
            content: "All of them",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_control_panel button[name=action_send_message]",
            run: "click",
        },
        {trigger: "button[name=action_plan]:visible", run: "click"},
        {trigger: ".o_data_row:contains(آلات) .o_data_cell[name=state]"},
        picture("message_directions_selection"),
        {
            content: "A line shows its text",
            trigger: ".o_data_row:contains(آلات) .o_data_cell[name=state]",
            run: "click",
        },
        {trigger: ".modal div[dir=rtl] .o_field_widget[name=body_html]:visible"},
        picture("message_directions_line"),
    ],
});
