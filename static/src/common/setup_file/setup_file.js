import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";
import {registry} from "@web/core/registry";

/**
 * The form of a set-up file: who leaves a new one without having chosen a file has looked
 * around, and leaves nothing behind. Export saves it itself.
 */
export class SetupFileController extends FormController {
    get isEmpty() {
        const {root} = this.model;
        return root.isNew && !root.data.data;
    }

    async beforeLeave() {
        return this.isEmpty ? undefined : super.beforeLeave(...arguments);
    }

    beforeVisibilityChange() {
        return this.isEmpty ? undefined : super.beforeVisibilityChange(...arguments);
    }

    async beforeUnload() {
        return this.isEmpty ? undefined : super.beforeUnload(...arguments);
    }
}

registry
    .category("views")
    .add("crm_setup_file_form", {...formView, Controller: SetupFileController});
