// SPDX-License-Identifier: MIT
/*
 * ps.c - carrel ps: lists the processes of a user's sessions, by their numbers outside and inside.
 */
#include "base/cleanup.h"
#include "helper/cli/command.h"
#include "helper/cli/output.h"
#include "policy/account.h"
#include "session/inventory.h"

enum { OPTION_JSON };

/* What is done with each process. */
typedef void (*visit_fn)(
	void *data, const struct session_record *record, const struct inventory_process *process);

static int visit_all(
	const struct inventory *inventory, visit_fn visit, void *data, struct carrel_error *err)
{
	for (size_t i = 0; i < inventory->count; i++) {
		const struct inventory_session *session = &inventory->session[i];
		cleanup_free struct inventory_process *process = NULL;
		size_t count = 0;
		int r;

		/* Sessions that share a sandbox are listed with it. */
		if (!session->alive ||
			(session->record.sandbox[0] && !record_is_sandbox(&session->record)))
			continue;
		r = inventory_processes(&session->record, &process, &count, err);
		if (r < 0)
			return r;
		for (size_t j = 0; j < count; j++)
			visit(data, &session->record, &process[j]);
	}
	return 0;
}

/* Returns whether the process is in the session's pid namespace. The sshd monitor, for example, is
 * in its cgroup only, and has no number inside. */
static bool is_inside(const struct session_record *record, const struct inventory_process *process)
{
	return record->pid_namespace != 0 && process->inside_pid != process->pid;
}

/* Returns the name of the process's user, who need not be the session's (sudo inside a session), or
 * the number where there is no name. */
static const char *process_owner(const struct session_record *record,
	const struct inventory_process *process, char *buf, size_t size)
{
	struct account account;

	if (process->uid == record->uid)
		return record->user;
	if (account_find_uid(process->uid, &account, NULL) < 0) {
		snprintf(buf, size, "%u", (unsigned)process->uid);
		return buf;
	}
	snprintf(buf, size, "%s", account.name);
	account_free(&account);
	return buf;
}

static void add_process_row(
	void *data, const struct session_record *record, const struct inventory_process *process)
{
	struct output_table *table = data;
	char text[264];

	table_add(table, "%d", (int)process->pid);
	if (is_inside(record, process))
		table_add(table, "%d", (int)process->inside_pid);
	else
		table_add(table, "-");
	table_add(table, "%s", record->id);
	table_add(table, "%s", process_owner(record, process, text, sizeof(text)));
	table_add(table, "%s", output_size(process->rss, text, sizeof(text)));
	table_add(table, "%s", output_duration(process->cpu_usec, text, sizeof(text)));
	table_add(table, "%s", process->name);
}

static int print_processes_table(const struct inventory *inventory, struct carrel_error *err)
{
	static const struct output_column columns[] = {{"PID", true}, {"INSIDE", true}, {"SESSION"},
		{"USER"}, {"RSS", true}, {"CPU", true}, {"COMMAND"}};
	struct output_table table = OUTPUT_TABLE(columns);

	if (visit_all(inventory, add_process_row, &table, err) < 0) {
		table_free(&table);
		return command_failed(err);
	}
	return table_print(&table);
}

static void add_object(
	void *data, const struct session_record *record, const struct inventory_process *process)
{
	json_t **processes = data;
	json_t *object = json_pack("{s:I, s:o, s:o, s:I, s:o, s:o, s:o}", "pid",
		(json_int_t)process->pid, "inside_pid",
		is_inside(record, process) ? json_integer((json_int_t)process->inside_pid)
					   : json_null(),
		"session", output_string(record->id), "uid", (json_int_t)process->uid, "rss",
		output_number(process->rss), "cpu_usec", output_number(process->cpu_usec),
		"command", output_string(process->name));

	*processes = output_append(*processes, object);
}

static int print_processes_json(const struct inventory *inventory, struct carrel_error *err)
{
	json_t *processes = json_array();

	if (visit_all(inventory, add_object, &processes, err) < 0) {
		json_decref(processes);
		return command_failed(err);
	}
	return output_json(json_pack("{s:o}", "processes", processes));
}

static int run_ps(const struct command_input *input)
{
	struct inventory inventory = {0};
	struct carrel_error err = {0};
	struct account account;
	int r;

	r = account_find(input->operand[0], &account, &err);
	if (r < 0)
		return command_failed(&err);
	r = inventory_load(account.login.uid, &inventory, &err);
	account_free(&account);
	if (r < 0)
		return command_failed(&err);
	r = input->option[OPTION_JSON] ? print_processes_json(&inventory, &err)
				       : print_processes_table(&inventory, &err);
	inventory_free(&inventory);
	return r;
}

const struct command_verb verb_ps = {
	.name = "ps",
	.operands = "USER",
	.summary = "the processes of a user's sessions, with their pids outside and inside",
	.min_operands = 1,
	.max_operands = 1,
	.root = true,
	.options = {[OPTION_JSON] = {"json", NULL, "one JSON document"}},
	.run = run_ps,
};
