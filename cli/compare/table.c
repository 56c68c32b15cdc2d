/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table.c: `sysemu diff --rules`: what each rule of rules.play comes to on each kernel, and so since
 * when it holds. A story is a line:
 *
 *	>  an entry stop    <  an exit stop    X  a call executed    TRAP ret+1  a signal's stop, and
 *	where it is: so many bytes behind the call    home  the program's next instructions are reached
 *
 * with eax where it is a result, TF where the tracer sees it set, and what a request is refused with.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/json.h"
#include "compare.h"

#define STORY_MAX       400
#define EFLAGS_TF       0x100u
#define NEAR_CALL       16u
#define SYSENTER_RETURN 0xffffe410u
#define NAMES_WIDTH     28
#define NAMES_MAX       1000

struct line {
	char *at;
	size_t left;
	bool begun;
	const char *glue; /* before the next word: of a new event, or of the same */
};

static void say(struct line *l, const char *text)
{
	int n = snprintf(l->at, l->left, "%s%s", l->begun ? l->glue : "", text);
	size_t used = n < 0 ? 0 : (size_t)n < l->left ? (size_t)n : l->left - 1;

	l->at += used;
	l->left -= used;
	l->begun = true;
	l->glue = " ";
}

/* ---- one event ---- */

/* "ret+1" behind the call that the rule is about, "here+5" elsewhere, or the address. */
static const char *where(const sysemu_staging *st, uint32_t eip, char *buf, size_t size)
{
	snprintf(buf, size, "0x%" PRIx32, eip);
	if (eip - SYSENTER_RETURN < NEAR_CALL)
		snprintf(buf, size, "ret+%" PRIu32, eip - SYSENTER_RETURN);
	for (size_t i = 0; i < st->n_steps; i++) {
		const sysemu_program_step *step = &st->steps[i];

		if (!step->label)
			continue;
		if (!strcmp(step->label, "c") && eip - step->after < NEAR_CALL) {
			snprintf(buf, size, "ret+%" PRIu32, eip - step->after);
			break;
		}
		if (eip - step->at < step->next - step->at)
			snprintf(buf, size, eip == step->at ? "%s" : "%s+%" PRIu32, step->label,
				 eip - step->at);
	}
	return buf;
}

static void say_calls(struct line *l, const sysemu_seen *seen)
{
	char text[64];

	for (uint32_t i = 0; i < seen->calls && i < SYSEMU_RAN_MAX; i++) {
		const char *name = sysemu_call_name(seen->ran[i]);

		if (name && !strcmp(name, "getpid"))
			snprintf(text, sizeof(text), "X");
		else
			snprintf(text, sizeof(text), "X(%s)", name ? name : "?");
		say(l, text);
		l->glue = ", ";
	}
}

static void say_signal_stop(struct line *l, const sysemu_staging *st, const sysemu_seen *seen)
{
	char text[96], place[32];

	snprintf(text, sizeof(text), "%s%s %s", cli_signal_text(cli_stop_signal(&seen->event)) + 3,
		 seen->place == SYSEMU_PLACE_GROUP  ? " (group)" :
		 seen->place == SYSEMU_PLACE_NOTIFY ? " (notify)" :
						      "",
		 where(st, seen->event.eip, place, sizeof(place)));
	say(l, text);
}

static void say_eax(struct line *l, const sysemu_seen *seen)
{
	char text[64], value[32];

	snprintf(text, sizeof(text), "eax=%s",
		 words_result((int32_t)seen->event.eax, value, sizeof(value)));
	say(l, text);
}

static void say_event(struct line *l, const sysemu_staging *st, const sysemu_seen *seen)
{
	const sysemu_event *e = &seen->event;
	char text[64];

	say_calls(l, seen);
	switch (e->kind) {
	case SYSEMU_EVENT_STOP:
		if (seen->place == SYSEMU_PLACE_ENTRY || seen->place == SYSEMU_PLACE_EXIT)
			say(l, seen->place == SYSEMU_PLACE_ENTRY ? ">" : "<");
		else
			say_signal_stop(l, st, seen);
		if (seen->place != SYSEMU_PLACE_GROUP)
			say_eax(l, seen);
		if (e->eflags & EFLAGS_TF)
			say(l, "TF");
		break;
	case SYSEMU_EVENT_BREAK:
		say(l, "home");
		say_eax(l, seen);
		break;
	case SYSEMU_EVENT_EXIT:
		snprintf(text, sizeof(text), "exit %" PRIu32, e->status >> 8);
		say(l, text);
		break;
	case SYSEMU_EVENT_KILLED:
		snprintf(text, sizeof(text), "killed by %s", cli_signal_text(e->status & 0x7f) + 3);
		say(l, text);
		break;
	case SYSEMU_EVENT_LIMIT: say(l, "runs on"); break;
	default: say(l, sysemu_event_name(e->kind)); break;
	}
}

/* Requests that were refused behind event `row`; true: one was. */
static bool say_refused(struct line *l, const struct story *story, size_t row)
{
	bool refused = false;
	char text[64], result[32];

	for (size_t i = 0; i < story->n_acts; i++) {
		const struct story_act *act = &story->acts[i];

		/* Who runs is not to be asked: the rule is of a kernel that would have stopped. */
		if (act->row != row || act->action->kind != SYSEMU_ACTION_PTRACE || !act->result ||
		    story->seen[row].event.kind != SYSEMU_EVENT_STOP)
			continue;
		snprintf(text, sizeof(text), "%s: %s", sysemu_request_name(act->action->request),
			 words_result(act->result, result, sizeof(result)));
		say(l, text);
		refused = true;
	}
	return refused;
}

/* The first event is the launch, of which nothing is said; what a refused request leaves stopped is
 * no event. */
static void tell(const struct story *story, const sysemu_staging *st, char out[STORY_MAX])
{
	struct line l = { out, STORY_MAX, false, "" };

	out[0] = 0;
	for (size_t i = 0; i < story->n; i++) {
		l.glue = ", ";
		if (i)
			say_event(&l, st, &story->seen[i]);
		if (story->seen[i].event.kind == SYSEMU_EVENT_LIMIT)
			return;
		l.glue = ", ";
		if (say_refused(&l, story, i))
			return;
	}
}

/* ---- kernels that do the same ---- */

static void name_kernels(const struct compare_kernels *k, const char stories[][STORY_MAX],
			 size_t first, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = 0;
	for (size_t i = first; i < k->n && used < size; i++) {
		size_t last = i;

		if (strcmp(stories[i], stories[first]) != 0)
			continue;
		while (last + 1 < k->n && !strcmp(stories[last + 1], stories[first]))
			last++;
		used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
					 k->list[i]);
		if (last > i && used < size)
			used += (size_t)snprintf(buf + used, size - used, "%s%s",
						 last == i + 1 ? ", " : " to ", k->list[last]);
		i = last;
	}
}

static bool told_before(const char stories[][STORY_MAX], size_t k)
{
	for (size_t i = 0; i < k; i++)
		if (!strcmp(stories[i], stories[k]))
			return true;
	return false;
}

static void put_kernels_json(const struct compare_kernels *k, const char stories[][STORY_MAX],
			     size_t first, struct json *j)
{
	json_open(j, '{');
	json_key(j, "story");
	json_string(j, stories[first]);
	json_key(j, "kernels");
	json_open(j, '[');
	for (size_t i = first; i < k->n; i++)
		if (!strcmp(stories[i], stories[first]))
			json_string(j, k->list[i]);
	json_close(j, ']');
	json_close(j, '}');
}

static void put_rule(const sysemu_scenario *s, sysemu_entry entry, const struct compare_kernels *k,
		     const char stories[][STORY_MAX], struct json *j)
{
	char names[NAMES_MAX];

	if (j) {
		json_open(j, '{');
		json_key(j, "rule");
		json_string(j, s->name);
		json_key(j, "about");
		json_string(j, s->about);
		json_key(j, "entry");
		json_string(j, words_entry(entry));
		json_key(j, "since");
		json_open(j, '[');
	} else {
		printf("%s\n", s->about ? s->about : s->name);
	}
	for (size_t i = 0; i < k->n; i++) {
		if (told_before(stories, i))
			continue;
		name_kernels(k, stories, i, names, sizeof(names));
		if (j) {
			put_kernels_json(k, stories, i, j);
			continue;
		}
		if (strlen(names) > NAMES_WIDTH)
			printf("    %s\n", names);
		printf("    %-*s  %s\n", NAMES_WIDTH, strlen(names) > NAMES_WIDTH ? "" : names,
		       stories[i]);
	}
	if (j) {
		json_close(j, ']');
		json_close(j, '}');
	}
}

static bool ask(const struct compare_file *file, const sysemu_scenario *s,
		const struct compare_kernels *k, struct json *j)
{
	static char stories[COMPARE_KERNELS_MAX][STORY_MAX];

	for (unsigned entry = 0; entry < 2; entry++) {
		const sysemu_staging *st = &s->by_entry[entry];

		for (size_t i = 0; i < k->n && st->n_rows; i++) {
			struct story story;

			if (!story_play(&story, file->name, s, k->list[i], (sysemu_entry)entry))
				return false;
			tell(&story, st, stories[i]);
			story_free(&story);
		}
		if (st->n_rows)
			put_rule(s, (sysemu_entry)entry, k, stories, j);
	}
	return true;
}

int table_put(const struct compare_kernels *kernels, struct json *j)
{
	struct compare_set set = { 0 };
	const sysemu_scenario *s;
	bool ok = compare_set_rules(&set);

	if (j) {
		json_open(j, '{');
		json_key(j, "schema");
		json_int(j, 1);
		json_key(j, "rules");
		json_open(j, '[');
	}
	for (size_t i = 0; ok && (s = sysemu_scenarios_at(set.files[0].all, i)); i++)
		ok = ask(&set.files[0], s, kernels, j);
	if (j) {
		json_close(j, ']');
		json_close(j, '}');
		json_end(j);
	}
	compare_set_free(&set);
	return ok ? CLI_OK : CLI_INTERNAL;
}
