/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page.js: shows what page.c packed. A walk is a list of choices from the first node; each kernel goes it by
 * itself. `window.tracer` is what tests ask.
 */
const STOPS = ['entry', 'exit', 'signal', 'group'];
const EVENTS = ['none', 'stop', 'exit', 'killed', 'break', 'limit', 'fault'];
const OUTCOME = ['event', 'status', 'result', 'entered', 'ranBefore', 'ranAfter', 'user', 'entry',
	'auditEntries', 'auditExits', 'broke', 'child', 'path'];

/* ---- the data ---- */

const numbers = row => {
	const r = new Reader(row), all = [];
	while (r.at < row.length)
		all.push(r.number());
	return all;
};
const signed = n => n % 2 ? -(n + 1) / 2 : n / 2;

let words, nodeRows, outcomeRows, pathRows, lists, places, source, graphs, field;

function readGraph(r, g) {
	let last = -1;
	g.node = new Uint32Array(g.nodes);
	g.first = new Uint32Array(g.nodes + 1);
	g.list = new Uint32Array(g.nodes);
	g.to = new Uint32Array(g.edges);
	g.outcome = new Uint32Array(g.edges);
	for (let i = 0; i < g.nodes; i++)
		g.node[i] = last = last + 1 + r.signed();
	for (let i = 0; i < g.nodes; i++) {
		g.list[i] = r.number();
		g.first[i + 1] = g.first[i] + (g.list[i] ? lists[g.list[i] - 1].length : 0);
	}
	for (let i = 0, from = 0, next = 1; i < g.edges; i++) {
		while (i >= g.first[from + 1])
			from++;
		const code = r.number();
		g.to[i] = code === 0 ? next++ : code === 1 ? from : from + signed(code - 1);
	}
	for (let i = 0; i < g.edges; i++)
		g.outcome[i] = r.number();
}

async function load() {
	const r = new Reader(await unpack()), text = new TextDecoder();
	words = JSON.parse(text.decode(r.take(r.number())));
	nodeRows = r.rows();
	outcomeRows = r.rows().map(row => {
		const n = numbers(row), o = {};
		OUTCOME.forEach((name, i) => { o[name] = n[i]; });
		o.result = signed(o.result);
		return o;
	});
	pathRows = r.rows();
	lists = r.rows().map(numbers);
	places = r.rows().map(row => text.decode(row));
	graphs = words.graphs;
	graphs.forEach(g => readGraph(r, g));
	source = words.source.split('\n');
	field = {};
	words.fields.forEach((f, i) => { field[f.name] = i; });
}

/* ---- the graph ---- */

const FLAGS = ['TRACE', 'NOTIFY_RESUME', 'SIGPENDING', 'NEED_RESCHED', 'SINGLESTEP', 'IRET', 'EMU', 'AUDIT'];
const value = (node, name) => nodeRows[node][field[name]];
const flagsOf = node => FLAGS.filter((_, i) => value(node, 'flags') >> i & 1).join('+') || 'none';
const say = (node, name) => name === 'flags' ? flagsOf(node) : words.fields[field[name]].values[value(node, name)];
const choicesOf = (g, n) => g.list[n] ? lists[g.list[n] - 1] : [];

/* null: that choice is not offered there, or nobody went so far. */
function step(g, n, choice) {
	const i = choicesOf(g, n).indexOf(choice);
	if (i < 0)
		return null;
	const e = g.first[n] + i;
	return { edge: e, from: n, to: g.to[e], choice, outcome: outcomeRows[g.outcome[e]] };
}

function go(g, walk) {
	const steps = [];
	let at = 0;
	for (const choice of walk) {
		const s = step(g, at, choice);
		steps.push(s);
		if (!s)
			return { steps, at: null };
		at = s.to;
	}
	return { steps, at };
}

/* ---- sentences ---- */

const PLACE = {
	user: 'runs in user mode', entry: 'stands at the begin of a system call', exit: 'stands at the end of a system call',
	signal: 'stands where a signal is about to arrive', group: 'stands, stopped by SIGSTOP', other: 'stands where no stop is expected',
	forked: 'has a child; the way ends here', dead: 'has ended', hang: 'runs for ever inside the kernel',
	fault: 'has crashed the kernel',
};

const bits = (o, name) => o[name] > 0;

function whatRan(o) {
	const ran = [];
	if (o.entered)
		ran.push(`it made a call by ${o.entered === 1 ? 'int $0x80' : 'SYSENTER'}`);
	if (bits(o, 'ranBefore'))
		ran.push('the call that it was in was made');
	if (bits(o, 'ranAfter'))
		ran.push('the new call was made');
	return ran;
}

function sentence(g, s) {
	const o = s.outcome, node = g.node[s.to], name = words.choices[s.choice];
	if (o.result < 0)
		return `${name}: the kernel refuses it (${o.result}).`;
	if (o.event === 0)
		return `${name}: nothing runs by it.`;
	const ran = whatRan(o), skipped = o.entered && !o.ranAfter && STOPS.includes(say(node, 'place'));
	return `${name}: the program now ${PLACE[say(node, 'place')]}.` +
		(ran.length ? ` On the way ${ran.join(', and ')}${skipped ? '; the call has not run' : ''}.` : '') +
		(o.broke ? ' Registers of the program are not what they were!' : '');
}

function differs(a, b) {
	if (!a !== !b)
		return true;
	if (!a)
		return false;
	const x = a.outcome, y = b.outcome;
	return x.event !== y.event || x.status !== y.status || x.result !== y.result ||
		!x.ranBefore !== !y.ranBefore || !x.ranAfter !== !y.ranAfter;
}

/* ---- elements ---- */

function pathOf(s) {
	const row = numbers(pathRows[s.outcome.path]), steps = [];
	for (let i = 0; i < row.length; i += 2)
		steps.push({ place: places[row[i]], count: row[i + 1] });
	return steps;
}

const isLine = place => /^L\d+$/.test(place);

function putPath(kernel, s, other) {
	const steps = pathOf(s), seen = other ? new Set(pathOf(other).map(p => p.place)) : null;
	const total = steps.reduce((n, p) => n + p.count, 0);
	const inEntry = steps.filter(p => isLine(p.place)).reduce((n, p) => n + p.count, 0);
	const list = el('div', { class: 'path mono', tabindex: '0', role: 'region', 'aria-label': `path through ${kernel}` });
	for (const p of steps) {
		const only = seen && !seen.has(p.place);
		const text = isLine(p.place) ? `${p.place.slice(1).padStart(4)}  ${(source[p.place.slice(1) - 1] || '').replace(/\t/g, '    ')}` :
			`      ${p.place || '?'}()`;
		list.append(el('div', { class: only ? 'odd' : '' }, el('span', { class: 'count' }, String(p.count)),
			(only ? '≠ ' : '  ') + text));
	}
	if (!steps.length)
		return el('p', { class: 'note' }, 'No kernel instruction of the program ran.');
	return el('details', { open: '' }, el('summary', {}, `Through the kernel: ${total} instructions, ${inEntry} of them in entry.S` +
		(s.outcome.user ? `; ${s.outcome.user} of the program` : '')), list);
}

function putFields(node, before, other) {
	const body = el('tbody', {});
	for (const f of words.fields) {
		const now = say(node, f.name), was = before === null ? now : say(before, f.name);
		const odd = other !== null && say(other, f.name) !== now;
		if (now === '-' && was === '-' && !odd)
			continue;
		body.append(el('tr', {}, el('th', { scope: 'row' }, f.name),
			el('td', { class: now !== was ? 'changed' : '' }, now !== was ? `${was} → ${now}` : now,
				odd ? ` ≠ ${say(other, f.name)}` : '')));
	}
	return el('table', {}, el('caption', { class: 'note' }, 'What is known of it'), body);
}

/* ---- the state of the page ---- */

const state = { kernel: '', other: '', entry: '', walk: [], at: 0 };

const graphOf = (kernel, entry) => graphs.find(g => g.kernel === kernel && g.entry === entry);
const present = () => state.walk.slice(0, state.at);

function putKernel(g, went, otherGraph, otherWent) {
	const box = el('section', { class: 'kernel', 'aria-label': `kernel ${g.kernel}` }, el('h2', {}, g.kernel));
	const last = went.steps.length ? went.steps[went.steps.length - 1] : null;
	const otherLast = otherWent && otherWent.steps.length === went.steps.length ? otherWent.steps[otherWent.steps.length - 1] : null;
	if (went.at === null) {
		const missing = words.choices[state.walk[went.steps.length - 1]];
		box.append(el('p', { class: 'says' }, went.steps.length < state.at ? `This kernel left the walk at step ${went.steps.length}: ` +
			`"${missing}" cannot happen there.` : `"${missing}" cannot happen here: the program is somewhere else.`));
		return box;
	}
	box.append(el('p', { class: 'says' }, last ? sentence(g, last) : 'The program has been started and stands at its first stop.'));
	box.append(putFields(g.node[went.at], last ? g.node[last.from] : null,
		otherWent && otherWent.at !== null ? otherGraph.node[otherWent.at] : null));
	if (last)
		box.append(putPath(g.kernel, last, otherLast));
	return box;
}

const GROUPS = [
	['The tracer answers', /^(SYSEMU|SYSCALL|CONT|SINGLESTEP|SYSEMU_SINGLESTEP|DETACH|KILL|ATTACH)\b/],
	['The program', /^(int80|sysenter|nop)/],
	['The tracer changes registers and options', /^(eax|orig_eax|eip|TF|TRACESYSGOOD)/],
	['From outside', /./],
];

function putChoices(g, at) {
	const box = $('choices'), left = new Set(at === null ? [] : choicesOf(g, at));
	box.replaceChildren();
	for (const [title, pattern] of GROUPS) {
		const here = [...left].filter(c => pattern.test(words.choices[c]));
		if (!here.length)
			continue;
		here.forEach(c => left.delete(c));
		box.append(el('fieldset', {}, el('legend', {}, title), el('div', { class: 'row' }, ...here.map(c =>
			el('button', { type: 'button', 'data-choice': c, onclick: () => choose(c) }, words.choices[c])))));
	}
	if (!box.children.length)
		box.append(el('p', {}, at !== null && ['dead', 'forked', 'hang', 'fault', 'other'].includes(say(g.node[at], 'place')) ?
			'Nothing: the way ends here.' : 'So far and no further was explored.'));
}

function putWalk() {
	$('walk').replaceChildren(...state.walk.map((c, i) => el('li', i + 1 === state.at ? { 'aria-current': 'step' } : {},
		el('button', { type: 'button', onclick: () => { state.at = i + 1; show(); } }, words.choices[c]))));
	$('back').disabled = $('restart').disabled = state.at === 0;
	$('forward').disabled = state.at === state.walk.length;
	$('save').disabled = state.at === 0;
	$('save').textContent = state.at > 1 ? `Save steps 1 to ${state.at} as .play` : 'Save this step as .play';
}

/* A narrow page has them above all else, so they give way. */
function tell(story) {
	state.walk = story.way.slice();
	state.at = Math.min(1, story.way.length);
	show();
	if (matchMedia('(max-width: 60rem)').matches) {
		$('findings').open = false;
		$('says').scrollIntoView();
	}
}

function elsewhere(other, name) {
	if (!other)
		return '';
	const story = other.stories.find(s => s.name === name);
	return story ? ` On ${other.kernel}, too: on ${story.count}.` : ` Mended on ${other.kernel}: it holds there.`;
}

function putStories(g, other) {
	$('stories').replaceChildren(...g.stories.map(s => el('li', {},
		el('button', { type: 'button', 'data-story': s.name, onclick: () => tell(s) }, s.name),
		el('div', { class: 'note' }, `Should hold: ${s.about}. Fails on ${s.count} of ${g.edges} transitions (${s.source}).` +
			elsewhere(other, s.name)))));
	if (!g.stories.length)
		$('stories').append(el('li', {}, 'None so far as was explored.'));
}

function select(id, values, chosen) {
	$(id).replaceChildren(...values.map(([v, text]) => el('option', v === chosen ? { value: v, selected: '' } : { value: v }, text)));
}

function fragment() {
	const q = new URLSearchParams({ k: state.kernel, b: state.other, e: state.entry, w: state.walk.join('.'), at: state.at });
	return '#' + q;
}

function show(quiet) {
	const g = graphOf(state.kernel, state.entry), other = graphOf(state.other, state.entry);
	const went = go(g, present()), otherWent = other ? go(other, present()) : null;
	const last = went.steps[went.steps.length - 1], otherLast = otherWent ? otherWent.steps[went.steps.length - 1] : null;
	const broken = g.stories.find(s => s.way.join() === present().join());
	select('kernel', [...new Set(graphs.map(x => x.kernel))].map(k => [k, k]), state.kernel);
	select('other', [['', 'none']].concat([...new Set(graphs.map(x => x.kernel))].filter(k => k !== state.kernel).map(k => [k, k])), state.other);
	select('entry', [...new Set(graphs.map(x => x.entry))].map(k => [k, k === 'int80' ? 'int $0x80' : k]), state.entry);
	$('about').textContent = `${state.kernel}: ${words.kernels[state.kernel]}.` + (other ? ` Beside it ${state.other}: ${words.kernels[state.other]}.` : '');
	putStories(g, other);
	putWalk();
	putChoices(g, went.at);
	$('kernels').className = other ? 'two both' : 'two';
	$('kernels').replaceChildren(putKernel(g, went, other, otherWent), ...(other ? [putKernel(other, otherWent, g, went)] : []));
	$('says').textContent = (state.at ? `Step ${state.at} of ${state.walk.length}. ` : '') +
		(last ? sentence(g, last) : 'The program stands at its first stop; answer it.') +
		(broken ? ` Broken here: ${broken.about}.` : '') +
		(last && other ? (differs(last, otherLast) ? ` ≠ On ${state.other} ${otherLast ? `otherwise: ${sentence(other, otherLast)}` : 'it cannot come to that.'}` :
			` The same on ${state.other}.`) : '');
	$('link').href = fragment();
	if (!quiet)
		history.replaceState(null, '', fragment());
}

function choose(choice) {
	state.walk = present().concat([choice]);
	state.at++;
	show();
	const first = document.querySelector('#choices button');
	if (first && !document.querySelector(':focus'))
		first.focus({ preventScroll: true });
}

/* Beside the kernel stands the one with the whole patch, or the next that there is. */
function neighbour() {
	const others = graphs.filter(x => x.entry === state.entry && x.kernel !== state.kernel).map(x => x.kernel);
	return others.includes('sysemu') ? 'sysemu' : others[0] || '';
}

/* What is wrong in a link is left out. */
function fromFragment() {
	const q = new URLSearchParams(location.hash.slice(1)), g = graphs[0];
	state.entry = graphs.some(x => x.entry === q.get('e')) ? q.get('e') : g.entry;
	state.kernel = graphOf(q.get('k'), state.entry) ? q.get('k') : (graphOf('sysemu-1', state.entry) || g).kernel;
	state.other = q.has('b') ? (graphOf(q.get('b'), state.entry) ? q.get('b') : '') : neighbour();
	state.walk = (q.get('w') || '').split('.').filter(x => /^\d+$/.test(x)).map(Number).filter(c => c < words.choices.length);
	const known = go(graphOf(state.kernel, state.entry), state.walk).steps.findIndex(s => !s);
	if (known >= 0)
		state.walk.length = known;
	state.at = q.has('at') ? Math.max(0, Math.min(Number(q.get('at')) || 0, state.walk.length)) : state.walk.length;
}

/* ---- a walk as a scenario: lib/choice/script.c says the same ---- */

const NUMBERS = { served: 20, unknown: 17, out: 400, fork: 2, restart: 0 };

function actionOf(g, s) {
	const name = words.choices[s.choice], from = g.node[s.from];
	if (name === 'eip-=2')
		return `set eip-=2; set eax=${NUMBERS[say(from, 'orig_eax')]}`;
	if (/^(eax|orig_eax)=/.test(name))
		return `set ${name}`;
	if (name.startsWith('TF '))
		return `set eflags=${name === 'TF on' ? '+' : '-'}TF`;
	if (name.startsWith('TRACESYSGOOD'))
		return `options ${name.endsWith('on') ? 'TRACESYSGOOD' : '0'}`;
	if (/^[A-Z_]+ (USR1|STOP)$/.test(name))
		return name.replace(' ', ':');
	return name.replace(' as it runs', '');
}

/* Of two calls one would have to be told from the other. */
function whichRan(g, s) {
	const { ranBefore, ranAfter } = s.outcome, call = /^(int80|sysenter) (\w+)$/.exec(words.choices[s.choice]);
	if (!ranBefore && !ranAfter)
		return ' ran=none';
	const number = NUMBERS[call && ranAfter ? call[2] : say(g.node[s.from], 'orig_eax')];
	return ranBefore && ranAfter || number === undefined ? '' : ` ran=${number}`;
}

function eventOf(g, s, k) {
	const n = g.node[s.to], place = say(n, 'place'), code = value(n, 'exit_code');
	const signal = { 0x85: 'SYSTRAP', 10: 'USR1', 19: 'STOP' }[code] || 'TRAP';
	if (!STOPS.includes(place) && place !== 'user' && place !== 'forked')
		return place === 'dead' ? `killed ${code & 0x7f}` : 'fault';
	if (place === 'forked')
		return 'break';
	const where = say(n, 'where'), tail = /^tail-(\d)$/.exec(where);
	return (place === 'user' ? 'break' : `stop ${signal} ${place}`) +
		(where === 'home' ? ` at=h${k}` : where === 'at-int80' ? ` at=c${k - 1}` :
			tail ? ` eip=0x${(0xffffe410 + Number(tail[1])).toString(16)}` : '') +
		` tif=${flagsOf(n)}` + whichRan(g, s);
}

function scenario(g, walk) {
	const steps = go(g, walk).steps, calls = steps.map(s => /^(int80|sysenter) (\w+)$/.exec(words.choices[s.choice]) ||
		(words.choices[s.choice] === 'nop' ? ['nop'] : null));
	const program = calls.filter(Boolean), enters = program.map((c, i) => c[1] === 'sysenter' ? i : -1).filter(i => i >= 0);
	let text = `scenario way.${g.kernel}.${g.entry}\n\tentry\t${g.entry}\n\tpass\t${g.kernel}\nprogram\n`, k = 0, acted = true;
	program.forEach((c, i) => {
		text += c[0] === 'nop' ? `h${i}:\tnop\n` : `h${i}:\tmov eax ${NUMBERS[c[2]]}\nc${i}:\t${c[1]}\n`;
	});
	text += `h${program.length}:\tnop\n\tloop\n`;
	enters.forEach((i, n) => {
		text += `b${i}:\twords b${n + 1 < enters.length ? enters[n + 1] : i} 0x44444444 0x33333333 h${i + 1}\n`;
	});
	text += 'rows\n\tstop STOP signal | set orig_eax=-1' + (enters.length ? `; set ebp=b${enters[0]}` : '');
	const action = what => { text += (acted ? '; ' : ' | ') + what; acted = true; };
	steps.forEach((s, i) => {
		const o = s.outcome, errors = { '-1': 'EPERM', '-3': 'ESRCH', '-5': 'EIO' };
		if (calls[i])
			k++;
		if (o.event)
			action(`break h${k}`);
		if (!calls[i])
			action(actionOf(g, s) + (errors[o.result] ? ` -> ${errors[o.result]}` : ''));
		if (!o.event)
			return;
		text += (i + 1 === steps.length ? '\nbad:\t' : '\n\t') + eventOf(g, s, k);
		acted = false;
	});
	return text + '\n';
}

function save() {
	const g = graphOf(state.kernel, state.entry), url = URL.createObjectURL(new Blob([scenario(g, present())], { type: 'text/plain' }));
	el('a', { href: url, download: `walk.${state.kernel}.${state.entry}.play` }).click();
	setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/* ---- begin ---- */

function move(by) {
	const at = state.at + by;
	if (at >= 0 && at <= state.walk.length) {
		state.at = at;
		show();
	}
}

function listen() {
	$('back').addEventListener('click', () => move(-1));
	$('forward').addEventListener('click', () => move(1));
	$('restart').addEventListener('click', () => { state.at = 0; show(); });
	$('save').addEventListener('click', save);
	for (const id of ['kernel', 'other', 'entry'])
		$(id).addEventListener('change', e => {
			state[id] = e.target.value;
			if (state.other === state.kernel)
				state.other = '';
			const known = go(graphOf(state.kernel, state.entry), state.walk).steps.findIndex(s => !s);
			if (known >= 0)
				state.walk.length = known;
			state.at = Math.min(state.at, state.walk.length);
			show();
		});
	addEventListener('hashchange', () => { fromFragment(); show(true); });
	addEventListener('keydown', e => {
		if (e.altKey || e.ctrlKey || e.metaKey || e.target.tagName === 'SELECT' || e.target.closest('.path'))
			return;
		if (e.key === 'ArrowLeft')
			move(-1);
		else if (e.key === 'ArrowRight')
			move(1);
	});
}

load().then(() => {
	const edges = graphs.reduce((n, g) => n + g.edges, 0);
	fromFragment();
	listen();
	show(true);
	$('foot').textContent = `Made by sysemu ${words.version} explore --page: ${graphs.length} explorations, ${edges.toLocaleString('en')} transitions. GPL-2.0-only.`;
	window.tracer = { words, graphs, state, go, step, say, value, scenario, graphOf, pathOf, choicesOf };
	document.documentElement.dataset.ready = '1';
}).catch(e => { $('says').textContent = `This page cannot be read: ${e}`; throw e; });
