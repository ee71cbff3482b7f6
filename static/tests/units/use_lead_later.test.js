import {advanceTime, animationFrame, expect, test} from "@odoo/hoot";
import {Component, reactive, useState, useSubEnv, xml} from "@odoo/owl";
import {ConnectionLostError, RPCError} from "@web/core/network/rpc";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {mountWithCleanup} from "@web/../tests/web_test_helpers";
import {useLeadLater} from "@crm_lead_management/common/lead_later/use_lead_later";

defineMailModels();

class Part extends Component {
    static template = xml`<p t-att-name="props.name" t-out="later.value || 'waiting'"/>`;
    static props = {name: String, record: Object};

    setup() {
        this.later = useLeadLater(this.props.name).state;
    }
}

class Form extends Component {
    static components = {Part};
    static template = xml`
        <t t-foreach="form.parts" t-as="name" t-key="name">
            <Part name="name" record="props.record"/>
        </t>`;
    static props = {record: Object, form: Object, orm: Object};

    setup() {
        this.form = useState(this.props.form);
        useSubEnv({services: {...this.env.services, orm: this.props.orm}});
    }
}

/** Mount a form of parts; `answer` is called with the names of what is read. */
async function mountForm(parts, answer, resId = 7) {
    const orm = {
        read: async (_model, [id], names) => {
            expect.step(`${id}: ${names.join(", ")}`);
            return [await answer(names, id)];
        },
    };
    const record = reactive({resId, data: {name: "Lead"}});
    const form = reactive({parts});
    await mountWithCleanup(Form, {props: {record, form, orm}});
    return {record, form};
}

async function settle() {
    await advanceTime(10);
    await animationFrame();
    await animationFrame();
}

const told = (names, id) =>
    Object.fromEntries(names.map((name) => [name, `${name} of ${id}`]));

test("what the parts of a form show comes in one request", async () => {
    let give = null;
    const given = new Promise((done) => {
        give = done;
    });
    await mountForm(["glance", "story"], async (names, id) => {
        await given;
        return told(names, id);
    });
    await settle();
    expect("p[name=glance]").toHaveText("waiting");
    give();
    await settle();
    expect.verifySteps(["7: glance, story"]);
    expect("p[name=glance]").toHaveText("glance of 7");
    expect("p[name=story]").toHaveText("story of 7");
});

test("two parts that show the same ask for it once", async () => {
    const {form} = await mountForm(["glance"], told);
    await settle();
    form.parts = ["glance", "story"];
    await settle();
    expect.verifySteps(["7: glance", "7: story"]);
});

test("a lead that was read anew is asked about anew", async () => {
    const {record} = await mountForm(["glance"], told);
    await settle();
    record.data = {name: "Saved"};
    await settle();
    await settle();
    expect.verifySteps(["7: glance", "7: glance"]);
});

test("what another lead was asked for is not shown", async () => {
    const answers = [];
    const {record} = await mountForm(
        ["glance"],
        (names, id) => new Promise((done) => answers.push(() => done(told(names, id))))
    );
    await settle();
    Object.assign(record, {resId: 8, data: {name: "Next"}});
    await settle();
    await settle();
    expect.verifySteps(["7: glance", "8: glance"]);
    answers[1]();
    answers[0](); // The first answer comes last.
    await settle();
    expect("p[name=glance]").toHaveText("glance of 8");
});

test("after a lost connection the page that is opened asks anew", async () => {
    expect.errors(1);
    let isLost = true;
    const {form} = await mountForm(["glance"], (names, id) => {
        if (isLost) {
            throw new ConnectionLostError("/web/dataset/call_kw");
        }
        return told(names, id);
    });
    await settle();
    expect("p[name=glance]").toHaveText("waiting");
    expect.verifySteps(["7: glance"]);
    expect.verifyErrors([/couldn't be established/]);
    isLost = false;
    form.parts = []; // Its page is closed, and opened again.
    await settle();
    form.parts = ["glance"];
    await settle();
    expect.verifySteps(["7: glance"]);
    expect("p[name=glance]").toHaveText("glance of 7");
});

test("an error in one part leaves the others what they show", async () => {
    expect.errors(1);
    await mountForm(["glance", "story"], (names, id) => {
        if (names.includes("story")) {
            throw new RPCError("The story is broken");
        }
        return told(names, id);
    });
    await settle();
    await settle();
    expect.verifySteps(["7: glance, story", "7: glance", "7: story"]);
    expect("p[name=glance]").toHaveText("glance of 7");
    expect("p[name=story]").toHaveText("waiting");
    expect.verifyErrors([/The story is broken/]);
});

test("of a new lead nothing is asked", async () => {
    await mountForm(["glance"], told, false);
    await settle();
    expect.verifySteps([]);
});
