import {picture} from "./main_picture";
import {registry} from "@web/core/registry";

/**
 * Return what of the screen reaches over its edge, or has to be pushed sideways.
 *
 * Tables of figures (pivot, graph) and the columns of boards are pushed on purpose.
 */
function tooWide() {
    const width = document.documentElement.clientWidth;
    const inside =
        document.querySelector(".modal") || document.querySelector(".o_action_manager");
    const found = [];
    for (const element of inside.querySelectorAll("*")) {
        const {left, right, height} = element.getBoundingClientRect();
        const isShown = height && right - left && element.checkVisibility();
        const isPushed = element.closest(
            ".o_pivot, .o_graph_view, .o_kanban_grouped, .o_cp_action_menus"
        );
        if (isShown && !isPushed && (left < -1 || right > width + 1)) {
            const name = `${element.tagName}.${element.className}`.slice(0, 80);
            found.push(`${name} at ${Math.round(left)} to ${Math.round(right)}`);
        }
    }
    return found;
}

const isOurs = (menu) =>
    /^crm_lead_management\./.test(menu.xmlid || "") &&
    menu.actionID &&
    !["ir.actions.server", "ir.actions.act_url"].includes(menu.actionModel);

/**
 * The steps that open a menu, and fail where not all of it lies on the screen.
 *
 * @param {Object} menu
 * @param {Object} services
 * @returns {Object[]}
 */
function opened(menu, {action}) {
    return [
        {
            content: `${menu.name} opens`,
            trigger: "body",
            run: () => action.doAction(menu.actionID, {clearBreadcrumbs: true}),
        },
        {
            content: `${menu.name} lies on the screen`,
            trigger: ".modal .modal-body, body:not(:has(.modal)) .o_action_manager > *",
            async run() {
                // Cards and figures come after their frame.
                await new Promise((resolve) => setTimeout(resolve, 400));
                const faults = tooWide();
                if (faults.length) {
                    console.log(
                        `Too wide: ${menu.name}: ${faults.slice(0, 4).join("; ")}`
                    );
                    document.body.dataset.tooWide = `${document.body.dataset.tooWide || ""} ${menu.name};`;
                }
            },
        },
        picture(
            `phone_${document.querySelector(".o_rtl") ? "ar" : "en"}_${menu.xmlid.split(".")[1]}`
        ),
    ];
}

// Opens each of our menus, and looks whether all of it lies on the screen of a phone.
registry.category("web_tour.tours").add("main_phone_menus", {
    steps: () => {
        const {services} = odoo.__WOWL_DEBUG__.root.env;
        const menus = services.menu.getAll().filter(isOurs);
        return [
            ...menus.flatMap((menu) => opened(menu, services)),
            {
                content: "None reaches over the edge",
                trigger: "body",
                run() {
                    if (!menus.length || document.body.dataset.tooWide) {
                        throw new Error(`Too wide: ${document.body.dataset.tooWide}`);
                    }
                },
            },
        ];
    },
});
