import {browser} from "@web/core/browser/browser";
import {picture} from "./main_picture";
import {registry} from "@web/core/registry";

// Names of fields and buttons only: the tour is the same in every language.

/**
 * A step that fails where something does not fit the width of the phone: what reaches over
 * the edge cannot be read or touched.
 *
 * @param {string} selector of what must lie on the screen, as a whole
 */
function fits(selector) {
    return {
        content: `Not cut at the edge: ${selector}`,
        trigger: selector,
        run() {
            const width = document.documentElement.clientWidth;
            for (const element of document.querySelectorAll(selector)) {
                const {left, right} = element.getBoundingClientRect();
                if (left < -1 || right > width + 1) {
                    throw new Error(
                        `${selector} lies at ${left} to ${right} of ${width}`
                    );
                }
            }
        },
    };
}

const cards = ".o_field_widget[name=line_ids] .o_kanban_record";
const card = (name, inside = "") => `${cards}:contains(${name}) ${inside}`;
const done = (name) => `${cards}:not(:has(button)):contains(${name})`;

registry.category("web_tour.tours").add("message_selection_phone", {
    steps: () => [
        {trigger: ".o_form_view .o_field_widget[name=template_id] input"},
        fits(".o_form_view .o_field_widget, .o_form_view .o_statusbar_buttons button"),
        picture("message_selection_phone_1"),
        {
            content: "Who gets what, before anything is sent",
            trigger: "button[name=action_plan]:visible",
            run: "click",
        },
        {trigger: card("No address")},
        fits(cards),
        fits(`${cards} button`),
        picture("message_selection_phone_2"),
        {
            content: "The text as it arrives",
            trigger: card("Garden inquiry", ".fw-bold"),
            run: "click",
        },
        {trigger: ".modal .o_field_widget[name=body]:visible"},
        fits(".modal .o_field_widget"),
        picture("message_selection_phone_3"),
        {
            trigger:
                ".modal .btn-close, .modal .oi-arrow-left, .modal .o_form_button_cancel",
            run: "click",
        },
        {
            trigger: card("Roof inquiry", "button[name=action_take_out]"),
            run: "click",
        },
        {trigger: done("Roof inquiry")},
        {trigger: "button[name=action_send]:visible", run: "click"},
        {
            content: "WhatsApp itself stays outside of the test",
            trigger: card("Garden inquiry", "button[name=action_open_whatsapp]"),
            run({anchor}) {
                browser.open = (url) => {
                    document.body.dataset.opened = url;
                    return {};
                };
                anchor.click();
            },
        },
        {trigger: "body[data-opened^='https://wa.me/966501234567?text=']"},
        {trigger: card("Garden inquiry", "button[name=action_confirm]")},
        fits(`${cards} button`),
        picture("message_selection_phone_4"),
        {
            trigger: card("Garden inquiry", "button[name=action_confirm]"),
            run: "click",
        },
        {trigger: done("Garden inquiry")},
        picture("message_selection_phone_5"),
    ],
});
