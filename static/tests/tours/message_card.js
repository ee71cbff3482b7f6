import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("message_from_a_card", {
    steps: () => [
        {
            content: "The menu of the card",
            trigger: ".o_kanban_record:contains(Garden inquiry)",
            run: "hover && click .o_kanban_record:contains(Garden inquiry) .o_dropdown_kanban .dropdown-toggle",
        },
        {trigger: ".o-dropdown--menu [name=action_send_message]", run: "click"},
        {
            content: "The message that suits the lead, as it will arrive",
            trigger: ".modal .o_field_widget[name=body_html]:contains(Sara Khan)",
        },
        {trigger: ".modal .btn-close", run: "click"},
        {trigger: "body:not(:has(.modal))"},
    ],
});
