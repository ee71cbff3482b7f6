import {registry} from "@web/core/registry";
import {picture} from "./main_picture";

// From Install to the first lead that is answered: so many clicks at most. A field that is
// filled in counts as one, and so does the choice in its list.
const MOST = 60;
// In the Apps: the app, its search, and Activate. The assistant opens by itself afterwards.
const INSTALL = 3;

const click = (trigger, content) => ({trigger, content, run: "click"});
const fill = (trigger, text, content) => ({trigger, content, run: `edit ${text}`});
/** Open something by the menu, as one does: the menu, and the entry. */
const menu = (section, entry) => [
    click(`.o_menu_sections button[data-menu-xmlid="${section}"]`),
    click(`.o-dropdown--menu [data-menu-xmlid="${entry}"]`),
];
const OURS = "crm_lead_management";
const assistant = () =>
    menu("crm.crm_menu_config", `${OURS}.crm_lead_management_setup_menu_config`);
const row = (key) => `.o_lead_checks [data-check=${key}] button`;

const SETUP = [
    {
        content: "Nothing has changed yet",
        trigger: "[name=untouched]:visible",
    },
    picture("first_1_assistant"),
    click("[name=step_stages] button[name=action_stages]", "The stages, previewed"),
    {trigger: ".o_field_widget[name=preview] li"},
    click("button[name=action_apply]:visible"),
    {trigger: ".o_form_view:not(:has(button[name=action_apply]))"},
    ...assistant(),
    {trigger: ".o_lead_checks [data-check=stages][data-state=done]"},
    fill("[name=step_routing] .o_field_widget[name=team_id] input", "North"),
    click(".o-autocomplete--dropdown-item:contains(North)", "Who gets the leads"),
    {trigger: "[name=step_routing] .o_field_widget[name=member_count]:contains(2)"},
    click("button[name=action_start_routing]"),
    {trigger: ".o_lead_checks [data-check=routing][data-state=done]"},
    click(row("times"), "Until when they answer"),
    click(".o_control_panel_main_buttons .o_list_button_add:visible"),
    fill(".o_field_widget[name=name] input", "Within an hour"),
    click(".o_form_button_save"),
    {
        trigger:
            ".o_form_saved, .o_form_status_indicator_buttons.invisible:not(:visible)",
    },
    ...assistant(),
    {trigger: ".o_lead_checks [data-check=times][data-state=done]"},
    click("button[name=action_preview_followup]", "What comes next, previewed"),
    click(".modal button[name=action_switch_on]:visible"),
    {trigger: "body:not(:has(.modal))"},
    ...assistant(),
    {trigger: ".o_lead_checks [data-check=followup][data-state=done]"},
    click(row("door"), "A door for new leads"),
    click(".o_control_panel_main_buttons .o-kanban-button-new, .o_list_button_add"),
    fill(".o_field_widget[name=name] input", "Form of our site"),
    click("button[name=action_new_key]:visible"),
    {
        content: "Somebody sends the form of the site to the address that is shown",
        trigger: ".modal .o_field_widget[name=url]",
        async run() {
            const shown = this.anchor.querySelector("input")?.value;
            const address = (shown || this.anchor.textContent).match(/http\S+/)[0];
            const answer = await fetch(new URL(address).pathname, {
                method: "POST",
                headers: {"Content-Type": "application/json"},
                body: JSON.stringify({
                    name: "Noura Example",
                    email: "noura@clinic.example",
                    phone: "+966 55 123 4567",
                    company: "Clinic Example",
                    message: "Coffee for forty people, please call me.",
                }),
            });
            if (answer.status !== 202) {
                throw new Error(`the form was answered with ${answer.status}`);
            }
        },
    },
    click(".modal footer button.btn-primary"),
    {trigger: "body:not(:has(.modal))"},
];

const ANSWER = [
    ...menu(`${OURS}.crm_lead_management_menu`, `${OURS}.crm_lead_menu_grade`),
    click(
        ".o_data_row:contains(Noura Example) .o_data_cell[name=name]",
        "The lead is there"
    ),
    {trigger: ".o_lead_facts button.o_lead_grade"},
    {trigger: ".o_lead_fact[data-fact=owner]:contains(/Layla|Yusuf/)"},
    picture("first_2_lead"),
    click("button[name=action_log_call]:visible", "Answer it"),
    fill(
        ".modal .o_field_widget[name=note] textarea",
        "Wants an offer for forty people"
    ),
    click(".modal button[name=action_talked]"),
    click(".modal button[name=action_leave]:visible", "The next step, as proposed"),
    {trigger: "body:not(:has(.modal))"},
    {
        content: "It has its next step",
        trigger: ".o_lead_next .o_field_widget[name=next_step_on]",
    },
    picture("first_3_next"),
];

function clicks(steps) {
    return steps.filter(({run}) => typeof run === "string" && /^(click|edit)/.test(run))
        .length;
}

const ALL = INSTALL + clicks(SETUP) + clicks(ANSWER);

registry.category("web_tour.tours").add("main_first_hour", {
    steps: () => [
        {
            trigger: "body",
            run: () => {
                console.log(`crm_lead_clicks ${ALL}`);
                if (ALL > MOST) {
                    throw new Error(`${ALL} clicks from Install to the first answer`);
                }
            },
        },
        ...SETUP,
    ],
});

registry.category("web_tour.tours").add("main_first_answer", {steps: () => ANSWER});
