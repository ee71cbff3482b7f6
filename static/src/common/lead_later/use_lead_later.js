import {toRaw, useComponent, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {RPCError} from "@web/core/network/rpc";
import {useRecordObserver} from "@web/model/relational_model/utils";

// What was asked for, by what is in the form: two parts of it ask for the same once.
const asked = new WeakMap();
// Fields that are about to be asked for, by the same.
const batches = new WeakMap();

/**
 * Return the value of a field of a lead. What the parts of a form ask for in one moment goes in
 * one request, so that the server finds the lead once, and who may see it.
 */
async function readTogether(orm, key, resId, name) {
    if (!batches.has(key)) {
        const names = [];
        const answer = new Promise((resolve) => browser.setTimeout(resolve)).then(
            () => {
                batches.delete(key);
                return orm.read("crm.lead", [resId], names);
            }
        );
        batches.set(key, {names, answer});
    }
    const {names, answer} = batches.get(key);
    names.push(name);
    let leads = [];
    try {
        leads = await answer;
    } catch (error) {
        // What one part cannot be told the others still can.
        if (!(error instanceof RPCError) || names.length === 1) {
            throw error;
        }
        leads = await orm.read("crm.lead", [resId], [name]);
    }
    return leads[0]?.[name] || null;
}

function answerOf(name, ask, {data, resId}) {
    const key = toRaw(data);
    if (!asked.has(key)) {
        asked.set(key, {});
    }
    const answers = asked.get(key);
    if (!answers[name]) {
        answers[name] = ask(resId, key);
        // What failed, as where the connection was lost, is asked anew by who opens the page.
        answers[name].catch(() => {
            delete answers[name];
        });
    }
    return answers[name];
}

/**
 * What a part of a lead's form shows that takes its time to find out.
 *
 * The form shows without it, and it follows at once; anew whenever the lead is saved or read
 * again. A part on a closed page asks for it when its page is opened.
 *
 * @param {String} name of a field of the lead that the form itself does not read
 * @param {Function} [ask] called with the id of the lead, false while it is new; asks instead
 * @returns {Object} `state`, reactive, with the `value`: null until it is there; and `put`
 */
export function useLeadLater(name, ask = null) {
    const component = useComponent();
    // Not as of one component: another one may wait for the same answer.
    const {orm} = component.env.services;
    const read = async (resId, key) =>
        resId ? readTogether(orm, key, resId, name) : null;
    const state = useState({value: null});
    let latest = null;
    let shown = null;
    useRecordObserver((record) => {
        const key = toRaw(record.data);
        latest = key;
        if (record.resId !== shown) {
            state.value = null; // It was another lead's.
            shown = record.resId;
        }
        // Not waited for.
        answerOf(name, ask || read, record).then((value) => {
            if (key === latest) {
                state.value = value;
            }
        });
    });
    /** Keep what is known better by now; the other parts ask anew when they are opened. */
    const put = (value) => {
        asked.set(latest, {[name]: Promise.resolve(value)});
        state.value = value;
    };
    return {state, put};
}
