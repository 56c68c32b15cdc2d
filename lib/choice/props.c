/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * props.c: the properties. Each speaks of one edge, and each expectation names a fact,
 * not an outcome, by its section in docs/kernels.md.
 */
#include <string.h>

#include "lib/choice/explore.h"

#define AT(n, name) ((n)->field[SYSEMU_FIELD_##name])

enum { T = SYSEMU_TIF_SYSCALL_TRACE, E = SYSEMU_TIF_SYSCALL_EMU, S = SYSEMU_TIF_SINGLESTEP };

static bool at_emulated_entry(const sysemu_node *n)
{
	return AT(n, PLACE) == SYSEMU_NODE_ENTRY && mode_emulates(AT(n, MODE));
}

static bool ran(const sysemu_edge *e)
{
	return e->event != SYSEMU_EVENT_NONE;
}

static bool over(const sysemu_node *n)
{
	return AT(n, PLACE) >= SYSEMU_NODE_FORKED;
}

/* ---- the contract of SYSEMU ---- */

static bool emulated_never_runs(void *user, const sysemu_node *from, const sysemu_edge *e,
				const sysemu_node *to)
{
	(void)user, (void)to;
	if ((at_emulated_entry(from) || AT(from, CALL) == 2) && e->ran_before)
		return false;
	return !(e->entered && mode_emulates(e->mode) && e->ran_after);
}

/* The way ended with the fork before, and not with the call that was begun behind it. */
static bool cut(const sysemu_edge *e, const sysemu_node *to)
{
	return AT(to, PLACE) == SYSEMU_NODE_FORKED && e->ran_before;
}

static bool one_stop(const sysemu_node *from, const sysemu_edge *e, const sysemu_node *to)
{
	if (cut(e, to))
		return true;
	if (e->entered && mode_emulates(e->mode))
		return AT(to, PLACE) == SYSEMU_NODE_ENTRY;
	return !(at_emulated_entry(from) && ran(e) && !e->entered &&
		 AT(to, PLACE) == SYSEMU_NODE_EXIT);
}

static bool one_stop_without_audit(void *user, const sysemu_node *from, const sysemu_edge *e,
				   const sysemu_node *to)
{
	(void)user;
	return AT(from, AUDIT) || one_stop(from, e, to);
}

static bool one_stop_under_audit(void *user, const sysemu_node *from, const sysemu_edge *e,
				 const sysemu_node *to)
{
	(void)user;
	return !AT(from, AUDIT) || one_stop(from, e, to);
}

static bool behind_a_call(const sysemu_node *n)
{
	return place_is_stop(AT(n, PLACE)) && AT(n, ENTRY) &&
	       (AT(n, WHERE) == SYSEMU_WHERE_HOME || AT(n, WHERE) == SYSEMU_WHERE_TAIL0);
}

static bool before_a_call(const sysemu_node *n)
{
	return AT(n, WHERE) >= SYSEMU_WHERE_INT80 && AT(n, WHERE) <= SYSEMU_WHERE_BACK1;
}

static bool skipped_not_restarted(void *user, const sysemu_node *from, const sysemu_edge *e,
				  const sysemu_node *to)
{
	(void)user;
	if (!ran(e) || !behind_a_call(from) || !(at_emulated_entry(from) || AT(from, CALL) == 2))
		return true;
	return !e->entered && (over(to) || !before_a_call(to));
}

/* ---- the contract of the other requests ---- */

static bool stops_alternate(void *user, const sysemu_node *from, const sysemu_edge *e,
			    const sysemu_node *to)
{
	(void)user;
	if (!ran(e) || e->mode != SYSEMU_PTRACE_SYSCALL || cut(e, to))
		return true;
	if (e->entered)
		return AT(to, PLACE) == SYSEMU_NODE_ENTRY;
	if (AT(from, PLACE) == SYSEMU_NODE_ENTRY && AT(from, MODE) == SYSEMU_PTRACE_SYSCALL)
		return AT(to, PLACE) == SYSEMU_NODE_EXIT || over(to);
	return AT(from, PLACE) != SYSEMU_NODE_EXIT || AT(to, PLACE) != SYSEMU_NODE_EXIT;
}

static bool traced_call_runs(void *user, const sysemu_node *from, const sysemu_edge *e,
			     const sysemu_node *to)
{
	(void)user, (void)to;
	if (!ran(e) || AT(from, PLACE) != SYSEMU_NODE_ENTRY ||
	    AT(from, MODE) != SYSEMU_PTRACE_SYSCALL)
		return true;
	if (AT(from, ORIG) == SYSEMU_CLASS_NONE || AT(from, ORIG) == SYSEMU_CLASS_OUT)
		return e->ran_before == 0;
	return e->ran_before != 0;
}

static bool step_means_progress(void *user, const sysemu_node *from, const sysemu_edge *e,
				const sysemu_node *to)
{
	(void)user;
	if (!ran(e) || !place_is_stop(AT(from, PLACE)) || AT(to, PLACE) != SYSEMU_NODE_SIGNAL ||
	    AT(to, CODE) != EXPLORE_TRAP)
		return true;
	if (e->user || e->entered || (AT(from, PENDING) & 0x11))
		return true;
	return AT(from, PLACE) == SYSEMU_NODE_ENTRY && (e->ran_before || !at_emulated_entry(from));
}

static bool no_stop_after_cont(void *user, const sysemu_node *from, const sysemu_edge *e,
			       const sysemu_node *to)
{
	(void)user, (void)from;
	return !ran(e) || e->mode != SYSEMU_PTRACE_CONT ||
	       (AT(to, PLACE) != SYSEMU_NODE_ENTRY && AT(to, PLACE) != SYSEMU_NODE_EXIT);
}

static bool no_flags_after_cont(void *user, const sysemu_node *from, const sysemu_edge *e,
				const sysemu_node *to)
{
	(void)user, (void)from;
	return !ran(e) || e->mode != SYSEMU_PTRACE_CONT || AT(to, PLACE) != SYSEMU_NODE_HOME ||
	       !(AT(to, FLAGS) & (T | E));
}

static bool no_stop_unasked(void *user, const sysemu_node *from, const sysemu_edge *e,
			    const sysemu_node *to)
{
	(void)user;
	return !ran(e) || e->mode || place_is_stop(AT(from, PLACE)) ||
	       (AT(to, PLACE) != SYSEMU_NODE_ENTRY && AT(to, PLACE) != SYSEMU_NODE_EXIT);
}

static bool no_flags_after_detach(void *user, const sysemu_node *from, const sysemu_edge *e,
				  const sysemu_node *to)
{
	(void)user, (void)from, (void)e;
	return AT(to, PLACE) != SYSEMU_NODE_HOME || AT(to, TRACED) || !(AT(to, FLAGS) & (T | E));
}

static bool no_stale_step(void *user, const sysemu_node *from, const sysemu_edge *e,
			  const sysemu_node *to)
{
	(void)user, (void)from, (void)e;
	return AT(to, PLACE) != SYSEMU_NODE_HOME ||
	       (AT(to, MODE) && AT(to, MODE) != SYSEMU_PTRACE_CONT) || !(AT(to, FLAGS) & S);
}

static bool refused_changes_nothing(void *user, const sysemu_node *from, const sysemu_edge *e,
				    const sysemu_node *to)
{
	(void)user;
	return e->result >= 0 || (!ran(e) && memcmp(from, to, sizeof(*from)) == 0);
}

/* ---- the way in and out ---- */

/* Which kernel it is shows in nothing but the count: 2.6.12's espfix test is six longer, 2.6.17's TF test
 * two, 2.6.20's segment four. Where the entry is in C (from 4.4 on) a count is its compiler's. */
static const struct {
	uint16_t of[2][2]; /* by int $0x80 and SYSENTER; in the table and beyond */
} costs[] = { { { { 37, 38 }, { 41, 48 } } }, { { { 43, 44 }, { 41, 54 } } },
	      { { { 45, 46 }, { 41, 54 } } }, { { { 49, 48 }, { 45, 58 } } },
	      { { { 49, 50 }, { 45, 58 } } }, { { { 47, 48 }, { 47, 60 } } },
	      { { { 48, 49 }, { 48, 61 } } } };
#define IN_C 62

static bool fast_path(void *user, const sysemu_node *from, const sysemu_edge *e,
		      const sysemu_node *to)
{
	bool out = e->choice == 2 || e->choice == 6;

	(void)user;
	if (AT(from, PLACE) != SYSEMU_NODE_HOME || !e->entered || AT(from, FLAGS) || AT(from, TF) ||
	    AT(to, PLACE) != SYSEMU_NODE_HOME)
		return true;
	if (e->entry > IN_C)
		return true;
	for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++)
		if (e->entry == costs[i].of[e->entered == 2][out])
			return true;
	return false;
}

static bool audit_is_told(void *user, const sysemu_node *from, const sysemu_edge *e,
			  const sysemu_node *to)
{
	(void)user;
	return !AT(from, AUDIT) || AT(from, PLACE) != SYSEMU_NODE_HOME || !e->entered ||
	       AT(to, PLACE) != SYSEMU_NODE_HOME || (e->audit_entries == 1 && e->audit_exits == 1);
}

static bool child_is_clean(void *user, const sysemu_node *from, const sysemu_edge *e,
			   const sysemu_node *to)
{
	(void)user, (void)from;
	return AT(to, PLACE) != SYSEMU_NODE_FORKED || !(e->child_flags & (T | E));
}

static const uint8_t regs = SYSEMU_BROKE_REGS, eflags = SYSEMU_BROKE_EFLAGS,
		     stack = SYSEMU_BROKE_STACK;

static bool not_broken(void *user, const sysemu_node *from, const sysemu_edge *e,
		       const sysemu_node *to)
{
	(void)from, (void)to;
	return !(e->broke & *(const uint8_t *)user);
}

static bool goes_on(void *user, const sysemu_node *from, const sysemu_edge *e,
		    const sysemu_node *to)
{
	(void)user, (void)from, (void)e;
	return AT(to, PLACE) != SYSEMU_NODE_HANG && AT(to, PLACE) != SYSEMU_NODE_FAULT &&
	       AT(to, PLACE) != SYSEMU_NODE_OTHER;
}

/* ---- the table ---- */

/*
 * Letters: + holds, - fails, . says nothing there; in the order 2.6.11, sysemu-1, sysemu-3,
 * sysemu-4, sysemu-as-printed, sysemu, 2.6.14; by int $0x80 and by SYSENTER.
 */
static const char *const kernels[] = { "2.6.11",   "sysemu-1",          "sysemu-3",
				       "sysemu-4", "sysemu-as-printed", "sysemu",
				       "2.6.14" };

struct row {
	sysemu_property property;
	const char *expected[2];
	const char *fact;
};

/* clang-format off */
#define ROW(id, function, text, from_where, int80, sysenter, told_by, ...)                         \
	{ { .name = id, .about = text, .source = from_where, .holds = function, __VA_ARGS__ },     \
	  { int80, sysenter }, told_by }

static const struct row rows[] = {
	ROW("emulated-call-never-runs", emulated_never_runs,
	    "a call begun under SYSEMU never executes, however its task is resumed",
	    "ptrace(2), PTRACE_SYSEMU; the patch, parts 1 and 3", ".-++-++", ".-++--+",
	    "docs/kernels.md §5, rows E: X under sysemu-1 and as-printed; by SYSENTER with TF, §4: "
	    "do_debug sets S, and §5: E and S together are taken for a skipped call's exit",
	    .demand = "ran=none"),
	ROW("one-stop", one_stop_without_audit,
	    "an emulated call stops once, at its entry (no audit)",
	    "the patch, parts 1 and 4", ".--+-++", ".--+--+",
	    "docs/kernels.md §5, rows E: an exit stop up to sysemu-3, no stop as printed; by SYSENTER "
	    "with TF as above"),
	ROW("one-stop-audit", one_stop_under_audit,
	    "the same with an audit context",
	    "the patch, parts 1 and 4", ".-----+", ".-----+",
	    "docs/kernels.md §5, row EA: two stops, none as printed"),
	ROW("skipped-call-not-restarted", skipped_not_restarted,
	    "a skipped call is not made again by an -ERESTART in eax and a signal",
	    "ptrace(2); UML writes orig_eax = -1 for it", ".---.-+", ".---.-+",
	    "docs/kernels.md §8: orig_eax stays >= 0, and as printed no call is skipped; §13: 2.6.14 "
	    "makes it -1",
	    .demand = NULL),
	ROW("stops-alternate", stops_alternate,
	    "under SYSCALL every call stops at entry, then at exit",
	    "ptrace(2), PTRACE_SYSCALL", "+++---+", "+++----",
	    "docs/kernels.md §5, row TE: from part 4 on SYSCALL leaves E, and the entry stop is lost; "
	    "2.6.14 by SYSENTER with TF under audit: §4, do_debug sets S; §5, with audit and S straight "
	    "to the end"),
	ROW("traced-call-runs", traced_call_runs,
	    "a call stopped at by SYSCALL runs once resumed, as orig_eax then says",
	    "ptrace(2), PTRACE_SYSCALL", "+-+++++", "+-+++++",
	    "docs/kernels.md §5, row T / SYSEMU: skipped under sysemu-1"),
	ROW("step-means-progress", step_means_progress,
	    "a step stop says that an instruction retired or a call was stepped",
	    "ptrace(2), PTRACE_SINGLESTEP; the patch, part 5", "+---+++", "+---+++",
	    "docs/kernels.md §5, rows E: a SIGTRAP up to sysemu-4 (sysemu-1: of a call out of range)",
	    .demand = "break at=@"),
	ROW("no-stop-after-cont", no_stop_after_cont,
	    "after CONT no call stops", "ptrace(2), PTRACE_CONT", "+++++++", "+++++++",
	    "docs/kernels.md §2: CONT clears T and E; §5: both are asked for a stop"),
	ROW("no-flags-after-cont", no_flags_after_cont,
	    "after CONT neither T nor E is set", "ptrace(2), PTRACE_CONT", "+++++++", "+++++++",
	    "docs/kernels.md §2, the resumes", .demand = "tif=-TRACE-EMU"),
	ROW("no-stop-unasked", no_stop_unasked,
	    "after DETACH no call stops, for a new tracer that has not resumed it neither",
	    "ptrace(2), PTRACE_DETACH", "------+", "------+",
	    "docs/kernels.md §10: DETACH leaves T and E, ATTACH keeps them; §2: 2.6.14 clears both"),
	ROW("no-flags-after-detach", no_flags_after_detach,
	    "after DETACH neither T nor E is set", "ptrace(2), PTRACE_DETACH",
	    "------+", "------+", "docs/kernels.md §10 and §2, as above", .demand = "tif=-TRACE-EMU"),
	ROW("no-stale-step", no_stale_step,
	    "after CONT or DETACH the single-step flag is not set",
	    "ptrace(2), PTRACE_SINGLESTEP", "+++++++", "-------",
	    "docs/kernels.md §4: TF and sysenter leave S set for ever, up to 2.6.16",
	    .demand = "tif=-SINGLESTEP"),
	ROW("refused-changes-nothing", refused_changes_nothing,
	    "a refused request changes nothing", "ptrace(2), ERRORS", "+++++++", "+++++++",
	    "docs/kernels.md §6, the order of sys_ptrace"),
	ROW("fast-path", fast_path,
	    "with no flag set a call takes the fast path, to the instruction",
	    "the patch: no instruction added to the fast path", "+++++++", "+++++++",
	    "docs/kernels.md §11: 37/41, 43/41; out of range 38/48, 44/54"),
	ROW("audit-is-told", audit_is_told,
	    "a call that does not stop is told to audit at its start and at its end",
	    "audit; docs/kernels.md §5", "+++++++", "+++++++",
	    "docs/kernels.md §5: the audit hook comes first"),
	ROW("child-is-clean", child_is_clean,
	    "a forked child has neither T nor E", "the patch, the fork path", "+++++++", "+++++++",
	    "docs/kernels.md §1 and §10, fork"),
	ROW("registers-kept", not_broken,
	    "the program's registers are its own, but those that the entry's contract gives up",
	    "int $0x80: all but eax; SYSENTER: ecx, edx and ebp until the page pops them",
	    "+++++++", "+++++++", "docs/kernels.md §3 and §4: SAVE_ALL, restore_all, the page",
	    .user = (void *)(uintptr_t)&regs),
	ROW("eflags-kept", not_broken,
	    "eflags change in no bit that ptrace may not change", "docs/kernels.md §6: 0x00044dd5",
	    "+++++++", "+++++++", "docs/kernels.md §6", .user = (void *)(uintptr_t)&eflags),
	ROW("stack-level", not_broken,
	    "at iret to user mode nothing but its five words is on the kernel stack, at sysexit the frame",
	    "the entry code", "+++++++", "+++++++", "docs/kernels.md §3 and §4",
	    .user = (void *)(uintptr_t)&stack),
	ROW("goes-on", goes_on,
	    "no panic, no endless loop, no stop of an unknown kind", "ptrace(2)",
	    "+++++++", "+++++++", "docs/kernels.md §3"),
};
/* clang-format on */

const sysemu_property *sysemu_property_at(size_t index)
{
	return index < sizeof(rows) / sizeof(rows[0]) ? &rows[index].property : NULL;
}

int sysemu_property_expected(const sysemu_property *p, const char *kernel, sysemu_entry entry,
			     const char **fact)
{
	const char *like = sysemu_kernel_like(kernel);

	if (like)
		kernel = like;
	for (size_t i = 0; kernel && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (p != &rows[i].property)
			continue;
		if (fact)
			*fact = rows[i].fact;
		for (size_t k = 0; k < sizeof(kernels) / sizeof(kernels[0]); k++) {
			char letter = rows[i].expected[entry == SYSEMU_ENTRY_SYSENTER][k];

			if (strcmp(kernels[k], kernel) == 0)
				return letter == '+' ? 1 : letter == '-' ? 0 : -1;
		}
	}
	return -1;
}

/* The event that should have come instead, for those properties that fail in several ways. */
const char *property_demand(const sysemu_property *p, const sysemu_node *from, const sysemu_edge *e)
{
	if (p->demand)
		return p->demand;
	if (p->holds == one_stop_without_audit || p->holds == one_stop_under_audit)
		return e->entered ? "stop ! entry" : "break at=@";
	if (p->holds == skipped_not_restarted)
		return e->entered ? "int80=0 sysenter=0" : "break at=@";
	if (p->holds == stops_alternate)
		return e->entered ? "stop ! entry" : "stop ! exit";
	if (p->holds == traced_call_runs)
		return AT(from, ORIG) == SYSEMU_CLASS_SERVED ? "ran=getpid" : NULL;
	if (p->holds == no_stop_unasked)
		return "stop STOP signal";
	return NULL;
}

sysemu_status sysemu_exploration_check(const sysemu_exploration *x,
				       const sysemu_property *properties, size_t n, size_t broken[],
				       size_t count[])
{
	REQUIRE_ARGUMENT(NULL, x);
	if (n) {
		REQUIRE_ARGUMENT(NULL, properties);
		REQUIRE_ARGUMENT(NULL, broken);
	}
	for (size_t i = 0; i < n; i++)
		if (!properties[i].holds)
			return fail(NULL, SYSEMU_EINVAL, "property %zu has no function", i);
	for (size_t i = 0; i < n; i++) {
		broken[i] = SYSEMU_HOLDS;
		if (count)
			count[i] = 0;
	}
	for (size_t k = 0; k < x->n_edges; k++) {
		const sysemu_edge *e = &x->edges[k];

		for (size_t i = 0; i < n; i++) {
			if (properties[i].holds(properties[i].user, &x->nodes[e->from].node, e,
						&x->nodes[e->to].node))
				continue;
			if (broken[i] == SYSEMU_HOLDS)
				broken[i] = k;
			if (count)
				count[i]++;
		}
	}
	return SYSEMU_OK;
}
