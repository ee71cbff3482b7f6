import {toRaw, useComponent, useState} from "@odoo/owl";
import {useRecordObserver} from "@web/model/relational_model/utils";

// What was asked for, by what is in the form: the header and the page ask for it once.
const asked = new WeakMap();

function profileOf(orm, {data, resId}) {
    const key = toRaw(data);
    if (!asked.has(key)) {
        const answer = orm
            .read("crm.lead", [resId], ["lead_profile"])
            .then(([lead]) => lead?.lead_profile || null);
        asked.set(key, answer);
    }
    return asked.get(key);
}

/**
 * What we know about the lead of a form, and what to ask next.
 *
 * It takes as long to find out as the rest of the form: so the form shows without it, and it
 * follows at once; anew whenever the lead is saved or read again.
 */
export function useLeadProfile() {
    const component = useComponent();
    // Not as of one component: another one may wait for the same answer.
    const {orm} = component.env.services;
    const state = useState({profile: null});
    let latest = null;
    let shown = null;
    useRecordObserver((record) => {
        const key = toRaw(record.data);
        latest = key;
        if (record.resId !== shown) {
            state.profile = null; // It was another lead's.
            shown = record.resId;
        }
        if (!shown) {
            return;
        }
        // Not waited for.
        profileOf(orm, record).then((profile) => {
            if (key === latest) {
                state.profile = profile;
            }
        });
    });
    return state;
}
