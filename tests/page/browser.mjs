// SPDX-License-Identifier: GPL-2.0-only
/*
 * browser.mjs PAGE BROWSER PATH OUT [AXE]: opens a page of `sysemu explore --page` from its file in a headless
 * browser, clicks through every finding of sysemu-1 and 50 times at random, and writes each walk as a scenario to
 * OUT, where page.sh has them played. Ends with 1 if the console had an error, the page takes more than a
 * second, a shortcut does nothing, or AXE (axe-core's script) finds a fault.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
const puppeteer = createRequire(process.cwd() + '/')('puppeteer-core');

const [page_file, kind, path, out, axe] = process.argv.slice(2);
const faults = [];
const check = (good, what) => { if (!good) faults.push(what); };

const browser = await puppeteer.launch({ browser: kind, executablePath: path, headless: true,
	args: kind === 'chrome' ? ['--no-sandbox', '--disable-gpu'] : [] });
const page = await browser.newPage();
page.on('console', m => { if (['error', 'warning'].includes(m.type())) faults.push(`console: ${m.text()}`); });
page.on('pageerror', e => faults.push(`script: ${e.message}`));
page.on('request', r => { if (!/^(file|blob|data):/.test(r.url())) faults.push(`network: ${r.url()}`); });

let seed = 1;
const random = n => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor(seed / 65536) % n; };
const says = () => page.$eval('#says', e => e.textContent);
const walk = () => page.evaluate(() => tracer.state.walk.slice(0, tracer.state.at));
let files = 0;

/* The walk that is shown, as the page would save it. */
async function keep(name) {
	const text = await page.evaluate(() => tracer.scenario(tracer.graphOf(tracer.state.kernel, tracer.state.entry),
		tracer.state.walk.slice(0, tracer.state.at)));
	writeFileSync(`${out}/${kind}-${name}-${++files}.play`, text);
}

const url = pathToFileURL(page_file).href;
await page.setViewport({ width: 1280, height: 900 });
const start = Date.now();
await page.goto(url);
await page.waitForFunction(() => document.documentElement.dataset.ready);
const took = Date.now() - start;
check(took < 1000, `it took ${took} ms to open`);

/* ---- findings, forwards by the key and back ---- */

const kernels = await page.evaluate(() => [...new Set(tracer.graphs.map(g => `${g.kernel} ${g.entry}`))]);
let stories = 0;
for (const which of kernels) {
	const [kernel, entry] = which.split(' ');
	await page.evaluate((k, e) => { location.hash = `#k=${k}&e=${e}`; }, kernel, entry);
	await page.waitForFunction((k, e) => tracer.state.kernel === k && tracer.state.entry === e, {}, kernel, entry);
	for (const name of await page.$$eval('[data-story]', all => all.map(b => b.dataset.story))) {
		await page.click(`[data-story="${name}"]`);
		await page.evaluate(() => document.activeElement.blur());
		const length = await page.evaluate(() => tracer.state.walk.length);
		for (let i = 1; i < length; i++)
			await page.keyboard.press('ArrowRight');
		check((await says()).startsWith(`Step ${length} of ${length}.`), `${which}, ${name}: ${await says()}`);
		await keep(`story-${name}`);
		if (length > 1) {
			await page.keyboard.press('ArrowLeft');
			check((await says()).startsWith(`Step ${length - 1} of ${length}.`), `${which}, ${name}: back`);
		}
		stories++;
	}
}
check(stories >= 5, `only ${stories} findings`);

/* ---- 50 clicks; a link brings one to the same ---- */

await page.evaluate(() => { location.hash = '#k=sysemu-1&e=int80&b=sysemu'; });
await page.waitForFunction(() => tracer.state.kernel === 'sysemu-1' && tracer.state.walk.length === 0);
for (let clicks = 0; clicks < 50;) {
	const buttons = await page.$$('#choices button');
	if (!buttons.length) {
		await keep('clicks');
		await page.click('#restart');
		continue;
	}
	await buttons[random(buttons.length)].click();
	clicks++;
}
await keep('clicks');
const before = { walk: await walk(), says: await says() };
const link = await page.$eval('#link', a => a.href);
await page.goto('about:blank');
await page.goto(link);
await page.waitForFunction(() => document.documentElement.dataset.ready);
check(JSON.stringify(before) === JSON.stringify({ walk: await walk(), says: await says() }), 'the link leads elsewhere');

/* ---- looks ---- */

await page.evaluate(() => { location.hash = '#k=sysemu-1&e=int80&b=sysemu'; });
await page.waitForFunction(() => tracer.state.walk.length === 0);
await page.click('[data-story="emulated-call-never-runs"]');
await page.evaluate(() => { document.querySelector('#findings').open = true; });
await page.evaluate(() => { tracer.state.at = tracer.state.walk.length; document.activeElement.blur(); });
await page.keyboard.press('ArrowLeft');
await page.keyboard.press('ArrowRight');
for (const width of [1280, 390]) {
	await page.setViewport({ width, height: 900 });
	const wide = await page.evaluate(() => document.documentElement.scrollWidth);
	check(wide <= width, `at ${width} it is ${wide} wide`);
	if (kind === 'chrome')
		await page.screenshot({ path: `${out}/page-${width}.png`, fullPage: true });
}
if (axe) {
	await page.evaluate(readFileSync(axe, 'utf8'));
	for (const v of await page.evaluate(async () => (await window.axe.run()).violations))
		faults.push(`axe: ${v.id}: ${v.help}: ${v.nodes.map(n => n.target).join(', ')}`);
}
console.log(`${kind}: ${took} ms to open, ${stories} findings, 50 clicks, ${files} walks`);
await browser.close();
faults.forEach(f => console.log(`FAILED: ${f}`));
process.exit(faults.length ? 1 : 0);
