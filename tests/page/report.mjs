// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.mjs BROWSER PATH OUT AXE PAGE...: opens pages of `sysemu report` in a headless browser: nothing on the console or
 * asked of a network, what is drawn and what the table says are the data, each part is reached by keys alone, nothing
 * is wider than a window of 1280 or 390, AXE (axe-core's script) finds no fault. Pictures go to OUT. Ends with 1 if not.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
const puppeteer = createRequire(process.cwd() + '/')('puppeteer-core');

const [kind, path, out, axe, ...pages] = process.argv.slice(2);
const faults = [];
let name = '';
const check = (good, what) => { if (!good) faults.push(`${name}: ${what}`); };

const browser = await puppeteer.launch({ browser: kind, executablePath: path, headless: true,
	args: kind === 'chrome' ? ['--no-sandbox', '--disable-gpu'] : [] });
const page = await browser.newPage();
page.on('console', m => { if (['error', 'warning'].includes(m.type())) faults.push(`${name}: console: ${m.text()}`); });
page.on('pageerror', e => faults.push(`${name}: script: ${e.message}`));
page.on('request', r => { if (!/^(file|blob|data):/.test(r.url())) faults.push(`${name}: network: ${r.url()}`); });

const text = id => page.$eval(`#${id}`, e => e.textContent);
const painted = () => page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));

async function rows() {
	const wanted = await page.evaluate(() => report.data.rows.map(r => r.status));
	if (!wanted.length)
		return;
	await page.evaluate(() => { const all = document.querySelector('#all'); if (!all.checked) all.click(); });
	const order = ['error', 'fail', 'broken', 'finding', 'pass'], shown = await page.$$eval('#row-list td.status', all => all.map(e => e.textContent));
	check(shown.join() === wanted.slice().sort((a, b) => order.indexOf(a) - order.indexOf(b)).join(), `rows ${shown.slice(0, 5)}`);
}

/* The band under the pointer is the state that the data have there. */
async function bands() {
	await page.click('#whole');
	await painted();
	const lanes = await page.evaluate(() => report.view.panels.map((p, i) => {
		const t = p.t, l = t.lanes.findIndex(x => x.at.length), lane = t.lanes[l];
		let k = 0;
		for (let j = 0; j < lane.at.length; j++)
			if (t.until(lane, j) - t.time[lane.at[j]] > t.until(lane, k) - t.time[lane.at[k]])
				k = j;
		const middle = (t.time[lane.at[k]] + t.until(lane, k)) / 2 - report.view.offset[i], row = report.view.rows(t)[l];
		const box = p.canvas.getBoundingClientRect();
		return { i, event: lane.at[k], words: report.texts(t.text[lane.at[k]]), x: box.x + report.view.gutter(i) + (middle - report.view.start) / report.view.span * report.view.plot(i), y: row.y + 14 };
	}));
	for (const l of lanes) {
		const box = await page.evaluate(i => { const c = report.view.panels[i].canvas; c.scrollIntoView({ block: 'center' }); return c.getBoundingClientRect().toJSON(); }, l.i);
		await page.mouse.click(l.x, box.y + l.y);
		check((await text('chosen')).includes(l.words), `a click shows ${await text('chosen')}, not ${l.words}`);
		const colours = await page.evaluate(i => {
			const c = report.view.panels[i].canvas, d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, seen = new Set();
			for (let k = 0; k < d.length; k += 4)
				seen.add(d[k] << 16 | d[k + 1] << 8 | d[k + 2]);
			return seen.size;
		}, l.i);
		check(colours > 5, `timeline ${l.i} has ${colours} colours`);
	}
}

async function table() {
	await page.evaluate(() => { document.querySelector('#event-part').open = true; document.querySelector('#page-back').disabled || document.querySelector('#page-back').click(); });
	const wanted = await page.evaluate(() => { const t = report.timelines[0]; return [t.text[0], t.text[1]].map(report.texts); });
	while (!await page.$eval('#page-back', b => b.disabled))
		await page.click('#page-back');
	const shown = await page.$$eval('#event-list tr', all => all.slice(0, 2).map(tr => tr.querySelector('.what').textContent));
	check(JSON.stringify(shown) === JSON.stringify(wanted), `the table begins ${shown}`);
	await page.type('#find', wanted[1].slice(0, 6));
	const found = await page.evaluate(() => document.querySelector('#page-says').textContent.replace(/.*, |[^\d].*$/g, ''));
	const all = await page.evaluate(part => { let n = 0; for (let k = 0; k < report.rowCount(); k++) if (report.rowAt(k).some((e, w) => e >= 0 && report.texts(report.timelines[w].text[e]).toLowerCase().includes(part))) n++; return n; }, wanted[1].slice(0, 6).toLowerCase());
	check(Number(found.replace(/,/g, '')) === all, `${found} rows are found, not ${all}`);
	await page.$eval('#find', e => { e.value = ''; e.dispatchEvent(new Event('input')); });
}

async function keys() {
	await page.focus('.time');
	for (const key of ['0', '+', '+', 'ArrowRight', 'ArrowLeft', 'Home', 'n', 'n'])
		await page.keyboard.press(key);
	const [picked, low, start, span, whole] = await page.evaluate(() => { const v = report.view; return [v.picked.event, v.low, v.start, v.span, v.high - v.low]; });
	const before = await text('chosen');
	await page.keyboard.press('n');
	check(await page.evaluate(() => report.view.picked.event) === picked + 1 && before !== await text('chosen'), 'n is not the next event');
	check(span < whole && start >= low, 'keys do not move it');
	await page.keyboard.press('0');
	if (await page.evaluate(() => report.view.compares)) {
		await page.keyboard.press('d');
		check(await page.evaluate(() => report.view.picked.event === report.timelines[0].differs), 'd is not the first difference');
		check((await page.$$('#event-list tr.parts')).length > 0, 'no row is marked');
	}
}

for (const file of pages) {
	name = basename(file, '.html');
	await page.setViewport({ width: 1280, height: 900 });
	await page.goto(pathToFileURL(file).href);
	await page.waitForFunction(() => document.documentElement.dataset.ready);
	await rows();
	if (await page.evaluate(() => report.timelines.length > 0)) {
		await bands();
		await table();
		await keys();
	}
	check((await page.$$('.heat i')).length > 0 || !(await page.evaluate(() => report.data.heat.some(h => h[3]))), 'no heat');
	check((await page.$$('.bar i')).length === await page.evaluate(() => report.data.costs.length), 'bars are missing');
	for (const width of [1280, 390]) {
		await page.setViewport({ width, height: 900 });
		await painted();
		const wide = await page.evaluate(() => document.documentElement.scrollWidth);
		check(wide <= width, `at ${width} it is ${wide} wide`);
		if (kind === 'chrome')
			await page.screenshot({ path: `${out}/${name}-${width}.png`, fullPage: true });
	}
	await page.evaluate(readFileSync(axe, 'utf8'));
	for (const v of await page.evaluate(async () => (await window.axe.run()).violations))
		faults.push(`${name}: axe: ${v.id}: ${v.help}: ${v.nodes.map(n => n.target).join(', ')}`);
}
console.log(`${kind}: ${pages.length} pages`);
await browser.close();
faults.forEach(f => console.log(`FAILED: ${f}`));
process.exit(faults.length ? 1 : 0);
