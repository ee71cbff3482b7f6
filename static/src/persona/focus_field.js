const FOCUSABLE = [
    "input:not([type=hidden])",
    "textarea",
    "select",
    "button",
    "[tabindex='0']",
];

// So many milliseconds a page is waited for that asks the server what it shows.
const PATIENCE = 5000;

/** Return the selector of what a field of a form stands in. */
export function fieldControls(name) {
    return `.o_field_widget[name="${name}"]`;
}

function findControl(form, within) {
    for (const selector of FOCUSABLE) {
        for (const el of form.querySelectorAll(`${within} ${selector}`)) {
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

/** Wait for a page that was just opened, and for what it asks the server. */
async function shown(form) {
    const end = Date.now() + PATIENCE;
    do {
        await nextFrame();
    } while (form.querySelector(".o_lead_waiting") && Date.now() < end);
}

/**
 * Put the cursor into something of a form, on the page of the notebook where it is.
 *
 * @param {HTMLElement} form the form view
 * @param {string} within selector of what it stands in; of a field see `fieldControls`
 * @returns {Promise<boolean>} whether the form shows it
 */
export async function focusLeadField(form, within) {
    const current = form.querySelector(".o_notebook_headers .nav-link.active");
    const pages = [...form.querySelectorAll(".o_notebook_headers .nav-link")];
    for (const page of [null, ...pages]) {
        if (page && page !== current) {
            page.click();
            await shown(form);
        }
        const control = findControl(form, within);
        if (control) {
            control.scrollIntoView({block: "center"});
            control.focus();
            return true;
        }
    }
    current?.click();
    return false;
}
