/* SPDX-License-Identifier: GPL-2.0-only */
/* digest.c: a state as 128 bits. What a page that has not changed since hashes to is kept with its copy. */
#include "sim/memory/memory.h"
#include "sim/state/state.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "digests are of little-endian words");

static XXH128_canonical_t hash_bytes(const void *data, size_t size)
{
	XXH128_canonical_t out;

	XXH128_canonicalFromHash(&out, XXH3_128bits(data, size));
	return out;
}

/* `own` is room for it. */
static const uint8_t *hash_copy(struct sim_page_copy *copy, XXH128_canonical_t *own)
{
	uint8_t data[SIM_PAGE];

	if (sim_copy_hash(copy, own->digest))
		return own->digest;
	sim_copy_read(copy, data);
	*own = hash_bytes(data, SIM_PAGE);
	sim_copy_set_hash(copy, own->digest);
	return own->digest;
}

static const uint8_t *hash_page(const struct sim *s, uint32_t page, XXH128_canonical_t *own)
{
	if (!(s->space.pte[page] & CHANGED))
		return hash_copy(s->space.clean[page / 1024][page % 1024], own);
	*own = hash_bytes(s->space.ram + (size_t)page * SIM_PAGE, SIM_PAGE);
	return own->digest;
}

static void digest_cpu(struct sim *s, XXH3_state_t *state)
{
	uint32_t regs[SIM_NREGS], tables[SIM_NTABLES][4];
	uint64_t msr[3];
	uint8_t st[8][10], xmm[8][16];

	for (int i = 0; i < SIM_NREGS; i++)
		regs[i] = sim_reg_get(s, (enum sim_reg)i);
	for (int i = 0; i < SIM_NTABLES; i++) {
		struct sim_table_reg t;

		sim_table_get(s, (enum sim_table)i, &t);
		memcpy(tables[i], (uint32_t[]){ t.base, t.limit, t.flags, t.selector },
		       sizeof(tables[i]));
	}
	for (uint32_t i = 0; i < 3; i++)
		msr[i] = sim_msr_get(s, SIM_MSR_CS + i);
	sim_cpu_wide_regs(s, st, xmm);
	XXH3_128bits_update(state, regs, sizeof(regs));
	XXH3_128bits_update(state, tables, sizeof(tables));
	XXH3_128bits_update(state, msr, sizeof(msr));
	XXH3_128bits_update(state, st, sizeof(st));
	XXH3_128bits_update(state, xmm, sizeof(xmm));
}

static void add_page(struct sim *s, uint32_t page, XXH3_state_t *state)
{
	const uint32_t head[2] = { page, s->space.pte[page] & RIGHTS };
	XXH128_canonical_t own;
	const uint8_t *hash = hash_page(s, page, &own);

	XXH3_128bits_update(state, head, sizeof(head));
	XXH3_128bits_update(state, hash, sizeof(own.digest));
}

static void digest_pages(struct sim *s, uint32_t tables, XXH3_state_t *state)
{
	for (uint32_t i = 0; i < tables; i++)
		for (uint32_t k = 0; s->space.mapped[i] && k < 1024; k++)
			if (sim_page_given(s, i * 1024 + k))
				add_page(s, i * 1024 + k, state);
}

/* What of the page lies outside the parts, of which *part is the first that ends behind its start. */
static void add_rest(struct sim *s, uint32_t page, const struct sim_span *part,
		     const struct sim_span *end, XXH3_state_t *state)
{
	uint64_t at = (uint64_t)page * SIM_PAGE, behind = at + SIM_PAGE;

	for (; at < behind; part++) {
		uint64_t stop = part < end && part->start < behind ? part->start : behind;

		if (stop > at)
			XXH3_128bits_update(state, s->space.ram + at, (size_t)(stop - at));
		at = stop == behind ? behind : part->end > at ? part->end : at;
	}
}

static void digest_but(struct sim *s, const struct sim_span *part, const struct sim_span *end,
		       XXH3_state_t *state)
{
	for (uint32_t i = 0; i < 1024; i++) {
		for (uint32_t k = 0; s->space.mapped[i] && k < 1024; k++) {
			uint32_t page = i * 1024 + k, addr = page * SIM_PAGE;

			if (!sim_page_given(s, page))
				continue;
			while (part < end && part->end <= addr)
				part++;
			if (part == end || part->start >= (uint64_t)addr + SIM_PAGE)
				add_page(s, page, state);
			else
				add_rest(s, page, part, end, state);
		}
	}
}

static void end_digest(XXH3_state_t *state, uint8_t out[16])
{
	XXH128_canonical_t end;

	XXH128_canonicalFromHash(&end, XXH3_128bits_digest(state));
	memcpy(out, end.digest, 16);
}

void sim_digest_user(struct sim *s, const void *seed, size_t seed_size, uint8_t out[16])
{
	XXH3_state_t state;

	XXH3_128bits_reset(&state);
	XXH3_128bits_update(&state, seed, seed_size);
	digest_pages(s, s->config.shared_from >> 22, &state);
	end_digest(&state, out);
}

void sim_digest(struct sim *s, const void *seed, size_t seed_size, uint8_t out[16])
{
	XXH3_state_t state;

	XXH3_128bits_reset(&state);
	if (seed_size)
		XXH3_128bits_update(&state, seed, seed_size);
	digest_pages(s, 1024, &state);
	digest_cpu(s, &state);
	XXH3_128bits_update(&state, s->counts, offsetof(struct sim_counts, delivered));
	if (s->clock.timing.model) {
		XXH3_128bits_update(&state, &s->clock.clocks, sizeof(s->clock.clocks));
		XXH3_128bits_update(&state, s->clock.timing.state, sizeof(s->clock.timing.state));
	}
	end_digest(&state, out);
}

void sim_digest_but(struct sim *s, const void *seed, size_t seed_size, const struct sim_span *parts,
		    size_t n, uint8_t out[16])
{
	XXH3_state_t state;

	XXH3_128bits_reset(&state);
	XXH3_128bits_update(&state, seed, seed_size);
	digest_but(s, parts, parts + n, &state);
	digest_cpu(s, &state);
	end_digest(&state, out);
}
