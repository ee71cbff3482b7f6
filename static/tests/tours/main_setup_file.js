import {registry} from "@web/core/registry";

const created = ".o_form_view .o_field_widget[name=data]";
const others = ".o_list_view, .o_kanban_view";

// Opens a new set-up file, looks at it in every way there is, and leaves it.
registry.category("web_tour.tours").add("main_setup_file", {
    steps: () => [
        {trigger: ".o_list_button_add", run: "click"},
        {trigger: created},
        {
            content: "Another tab is looked at",
            trigger: "body",
            async run() {
                Object.defineProperty(document, "visibilityState", {
                    value: "hidden",
                    configurable: true,
                });
                document.dispatchEvent(new Event("visibilitychange"));
                await new Promise((resolve) => setTimeout(resolve, 500));
                delete document.visibilityState;
            },
        },
        {
            content: "Something is changed, but no file is there",
            trigger:
                ".o_field_widget[name=twice] select, .o_field_widget[name=twice] input",
            run({anchor}) {
                if (anchor.tagName === "SELECT") {
                    anchor.value = anchor.options[anchor.options.length - 1].value;
                    anchor.dispatchEvent(new Event("change", {bubbles: true}));
                } else {
                    anchor.click();
                }
            },
        },
        {
            trigger: ".o_breadcrumb a, .o_back_button",
            run: "click",
        },
        {trigger: others},
    ],
});
