import {picture} from "./main_picture";
import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("nurture_from_ready", {
    steps: () => [
        {
            content: "The ready tracks, all of them drafts",
            trigger: ".o_kanban_record:contains(Welcome)",
        },
        {trigger: ".o_kanban_record:contains(After an offer)"},
        {trigger: ".o_kanban_record:contains(Cold leads)"},
        {trigger: ".o_kanban_record:contains(Win back)"},
        picture("nurture_7_ready"),
        {trigger: ".o_kanban_record:contains(After the purchase)"},
        {trigger: ".o_kanban_record:contains(Welcome)", run: "click"},
        {trigger: ".o_form_view .o_field_widget[name=step_ids] .o_data_row"},
        {
            content: "Make one of your own of it",
            trigger:
                ".o_control_panel:contains(Tracks) .o_cp_action_menus button:has(.fa-cog)",
            run: "click",
        },
        {trigger: ".o-dropdown-item:contains(Duplicate)", run: "click"},
        {trigger: ".o_control_panel:contains(copy)"},
        {
            trigger: ".o_field_widget[name=name] input",
            run: "edit Our welcome",
        },
        {trigger: ".o_field_widget[name=step_ids] .o_data_row:contains(Call: is it)"},
        {trigger: "button[name=action_preview]", run: "click"},
        {trigger: ".modal .o_kanban_record:contains(Welcome)"},
        picture("nurture_8_ready_preview"),
        {trigger: ".modal footer button.btn-primary", run: "click"},
        {trigger: "body:not(:has(.modal))"},
        {trigger: "button[name=action_publish]", run: "click"},
        {trigger: ".modal .o_field_widget[name=taking_in]"},
        {trigger: ".modal footer button[name=action_publish]", run: "click"},
        {trigger: "body:not(:has(.modal))"},
        {trigger: ".o_arrow_button_current:contains(Live)"},
    ],
});

registry.category("web_tour.tours").add("message_texts", {
    steps: () => [
        {
            content: "The text is written where it is read",
            trigger:
                ".o_field_widget[name=email_text] .odoo-editor-editable:contains({{)",
        },
        picture("message_texts_1_form"),
        {trigger: "button[name=action_try]", run: "click"},
        {trigger: ".modal .o_field_widget[name=email]:contains(Sara Khan)"},
        picture("message_texts_2_lead"),
        {trigger: ".modal footer .btn-primary", run: "click"},
        {trigger: "body:not(:has(.modal))"},
        {trigger: "button[name=action_languages]", run: "click"},
        {trigger: ".modal .o_field_widget[name=right_whatsapp] textarea"},
        picture("message_texts_3_languages"),
        {
            trigger: ".modal .o_field_widget[name=right_whatsapp] textarea",
            run: "edit مرحبا {{ object.message_contact }}",
        },
        {trigger: ".modal footer button[name=action_save]", run: "click"},
        {trigger: "body:not(:has(.modal))"},
    ],
});

registry.category("web_tour.tours").add("message_queue", {
    steps: () => [
        {
            content: "What goes by itself, and when",
            trigger: ".o_data_row:contains(Garden inquiry):contains(Track)",
        },
        picture("message_queue"),
        {
            trigger:
                ".o_data_row:contains(Garden inquiry) button[name=action_take_back]",
            run: "click",
        },
        {trigger: ".o_data_row:not(:contains(Welcome)), .o_view_nocontent"},
    ],
});
