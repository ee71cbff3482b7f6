import {Thread} from "@mail/core/common/thread_model";
import {fields} from "@mail/core/common/record";
import {patch} from "@web/core/utils/patch";

// Why a lead gets no e-mail: its conversation says so before anything is written.
patch(Thread.prototype, {
    setup() {
        super.setup(...arguments);
        this.crm_email_block = fields.Attr("");
    },
});
