const FOCUSABLE = [
    "input:not([type=hidden])",
    "textarea",
    "select",
    "button",
    "[tabindex='0']",
];

function findControl(form, fieldName, within) {
    for (const selector of FOCUSABLE) {
        for (const el of form.querySelectorAll(
            `.o_field_widget[name="${fieldName}"] ${within}${selector}`
        )) {
            const details = el.closest("details");
            if (details) {
                details.open = true;
            }
            if (el.offsetParent !== null && !el.disabled) {
                return el;
            }
        }
    }
    return null;
}

function nextFrame() {
    return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

/**
 * Put the cursor into a field of a form, on the page of the notebook where it is.
 *
 * @param {HTMLElement} form the form view
 * @param {string} fieldName
 * @param {string} [within] selector of a part of the field, ending in a space
 * @returns {Promise<boolean>} whether the form shows the field
 */
export async function focusLeadField(form, fieldName, within = "") {
    const current = form.querySelector(".o_notebook_headers .nav-link.active");
    const pages = [...form.querySelectorAll(".o_notebook_headers .nav-link")];
    for (const page of [null, ...pages]) {
        if (page && page !== current) {
            page.click();
            await nextFrame();
        }
        const control = findControl(form, fieldName, within);
        if (control) {
            control.scrollIntoView({block: "center"});
            control.focus();
            return true;
        }
    }
    current?.click();
    return false;
}
