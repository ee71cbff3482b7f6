import {onMounted, onWillUnmount} from "@odoo/owl";
import {ConnectionLostError} from "@web/core/network/rpc";
import {browser} from "@web/core/browser/browser";

// Milliseconds until the next look, where the server could not be reached.
const OFFLINE = 15000;

/**
 * Look again and again how far something is, as long as the component is there. Where the
 * connection is lost it goes on when that is back; any other error ends it, and is shown.
 *
 * @param {Function} look async, called with a function that tells whether the component is
 *      gone by now; returns after how many milliseconds to look again, or false: no more
 * @param {Function} first returns after how many milliseconds to look first, or false: never
 */
export function useLooking(look, first) {
    let timeout = null;
    let gone = false;
    function plan(pause) {
        if (!gone && pause !== false) {
            timeout = browser.setTimeout(turn, pause);
        }
    }
    async function turn() {
        let pause = OFFLINE;
        try {
            pause = await look(() => gone);
        } catch (error) {
            if (!(error instanceof ConnectionLostError)) {
                throw error;
            }
        }
        plan(pause);
    }
    onMounted(() => plan(first()));
    onWillUnmount(() => {
        gone = true;
        browser.clearTimeout(timeout);
    });
}
