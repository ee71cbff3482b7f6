import {Component, onWillStart, useState} from "@odoo/owl";
import {Chatter} from "@mail/chatter/web_portal/chatter";
import {useService} from "@web/core/utils/hooks";

/** Why a lead gets no e-mail: its conversation says so before anything is written. */
export class LeadEmailBlock extends Component {
    static template = "crm_lead_management.LeadEmailBlock";
    static props = {leadId: Number};

    setup() {
        const orm = useService("orm");
        this.state = useState({reason: ""});
        onWillStart(() => {
            // Not waited for: the window to write in opens at once.
            orm.call("crm.lead", "get_email_block", [this.props.leadId]).then(
                (reason) => {
                    this.state.reason = reason;
                }
            );
        });
    }
}

Object.assign(Chatter.components, {LeadEmailBlock});
