import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";

const channel = (name) =>
    `.modal .o_field_radio[name=channel] input[data-value=${name}]`;
const open = {
    content: "Open the messages from the lead",
    trigger: ".o_statusbar_buttons button[name=action_send_message]",
    run: "click",
};
const sent = [
    {
        content: "What next? Whoever wrote is asked; here the system plans it",
        trigger: ".modal button[name=action_leave]:visible",
        run: "click",
    },
    {content: "All windows are closed", trigger: "body:not(:has(.modal))"},
];

// Names of fields and buttons only: the tour is the same in every language.
registry.category("web_tour.tours").add("message_three_channels", {
    steps: () => [
        open,
        {trigger: channel("email"), run: "click"},
        {
            content: "The e-mail as it will arrive",
            trigger: ".modal .o_field_widget[name=body_html]:contains(Sara Khan)",
        },
        {trigger: ".modal button[name=action_full_composer]:visible", run: "click"},
        {
            content: "Odoo's own window, filled in",
            trigger: ".modal .o_mail_composer_form_view, .modal .o_mail_send",
        },
        {trigger: ".modal .odoo-editor-editable:contains(Sara Khan)"},
        {trigger: ".modal button.o_mail_send:visible", run: "click"},
        ...sent,
        open,
        {trigger: channel("email"), run: "click"},
        {
            content: "It is written where it is seen",
            trigger:
                ".modal [name=body_html] .odoo-editor-editable:contains(Sara Khan)",
            run: "editor Dear Sara Khan,",
        },
        {
            trigger: ".modal [name=subject] input",
            run: "edit Your garden",
        },
        {trigger: ".modal button[name=action_send]:visible", run: "click"},
        ...sent,
        {trigger: ".o-mail-Message:contains(Dear Sara Khan)"},
        open,
        {trigger: channel("sms"), run: "click"},
        {trigger: ".modal .o_field_widget[name=sms_info]"},
        {trigger: ".modal button[name=action_send]:visible", run: "click"},
        ...sent,
        open,
        {trigger: channel("whatsapp"), run: "click"},
        {
            content: "WhatsApp itself stays outside of the test",
            trigger: ".modal button[name=action_send]:visible",
            run({anchor}) {
                browser.open = (url) => {
                    document.body.dataset.opened = url;
                    return {};
                };
                anchor.click();
            },
        },
        {trigger: "body[data-opened^='https://wa.me/966501234567?text=']"},
        {trigger: ".modal button[name=action_confirm]:visible", run: "click"},
        ...sent,
    ],
});
