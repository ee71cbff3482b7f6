import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * The condition of a rule in words, for lists: as Odoo's condition editor says it.
 */
export class RuleWords extends Component {
    static template = "crm_lead_management.RuleWords";
    static props = {...standardFieldProps};

    setup() {
        this.treeProcessor = useService("tree_processor");
        this.state = useState({words: ""});
        useRecordObserver((record) => this.load(record.data[this.props.name] || "[]"));
    }

    async load(domain) {
        let words = domain;
        try {
            const tree = await this.treeProcessor.treeFromDomain(
                "crm.lead",
                domain,
                true
            );
            words = await this.treeProcessor.getDomainTreeDescription("crm.lead", tree);
        } catch {
            // A rule that is broken says so elsewhere; here it stands as it was written.
        }
        this.state.words = domain.replace(/\s/g, "") === "[]" ? _t("Every lead") : words;
    }
}

registry.category("fields").add("lead_rule_words", {
    component: RuleWords,
    displayName: _t("Condition in words"),
    supportedTypes: ["char", "text"],
});
