import {inputFiles} from "@web/../tests/utils";
import {registry} from "@web/core/registry";

const ROWS = `Name;Email;Telefon;Stand
Amal Haddad;amal@clinic.example;+966501234567;A1

;;;B7
Lena Roth;lena@roth.example;;
`;

/** A manager imports a file with mistakes, and knows of each row before anything is written. */
registry.category("web_tour.tours").add("crm_intake_file", {
    steps: () => [
        {
            content: "Import a list",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Choose the file",
            trigger: ".o_field_widget[name='data'] .o_select_file_button",
            run: async () => {
                const file = new File([ROWS], "fair.csv", {type: "text/csv"});
                await inputFiles(".o_field_widget[name='data'] .o_input_file", [file]);
            },
        },
        {
            content: "Read it",
            trigger: "button[name='action_read'].btn-primary",
            run: "click",
        },
        {
            content: "What the columns mean is found out",
            trigger:
                ".o_field_widget[name='mapping_ids'] .o_data_row:contains('Telefon')",
        },
        {
            content: "Try it",
            trigger: "button[name='action_dry_run'].btn-primary",
            run: "click",
        },
        {
            content: "What is wrong stands there, by its line",
            trigger:
                ".o_crm_intake_dry tr:has(td:contains('4')):contains('Nobody can be reached')",
        },
        {
            content: "So many are new",
            trigger: ".o_crm_intake_dry p:contains('2 new')",
        },
        {
            content: "Import the others",
            trigger: "button[name='action_import']",
            run: "click",
        },
        {
            content: "It runs",
            trigger: "button[name='action_undo']",
        },
    ],
});
