import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {Expression} from "@web/core/tree_editor/condition_tree";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

// How Odoo's conditions name a moment that moves along: "today", "now -14d".
const MOMENT = /^(today|now)(?:\s+-(\d+)([Hdwmy]))?$/;
const AGO = {
    H: (count) => _t("%s hours ago", count),
    d: (count) => _t("%s days ago", count),
    w: (count) => _t("%s weeks ago", count),
    m: (count) => _t("%s months ago", count),
    y: (count) => _t("%s years ago", count),
};
// What the editor's words show as it is: a name in a Python expression.
const NAME = 5;

function spoken(value) {
    const match = typeof value === "string" && value.trim().match(MOMENT);
    if (!match) {
        return value;
    }
    const [, moment, count, unit] = match;
    const now = moment === "today" ? _t("today") : _t("now");
    const words = count ? AGO[unit](count) : now;
    return new Expression({type: NAME, value: words.toString()});
}

/**
 * Return a tree of conditions in which such moments stand in words.
 */
function withMoments(tree) {
    if (tree.type === "connector") {
        return {...tree, children: tree.children.map(withMoments)};
    }
    if (tree.type !== "condition") {
        return tree;
    }
    const inner = tree.value && tree.value.type;
    return {...tree, value: inner ? withMoments(tree.value) : spoken(tree.value)};
}

/**
 * The condition of a rule in words, for lists: as Odoo's condition editor says it.
 */
export class RuleWords extends Component {
    static template = "crm_lead_management.RuleWords";
    static props = {...standardFieldProps};

    setup() {
        this.treeProcessor = useService("tree_processor");
        this.state = useState({words: ""});
        useRecordObserver((record) =>
            this.load(record.data[this.props.name] || "[]", record.data.event_words)
        );
    }

    async load(domain, events) {
        let words = domain;
        try {
            const tree = await this.treeProcessor.treeFromDomain(
                "crm.lead",
                domain,
                true
            );
            words = await this.treeProcessor.getDomainTreeDescription(
                "crm.lead",
                withMoments(tree)
            );
        } catch {
            // A rule that is broken says so elsewhere; here it stands as it was written.
        }
        if (domain.replace(/\s/g, "") === "[]") {
            words = events ? "" : _t("Every lead");
        }
        this.state.words = [events, words].filter(Boolean).join(", ");
    }
}

registry.category("fields").add("lead_rule_words", {
    component: RuleWords,
    displayName: _t("Condition in words"),
    supportedTypes: ["char", "text"],
});
