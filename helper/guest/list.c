// SPDX-License-Identifier: MIT
/*
 * list.c - carrel guest list and status.
 */
#include "base/cleanup.h"
#include "guest/dial.h"
#include "guest/folder.h"
#include "helper/cli/output.h"
#include "verbs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_JSON };

/* "tcg" is said in words: it explains why the guest is slow. */
static const char *accel_of(const struct guest_view *view)
{
	if (!view->alive || !view->record.accel[0])
		return "-";
	return strcmp(view->record.accel, "tcg") == 0 ? "tcg (emulated)" : view->record.accel;
}

static void add_guest_row(struct output_table *table, const struct guest_view *view)
{
	char memory[32], cpu[32], since[32];

	table_add(table, "%s", view->user);
	table_add(table, "%s", view->record.template[0] ? view->record.template : "-");
	table_add(table, "%s", guest_state_word(view));
	table_add(table, "%s", accel_of(view));
	table_add(table, "%s", output_size(view->memory, memory, sizeof(memory)));
	table_add(table, "%s", output_duration(view->cpu_usec, cpu, sizeof(cpu)));
	if (view->record.cid && view->alive)
		table_add(table, "cid %u", view->record.cid);
	else if (view->record.port == GUEST_PRIVATE_PORT && view->alive)
		table_add(table, "private");
	else if (view->record.port && view->alive)
		table_add(table, "port %u", view->record.port);
	else
		table_add(table, "-");
	table_add(table, "%s",
		view->alive ? output_time(view->record.since, since, sizeof(since)) : "-");
}

int guest_print_table(const struct guest_view *views, size_t count)
{
	static const struct output_column columns[] = {{"USER"}, {"TEMPLATE"}, {"STATE"}, {"ACCEL"},
		{"MEMORY", true}, {"CPU TIME", true}, {"WAY IN"}, {"SINCE"}};
	struct output_table table = OUTPUT_TABLE(columns);

	for (size_t i = 0; i < count; i++)
		add_guest_row(&table, &views[i]);
	return table_print(&table);
}

/* What an admin has to see to. */
static void print_problems(const struct guest_view *views, size_t count)
{
	char text[GUEST_ORPHAN_MAX];

	for (size_t i = 0; i < count; i++) {
		const struct guest_view *view = &views[i];

		if (strcmp(guest_state_word(view), "unknown") == 0)
			command_error(COMMAND_FAILED, "%s", view->record.why);
		if (guest_orphan(view, text))
			command_error(COMMAND_FAILED, "%s", text);
	}
}

static int print_guests_json(const struct guest_view *views, size_t count)
{
	json_t *guests = json_array();

	for (size_t i = 0; i < count; i++)
		guests = output_append(guests, guest_json(&views[i]));
	return output_json(json_pack("{s:o}", "guests", guests));
}

/* A user who may not see all guests sees their own. */
static int own_view(struct guest_view **ret_views, size_t *ret_count, struct carrel_error *err)
{
	struct guest_view *view = calloc(1, sizeof(*view));
	int r = view ? guest_view(geteuid(), NULL, view, err) : error_set(err, -ENOMEM, "guests");

	if (r < 0) {
		free(view);
		return r;
	}
	*ret_views = view;
	*ret_count = view->known || view->disk || view->held;
	return 0;
}

static int run_guest_list(const struct command_input *input)
{
	cleanup_free struct guest_view *views = NULL;
	struct carrel_error err = {0};
	size_t count = 0;
	int code, r = guest_views(&views, &count, &err);

	if (r == -EACCES)
		r = own_view(&views, &count, &err);
	if (r < 0)
		return command_failed(&err);
	if (input->option[OPTION_JSON])
		return print_guests_json(views, count);
	if (count == 0) {
		printf("No guests.\n");
		return COMMAND_DONE;
	}
	code = guest_print_table(views, count);
	print_problems(views, count);
	return code;
}

static void print_field(const char *name, const char *value)
{
	printf("%-10s %s\n", name, value);
}

static void print_running(const struct guest_view *view)
{
	const struct guest_record *record = &view->record;
	char text[64], other[64];

	if (strcmp(record->state, record->phase) != 0)
		print_field("phase", record->phase);
	print_field("accel", accel_of(view));
	snprintf(text, sizeof(text), "%s of %s, %llu CPU%s",
		output_size(view->memory, other, sizeof(other)),
		output_size(record->memory, (char[32]){0}, 32), (unsigned long long)record->vcpus,
		record->vcpus == 1 ? "" : "s");
	print_field("memory", text);
	print_field("cpu time", output_duration(view->cpu_usec, text, sizeof(text)));
	if (record->cid)
		snprintf(text, sizeof(text), "vsock, cid %u", record->cid);
	else if (record->port == GUEST_PRIVATE_PORT)
		snprintf(text, sizeof(text), "private: a network of its own");
	else
		snprintf(text, sizeof(text), "port %u of 127.0.0.1", record->port);
	print_field("way in", text);
	snprintf(text, sizeof(text), "%d", (int)record->qemu.pid);
	print_field("pid", text);
	print_field("cgroup", record->cgroup);
	print_field("since", output_time(record->since, text, sizeof(text)));
	if (record->note[0]) {
		char note[sizeof(record->note)];

		snprintf(note, sizeof(note), "%s", record->note);
		text_sanitize(note);
		print_field("note", note);
	}
}

/* For scripts as well: 0 where the guest is there for its user. */
static int print_status(const struct guest_view *view)
{
	const struct guest_record *record = &view->record;
	char why[sizeof(record->why)], text[GUEST_ORPHAN_MAX];

	print_field("user", view->user);
	print_field("state", guest_state_word(view));
	if (record->template[0])
		print_field("template", record->template);
	if (record->image[0])
		print_field("image", record->image);
	if (view->alive)
		print_running(view);
	if (view->held)
		print_field("held", "by an administrator: nothing starts it, until root does");
	if (!view->alive && view->known) {
		snprintf(why, sizeof(why), "%s", record->why);
		text_sanitize(why);
		print_field("why", why);
	}
	print_field("disk", view->disk ? "kept" : "none");
	if (guest_orphan(view, text))
		command_error(COMMAND_FAILED, "%s", text);
	return COMMAND_DONE;
}

static int run_guest_status(const struct command_input *input)
{
	struct account account = {0};
	struct carrel_error err = {0};
	struct guest_view view;
	int code = guest_account(input->operand[0], &account);

	if (code == COMMAND_DONE && guest_view(account.login.uid, account.name, &view, &err) < 0)
		code = command_failed(&err);
	account_free(&account);
	if (code != COMMAND_DONE)
		return code;
	return input->option[OPTION_JSON] ? output_json(guest_json(&view)) : print_status(&view);
}

const struct command_verb verb_guest_list = {
	.name = "guest list",
	.operands = "",
	.summary = "the guests that run, and those that have a disk",
	.details = "Users see their own; root and members of carrel-admin see all, and what nobody "
		   "has\n"
		   "an account for any more.\n",
	.options = {[OPTION_JSON] = {"json", NULL, "one JSON document"}},
	.run = run_guest_list,
};

const struct command_verb verb_guest_status = {
	.name = "guest status",
	.operands = "[USER]",
	.summary = "how the guest of a user, or your own, is, and why it failed",
	.min_operands = 0,
	.max_operands = 1,
	.options = {[OPTION_JSON] = {"json", NULL, "one JSON document"}},
	.run = run_guest_status,
};
