"use strict";
/* A real Chromium for the scenarios, and what holds in all of them: nothing on the console but what a scenario expects, no request
   that leaves the server. */
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");
const axe = require("axe-core");

const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"];
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

class Visit {
    /** options: size, scheme, language, motion, expectErrors */
    static async open(browser, url, shots, options = {}) {
        const { size = "desktop", scheme = "light", language = "en-US", motion = "no-preference", expectErrors = false } = options;
        const context = await browser.newContext({ viewport: SIZES[size], hasTouch: size === "phone", isMobile: size === "phone",
            deviceScaleFactor: size === "phone" ? 2 : 1, colorScheme: scheme, locale: language, reducedMotion: motion });
        return Visit.begin(context, { url, shots, expectErrors });
    }

    /** Another tab of the same person. */
    tab() {
        return Visit.begin(this.context, this);
    }

    static async begin(context, { url, shots, expectErrors }) {
        const visit = new Visit();
        visit.context = context;
        visit.page = await context.newPage();
        visit.page.setDefaultTimeout(10000);
        Object.assign(visit, { url, shots, expectErrors, faults: [], underWay: new Set() });
        visit.page.on("request", request => { if (request.resourceType() !== "eventsource") visit.underWay.add(request); }); // those never end
        for (const end of ["requestfinished", "requestfailed"]) visit.page.on(end, request => visit.underWay.delete(request));
        visit.page.on("console", message => { if (["error", "warning"].includes(message.type())) visit.faults.push(`console: ${message.text()}`); });
        visit.page.on("pageerror", error => visit.faults.push(`exception: ${error.stack}`));
        visit.page.on("request", request => {
            if (new URL(request.url()).origin !== new URL(url).origin && !request.url().startsWith("data:")) visit.faults.push(`outside request: ${request.url()}`);
        });
        await visit.page.goto(url);
        await visit.settled();
        return visit;
    }

    /** The grid is there, on the page that has one, and no request was under way for a moment. */
    async settled() {
        await this.page.waitForFunction(() => (grid => !grid || grid.getAttribute("aria-busy") === "false")(document.getElementById("grid")));
        for (let calm = 0; calm < 3; calm = this.underWay.size === 0 ? calm + 1 : 0) await this.page.waitForTimeout(40);
    }

    async close() {
        await this.context.close();
        if (!this.expectErrors) assert.deepEqual(this.faults, []);
        assert.deepEqual(this.faults.filter(fault => fault.startsWith("outside") || fault.startsWith("exception")), []);
    }

    async shot(name) {
        fs.mkdirSync(this.shots, { recursive: true });
        await this.page.evaluate(() => Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => {}))));
        await this.page.screenshot({ path: path.join(this.shots, `${name}.png`) });
    }

    async search(text) {
        await this.page.fill("#search", text);
        await this.page.waitForFunction(typed => document.getElementById("discover-title").textContent.includes(typed), text);
        await this.settled();
    }

    async tap(act, title, place = "#grid") {
        await this.page.locator(place).getByRole("button", { name: `${{ like: "Like", dislike: "Dislike", seen: "I have seen" }[act]} ${title}`, exact: true }).click();
        await this.settled();
    }

    titles(place = "#rows") {
        return this.page.locator(`${place} > li`).evaluateAll(items => items.map(item => (item.querySelector("h3, strong")).textContent));
    }

    /** As the server has them. */
    marks() {
        return this.page.evaluate(async () => {
            const get = async path => (await fetch(path)).json();
            if ((await get("/api/v1/session")).kind === "nobody") return [];
            const { items } = await get("/api/v1/me/profile");
            return items.map(({ film, verdict, seen }) => `${verdict ?? ""}${seen ? " seen" : ""} ${film.title}`.trim()).sort();
        });
    }

    /** No violation of WCAG 2.1 A and AA that axe calls serious or critical, and the page is no wider than the screen. */
    async accessible(what) {
        await this.page.evaluate(axe.source);
        const { violations } = await this.page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
        const serious = violations.filter(violation => ["serious", "critical"].includes(violation.impact));
        assert.deepEqual(serious.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html.slice(0, 160)).join(" | ")}`), [], what);
        const [wide, screen] = await this.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(wide <= screen, `${what}: ${wide} px wide on a screen of ${screen}`);
    }
}

async function run(scenarios, name, executablePath, url, shots) {
    const browser = await chromium.launch({ executablePath, args: QUIET });
    try {
        await scenarios[name]((options) => Visit.open(browser, url, shots, options));
    } finally {
        await browser.close();
    }
}

module.exports = { run };
