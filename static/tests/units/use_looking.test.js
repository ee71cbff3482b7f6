import {advanceTime, animationFrame, expect, test} from "@odoo/hoot";
import {Component, useState, xml} from "@odoo/owl";
import {ConnectionLostError} from "@web/core/network/rpc";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {mountWithCleanup} from "@web/../tests/web_test_helpers";
import {useLooking} from "@crm_lead_management/common/looking/use_looking";

defineMailModels();

/** Mount what looks; `answers` are what each look finds: a pause, false, or an error. */
async function mountLooking(answers, first = 1000) {
    class Looking extends Component {
        static template = xml`<p/>`;
        static props = {};

        setup() {
            useLooking(
                async () => {
                    expect.step("look");
                    const answer = answers.shift();
                    if (answer instanceof Error) {
                        throw answer;
                    }
                    return answer;
                },
                () => first
            );
        }
    }
    class Window extends Component {
        static components = {Looking};
        static template = xml`<Looking t-if="state.isOpen"/>`;
        static props = {};

        setup() {
            this.state = useState({isOpen: true});
        }
    }
    const {state} = await mountWithCleanup(Window);
    return state;
}

async function pass(milliseconds) {
    await advanceTime(milliseconds);
    await animationFrame();
}

test("it looks again after the pause that the last look asked for", async () => {
    await mountLooking([2000, false]);
    await pass(900);
    expect.verifySteps([]);
    await pass(200);
    expect.verifySteps(["look"]);
    await pass(1900);
    expect.verifySteps([]);
    await pass(200);
    expect.verifySteps(["look"]);
    await pass(60000);
    expect.verifySteps([]);
});

test("it never looks where there is nothing to look at", async () => {
    await mountLooking([], false);
    await pass(60000);
    expect.verifySteps([]);
});

test("after a lost connection it goes on", async () => {
    await mountLooking([
        new ConnectionLostError("/web"),
        new ConnectionLostError("/web"),
        2000,
        false,
    ]);
    await pass(1100);
    expect.verifySteps(["look"]);
    await pass(14000);
    expect.verifySteps([]);
    await pass(1100);
    expect.verifySteps(["look"]);
    await pass(15100);
    expect.verifySteps(["look"]);
    await pass(2100);
    expect.verifySteps(["look"]);
    await pass(60000);
    expect.verifySteps([]);
});

test("any other error ends it, and is shown", async () => {
    expect.errors(1);
    await mountLooking([new Error("It is broken"), 2000]);
    await pass(1100);
    expect.verifySteps(["look"]);
    expect.verifyErrors([/It is broken/]);
    await pass(60000);
    expect.verifySteps([]);
});

test("it does not look any more once it is closed", async () => {
    const window = await mountLooking([2000, 2000]);
    await pass(1100);
    expect.verifySteps(["look"]);
    window.isOpen = false;
    await animationFrame();
    await pass(60000);
    expect.verifySteps([]);
});
