// SPDX-License-Identifier: MIT
/*
 * status.c - carrel status: lists sessions, what their users use of their quotas, and guests.
 */
#include "base/cleanup.h"
#include "helper/cli/command.h"
#include "helper/cli/limits.h"
#include "helper/cli/output.h"
#include "helper/guest/verbs.h"
#include "plan/manager.h"
#include "policy/account.h"
#include "session/inventory.h"

#include <string.h>

enum { OPTION_JSON };

/* Formats @number for a cell of use against limit. */
typedef const char *(*format_fn)(uint64_t number, char *buf, size_t size);

/* Returns whether the session is the first of its user that is alive, which stands for the user. */
static bool first_of_user(const struct inventory *inventory, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (inventory->session[i].alive &&
			inventory->session[i].record.uid == inventory->session[index].record.uid)
			return false;
	return inventory->session[index].alive;
}

static json_t *json_session(const struct session_record *record)
{
	return json_pack("{s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:b, s:I, s:I, s:o}", "id",
		output_string(record->id), "user", output_string(record->user), "uid",
		(json_int_t)record->uid, "service", output_string(record->service), "tty",
		output_string(record->tty), "host", output_string(record->rhost), "mode",
		output_string(record->mode), "share", output_string(record->share), "rescue",
		record->rescue, "since", (json_int_t)record->since, "pid",
		(json_int_t)(record->init.pid ? record->init.pid : record->opener.pid), "cgroup",
		output_string(record->place.session));
}

static json_t *json_user(const struct cgroup_manager *manager, const struct session_record *record)
{
	struct cgroup_usage use = CGROUP_USAGE_UNKNOWN;

	cgroup_read_usage(manager, record->place.user, &use);
	return json_pack("{s:o, s:I, s:o, s:o, s:o, s:{s:o, s:o, s:o}}", "user",
		output_string(record->user), "uid", (json_int_t)record->uid, "manager",
		output_string(record->manager), "cgroup", output_string(record->place.user),
		"limits", limits_json(manager, record->place.user), "use", "memory",
		output_number(use.memory), "pids", output_number(use.pids), "cpu_usec",
		output_number(use.cpu_usec));
}

/* Finds the guests that run or have failed, @uid's or all of them. The caller frees them. */
static int find_guests(
	uid_t uid, struct guest_view **ret_views, size_t *ret_count, struct carrel_error *err)
{
	struct guest_view *views = NULL;
	size_t all = 0, count = 0;
	int r = guest_views(&views, &all, err);

	for (size_t i = 0; i < all; i++)
		if (views[i].known && (uid == (uid_t)-1 || views[i].uid == uid))
			views[count++] = views[i];
	*ret_views = views;
	*ret_count = count;
	return r;
}

static int print_status_json(
	const struct cgroup_manager *manager, const struct inventory *inventory, uid_t uid)
{
	json_t *sessions = json_array(), *users = json_array(), *guests = json_array();
	cleanup_free struct guest_view *views = NULL;
	size_t n_views = 0;

	if (find_guests(uid, &views, &n_views, NULL) < 0) {
		json_decref(guests);
		guests = NULL;
	}
	for (size_t i = 0; i < n_views; i++)
		guests = output_append(guests, guest_json(&views[i]));
	for (size_t i = 0; i < inventory->count; i++) {
		const struct session_record *record = &inventory->session[i].record;

		if (inventory_listed(inventory, &inventory->session[i]))
			sessions = output_append(sessions, json_session(record));
		if (first_of_user(inventory, i))
			users = output_append(users, json_user(manager, record));
	}
	return output_json(json_pack(
		"{s:o, s:o, s:o}", "sessions", sessions, "users", users, "guests", guests));
}

static int print_sessions(const struct inventory *inventory)
{
	static const struct output_column columns[] = {
		{"SESSION"}, {"USER"}, {"SERVICE"}, {"TTY"}, {"FROM"}, {"MODE"}, {"SINCE"}};
	struct output_table table = OUTPUT_TABLE(columns);
	char since[32];

	for (size_t i = 0; i < inventory->count; i++) {
		const struct session_record *record = &inventory->session[i].record;

		if (!inventory_listed(inventory, &inventory->session[i]))
			continue;
		table_add(&table, "%s", record->id);
		table_add(&table, "%s", record->user);
		/* A sandbox that lingers, with nobody in it any more, has no service. */
		table_add(&table, "%s", record->service[0] ? record->service : "-");
		table_add(&table, "%s", record->tty[0] ? record->tty : "-");
		table_add(&table, "%s", record->rhost[0] ? record->rhost : "-");
		table_add(&table, "%s%s", record->mode, record->rescue ? ", rescue" : "");
		table_add(&table, "%s", output_time(record->since, since, sizeof(since)));
	}
	return table_print(&table);
}

/* Adds a cell such as "1.2G / 4G". */
static void add_use(struct output_table *table, const struct cgroup_manager *manager,
	const char *path, uint64_t use, enum cgroup_limit_id id, format_fn format)
{
	cleanup_free char *text = NULL;
	char used[32], limit[32] = "-";
	char *end;

	if (cgroup_read_limit(manager, path, id, &text) == 0) {
		unsigned long long number = strtoull(text, &end, 10);

		snprintf(limit, sizeof(limit), "%s", text);
		if (end != text && *end == '\0')
			format(number, limit, sizeof(limit));
	}
	table_add(table, "%s / %s", format(use, used, sizeof(used)), limit);
}

/* Adds a cell such as "200%", out of "200000 100000" (cgroup-v2.rst: quota and period). */
static void add_cpu_limit(
	struct output_table *table, const struct cgroup_manager *manager, const char *path)
{
	cleanup_free char *text = NULL;
	unsigned long long quota, period;

	if (cgroup_read_limit(manager, path, CGROUP_CPU_MAX, &text) < 0)
		table_add(table, "-");
	else if (sscanf(text, "%llu %llu", &quota, &period) == 2 && period > 0)
		table_add(table, "%llu%%", quota * 100 / period);
	else
		table_add(table, "max");
}

static int print_users(const struct cgroup_manager *manager, const struct inventory *inventory)
{
	static const struct output_column columns[] = {
		{"USER"}, {"MEMORY"}, {"PROCESSES"}, {"CPU TIME"}, {"CPU LIMIT"}, {"CGROUP"}};
	struct output_table table = OUTPUT_TABLE(columns);
	char duration[32];

	for (size_t i = 0; i < inventory->count; i++) {
		const struct session_record *record = &inventory->session[i].record;
		const char *path = record->place.user;
		struct cgroup_usage use = CGROUP_USAGE_UNKNOWN;

		if (!first_of_user(inventory, i))
			continue;
		cgroup_read_usage(manager, path, &use);
		table_add(&table, "%s", record->user);
		add_use(&table, manager, path, use.memory, CGROUP_MEMORY_MAX, output_size);
		add_use(&table, manager, path, use.pids, CGROUP_PIDS_MAX, output_count);
		table_add(&table, "%s", output_duration(use.cpu_usec, duration, sizeof(duration)));
		add_cpu_limit(&table, manager, path);
		table_add(&table, "%s", path);
	}
	return table_print(&table);
}

static int print_guests(uid_t uid)
{
	cleanup_free struct guest_view *views = NULL;
	size_t count = 0;

	struct carrel_error err = {0};

	if (find_guests(uid, &views, &count, &err) < 0)
		return command_failed(&err);
	if (count == 0)
		return COMMAND_DONE;
	putchar('\n');
	return guest_print_table(views, count);
}

static int print_text(
	const struct cgroup_manager *manager, const struct inventory *inventory, uid_t uid)
{
	size_t alive = 0;
	int r = COMMAND_DONE;

	for (size_t i = 0; i < inventory->count; i++)
		alive += inventory->session[i].alive;
	if (alive == 0) {
		printf("No sessions.\n");
	} else {
		r = print_sessions(inventory);
		putchar('\n');
		if (r == COMMAND_DONE)
			r = print_users(manager, inventory);
	}
	return r == COMMAND_DONE ? print_guests(uid) : r;
}

static int run_status(const struct command_input *input)
{
	struct cgroup_manager *manager = NULL;
	struct inventory inventory = {0};
	struct account account = {.login.uid = (uid_t)-1};
	struct carrel_error err = {0};
	uid_t uid;
	int r = 0;

	if (input->n_operands == 1)
		r = account_find(input->operand[0], &account, &err);
	uid = account.login.uid;
	account_free(&account);
	if (r == 0)
		r = inventory_load(uid, &inventory, &err);
	if (r == 0)
		r = manager_open(&manager, &err);
	if (r < 0)
		r = command_failed(&err);
	else
		r = input->option[OPTION_JSON] ? print_status_json(manager, &inventory, uid)
					       : print_text(manager, &inventory, uid);
	cgroup_manager_free(manager);
	inventory_free(&inventory);
	return r;
}

const struct command_verb verb_status = {
	.name = "status",
	.operands = "[USER]",
	.summary = "the sessions, their users' use against the quota, and guests",
	.max_operands = 1,
	.root = true,
	.options = {[OPTION_JSON] = {"json", NULL, "one JSON document"}},
	.run = run_status,
};
