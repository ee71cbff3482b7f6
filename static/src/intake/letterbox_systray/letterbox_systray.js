import {Component, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useLooking} from "../../common/looking/use_looking";
import {useService} from "@web/core/utils/hooks";
import {user} from "@web/core/user";

// Milliseconds between two looks.
const PAUSE = 60000;
const MOST = 99;

/**
 * How many entries of the letterbox wait for a person, in red; nothing where none does.
 */
export class LetterboxSystray extends Component {
    static template = "crm_lead_management.LetterboxSystray";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({count: 0});
        useLooking(
            () => this.look(),
            () => 0
        );
    }

    get text() {
        return this.state.count > MOST ? `${MOST}+` : `${this.state.count}`;
    }

    get title() {
        return _t("Letterbox: %s entries wait for a person", this.text);
    }

    async look() {
        if (!(await user.hasGroup("sales_team.group_sale_manager"))) {
            return false;
        }
        this.state.count = await this.orm.silent.call(
            "crm.intake.item",
            "get_waiting",
            []
        );
        return PAUSE;
    }

    open() {
        this.action.doAction("crm_lead_management.crm_intake_item_action", {
            additionalContext: {search_default_waiting: 1},
            clearBreadcrumbs: true,
        });
    }
}

registry
    .category("systray")
    .add(
        "crm_lead_management.letterbox",
        {Component: LetterboxSystray},
        {sequence: 30}
    );
