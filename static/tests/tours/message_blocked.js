import {registry} from "@web/core/registry";

// Names of fields and buttons only: the tour is the same in every language.
registry.category("web_tour.tours").add("message_blocked", {
    steps: () => [
        {trigger: ".o-mail-Chatter-sendMessage", run: "click"},
        {
            content: "Who may not be written to, before anything is written",
            trigger: ".o-mail-Chatter .o_crm_email_block[role=alert]",
        },
        {trigger: ".o-mail-Composer-input", run: "edit Are you still there?"},
        {trigger: ".o-mail-Composer-send:enabled", run: "click"},
        {
            content: "The message stays in the conversation",
            trigger: ".o-mail-Message-body:contains(Are you still there?)",
        },
        {
            content: "And who wrote it reads at once who got nothing",
            trigger: ".o_notification:contains(Sara Khan)",
        },
        {
            content: "The window for a message says so too",
            trigger: ".o_statusbar_buttons button[name=action_send_message]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_radio[name=channel] input[data-value=sms]",
            run: "click",
        },
        {trigger: ".modal .alert-warning .o_field_widget[name=problem]"},
        {trigger: ".modal .modal-footer:not(:has(button[name=action_send]))"},
        {trigger: ".modal .btn-close", run: "click"},
        {trigger: "body:not(:has(.modal))"},
    ],
});
