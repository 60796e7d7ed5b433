"use strict";
/* What people do on the page, one function a scenario: node scenarios.js NAME CHROMIUM URL FOLDER-FOR-SCREENSHOTS
   Scenarios named real… need MovieLens' ml-latest-small, the others the demo. */
const assert = require("node:assert/strict");
const { run } = require("./browser");

const reasonOf = (page, title) => page.locator("#rows > li", { has: page.getByRole("heading", { name: title, exact: true }) }).locator(".why").textContent();

const scenarios = {
    /** The main promise: tap Alien, Aliens appears with its reason; dislike it, it goes; undo, it is back. */
    async realAlien(open) {
        const visit = await open();
        await visit.search("alien");
        assert.equal((await visit.titles("#grid"))[0], "Alien");
        await visit.tap("like", "Alien");
        const first = await visit.titles();
        assert.ok(first.slice(0, 5).includes("Aliens"), `Aliens is not in ${first}`);
        assert.ok(!first.includes("Alien"));
        assert.match(await reasonOf(visit.page, "Aliens"), /^Because you liked Alien/);
        await visit.shot("real-desktop-light");

        await visit.tap("dislike", "Aliens", "#rows");
        const without = await visit.titles();
        assert.ok(!without.includes("Aliens") && without.length === 20);
        assert.notDeepEqual(without, first.filter(title => title !== "Aliens"), "a dislike moves the rest too");

        await visit.page.getByRole("button", { name: "Undo" }).click();
        await visit.settled();
        assert.deepEqual(await visit.titles(), first, "undo gives the identical list");
        assert.deepEqual(await visit.marks(), ["like Alien"]);
        await visit.close();
    },

    /** The screenshot of the README. */
    async realPicture(open) {
        const visit = await open({ motion: "reduce" });
        for (const title of ["Blade Runner", "Alien"]) {
            await visit.search(title);
            await visit.tap("like", title);
        }
        const rows = await visit.titles();
        assert.ok(rows.includes("Aliens") && rows.length === 20);
        assert.match(await reasonOf(visit.page, "Aliens"), /Because you liked Alien \d+% and Blade Runner \d+%/);
        await visit.page.locator("#search-clear").click();
        await visit.page.locator("#marks summary").click();
        await visit.settled();
        await visit.page.evaluate(() => { document.getElementById("toast").hidden = true; document.activeElement.blur(); });
        await visit.page.mouse.move(0, 0);
        await visit.shot("page");
        await visit.close();
    },

    async likeDislikeUndo(open) {
        const visit = await open();
        assert.match(await visit.page.locator("#list").textContent(), /Your list begins with one tap/);
        await visit.search("alien");
        await visit.tap("like", "Alien");
        const first = await visit.titles();
        assert.ok(first.slice(0, 5).includes("Aliens"), `Aliens is not in ${first}`);
        assert.match(await reasonOf(visit.page, "Aliens"), /^Because you liked Alien/);
        await visit.tap("dislike", "Aliens", "#rows");
        assert.ok(!(await visit.titles()).includes("Aliens"));
        await visit.page.getByRole("button", { name: "Undo" }).click();
        await visit.settled();
        assert.deepEqual(await visit.titles(), first);
        await visit.tap("like", "Alien"); // a second tap takes it back
        assert.deepEqual(await visit.marks(), []);
        assert.deepEqual(await visit.titles(), []);
        await visit.close();
    },

    /** A first visitor answers by keys and by taps: marks are made, what wasn't seen makes none, and a first list is there. */
    async firstQuestions(open) {
        for (const language of ["en", "es"]) {
            const visit = await open({ language });
            const { page } = visit, dialog = page.locator("#onboarding");
            await page.locator("#begin").click();
            const title = () => dialog.locator("#onboarding-title").textContent();
            const asked = [];
            const answer = async how => { asked.push(await title()); await how(); await page.waitForFunction(was => document.getElementById("onboarding-title").textContent !== was, asked.at(-1)); };
            await dialog.locator("[data-answer=yes]").waitFor();
            assert.match(await dialog.textContent(), language === "en" ? /Film 1 of 10/ : /Película 1 de 10/);
            await visit.accessible(`onboarding ${language}`);
            await visit.shot(`onboarding-${language}`);
            await answer(() => page.keyboard.press("1"));
            await answer(() => page.keyboard.press("4"));
            await answer(() => dialog.locator("[data-answer=no]").click());
            await answer(() => page.keyboard.press("5"));
            await answer(() => dialog.locator("[data-answer=sawIt]").click());
            await dialog.locator("[data-answer=enough]").click();
            await dialog.locator(".grid > li").first().waitFor();
            assert.equal(new Set(asked).size, 5);
            assert.equal(await dialog.locator(".grid > li").count(), 12);
            await visit.accessible(`first list ${language}`);
            await visit.shot(`first-list-${language}`);
            await page.keyboard.press("Escape");
            await visit.settled();
            assert.deepEqual((await visit.marks()).length, 3, "a like, a dislike, a seen; what wasn't seen is no mark");
            assert.equal((await visit.titles()).length, 20);
            assert.match(await page.locator("#rows .stars").first().textContent(), language === "en" ? /^★ \d\.\d \(\d\.\d–\d\.\d\)$/ : /^★ \d,\d \(\d,\d–\d,\d\)$/);
            await visit.close();
        }
    },

    async threeMarksOneFilm(open) {
        const visit = await open();
        await visit.search("alien");
        const pressed = () => visit.page.locator("#grid > li").first().locator(".act").evaluateAll(all => all.map(one => one.getAttribute("aria-pressed")));
        await visit.tap("like", "Alien");
        assert.deepEqual(await pressed(), ["true", "false", "false"]);
        await visit.tap("seen", "Alien");
        assert.deepEqual(await pressed(), ["true", "false", "true"], "seen stands beside the verdict");
        await visit.tap("dislike", "Alien");
        assert.deepEqual(await pressed(), ["false", "true", "true"], "a verdict replaces the other");
        await visit.page.keyboard.press("u");
        await visit.page.keyboard.press("u");
        assert.deepEqual(await pressed(), ["true", "false", "false"], "undo goes back step by step");
        await visit.close();
    },

    async marksPanel(open) {
        const visit = await open();
        for (const [act, title] of [["like", "Alien"], ["dislike", "Casablanca"], ["seen", "Metropolis"]]) {
            await visit.search(title);
            await visit.tap(act, title);
        }
        assert.deepEqual(await visit.marks(), ["dislike Casablanca", "like Alien", "seen Metropolis"]);
        await visit.page.reload();
        await visit.settled();
        assert.deepEqual(await visit.marks(), ["dislike Casablanca", "like Alien", "seen Metropolis"], "they outlive the visit");
        assert.equal((await visit.titles()).length, 20);
        await visit.page.locator("#marks summary").click();
        await visit.page.getByRole("button", { name: "Remove the mark on Casablanca" }).click();
        assert.deepEqual(await visit.marks(), ["like Alien", "seen Metropolis"]);
        await visit.page.getByRole("button", { name: "Clear all" }).click();
        await visit.settled();
        assert.deepEqual(await visit.marks(), []);
        await visit.page.getByRole("button", { name: "Undo" }).click();
        await visit.settled();
        assert.deepEqual(await visit.marks(), ["like Alien", "seen Metropolis"]);
        await visit.close();
    },

    async marksOfAnotherCatalogue(open) {
        const visit = await open();
        await visit.page.evaluate(async () => localStorage.setItem("butaca.marks", JSON.stringify([
            { id: (await (await fetch("/api/v1/films?text=alien")).json()).items[0].id, verdict: "like", seen: false, title: "Alien", year: 1979 }, { id: 2, verdict: "like", seen: false, title: "Some other film", year: 1999 }, { id: 4000000, verdict: "like", seen: false, title: "Gone", year: 1 }, { nonsense: true }, null])));
        await visit.page.reload();
        await visit.settled();
        assert.deepEqual(await visit.marks(), ["like Alien"]);
        assert.match(await visit.page.locator("#toast").textContent(), /2 marks were of another catalogue/);
        assert.ok((await visit.titles()).includes("Aliens"));
        assert.equal(await visit.page.evaluate(() => localStorage.getItem("butaca.marks")), null, "they are the server's now");
        await visit.close();
    },

    /** What one tab says, the other shows, its list and its buttons too. */
    async twoTabs(open) {
        const one = await open();
        await one.search("alien");
        await one.tap("like", "Alien");
        const two = await one.tab();
        const both = async (what, titles) => {
            for (const tab of [one, two])
                await tab.page.waitForFunction(([expected]) => JSON.stringify([...document.querySelectorAll("#rows h3")].map(title => title.textContent)) === expected, [JSON.stringify(titles)])
                    .catch(async () => assert.deepEqual(await tab.titles(), titles, what));
        };
        const first = await one.titles();
        assert.equal(first.length, 20);
        await both("a new tab shows what was said before", first);
        await two.search("casablanca");
        await two.tap("like", "Casablanca");
        const second = await two.titles();
        assert.notDeepEqual(second, first);
        await both("a like in the second tab", second);
        await one.search("casablanca");
        assert.equal(await one.page.locator("#grid [data-act=like]").first().getAttribute("aria-pressed"), "true", "marked there, too");
        await two.page.keyboard.press("Escape");
        await two.page.getByRole("button", { name: "Undo" }).click();
        await both("its undo", first);
        await one.page.waitForFunction(() => document.querySelector("#grid [data-act=like]").getAttribute("aria-pressed") === "false");
        assert.deepEqual(await one.marks(), ["like Alien"]);
        await two.close();
    },

    async filters(open) {
        const visit = await open();
        const genresShown = place => visit.page.locator(place).evaluateAll(all => all.map(one => one.textContent));
        await visit.page.locator("#genres").getByRole("button", { name: "Horror" }).click();
        await visit.settled();
        const shown = await genresShown("#grid .genres");
        assert.ok(shown.length && shown.every(text => text.includes("Horror")), shown);
        await visit.page.locator("#genres").getByRole("button", { name: "Horror" }).click();
        await visit.search("alien");
        await visit.tap("like", "Alien");
        await visit.page.keyboard.press("Escape");
        await visit.page.locator("#search-clear").click();
        await visit.settled();
        await visit.page.selectOption("#to-year", "1959");
        await visit.settled();
        const years = (await visit.page.locator("#rows .row p.quiet").allTextContents()).map(text => Number.parseInt(text));
        assert.ok(years.length && years.every(year => year < 1960), `the list is filtered too: ${years}`);
        await visit.page.selectOption("#from-year", "1990");
        assert.equal(await visit.page.inputValue("#to-year"), "1999", "the other end follows");
        await visit.page.locator("#genres").getByRole("button", { name: "Film-Noir" }).click();
        await visit.settled();
        assert.match(await visit.page.locator("#discover-state").textContent(), /No film passes these filters/);
        assert.match(await visit.page.locator("#list-state").textContent(), /Nothing is left with these filters/);
        await visit.page.getByRole("button", { name: "Clear filters" }).click();
        await visit.settled();
        assert.equal((await visit.titles("#grid")).length, 24);
        await visit.page.getByRole("button", { name: "Show other films" }).click();
        await visit.settled();
        const all = await visit.titles("#grid");
        assert.equal(new Set(all).size, 48, "as many again, none twice");
        await visit.search("zzzz");
        assert.match(await visit.page.locator("#discover-state").textContent(), /Nothing found for “zzzz”/);
        await visit.close();
    },

    /** A plot that somebody half remembers: the sentence that it is about stands beside the film, and filters hold. */
    async plotOfAFilm(open) {
        const visit = await open();
        await visit.search("creature hunts the crew of a cargo ship");
        assert.equal((await visit.titles("#grid"))[0], "Alien");
        const excerpt = visit.page.locator("#grid > li").first().locator(".excerpt");
        assert.match(await excerpt.textContent(), /Nostromo/);
        assert.ok((await excerpt.locator("mark").allTextContents()).some(word => /creature|crew|cargo/.test(word)));
        for (const genre of ["Western", "Musical"]) await visit.page.locator("#genres").getByRole("button", { name: genre, exact: true }).click();
        await visit.settled();
        const genres = await visit.page.locator("#grid .genres").allTextContents();
        assert.ok(genres.length && genres.every(text => /Western|Musical/.test(text)), `any of both: ${genres}`);
        await visit.page.getByRole("button", { name: "Clear filters" }).click();
        await visit.page.selectOption("#to-year", "1959");
        await visit.settled();
        const years = (await visit.page.locator("#grid .poster span").allTextContents()).map(text => Number.parseInt(text));
        assert.ok(years.length && years.every(year => year < 1960), `${years}`);
        await visit.page.locator("#search-clear").click();
        await visit.settled();
        assert.equal(await visit.page.locator("#grid .excerpt").count(), 0, "gone with the search");
        await visit.close();
    },

    /** The dial by keyboard and a mark that doesn't count for now; both stay, and both can be taken back. */
    async dialAndMute(open) {
        const visit = await open();
        for (const title of ["Alien", "Casablanca"]) {
            await visit.search(title);
            await visit.tap("like", title);
        }
        const first = await visit.titles();
        const dial = visit.page.getByRole("slider", { name: "Well known or daring" });
        await dial.focus();
        for (let i = 0; i < 3; i++) await visit.page.keyboard.press("ArrowRight");
        await visit.settled();
        assert.equal(await dial.getAttribute("aria-valuetext"), "the least known films");
        assert.notDeepEqual(await visit.titles(), first);
        for (let i = 0; i < 3; i++) await visit.page.keyboard.press("ArrowLeft");
        await visit.settled();
        assert.deepEqual(await visit.titles(), first);
        await visit.page.locator("#marks summary").click();
        await visit.page.getByRole("button", { name: "Leave Casablanca out of your list for now" }).click();
        await visit.settled();
        const without = await visit.titles();
        assert.notDeepEqual(without, first);
        for (const why of await visit.page.locator("#rows .why").allTextContents()) assert.ok(!why.includes("Casablanca"), why);
        await visit.page.reload();
        await visit.settled();
        assert.deepEqual(await visit.titles(), without, "it stays");
        assert.deepEqual(await visit.marks(), ["like Alien", "like Casablanca"], "the mark is kept");
        await visit.page.locator("#marks summary").click();
        await visit.page.getByRole("button", { name: "Leave Casablanca out of your list for now" }).click();
        await visit.settled();
        assert.deepEqual(await visit.titles(), first);
        await visit.close();
    },

    /** Everything without a mouse, with the focus always in sight. */
    async keyboardOnly(open) {
        const visit = await open();
        const { keyboard } = visit.page;
        const focus = () => visit.page.evaluate(() => {
            const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
            return { name: document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent.trim(), seen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 };
        });
        await keyboard.press("Tab");
        assert.deepEqual(await focus(), { name: "Skip to your list", seen: true });
        await keyboard.press("/");
        await keyboard.type("alien");
        await visit.page.waitForFunction(() => document.querySelector("#grid h3, #grid strong")?.textContent === "Alien");
        await visit.settled();
        await keyboard.press("Enter");
        assert.deepEqual(await focus(), { name: "Like Alien", seen: true });
        await keyboard.press("Space");
        await visit.settled();
        assert.equal((await focus()).name, "Like Alien", "the focus stays");
        assert.ok((await visit.titles()).includes("Aliens"));
        for (let i = 0; i < 200 && !(await focus()).name.startsWith("Aliens"); i++) await keyboard.press("Tab");
        while (!(await visit.page.evaluate(() => document.getElementById("rows").contains(document.activeElement)))) {
            await keyboard.press("Tab");
            assert.ok((await focus()).seen, `the focus can't be seen on ${(await focus()).name}`);
        }
        const firstRow = await focus();
        await keyboard.press("Enter");
        await visit.page.waitForSelector("#film[open]");
        await keyboard.press("Escape");
        assert.equal((await focus()).name, firstRow.name, "closing gives the focus back");
        await keyboard.press("Tab");
        await keyboard.press("Tab");
        assert.match((await focus()).name, /^Dislike /);
        await keyboard.press("Enter");
        await visit.settled();
        assert.ok(!(await visit.titles()).includes(firstRow.name));
        assert.match((await focus()).name, /^Dislike /, "the focus is on the next film");
        await keyboard.press("u");
        await visit.settled();
        assert.deepEqual(await visit.marks(), ["like Alien"]);
        await keyboard.press("/");
        await keyboard.press("Escape");
        assert.equal(await visit.page.inputValue("#search"), "");
        await visit.close();
    },

    async languages(open) {
        const visit = await open({ language: "es-MX" });
        const { page } = visit;
        assert.equal(await page.evaluate(() => document.documentElement.lang), "es");
        assert.match(await page.locator(".discover").textContent(), /Empieza por lo que conoces/);
        await visit.search("octavo");
        assert.equal((await visit.titles("#grid"))[0], "Alien, el octavo pasajero");
        await page.getByRole("button", { name: "Me gusta Alien, el octavo pasajero", exact: true }).click();
        await visit.settled();
        assert.ok((await visit.titles()).includes("Aliens, el regreso"));
        assert.match(await reasonOf(page, "Aliens, el regreso"), /^Porque te gustó Alien, el octavo pasajero/);
        await page.locator("#grid .poster").click();
        await page.waitForSelector("#film[open]");
        assert.match(await page.locator("#film .text").textContent(), /carguero Nostromo/);
        await visit.shot("demo-film-es");
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "English" }).click();
        await visit.settled();
        assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
        assert.match(await reasonOf(page, "Aliens"), /^Because you liked Alien/);
        await page.locator("#grid .poster").click();
        await page.waitForSelector("#film[open]");
        assert.match(await page.locator("#film .text").textContent(), /cargo ship Nostromo/);
        await page.keyboard.press("Escape");
        await page.reload();
        await visit.settled();
        assert.equal(await page.evaluate(() => document.documentElement.lang), "en", "the choice stays");
        const missing = await page.evaluate(() => Object.keys(words.en).filter(key => typeof words.es[key] !== typeof words.en[key]).concat(Object.keys(words.es).filter(key => !(key in words.en))));
        assert.deepEqual(missing, [], "both languages have the same words");
        await visit.close();
    },

    async themes(open) {
        const background = page => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await open({ scheme: "light" }), dark = await open({ scheme: "dark" });
        const [day, night] = [await background(light.page), await background(dark.page)];
        assert.notEqual(day, night);
        await light.page.getByRole("button", { name: "Use the dark theme" }).click();
        assert.equal(await background(light.page), night);
        await light.page.reload();
        await light.settled();
        assert.equal(await background(light.page), night, "the choice stays");
        await light.close();
        await dark.close();
    },

    async phone(open) {
        const visit = await open({ size: "phone" });
        const tab = name => visit.page.locator(".tabs").getByRole("button", { name }).tap();
        await visit.search("alien");
        await visit.page.locator("#grid").getByRole("button", { name: "Like Alien", exact: true }).tap();
        await visit.settled();
        assert.ok(!(await visit.page.locator("#list").isVisible()));
        await tab("Your list");
        assert.ok((await visit.titles()).includes("Aliens") && await visit.page.locator("#list").isVisible());
        await tab("Your marks · 1");
        assert.ok(await visit.page.getByRole("button", { name: "Remove the mark on Alien" }).isVisible());
        const small = await visit.page.locator("button:visible").evaluateAll(all => all.map(one => [one.textContent, one.getBoundingClientRect()]).filter(([, box]) => box.height < 24 || box.width < 24).map(([text]) => text));
        assert.deepEqual(small, [], "every button can be hit with a finger");
        await visit.close();
    },

    /** A server that fails is said, and can be tried again. */
    async faults(open) {
        const visit = await open({ expectErrors: true });
        await visit.page.route("**/api/v1/**", route => route.abort());
        await visit.page.fill("#search", "alien");
        const alert = visit.page.locator("#discover-state [role=alert]");
        await alert.waitFor();
        assert.match(await alert.textContent(), /server doesn’t answer/);
        await visit.page.unroute("**/api/v1/**");
        await alert.getByRole("button", { name: "Try again" }).click();
        await visit.settled();
        assert.equal((await visit.titles("#grid"))[0], "Alien");
        await visit.page.route("**/api/v1/recommendations", route => route.fulfill({ status: 503, contentType: "application/problem+json",
            body: JSON.stringify({ type: "about:blank", title: "Service unavailable", status: 503, detail: "too many requests are waiting" }) }));
        await visit.page.getByRole("button", { name: "Like Alien", exact: true }).click();
        await visit.page.locator("#list-state [role=alert]", { hasText: "too many requests are waiting" }).waitFor();
        await visit.page.unroute("**/api/v1/recommendations");
        await visit.page.locator("#list-state").getByRole("button", { name: "Try again" }).click();
        await visit.settled();
        assert.ok((await visit.titles()).includes("Aliens"));

        await visit.page.route("**/api/v1/**", route => route.abort()); // it starts without a server: no mark is lost
        await visit.page.reload();
        await visit.page.locator("#list-state [role=alert]").waitFor();
        await visit.page.unroute("**/api/v1/**");
        await visit.page.locator("#list-state").getByRole("button", { name: "Try again" }).click();
        await visit.settled();
        assert.ok((await visit.titles()).includes("Aliens"));
        assert.deepEqual(await visit.marks(), ["like Alien"]);
        await visit.close();
    },

    async about(open) {
        const visit = await open();
        await visit.page.getByRole("button", { name: "About Butaca" }).click();
        await visit.page.waitForSelector("#about[open]");
        const text = await visit.page.locator("#about").textContent();
        for (const part of ["Licence:", "CC0", "no outside request", "ratings of 500 films"]) assert.ok(text.includes(part), `${part} is not in ${text}`);
        await visit.page.getByRole("link", { name: "The API, for programs" }).click();
        await visit.page.waitForURL("**/api/docs");
        assert.match(await visit.page.locator("h1").textContent(), /Butaca API/);
        await visit.accessible("the reference page");
        await visit.close();
    },

    async reducedMotion(open) {
        const moved = {};
        for (const motion of ["reduce", "no-preference"]) {
            const visit = await open({ motion });
            await visit.page.evaluate(() => {
                globalThis.moved = 0;
                const animate = Element.prototype.animate;
                Element.prototype.animate = function (...how) { globalThis.moved++; return animate.apply(this, how); };
                for (const event of ["animationstart", "transitionrun"]) document.addEventListener(event, () => globalThis.moved++);
            });
            await visit.search("alien");
            await visit.tap("like", "Alien");
            await visit.tap("dislike", "Aliens", "#rows");
            moved[motion] = await visit.page.evaluate(() => globalThis.moved);
            await visit.close();
        }
        assert.equal(moved.reduce, 0);
        assert.ok(moved["no-preference"] > 0, "films glide for who wants it");
    },
};

/* --- for administrators: the address is the link that the server printed --- */

const signIn = async ({ page }, name, button = "Sign in") => {
    await page.fill("#name", name);
    await page.fill("#password", "correct horse battery");
    await page.getByRole("button", { name: button, exact: true }).click();
};

/** From the link to models, training and people; who has no part in it is kept out. */
scenarios.admin = async open => {
    const visit = await open({ expectErrors: true }), { page } = visit;
    assert.ok(!page.url().includes("#"), "the code is out of the address");
    await signIn(visit, "ana");
    await page.waitForSelector("#desk:not([hidden]) #users li");
    assert.equal(await page.locator("#said").textContent(), "ana administers this server.");
    const models = () => page.locator("#models li").evaluateAll(all => all.map(one => one.textContent));
    const [first] = await models();
    assert.match(first, /^[0-9a-f]{16} · in use/);
    const id = first.slice(0, 16);
    const done = () => page.waitForFunction(() => document.getElementById("state").textContent.startsWith("Done"), null, { timeout: 120000 });
    const used = model => page.waitForFunction(one => [...document.querySelectorAll("#models li")].some(row => row.textContent.startsWith(`${one} · in use`)), model);
    await page.evaluate(() => fetch("/api/v1/admin/training", { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"rank": 8}' }));
    await page.reload();
    await done();
    await page.waitForFunction(() => document.querySelectorAll("#models li").length === 2);
    const other8 = (await models()).find(one => !one.startsWith(id)).slice(0, 16);
    await used(other8);
    await page.getByRole("button", { name: "Train", exact: true }).click(); // the same ratings make the same model
    await used(id);
    await done();
    await page.getByRole("button", { name: `Use: ${other8}` }).click();
    await used(other8);
    for (const n of [0, 1]) { await page.getByRole("button", { name: "Go back to the one before" }).click(); await visit.settled(); assert.equal((await models()).filter(one => one.includes("in use")).length, 1, n); }

    const other = await open({ expectErrors: true });
    await signIn(other, "ben");
    await other.page.waitForFunction(() => document.getElementById("said").textContent.startsWith("not the code"));
    assert.ok(await other.page.locator("#desk").isHidden(), "the link is spent");
    await page.reload();
    await page.getByRole("button", { name: "Make administrator: ben" }).click();
    await page.getByRole("button", { name: "No longer administrator: ben" }).waitFor();
    await other.page.reload();
    await other.page.waitForSelector("#desk:not([hidden]) #users li");
    await page.getByRole("button", { name: "No longer administrator: ben" }).click();
    await page.getByRole("button", { name: "Make administrator: ben" }).waitFor();
    await other.page.getByRole("button", { name: "Train", exact: true }).click();
    await other.page.waitForFunction(() => document.getElementById("said").textContent === "this is for administrators");
    await page.getByRole("button", { name: "No longer administrator: ana" }).click();
    await page.waitForFunction(() => document.getElementById("said").textContent.includes("nobody who administers"));
    page.once("dialog", dialog => dialog.dismiss());
    await page.getByRole("button", { name: "Erase: ben" }).click();
    assert.equal(await page.locator("#users li").count(), 2, "who was asked and said no");
    page.once("dialog", dialog => dialog.accept());
    await page.getByRole("button", { name: "Erase: ben" }).click();
    await page.waitForFunction(() => document.querySelectorAll("#users li").length === 1);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForSelector("#enter:not([hidden])");
    assert.equal(await page.locator("#why").textContent(), "Sign in as an administrator.");
    await signIn(visit, "ana");
    await page.waitForSelector("#desk:not([hidden]) #users li");
    await other.close();
    await visit.close();
};

for (const size of ["desktop", "phone"])
    for (const scheme of ["light", "dark"])
        for (const language of ["en", "es"])
            scenarios[`admin-${size}-${scheme}-${language}`] = async open => {
                const visit = await open({ size, scheme, language, motion: "reduce", expectErrors: true });
                const check = async view => { await visit.accessible(view); await visit.shot(`admin-${size}-${scheme}-${language}-${view}`); };
                await check("enter");
                await visit.page.evaluate(async () => {
                    await fetch("/api/v1/users", { method: "POST", headers: { "Content-Type": "application/json" },
                        body: JSON.stringify({ name: "Benedicta de la Fuente-Echeverría y Ruiz", password: "correct horse battery" }) });
                    await fetch("/api/v1/session", { method: "DELETE" });
                });
                await signIn(visit, "ana", { en: "Sign in", es: "Entrar" }[language]);
                await visit.page.waitForSelector("#desk:not([hidden]) #users li");
                await check("desk");
                await visit.close();
            };

/** Each view in each language, theme and size: axe finds nothing serious, and a screenshot shows it. */
for (const size of ["desktop", "phone"])
    for (const scheme of ["light", "dark"])
        for (const language of ["en", "es"])
            scenarios[`views-${size}-${scheme}-${language}`] = async open => {
                const visit = await open({ size, scheme, language, motion: "reduce" });
                const check = async view => { await visit.accessible(view); await visit.shot(`demo-${size}-${scheme}-${language}-${view}`); };
                const { page } = visit;
                const show = async tab => { if (size === "phone") await page.locator(`.tabs [data-tab=${tab}]`).click(); };
                await check("start");
                await page.fill("#search", "a");
                await page.waitForTimeout(300);
                await visit.settled();
                for (const n of [0, 1]) { await page.locator("#grid > li").nth(n).locator("[data-act=like]").click(); await visit.settled(); }
                await page.locator("#grid > li").nth(2).locator("[data-act=dislike]").click();
                await visit.settled();
                await check("marked");
                await show("list");
                await check("list");
                await show("marks");
                if (size === "desktop") await page.locator("#marks summary").click();
                await check("marks");
                await show("list");
                await page.locator("#rows h3 button").first().click();
                await page.waitForSelector("#film[open] .acts");
                await visit.settled();
                await check("film");
                await page.keyboard.press("Escape");
                await page.locator("#about-open").click();
                await page.waitForSelector("#about[open]");
                await check("about");
                await visit.close();
            };

if (require.main === module) {
    const [name, chromium, url, shots] = process.argv.slice(2);
    run(scenarios, name, chromium, url, shots).catch(error => { console.error(error); process.exitCode = 1; });
}
module.exports = { names: Object.keys(scenarios) };
