/* SPDX-License-Identifier: GPL-2.0-only */
/* rows.c: rows, the tracer's actions, and how each era is to fare, as C tables. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "conformance.h"

enum { PID_PARENT = 100, PID_PROGRAM = 101, EIP_BACK = 2 };

/* "VALUE, -1, number": a register's value, by what it stands for. */
static void put_value(const struct emitted *e, uint32_t reg, uint32_t value, bool is_number,
		      const char *middle)
{
	char label[128];
	const char *number = steps_number(value);

	if (reg == SYSEMU_REG_EAX && (value == PID_PROGRAM || value == PID_PARENT))
		fprintf(e->out, "%s, %s0", value == PID_PROGRAM ? "VALUE_PID" : "VALUE_PARENT",
			middle);
	else if (steps_label(e, value, label, sizeof(label)))
		fprintf(e->out, "%s, %s(long)%s",
			reg == SYSEMU_REG_EIP && label[0] == 'A' ? "VALUE_AFTER" : "VALUE", middle,
			label);
	else if (number && (reg == SYSEMU_REG_ORIG_EAX || is_number))
		fprintf(e->out, "VALUE, %s%s", middle, number);
	else
		fprintf(e->out, "VALUE, %s%" PRId32, middle, (int32_t)value);
}

/* ---- checks ---- */

/* "REG_EAX" */
static const char *reg_text(uint32_t reg, char buf[16])
{
	size_t n = (size_t)snprintf(buf, 16, "REG_%s", sysemu_reg_name(reg));

	for (size_t i = 0; i < n; i++)
		buf[i] = (char)toupper((unsigned char)buf[i]);
	return buf;
}

static void put_check(const struct emitted *e, const sysemu_row *row, const sysemu_check *c)
{
	static const char *const places[] = { "", "CHECK_ENTRY", "CHECK_EXIT", "CHECK_SIGNAL" };
	char reg[16];

	switch (c->kind) {
	case SYSEMU_CHECK_PLACE:
		fprintf(e->out, "\t{ %s, 0, VALUE, 0, 0 },\n", places[c->value]);
		break;
	case SYSEMU_CHECK_REG:
		fprintf(e->out, "\t{ CHECK_REG, %s, ", reg_text(c->index, reg));
		put_value(e, c->index, c->value, false, "-1, ");
		fputs(" },\n", e->out);
		break;
	case SYSEMU_CHECK_EFLAGS:
		fprintf(e->out,
			"\t{ CHECK_FLAGS, REG_EFLAGS, VALUE, 0x%" PRIx32 ", 0x%" PRIx32 " },\n",
			c->mask, c->value);
		break;
	case SYSEMU_CHECK_CALLS:
		if (c->value == 0)
			fputs("\t{ CHECK_RAN_NONE, 0, VALUE, 0, 0 },\n", e->out);
		break;
	case SYSEMU_CHECK_CALL:
		fprintf(e->out, "\t{ CHECK_RAN, 0, %s, -1, 0 },\n",
			emitted_check(row, SYSEMU_CHECK_CALL, 0) == 20 ? "VALUE_PID" :
									 "VALUE_PARENT");
		break;
	default: break;
	}
}

static size_t put_checks(const struct emitted *e, size_t i)
{
	const sysemu_row *row = &e->st->rows[i];
	size_t n = 0;

	fprintf(e->out, "static const struct check checks_%zu[] = {\n", i + 1);
	for (size_t c = 0; c < row->n_checks; c++) {
		const sysemu_check *check = &row->checks[c];

		if (!emitted_seen(row, check) || check->kind == SYSEMU_CHECK_KIND ||
		    check->kind == SYSEMU_CHECK_STATUS ||
		    (check->kind == SYSEMU_CHECK_CALLS && check->value))
			continue;
		put_check(e, row, check);
		n++;
	}
	fputs(n ? "};\n" : "\t{ 0 }\n};\n", e->out);
	return n;
}

/* ---- actions ---- */

/* A row that moves eip back has the call's number in eax: it is made again. */
static bool goes_back(const sysemu_row *row)
{
	for (size_t i = 0; i < row->n_actions; i++)
		if (row->actions[i].kind == SYSEMU_ACTION_SET_REG &&
		    row->actions[i].addr == SYSEMU_REG_EIP &&
		    row->actions[i].data == 0u - EIP_BACK && row->actions[i].mask)
			return true;
	return false;
}

static void put_result(const struct emitted *e, const sysemu_action *a)
{
	fprintf(e->out, ", %" PRId32 " },\n", a->any_result ? 0 : a->result);
}

static void put_user_area(const struct emitted *e, const sysemu_action *a)
{
	bool peek = a->request == SYSEMU_PTRACE_PEEKUSR;
	uint32_t reg = a->addr / 4;
	char addr[24], name[16];

	snprintf(addr, sizeof(addr), "%s, ", reg_text(reg, name));
	fprintf(e->out, "\t{ %s, %d, %d, ", peek ? "DO_PEEK_REG" : "DO_POKE_REG", a->compare,
		a->any_result);
	put_value(e, reg, peek ? a->word : a->data, false, addr);
	put_result(e, a);
}

static void put_set(const struct emitted *e, const sysemu_row *row, const sysemu_action *a)
{
	char addr[24], name[16];

	if (a->addr == SYSEMU_REG_EFLAGS && a->mask) {
		fprintf(e->out,
			"\t{ DO_FLAGS, 0, 0, VALUE, (long)0x%" PRIx32 "ul, 0x%" PRIx32 ", 0 },\n",
			a->mask, a->data);
		return;
	}
	if (a->addr == SYSEMU_REG_EIP && a->mask && a->data == 0u - EIP_BACK) {
		fputs("\t{ DO_ADD, 0, 0, VALUE, REG_EIP, -ENTER_BYTES, 0 },\n", e->out);
		return;
	}
	snprintf(addr, sizeof(addr), "%s, ", reg_text(a->addr, name));
	fprintf(e->out, "\t{ %s, 0, 0, ", a->mask ? "DO_ADD" : "DO_SET");
	put_value(e, a->addr, a->data, a->addr == SYSEMU_REG_EAX && goes_back(row), addr);
	fputs(", 0 },\n", e->out);
}

static void put_action(const struct emitted *e, const sysemu_row *row, const sysemu_action *a)
{
	char label[128];

	switch (a->kind) {
	case SYSEMU_ACTION_PTRACE:
		if (a->request == SYSEMU_PTRACE_PEEKUSR || a->request == SYSEMU_PTRACE_POKEUSR) {
			put_user_area(e, a);
			break;
		}
		fprintf(e->out, "\t{ %s, PTRACE_%s, %d, VALUE, %" PRId32 ", %" PRId32,
			emitted_resumes(a->request) ? "DO_RESUME" : "DO_REQUEST",
			sysemu_request_name(a->request), a->any_result, (int32_t)a->addr,
			(int32_t)a->data);
		put_result(e, a);
		break;
	case SYSEMU_ACTION_SET_REG: put_set(e, row, a); break;
	case SYSEMU_ACTION_SIGNAL:
		fprintf(e->out, "\t{ DO_SIGNAL, 0, %d, VALUE, 0, %" PRIu32, a->any_result, a->data);
		put_result(e, a);
		break;
	case SYSEMU_ACTION_BREAK:
		if (steps_label(e, a->addr, label, sizeof(label)))
			fprintf(e->out, "\t{ DO_BREAK, 0, 0, VALUE, (long)%s, 0, 0 },\n", label);
		break;
	default: break;
	}
}

static size_t put_actions(const struct emitted *e, size_t i)
{
	const sysemu_row *row = &e->st->rows[i];

	if (!row->n_actions || i >= e->seen_rows) {
		fprintf(e->out, "static const struct action actions_%zu[] = { { 0 } };\n", i + 1);
		return 0;
	}
	fprintf(e->out, "static const struct action actions_%zu[] = {\n", i + 1);
	for (size_t a = 0; a < row->n_actions; a++)
		put_action(e, row, &row->actions[a]);
	fputs("};\n", e->out);
	return row->n_actions;
}

/* ---- rows and verdicts ---- */

static void put_row(const struct emitted *e, size_t i, size_t checks, size_t actions)
{
	static const char *const events[] = { "EVENT_ANY",    "EVENT_STOP",  "EVENT_EXIT",
					      "EVENT_KILLED", "EVENT_BREAK", "EVENT_LIMIT" };
	const sysemu_row *row = &e->st->rows[i];
	uint32_t kind = emitted_check(row, SYSEMU_CHECK_KIND, SYSEMU_EVENT_NONE);
	uint32_t status = emitted_check(row, SYSEMU_CHECK_STATUS, 0);
	unsigned event = kind == SYSEMU_EVENT_STOP   ? 1 :
			 kind == SYSEMU_EVENT_EXIT   ? 2 :
			 kind == SYSEMU_EVENT_KILLED ? 3 :
			 kind == SYSEMU_EVENT_BREAK  ? 4 :
			 kind == SYSEMU_EVENT_LIMIT  ? 5 :
						       0;

	fprintf(e->out, "\t{ %s%s%s, %s, %" PRIu32 ", checks_%zu, %zu, actions_%zu, %zu },\n",
		row->label ? "\"" : "", row->label ? row->label : "0", row->label ? "\"" : "",
		events[event], kind == SYSEMU_EVENT_KILLED ? status & 0x7f : status >> 8, i + 1,
		checks, i + 1, actions);
}

/* The field that is to differ, as the test names it; NULL: no tracer sees that. */
static const char *seen_field(const struct emitted *e, const sysemu_verdict *v)
{
	const sysemu_row *row = &e->st->rows[v->row];

	if (v->on == SYSEMU_CHECK_RESULT)
		return "result";
	for (size_t i = 0; i < row->n_checks; i++) {
		const sysemu_check *c = &row->checks[i];

		if (c->kind == v->on && (c->kind != SYSEMU_CHECK_REG || c->index == v->on_index))
			return emitted_seen(row, c);
	}
	return v->on == SYSEMU_CHECK_CALLS || v->on == SYSEMU_CHECK_CALL ?
		       emitted_seen(row, &(sysemu_check){ .kind = SYSEMU_CHECK_CALLS }) :
		       NULL;
}

static void put_verdict(const struct emitted *e, const char *era, const sysemu_verdict *v)
{
	const char *on = v->fails && v->on_field ? seen_field(e, v) : NULL;
	bool hidden = v->fails && ((v->on_field && !on) || v->row >= e->seen_rows);

	/* Old kernels do not say which side of a call a stop is: the row fails in what follows from it. */
	if (v->on == SYSEMU_CHECK_PLACE)
		on = NULL;

	fprintf(e->out, "\t{ \"%s\", %d, %s%s%s, %d },\n", era, v->fails ? (int)v->row : -1,
		on ? "\"" : "", on ? on : "0", on ? "\"" : "", hidden);
}

/* Of the kernels of today one stands here; NULL: nothing is stated of it. */
static const sysemu_verdict *modern_verdict(const sysemu_scenario *s)
{
	for (size_t i = 0; i < s->n_verdicts; i++)
		if (!strcmp(s->verdicts[i].kernel, "6.12")) /* 6.1 to 7.2 */
			return &s->verdicts[i];
	return NULL;
}

size_t rows_verdicts(const struct emitted *e)
{
	return e->s->n_verdicts + (!e->s->n_verdicts || modern_verdict(e->s));
}

void rows_put(const struct emitted *e)
{
	const sysemu_verdict *modern = modern_verdict(e->s);
	size_t counts[2][1024] = { { 0 } };

	for (size_t i = 0; i < e->st->n_rows && i < 1024; i++) {
		counts[0][i] = put_checks(e, i);
		counts[1][i] = put_actions(e, i);
	}
	fputs("\nstatic const struct row rows[] = {\n", e->out);
	for (size_t i = 0; i < e->st->n_rows && i < 1024; i++)
		put_row(e, i, counts[0][i], counts[1][i]);
	fputs("};\n\nstatic const struct verdict verdicts[] = {\n", e->out);
	for (size_t i = 0; i < e->s->n_verdicts; i++)
		put_verdict(e, e->s->verdicts[i].kernel, &e->s->verdicts[i]);
	if (modern)
		put_verdict(e, "modern", modern);
	if (!e->s->n_verdicts) /* kernels of files alone */
		fputs("\t{ \"modern\", -1, 0, 0 },\n", e->out);
	fputs("};\n\n", e->out);
}
