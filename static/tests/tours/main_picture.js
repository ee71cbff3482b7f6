/**
 * Return a tour step that lets the test take a picture of the screen, where it was asked
 * to (the environment variable CRM_LEAD_SCREENSHOTS), and does nothing otherwise.
 *
 * @param {string} name of the file, without its ending
 */
export function picture(name) {
    return {
        content: `A picture: ${name}`,
        trigger: "body",
        async run() {
            if (!document.cookie.includes("crm_lead_screenshots=")) {
                return;
            }
            // Animations come to rest first; the picture is taken outside of the page.
            await new Promise((resolve) => setTimeout(resolve, 600));
            console.log(`crm_lead_screenshot ${name}`);
            await new Promise((resolve) => setTimeout(resolve, 900));
        },
    };
}
