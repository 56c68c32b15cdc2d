/* SPDX-License-Identifier: GPL-2.0-only */
/* page.js: what the scripts of all pages share: the data unpacked, and elements. */
'use strict';

const $ = id => document.getElementById(id);

/* ---- unpacking ---- */

async function unpack() {
	const text = $('data').textContent, raw = atob(text), packed = new Uint8Array(raw.length);
	for (let i = 0; i < raw.length; i++)
		packed[i] = raw.charCodeAt(i);
	const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}

class Reader {
	constructor(bytes) { this.bytes = bytes; this.at = 0; }
	number() {
		let value = 0, scale = 1, byte;
		do {
			byte = this.bytes[this.at++];
			value += (byte & 0x7f) * scale;
			scale *= 128;
		} while (byte & 0x80);
		return value;
	}
	signed() {
		const n = this.number();
		return n % 2 ? -(n + 1) / 2 : n / 2;
	}
	take(n) {
		this.at += n;
		return this.bytes.subarray(this.at - n, this.at);
	}
	rows() {
		const n = this.number(), all = new Array(n);
		for (let i = 0; i < n; i++)
			all[i] = this.take(this.number());
		return all;
	}
}

/* ---- elements ---- */

function el(tag, attributes, ...children) {
	const e = document.createElement(tag);
	for (const [k, v] of Object.entries(attributes || {}))
		if (k.startsWith('on'))
			e.addEventListener(k.slice(2), v);
		else if (v !== null && v !== undefined)
			e.setAttribute(k, v);
	e.append(...children);
	return e;
}
