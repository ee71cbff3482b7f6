import {registry} from "@web/core/registry";

const column = (name) => `.o_kanban_group:has(.o_column_title:contains(/^${name}$/))`;
const card = ".o_kanban_record:contains(Barn roof)";

registry.category("web_tour.tours").add("pipeline_drag_to_qualified", {
    steps: () => [
        {
            content: "Too early: the lead is dragged to Qualified",
            trigger: `${column("New")} ${card}`,
            run: `drag_and_drop(${column("Qualified")})`,
        },
        {
            content: "What is missing is said",
            trigger: ".o_stage_gate_message:contains(Qualifiers still open: Budget)",
        },
        {
            content: "A salesperson cannot pass by",
            trigger:
                ".modal-footer:not(:has(.o_stage_gate_override)) .o_stage_gate_open",
            run: "click",
        },
        {
            content: "It is filled in where it is missing",
            trigger: ".o_form_view a[name=qualification]",
            run: "click",
        },
        {
            trigger: ".o_lead_checklist_row:contains(Budget) button:contains(Yes)",
            run: "click",
        },
        {
            trigger: ".o_lead_checklist_row:contains(Budget)[data-mark=pass]",
        },
        {
            content: "Back to the pipeline",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item.o_back_button",
            run: "click",
        },
        {
            trigger: `${column("New")} ${card}`,
            run: `drag_and_drop(${column("Qualified")})`,
        },
        {
            content: "This time it stays there",
            trigger: `${column("Qualified")} ${card}`,
        },
    ],
});

registry.category("web_tour.tours").add("pipeline_nobody_talked_yet", {
    steps: () => [
        {
            content: "Past Contacted, although nobody talked to the lead",
            trigger: `${column("New")} ${card}`,
            run: `drag_and_drop(${column("Qualified")})`,
        },
        {
            content: "What Contacted demands holds further on as well",
            trigger: ".o_stage_gate_message:contains(Nobody talked to the lead yet)",
        },
        {
            trigger: ".modal-footer .o_stage_gate_open",
            run: "click",
        },
        {
            content: "The call is logged where the lead is open now",
            trigger: ".o_form_view button[name=action_log_call]",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_talked]",
            run: "click",
        },
        {
            content: "What is next is for another day",
            trigger: ".modal:has(.modal-title:contains(What Next)) .btn-close",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item.o_back_button",
            run: "click",
        },
        {
            trigger: `${column("New")} ${card}`,
            run: `drag_and_drop(${column("Qualified")})`,
        },
        {
            content: "This time it stays there",
            trigger: `${column("Qualified")} ${card}`,
        },
    ],
});

registry.category("web_tour.tours").add("pipeline_form_to_qualified", {
    steps: () => [
        {
            content: "Too early, on the form of the lead",
            trigger: ".o_statusbar_status button:contains(Qualified)",
            run: "click",
        },
        {
            content: "What is missing is said; the lead is open already",
            trigger: ".modal:has(.o_stage_gate_message):not(:has(.o_stage_gate_open))",
        },
        {
            trigger: ".modal .o_stage_gate_close",
            run: "click",
        },
        {
            trigger: "a[name=qualification]",
            run: "click",
        },
        {
            trigger: ".o_lead_checklist_row:contains(Budget) button:contains(Yes)",
            run: "click",
        },
        {
            trigger: ".o_lead_checklist_row:contains(Budget)[data-mark=pass]",
        },
        {
            content: "The new stage is still to be saved",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Qualified)",
        },
        {
            trigger: ".o_form_status_indicator_buttons.invisible:not(:visible)",
        },
    ],
});

registry.category("web_tour.tours").add("pipeline_override", {
    steps: () => [
        {
            trigger: `${column("New")} ${card}`,
            run: `drag_and_drop(${column("Qualified")})`,
        },
        {
            content: "A manager may move it nevertheless",
            trigger: ".modal-footer .o_stage_gate_override",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=missing]:contains(Budget)",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Signed at the fair",
        },
        {
            trigger: ".modal button[name=action_move]",
            run: "click",
        },
        {
            trigger: `${column("Qualified")} ${card}`,
        },
    ],
});

registry.category("web_tour.tours").add("pipeline_set_up_the_stages", {
    steps: () => [
        {
            content: "The company's stages stand beside the roles",
            trigger: ".modal .o_data_row:contains(Negotiation):contains(Proposition)",
        },
        {
            trigger: '.modal [name=preview] li:contains(A stage "Nurturing" is added)',
        },
        {
            content: "Another choice: Proposition is not Negotiation",
            trigger: ".modal .o_data_row:contains(Negotiation) [name=stage_ids]",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row:contains(Negotiation) .o_delete",
            run: "click",
        },
        {
            content: "The preview follows",
            trigger:
                '.modal [name=preview] li:contains(A stage "Negotiation" is added)',
        },
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "The record of what was done",
            trigger: ".o_form_view .o_field_widget[name=summary]:contains(Nurturing)",
        },
        {
            content: "And undone",
            trigger: "button[name=action_undo]",
            run: "click",
        },
        {
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Undone)",
        },
    ],
});
