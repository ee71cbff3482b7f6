import {registry} from "@web/core/registry";
import {picture} from "./main_picture";

registry.category("web_tour.tours").add("followup_matrix", {
    steps: () => [
        {
            content: "Each step has one responsible",
            trigger: ".o_data_row:contains(Welcome message)",
        },
        picture("followup_13_matrix"),
        {
            content: "Print it",
            trigger:
                ".o_list_view button[name=action_print], .o_control_panel button[name=action_print]",
            run: "click",
        },
        {
            content: "A page that can be hung up",
            trigger: ":iframe .page h2:contains(Who does what)",
        },
        picture("followup_14_matrix_printed"),
    ],
});
