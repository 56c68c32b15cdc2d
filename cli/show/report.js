/* SPDX-License-Identifier: GPL-2.0-only */
/* report.js: the report's parts, each from its data (page.c). `window.report` is what tests ask. */
let data, textRows, view;
const timelines = [], decoder = new TextDecoder(), known = new Map();

function texts(row) {
	if (!known.has(row))
		known.set(row, decoder.decode(textRows[row]));
	return known.get(row);
}

async function load() {
	const r = new Reader(await unpack());
	data = JSON.parse(decoder.decode(r.take(r.number())));
	textRows = r.rows();
	for (const meta of data.timelines)
		timelines.push(new Timeline(meta, r));
}

const show = id => { $(id).hidden = false; };
const many = (n, word) => `${n.toLocaleString('en')} ${word}${n === 1 ? '' : 's'}`;

/* ---- rows ---- */

const WORST = ['error', 'fail', 'broken', 'finding', 'pass'];
const isBad = row => !['pass', 'finding'].includes(row.status);

function putRows() {
	const sorted = data.rows.map((row, i) => [row, i]).sort(([a, i], [b, j]) => WORST.indexOf(a.status) - WORST.indexOf(b.status) || i - j);
	const shown = sorted.filter(([row]) => $('all').checked || row.status !== 'pass' || row.message);
	$('row-list').replaceChildren(...shown.map(([row]) => {
		const message = (row.message || '').split('\n')[0], place = row.file ? ` (${row.file}${row.line ? `:${row.line}` : ''})` : '';
		const rest = (row.body || '').slice((row.body || '').startsWith(message) ? message.length : 0).trim().replace(/\t/g, '  ');
		const more = rest ? el('details', isBad(row) ? { open: '' } : {}, el('summary', {}, message || 'more'), el('pre', { class: 'mono' }, rest)) : message;
		return el('tr', { class: isBad(row) ? 'bad' : '' }, el('td', { class: 'status' }, row.status), el('td', {}, `${row.suite === row.name ? '' : `${row.suite}: `}${row.name}${place}`),
			el('td', { class: 'wide' }, [row.kernel, row.entry].filter(Boolean).join(', ')), el('td', {}, more));
	}));
	if (!shown.length)
		$('row-list').append(el('tr', {}, el('td', { colspan: 4 }, 'Everything passes, and nothing is to be said of it.')));
}

function sayRows() {
	const counts = WORST.map(s => [s, data.rows.filter(r => r.status === s).length]).filter(([, n]) => n);
	$('says').textContent = (data.rows.length ? `${many(data.rows.length, 'row')}: ${counts.map(([s, n]) => `${n} ${s}`).join(', ')}. ` : '') +
		(timelines.length ? `${timelines.map(t => many(t.n, 'event')).join(' and ')}${view.compares ? `; they part at event ${timelines[0].differs + 1}` : timelines.length === 2 ? '; no difference' : ''}.` : '');
	$('inputs').textContent = `From ${data.inputs.map(i => `${i.path} (${i.kind})`).join(', ')}.`;
}

/* ---- the table of events ---- */

const PAGE = 100, ALIKE_MOST = 600;
let page = 0, found = null;

/* Which event of one stands beside which of the other, behind where they part: the longest common row. */
function align(a, b) {
	const from = a.differs, n = Math.min(ALIKE_MOST, a.n - from), m = Math.min(ALIKE_MOST, b.n - from), length = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1));
	const same = (i, j) => a.text[from + i] === b.text[from + j] && a.lanes[a.lane[from + i]].pid === b.lanes[b.lane[from + j]].pid;
	for (let i = n - 1; i >= 0; i--)
		for (let j = m - 1; j >= 0; j--)
			length[i][j] = same(i, j) ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
	const pairs = [];
	for (let i = 0, j = 0; i < n || j < m;) {
		if (i < n && j < m && same(i, j))
			pairs.push([from + i++, from + j++]);
		else if (j >= m || (i < n && length[i + 1][j] >= length[i][j + 1]))
			pairs.push([from + i++, -1]);
		else
			pairs.push([-1, from + j++]);
	}
	return { from, pairs, a: from + n, b: from + m };
}

let aligned = null;

/* Row k of the table: an event of each timeline, or -1. */
function rowAt(k) {
	if (!aligned)
		return timelines.map(t => k < t.n ? k : -1);
	if (k < aligned.from)
		return [k, k];
	if (k - aligned.from < aligned.pairs.length)
		return aligned.pairs[k - aligned.from];
	const behind = k - aligned.from - aligned.pairs.length;
	return [aligned.a + behind, aligned.b + behind].map((i, which) => i < timelines[which].n ? i : -1);
}

function rowCount() {
	if (!aligned)
		return Math.max(...timelines.map(t => t.n));
	return aligned.from + aligned.pairs.length + Math.max(timelines[0].n - aligned.a, timelines[1].n - aligned.b);
}

/* Rows with the text, of the process; null: all. */
function filter() {
	const text = $('find').value.toLowerCase(), pid = $('who').value;
	found = null;
	page = 0;
	if (!text && !pid)
		return;
	const good = textRows.map((_, i) => !text || texts(i).toLowerCase().includes(text));
	found = [];
	for (let k = 0; k < rowCount(); k++)
		if (rowAt(k).some((e, which) => e >= 0 && good[timelines[which].text[e]] && (!pid || String(timelines[which].lanes[timelines[which].lane[e]].pid) === pid)))
			found.push(k);
}

function cells(which, e) {
	const t = timelines[which];
	if (e < 0)
		return [el('td', { class: 'n' }, ''), el('td', {}, ''), el('td', { class: 'what' }, '')];
	const state = t.state[e] === SAME ? '' : data.states[t.state[e]];
	return [el('td', { class: 'n' }, t.time[e].toLocaleString('en')), el('td', {}, t.lanes[t.lane[e]].label, el('span', { class: 'wide note' }, state ? ` ${state}` : '')),
		el('td', { class: 'what' }, texts(t.text[e]))];
}

function putEvents() {
	const n = found ? found.length : rowCount(), pages = Math.max(1, Math.ceil(n / PAGE));
	page = Math.max(0, Math.min(page, pages - 1));
	const rows = [];
	for (let i = page * PAGE; i < Math.min(n, (page + 1) * PAGE); i++) {
		const k = found ? found[i] : i, events = rowAt(k), parts = view.compares && k >= aligned.from && (events[0] < 0 || events[1] < 0);
		const picked = view.picked && events[view.picked.i] === view.picked.event;
		rows.push(el('tr', { class: parts || (view.compares && k === aligned.from) ? 'parts' : null, 'aria-current': picked ? 'true' : null, 'data-row': k },
			...(aligned ? [el('td', {}, parts ? '≠' : '')] : []), ...events.flatMap((e, which) => cells(which, e))));
	}
	$('event-list').replaceChildren(...rows);
	$('page-says').textContent = `page ${page + 1} of ${pages.toLocaleString('en')}, ${many(n, 'row')}`;
	$('page-back').disabled = page === 0;
	$('page-on').disabled = page + 1 === pages;
}

function turnTo(which, event) {
	let k = event;
	if (aligned && event >= aligned.from) {
		const at = aligned.pairs.findIndex(p => p[which] === event);
		k = at >= 0 ? aligned.from + at : aligned.from + aligned.pairs.length + event - [aligned.a, aligned.b][which];
	}
	const row = found ? below(found.length, i => found[i], k) : k;
	page = Math.floor(row / PAGE);
	putEvents();
}

function chosen(which, event) {
	const t = timelines[which], lane = t.lanes[t.lane[event]], k = below(lane.at.length, i => lane.at[i], event);
	const lasts = lane.at[k] === event ? `; ${data.states[lane.states[k]]} for ${(t.until(lane, k) - t.time[event]).toLocaleString('en')}` : '';
	$('chosen').textContent = `${timelines.length > 1 ? `${t.meta.title}: ` : ''}${t.time[event].toLocaleString('en')}  ${lane.label}  ${texts(t.text[event])}${lasts}`;
	turnTo(which, event);
}

/* ---- timelines ---- */

function putLegend() {
	for (const state of [USER, KERNEL, READY, WAITS, STOPPED, TRACED, 'many']) {
		const canvas = el('canvas', { width: 64, height: 36, 'aria-hidden': 'true' }), ctx = canvas.getContext('2d');
		mix(ctx);
		ctx.scale(2, 2);
		band(ctx, state, 0, 0, 32, 18);
		const counted = timelines.every(t => t.meta.counted);
		const words = state === 'many' ? 'more than can be drawn: go closer' : counted && state === USER ? 'runs, in user mode and the kernel' : state === READY ? 'ready, another runs' : state === KERNEL ? 'in a system call' : data.states[state];
		if (!counted || [USER, 'many'].includes(state))
			$('legend').append(el('li', {}, canvas, words));
	}
	ink = {};
}

function putTimes() {
	const pids = new Map(timelines.flatMap(t => t.lanes.map(l => [String(l.pid), l.label])));
	show('times');
	view = new View(timelines, $('canvases'), chosen);
	putLegend();
	if (view.compares)
		aligned = align(...timelines);
	$('parting').hidden = !view.compares;
	$('who').append(el('option', { value: '' }, 'all'), ...[...pids].map(([pid, label]) => el('option', { value: pid }, label)));
	$('event-head').append(el('tr', {}, ...(aligned ? [el('th', { scope: 'col' }, '≠')] : []), ...timelines.flatMap(t => [el('th', { scope: 'col' }, 'time'), el('th', { scope: 'col' }, 'process'), el('th', { scope: 'col' }, timelines.length > 1 ? t.meta.title : 'what')])));
	for (const [id, act] of [['earlier', () => view.move(-view.span / 2)], ['later', () => view.move(view.span / 2)], ['closer', () => view.zoom(.5)], ['wider', () => view.zoom(2)],
		['whole', () => view.zoom(Infinity)], ['parting', () => view.parting()], ['page-back', () => { page--; putEvents(); }], ['page-on', () => { page++; putEvents(); }]])
		$(id).addEventListener('click', act);
	$('flags').addEventListener('change', e => { view.showFlags = e.target.checked; view.dirty(); });
	$('arrows').addEventListener('change', e => { view.showArrows = e.target.checked; view.dirty(); });
	$('place').addEventListener('input', e => { view.start = view.low + (view.high - view.low - view.span) * e.target.value / 10000; view.move(0); });
	view.painted = () => {
		$('arrows-say').textContent = view.crowded ? ' (many: go closer)' : '';
		const free = view.high - view.low - view.span;
		$('place').value = free > 0 ? Math.round((view.start - view.low) / free * 10000) : 0;
		$('place').disabled = free <= 0;
		$('place').setAttribute('aria-valuetext', `from ${Math.round(view.start).toLocaleString('en')}, ${Math.round(view.span).toLocaleString('en')} instructions`);
	};
	for (const id of ['find', 'who'])
		$(id).addEventListener('input', () => { filter(); putEvents(); });
	putEvents();
	$('event-part').open = view.compares || !(data.costs.length || data.heat.length);
	if (view.compares)
		view.parting();
	view.dirty();
}

/* ---- costs ---- */

function putCosts() {
	const most = new Map();
	show('costs');
	for (const c of data.costs)
		most.set(c.of + c.unit, Math.max(most.get(c.of + c.unit) || 1, c.value, c.base || 0));
	const sorted = data.costs.map((c, i) => [c, i]).sort(([a, i], [b, j]) => b.bad - a.bad || i - j);
	let of = null;
	for (const [c] of sorted) {
		const scale = 100 / most.get(c.of + c.unit), differs = c.base !== undefined && c.base !== c.value;
		if (c.of !== of)
			$('cost-list').append(el('tr', {}, el('th', { scope: 'rowgroup', colspan: 5 }, el('strong', {}, c.of))));
		of = c.of;
		$('cost-list').append(el('tr', { class: c.bad ? 'bad' : '' },
			el('td', {}, c.name), el('td', { class: 'n' }, c.value.toLocaleString('en'), differs ? (c.value > c.base ? ' ▲' : ' ▼') : ''),
			el('td', { class: 'n' }, c.base === undefined ? '' : c.base.toLocaleString('en')), el('td', { class: c.bad ? 'odd' : '' }, (c.limit || '') + (c.bad ? ' broken' : '')),
			el('td', { class: 'bars' }, el('span', { class: 'bar', 'aria-hidden': 'true' }, el('i', { 'data-width': c.value * scale }), ...(c.base === undefined ? [] : [el('b', { 'data-left': c.base * scale })])))));
	}
	for (const e of document.querySelectorAll('.bar i'))
		e.style.width = `${e.dataset.width}%`;
	for (const e of document.querySelectorAll('.bar b'))
		e.style.left = `calc(${e.dataset.left}% - 3px)`;
}

/* ---- the entry path ---- */

/* By kernel and file: each line's counts, added up. */
function heatGroups() {
	const groups = new Map();
	for (const [kernel, file, line, runs, before] of data.heat) {
		const key = `${kernel ? `${kernel}: ` : ''}${file}${before === undefined ? '' : ', what changed'}`;
		if (!groups.has(key))
			groups.set(key, { file, compares: before !== undefined, lines: new Map() });
		const g = groups.get(key), old = g.lines.get(line) || { runs: 0, before: 0 };
		g.lines.set(line, { runs: old.runs + runs, before: old.before + (before || 0) });
	}
	return groups;
}

function putHeat(g) {
	const source = data.sources[g.file] ? data.sources[g.file].split('\n') : null, most = Math.max(1, ...[...g.lines.values()].map(l => Math.max(l.runs, l.before)));
	const near = n => [-3, -2, -1, 0, 1, 2, 3].some(by => g.lines.has(n + by));
	const lines = source ? source.map((_, i) => i + 1).filter(n => n < source.length && (!g.compares || near(n))) : [...g.lines.keys()].sort((a, b) => a - b);
	$('heat-list').replaceChildren(...lines.map(n => {
		const l = g.lines.get(n), count = !l ? '' : g.compares ? `${l.before} → ${l.runs}` : l.runs.toLocaleString('en');
		const hot = el('span', { class: 'hot', 'aria-hidden': 'true' }, ...(l && l.runs ? [el('i', { 'data-width': 8 + 92 * Math.log(1 + l.runs) / Math.log(1 + most) })] : []));
		return el('div', { class: l && g.compares ? 'odd' : l && !l.runs ? 'never' : '', 'data-line': n }, el('span', { class: 'runs' }, count), hot,
			`${String(n).padStart(4)}  ${source ? (source[n - 1] || '').replace(/\t/g, '    ') : ''}`);
	}));
	for (const e of document.querySelectorAll('.heat .hot i'))
		e.style.width = `${e.dataset.width}%`;
	const first = $('heat-list').querySelector(`[data-line="${Math.min(...g.lines.keys())}"]`);
	$('heat-list').scrollTop = first.offsetTop - $('heat-list').offsetTop - 40;
	const run = [...g.lines.values()].filter(l => l.runs).length;
	$('heat-says').textContent = g.compares ? 'Lines whose instructions came, went, or were executed another number of times: before → now, added up over all rows.' :
		`How often each line was executed: ${run} of ${g.lines.size} lines with instructions were; the bar is by the logarithm. Without a number: no instruction.`;
}

function putAllHeat() {
	const groups = heatGroups();
	show('heat');
	$('heat-of').append(...[...groups.keys()].map(k => el('option', { value: k }, k)));
	$('heat-of').addEventListener('change', e => putHeat(groups.get(e.target.value)));
	putHeat(groups.values().next().value);
}

/* ---- history ---- */

function svg(tag, attributes, ...children) {
	const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
	for (const [k, v] of Object.entries(attributes))
		e.setAttribute(k, v);
	e.append(...children);
	return e;
}

function chart(s) {
	const { runs } = data.history, points = s.values.map((v, i) => [i, v]).filter(([, v]) => v !== null), values = points.map(([, v]) => v);
	const low = Math.min(...values), high = Math.max(...values), x = i => runs.length > 1 ? 8 + i * 284 / (runs.length - 1) : 150, y = v => high > low ? 92 - (v - low) * 74 / (high - low) : 55;
	const last = values[values.length - 1], first = values[0];
	const changes = points.filter(([, v], k) => k && v !== points[k - 1][1]).map(([i, v]) => `${runs[i]}: ${v.toLocaleString('en')}`);
	return el('figure', {}, el('figcaption', {}, `${s.name}: ${last.toLocaleString('en')} ${s.unit}${last > first ? ' ▲' : last < first ? ' ▼' : ''}`),
		svg('svg', { viewBox: '0 0 300 112', role: 'img', 'aria-label': `${s.name}, ${runs.length} commits, from ${first} to ${last}` },
			svg('text', { x: 2, y: 11 }, high.toLocaleString('en')), ...(high > low ? [svg('text', { x: 2, y: 108 }, low.toLocaleString('en'))] : []),
			svg('polyline', { points: points.map(([i, v]) => `${x(i)},${y(v)}`).join(' ') }),
			...points.filter((_, k) => points.length < 60 || k === points.length - 1).map(([i, v]) => svg('circle', { cx: x(i), cy: y(v), r: 2.5 }, svg('title', {}, `${runs[i]}: ${v}`)))),
		el('div', { class: 'note' }, changes.length ? `changed by ${changes.slice(-3).join('; ')}` : 'the same in all'));
}

function putHistory() {
	const { runs, series } = data.history, moving = series.filter(s => new Set(s.values.filter(v => v !== null)).size > 1);
	const shown = $('steady').checked ? series : moving;
	$('history-says').textContent = `${many(runs.length, 'commit')}, from ${runs[0]} to ${runs[runs.length - 1]}; ${many(moving.length, 'number')} of ${series.length} changed.`;
	$('charts').replaceChildren(...shown.map(chart));
	$('history-head').replaceChildren(el('tr', {}, el('th', { scope: 'col' }, 'number'), ...runs.map(r => el('th', { scope: 'col' }, r))));
	$('history-list').replaceChildren(...shown.map(s => el('tr', {}, el('th', { scope: 'row' }, `${s.name}, ${s.unit}`), ...s.values.map(v => el('td', { class: 'n' }, v === null ? '' : v.toLocaleString('en'))))));
}

/* ---- begin ---- */

load().then(() => {
	if (timelines.length)
		putTimes();
	if (data.rows.length) {
		show('rows');
		$('all').addEventListener('change', putRows);
		putRows();
	}
	if (data.costs.length)
		putCosts();
	if (data.heat.length)
		putAllHeat();
	if (data.history && data.history.runs.length) {
		show('history');
		$('steady').addEventListener('change', putHistory);
		putHistory();
	}
	sayRows();
	$('foot').textContent = `Made by sysemu ${data.version} report. GPL-2.0-only.`;
	window.report = { data, timelines, view, texts, rowAt, rowCount, aligned: () => aligned };
	document.documentElement.dataset.ready = '1';
}).catch(e => { $('says').textContent = `This page cannot be read: ${e}`; throw e; });
