/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timeline.js: timelines, drawn on canvases of which the visible part alone is painted. Of each lane the events
 * that change its state are in a row, so what is at a time is found by halving.
 */
const SAME = 9; /* SHOW_SAME of show.h */
const NONE = 0, USER = 1, KERNEL = 2, RUNS = 3, READY = 4, WAITS = 5, STOPPED = 6, TRACED = 7, ENDED = 8;
const AXIS = 26, LANE = 30, BAND = 20, FLAG = 12, ARROW_ROOM = 5;

/* How many of the sorted `all`, by `key`, are below `value`. */
function below(n, key, value) {
	let low = 0, high = n;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (key(middle) < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

class Timeline {
	constructor(meta, r) {
		const n = meta.events;
		Object.assign(this, { meta, n, end: meta.end, differs: meta.differs });
		this.time = new Float64Array(n);
		this.lane = new Uint16Array(n);
		this.text = new Uint32Array(n);
		this.state = new Uint8Array(n);
		this.otherState = new Uint8Array(n);
		this.other = new Uint16Array(n);
		for (let i = 0, t = 0; i < n; i++)
			this.time[i] = t += r.number();
		for (let i = 0; i < n; i++)
			this.lane[i] = r.number();
		for (let i = 0; i < n; i++)
			this.text[i] = r.number();
		for (let i = 0; i < n; i++) {
			const code = r.number();
			this.state[i] = code % (SAME + 1);
			this.otherState[i] = Math.floor(code / (SAME + 1));
		}
		for (let i = 0; i < n; i++)
			if (this.otherState[i] !== SAME)
				this.other[i] = r.number();
		this.readFlags(r);
		this.readArrows(r);
		this.lanes = meta.lanes.map((l, i) => ({ ...l, number: i, label: meta.counted ? l.name : `${l.pid} ${l.name}`, at: [], states: [], words: [], call: 0 }));
		for (let i = 0; i < n; i++) {
			this.change(this.lane[i], i, this.state[i]);
			this.change(this.other[i], i, this.otherState[i]);
		}
		for (const l of this.lanes) {
			l.at = Uint32Array.from(l.at);
			l.states = Uint8Array.from(l.states);
			l.flags = this.flagsOf(l);
		}
	}
	change(lane, i, state) {
		const l = this.lanes[lane], own = this.lane[i] === lane;
		if (state === KERNEL && own)
			l.call = this.text[i];
		if (state === SAME || state === l.states[l.states.length - 1])
			return;
		l.at.push(i);
		l.states.push(state);
		l.words.push(state === KERNEL ? l.call : this.text[i]); /* who runs again is in the call that it was in */
	}
	readFlags(r) {
		this.flagChanges = [];
		for (let i = 0, event = 0; i < this.meta.flags; i++) {
			event += r.number();
			this.flagChanges.push({ event, tif: r.number() });
		}
	}
	readArrows(r) {
		const n = this.meta.arrows;
		this.arrowTo = new Uint32Array(n);
		this.arrowFrom = new Uint32Array(n);
		this.arrowText = new Uint32Array(n);
		for (let i = 0, to = 0; i < n; i++) {
			this.arrowTo[i] = to += r.number();
			this.arrowFrom[i] = to - r.number();
			this.arrowText[i] = r.number();
		}
	}
	/* Of a lane: each flag that was ever set, with when it was. One that has ended has none. */
	flagsOf(lane) {
		const bits = new Map(), last = lane.at.length - 1;
		let was = 0;
		for (const { event, tif } of this.flagChanges) {
			if (this.lane[event] !== lane.number)
				continue;
			for (let bit = 0; bit < 32; bit++) {
				if (!((was ^ tif) >>> bit & 1))
					continue;
				if (!bits.has(bit))
					bits.set(bit, { bit, from: [], to: [] });
				bits.get(bit)[tif >>> bit & 1 ? 'from' : 'to'].push(this.time[event]);
			}
			was = tif;
		}
		for (const b of bits.values())
			if (b.to.length < b.from.length)
				b.to.push(lane.states[last] === ENDED ? this.time[lane.at[last]] : this.end);
		return [...bits.values()].sort((a, b) => a.bit - b.bit);
	}
	/* Which of the lane's changes is in force at a time; -1: none yet. */
	index(lane, time) {
		return below(lane.at.length, i => this.time[lane.at[i]], time + 1e-9) - 1;
	}
	until(lane, k) {
		return k + 1 < lane.at.length ? this.time[lane.at[k + 1]] : this.end;
	}
}

/* ---- painting ---- */

let ink = {};

function hatch(ctx, draw, colour) {
	const c = document.createElement('canvas'), p = c.getContext('2d');
	c.width = c.height = 6;
	p.strokeStyle = p.fillStyle = colour;
	p.lineWidth = 1.4;
	p.beginPath();
	draw(p);
	p.stroke();
	return ctx.createPattern(c, 'repeat');
}

function mix(ctx) {
	const style = getComputedStyle(document.documentElement), get = name => style.getPropertyValue(name).trim();
	ink = { text: get('--text'), back: get('--back'), edge: get('--edge'), soft: get('--soft'), user: get('--user'), kernel: get('--kernel'), quiet: get('--quiet'), bad: get('--bad') };
	ink.slant = hatch(ctx, p => { for (const x of [-3, 0, 3, 6]) { p.moveTo(x, 6); p.lineTo(x + 6, 0); } }, ink.kernel);
	ink.upright = hatch(ctx, p => { p.moveTo(1.5, 0); p.lineTo(1.5, 6); p.moveTo(4.5, 0); p.lineTo(4.5, 6); }, ink.quiet);
	ink.cross = hatch(ctx, p => { p.moveTo(0, 0); p.lineTo(6, 6); p.moveTo(6, 0); p.lineTo(0, 6); }, ink.bad);
	ink.dots = hatch(ctx, p => { p.rect(1, 1, 1, 1); p.rect(4, 4, 1, 1); }, ink.text);
}

/* Each state by its form, not its colour alone. */
function band(ctx, state, x, y, w, h) {
	const frame = colour => { ctx.strokeStyle = colour; ctx.lineWidth = 1; if (w > 2) ctx.strokeRect(x + .5, y + .5, w - 1, h - 1); };
	const fill = style => { ctx.fillStyle = style; ctx.fillRect(x, y, w, h); };
	switch (state) {
	case USER: fill(ink.user); break;
	case RUNS: fill(ink.user); break;
	case KERNEL: fill(ink.slant); frame(ink.kernel); break;
	case READY: ctx.fillStyle = ink.dots; ctx.fillRect(x, y + h / 4, w, h / 2); break;
	case WAITS: ctx.fillStyle = ink.quiet; ctx.fillRect(x, y + h / 2 - 1, w, 2); break;
	case STOPPED: fill(ink.cross); frame(ink.bad); break;
	case TRACED: fill(ink.upright); frame(ink.text); break;
	case 'many': ctx.fillStyle = ink.edge; ctx.fillRect(x, y + 3, w, h - 6); break;
	}
}

class View {
	constructor(all, box, chosen) {
		this.all = all;
		this.chosen = chosen;
		const compares = all.length === 2 && all[0].differs < all[0].n | all[1].differs < all[1].n;
		this.offset = all.map(t => compares ? t.time[Math.min(t.differs, t.n - 1)] || 0 : 0);
		this.compares = compares;
		this.low = Math.min(...all.map((t, i) => (t.n ? t.time[0] : 0) - this.offset[i]));
		this.high = Math.max(...all.map((t, i) => t.end - this.offset[i]), this.low + 1);
		this.start = this.low;
		this.span = this.high - this.low;
		this.showFlags = this.showArrows = true;
		this.frames = 0;
		this.picked = null;
		this.panels = all.map((t, i) => this.panel(t, i, box));
		new ResizeObserver(() => this.dirty()).observe(box);
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { ink = {}; this.dirty(); });
	}
	panel(t, i, box) {
		const canvas = el('canvas', { role: 'img', 'aria-label': `timeline: ${t.meta.title}; the same is in the table` });
		const room = el('div', {}), div = el('div', { class: 'time', tabindex: '0', role: 'group', 'aria-label': `timeline of ${t.meta.title}` }, canvas, room);
		box.append(el('h3', {}, t.meta.title), div);
		div.addEventListener('scroll', () => this.dirty());
		div.addEventListener('keydown', e => this.key(e, i));
		this.listen(canvas, div, i);
		return { t, canvas, div, room, ctx: canvas.getContext('2d') };
	}
	listen(canvas, div, i) {
		let from = null, moved = 0;
		canvas.addEventListener('pointerdown', e => { from = e.clientX; moved = 0; canvas.setPointerCapture(e.pointerId); });
		canvas.addEventListener('pointermove', e => {
			if (from === null)
				return;
			moved += Math.abs(e.clientX - from);
			this.move(-(e.clientX - from) / this.plot(i) * this.span);
			from = e.clientX;
			canvas.classList.toggle('dragged', moved > 3);
		});
		canvas.addEventListener('pointerup', e => {
			if (from !== null && moved < 4)
				this.pickAt(i, e.offsetX, e.offsetY);
			from = null;
			canvas.classList.remove('dragged');
		});
		canvas.addEventListener('wheel', e => {
			if (e.ctrlKey || e.metaKey)
				this.zoom(e.deltaY > 0 ? 1.25 : .8, (e.offsetX - this.gutter(i)) / this.plot(i));
			else if (e.deltaX || e.shiftKey)
				this.move((e.deltaX || e.deltaY) / this.plot(i) * this.span);
			else
				return;
			e.preventDefault();
		}, { passive: false });
	}
	key(e, i) {
		const keys = { ArrowLeft: () => this.move(-this.span / 8), ArrowRight: () => this.move(this.span / 8), '+': () => this.zoom(.5), '-': () => this.zoom(2),
			Home: () => this.move(-Infinity), End: () => this.move(Infinity), 0: () => this.zoom(Infinity), n: () => this.next(i, 1), p: () => this.next(i, -1), d: () => this.parting() };
		if (e.altKey || e.ctrlKey || e.metaKey || !keys[e.key])
			return;
		keys[e.key]();
		e.preventDefault();
	}
	gutter(i) { return this.panels[i].div.clientWidth < 600 ? 96 : 170; }
	plot(i) { return Math.max(50, this.panels[i].div.clientWidth - this.gutter(i)); }
	move(by) {
		this.start = Math.max(this.low, Math.min(this.start + by, this.high - this.span));
		this.dirty();
	}
	zoom(by, where = .5) {
		const fixed = this.start + this.span * where;
		this.span = Math.max(20, Math.min(this.span * by, this.high - this.low));
		this.start = fixed - this.span * where;
		this.move(0);
	}
	show(i, event, closer) {
		const at = this.all[i].time[event] - this.offset[i];
		if (closer)
			this.span = Math.min(this.span, closer);
		if (at < this.start || at > this.start + this.span || closer)
			this.start = at - this.span / 3;
		this.move(0);
	}
	parting() {
		if (!this.compares)
			return;
		this.span = Math.min(this.span, Math.max(2000, (this.high - this.low) / 50));
		this.start = -this.span / 2;
		this.move(0);
		this.pick(0, Math.min(this.all[0].differs, this.all[0].n - 1));
	}
	next(i, by) {
		const t = this.all[i], now = this.picked && this.picked.i === i ? this.picked.event + by : below(t.n, k => t.time[k], this.start + this.offset[i]);
		if (now >= 0 && now < t.n) {
			this.pick(i, now);
			this.show(i, now);
		}
	}
	pick(i, event) {
		this.picked = { i, event };
		this.chosen(i, event);
		this.dirty();
	}
	/* The lane's state there, as the event that began it. */
	pickAt(i, x, y) {
		const t = this.all[i], time = this.start + this.offset[i] + (x - this.gutter(i)) / this.plot(i) * this.span;
		const row = this.rows(t).find(r => y + this.panels[i].div.scrollTop >= r.y && y + this.panels[i].div.scrollTop < r.y + r.h);
		const k = row ? t.index(row.lane, time) : -1;
		if (k >= 0)
			this.pick(i, row.lane.at[k]);
	}
	rows(t) {
		const rows = [];
		let y = AXIS;
		for (const lane of t.lanes) {
			const h = LANE + (this.showFlags ? lane.flags.length * FLAG : 0);
			rows.push({ lane, y, h });
			y += h;
		}
		rows.height = y + 4;
		return rows;
	}
	dirty() {
		if (!this.asked)
			this.asked = requestAnimationFrame(() => { this.asked = 0; this.frames++; this.paint(); });
	}
	paint() {
		this.crowded = false;
		this.panels.forEach((p, i) => this.paintPanel(p, i));
		if (this.painted)
			this.painted();
	}
	paintPanel(p, i) {
		const { canvas, div, ctx, t } = p, rows = this.rows(t), scale = devicePixelRatio || 1;
		const width = div.clientWidth, height = Math.min(rows.height, Math.floor(innerHeight * .75));
		if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
			canvas.width = Math.round(width * scale);
			canvas.height = Math.round(height * scale);
			canvas.style.height = `${height}px`;
			p.room.style.height = `${rows.height - height}px`;
		}
		if (!ink.text)
			mix(ctx);
		ctx.setTransform(scale, 0, 0, scale, 0, 0);
		ctx.fillStyle = ink.back;
		ctx.fillRect(0, 0, width, height);
		ctx.font = '12px ui-monospace, monospace';
		ctx.textBaseline = 'middle';
		const g = { ctx, t, left: this.gutter(i), width, height, top: div.scrollTop, from: this.start + this.offset[i], per: this.plot(i) / this.span };
		g.x = time => g.left + (time - g.from) * g.per;
		for (const row of rows)
			if (row.y + row.h > g.top && row.y < g.top + height)
				this.paintRow(g, row);
		this.paintArrows(g, rows);
		this.paintAxis(g, i);
		this.paintMarks(g, rows, i);
	}
	paintRow(g, row) {
		const { ctx, t } = g, { lane } = row, y = row.y - g.top + 5, to = g.from + (g.width - g.left) / g.per;
		ctx.save();
		ctx.beginPath();
		ctx.rect(g.left, 0, g.width - g.left, g.height);
		ctx.clip();
		let k = Math.max(0, t.index(lane, g.from)), many = null;
		const flush = () => { if (many) band(ctx, 'many', many.x, y, many.w, BAND); many = null; };
		while (k < lane.at.length && t.time[lane.at[k]] < to) {
			const x = Math.max(g.left - 2, g.x(t.time[lane.at[k]])), x1 = Math.min(g.width + 2, g.x(t.until(lane, k)));
			if (x1 - x >= 1) {
				flush();
				band(ctx, lane.states[k], x, y, x1 - x, BAND);
				this.caption(g, lane, k, x, x1, y);
				k++;
				continue;
			}
			const column = Math.floor(x), end = g.from + (column + 1 - g.left) / g.per;
			if (many && column <= many.x + many.w)
				many.w = column + 1 - many.x;
			else {
				flush();
				many = { x: column, w: 1 };
			}
			k = Math.max(k + 1, t.index(lane, end));
		}
		flush();
		if (this.showFlags)
			lane.flags.forEach((f, n) => this.paintFlag(g, f, y + BAND + 4 + n * FLAG));
		ctx.restore();
		this.paintLabel(g, row, y);
	}
	caption(g, lane, k, x, x1, y) {
		const state = lane.states[k], { ctx } = g;
		if (x1 - x < 34 || state === NONE || state === ENDED)
			return;
		const words = state === KERNEL || state === WAITS ? texts(lane.words[k]).replace(/ -> \d+$/, '') : data.states[state], room = Math.floor((x1 - Math.max(x, g.left) - 10) / 7.3);
		const text = words.length > room ? words.slice(0, Math.max(0, room - 1)) + '…' : words, at = Math.max(x, g.left) + 5;
		if (room < 3)
			return;
		if (state !== USER && state !== RUNS) {
			ctx.fillStyle = ink.back;
			ctx.fillRect(at - 2, y + 3, text.length * 7.3 + 4, BAND - 6);
		}
		ctx.fillStyle = state === USER || state === RUNS ? ink.back : ink.text;
		ctx.fillText(text, at, y + BAND / 2 + .5);
	}
	paintFlag(g, f, y) {
		const { ctx } = g, to = g.from + (g.width - g.left) / g.per;
		ctx.fillStyle = ink.text;
		for (let k = Math.max(0, below(f.to.length, i => f.to[i], g.from)); k < f.from.length && f.from[k] < to;) {
			const x = Math.max(g.left, g.x(f.from[k])), x1 = Math.min(g.width, g.x(f.to[k]));
			ctx.fillRect(x, y, Math.max(1.5, x1 - x), FLAG - 5);
			k = x1 - x < 1 ? Math.max(k + 1, below(f.to.length, i => f.to[i], g.from + (x + 1 - g.left) / g.per)) : k + 1;
		}
	}
	paintLabel(g, row, y) {
		const { ctx } = g, most = Math.floor((g.left - 8) / 7.3);
		ctx.fillStyle = ink.soft;
		ctx.fillRect(0, row.y - g.top, g.left - 4, row.h - 2);
		ctx.fillStyle = ink.text;
		ctx.fillText(row.lane.label.slice(0, most), 4, y + BAND / 2);
		if (!this.showFlags)
			return;
		ctx.save();
		ctx.font = '10px ui-monospace, monospace';
		row.lane.flags.forEach((f, n) => ctx.fillText((data.tif[f.bit] || `bit ${f.bit}`).slice(0, Math.floor((g.left - 16) / 6)), 12, y + BAND + 8 + n * FLAG));
		ctx.restore();
	}
	paintArrows(g, rows) {
		const { t, ctx } = g, to = g.from + (g.width - g.left) / g.per, n = t.arrowTo.length, time = i => t.time[t.arrowTo[i]];
		const first = below(n, time, g.from), last = below(n, time, to);
		const crowded = (last - first) * ARROW_ROOM > g.width - g.left; /* they would hide what they lead to */
		this.crowded ||= crowded;
		if (!this.showArrows || crowded)
			return;
		ctx.save();
		ctx.beginPath();
		ctx.rect(g.left, AXIS, g.width - g.left, g.height - AXIS);
		ctx.clip();
		ctx.strokeStyle = ctx.fillStyle = ink.text;
		ctx.lineWidth = 1.2;
		for (let i = first; i < Math.min(n, last + 200); i++) {
			const a = t.arrowFrom[i], b = t.arrowTo[i], x = g.x(t.time[a]), x1 = g.x(t.time[b]);
			if (x > g.width)
				continue;
			const down = t.lane[b] > t.lane[a], from = rows[t.lane[a]].y - g.top + (down ? 5 + BAND : 5), end = rows[t.lane[b]].y - g.top + (down ? 5 : 5 + BAND);
			ctx.beginPath();
			ctx.moveTo(x, from);
			ctx.lineTo(x1, end);
			ctx.stroke();
			const turn = Math.atan2(end - from, x1 - x);
			ctx.beginPath();
			ctx.moveTo(x1, end);
			ctx.lineTo(x1 - 7 * Math.cos(turn - .4), end - 7 * Math.sin(turn - .4));
			ctx.lineTo(x1 - 7 * Math.cos(turn + .4), end - 7 * Math.sin(turn + .4));
			ctx.fill();
		}
		ctx.restore();
	}
	paintAxis(g, i) {
		const { ctx } = g, widest = (g.from + this.span).toFixed(0).length * 9.5 + 14, wanted = this.span * Math.max(widest / (g.width - g.left), .1), power = 10 ** Math.floor(Math.log10(wanted));
		const step = Math.max(1, power * [1, 2, 5, 10].find(m => m * power >= wanted));
		ctx.fillStyle = ink.back;
		ctx.fillRect(0, 0, g.width, AXIS);
		ctx.fillStyle = ink.text;
		ctx.strokeStyle = ink.edge;
		ctx.fillText('instructions'.slice(0, Math.floor(g.left / 7.3)), 4, 12);
		for (let time = Math.ceil(g.from / step) * step; time < g.from + this.span; time += step) {
			const x = g.x(time);
			ctx.beginPath();
			ctx.moveTo(x, 18);
			ctx.lineTo(x, AXIS);
			ctx.stroke();
			if (x + time.toLocaleString('en').length * 7.3 < g.width)
				ctx.fillText(time.toLocaleString('en'), x + 2, 12);
		}
	}
	paintMarks(g, rows, i) {
		const { ctx, t } = g, line = (x, dash, colour, words) => {
			if (x < g.left || x > g.width)
				return;
			ctx.save();
			ctx.strokeStyle = ctx.fillStyle = colour;
			ctx.lineWidth = 2;
			ctx.setLineDash(dash);
			ctx.beginPath();
			ctx.moveTo(x, AXIS);
			ctx.lineTo(x, g.height);
			ctx.stroke();
			if (words) {
				const before = x + words.length * 7.3 + 8 > g.width;
				ctx.fillText(words, before ? x - words.length * 7.3 - 4 : x + 4, AXIS + 1);
			}
			ctx.restore();
		};
		if (this.compares)
			line(g.x(this.offset[i]), [6, 4], ink.bad, '≠ first difference');
		if (this.picked && this.picked.i === i) {
			const x = g.x(t.time[this.picked.event]), row = rows[t.lane[this.picked.event]];
			line(x, [], ink.text, '');
			ctx.strokeStyle = ink.text;
			ctx.lineWidth = 2;
			ctx.strokeRect(x - 4, row.y - g.top + 3, 8, BAND + 4);
		}
	}
}
