/**
 * Open a page of the notebook of a form, and put the focus on its tab.
 *
 * @param {HTMLElement} el anything inside the form
 * @param {String} name of the page
 * @returns {Boolean} whether the form has that page
 */
export function openLeadPage(el, name) {
    const form = el.closest(".o_form_view");
    const tab = form?.querySelector(`.o_notebook_headers .nav-link[name="${name}"]`);
    tab?.click();
    tab?.focus();
    tab?.scrollIntoView({block: "nearest"});
    return Boolean(tab);
}

/** Do what a button of a form does, as if it were pressed. */
export function pressLeadButton(env, record, method, context = {}) {
    const {evalContext, resModel, resId, resIds} = record;
    return env.onClickViewButton({
        clickParams: {name: method, type: "object", context},
        getResParams: () => ({
            context: record.context,
            evalContext,
            resModel,
            resId,
            resIds,
        }),
    });
}
