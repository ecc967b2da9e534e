// SPDX-License-Identifier: MIT
/*
 * setup.c - carrel setup: wires the PAM stacks, or takes carrel out of them again.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "command.h"
#include "diff.h"
#include "manager.h"
#include "pam_edit.h"
#include "pam_file.h"
#include "pam_load.h"
#include "pam_saved.h"
#include "session/lift.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { OPTION_UNDO, OPTION_YES, OPTION_DIFF, OPTION_ROOT };
enum { SERVICES_MAX = 32 };

/* One service file and what becomes of it. */
struct change {
	const char *name;
	struct pam_file file;
	char *after;           /* NULL: stays as it is */
	bool exact;            /* undo: the original's very bytes */
	struct timespec mtime; /* of the original, if @exact */
};

struct setup {
	const char *root;
	bool undo, yes, diff;
	int root_fd, pam_fd;
	int saved_fd; /* -EBADF where nothing was ever saved */
	struct change change[SERVICES_MAX];
	size_t count;
};

static void setup_free(struct setup *setup)
{
	for (size_t i = 0; i < setup->count; i++) {
		pam_file_free(&setup->change[i].file);
		free(setup->change[i].after);
	}
	fd_closep(&setup->saved_fd);
	fd_closep(&setup->pam_fd);
	fd_closep(&setup->root_fd);
}

static int open_folders(struct setup *setup, struct carrel_error *err)
{
	int r;

	setup->root_fd = open(setup->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (setup->root_fd < 0)
		return error_set(err, -errno, "open %s", setup->root);
	/* The image may be somebody else's: no link of it leads out. */
	setup->pam_fd =
		strcmp(setup->root, "/") == 0
			? fd_open_nolinks("/" PAM_DIR, O_RDONLY | O_DIRECTORY)
			: fd_open_beneath(setup->root_fd, PAM_DIR, O_RDONLY | O_DIRECTORY, 0);
	if (setup->pam_fd < 0)
		return error_set(err, setup->pam_fd, "open %s below %s", PAM_DIR, setup->root);
	r = saved_open(setup->root_fd, !setup->undo && !setup->diff, &setup->saved_fd, err);
	return r == -ENOENT || (setup->diff && r == -EACCES) ? 0 : r;
}

static int wire(struct change *change, struct carrel_error *err)
{
	unsigned line = pam_foreign_line(change->file.text);

	if (line > 0) {
		printf("/%s/%s:%u: names %s already, and carrel did not write it: left alone\n",
			PAM_DIR, change->name, line, PAM_MODULE);
		return 0;
	}
	change->after = pam_wire(change->file.text);
	return change->after ? 0 : error_set(err, -ENOMEM, "%s", change->name);
}

static int unwire(struct setup *setup, struct change *change, struct carrel_error *err)
{
	struct pam_file original = {.fd = -EBADF};
	int r = setup->saved_fd < 0 ? -ENOENT
				    : saved_original(setup->saved_fd, change->name,
					      change->file.text, &original, err);

	if (r == 0) {
		change->after = TAKE_PTR(original.text);
		change->exact = true;
		change->mtime = original.st.st_mtim;
		pam_file_free(&original);
		return 0;
	}
	if (r != -ENOENT)
		return r;
	change->after = pam_unwire(change->file.text);
	if (!change->after)
		return error_set(err, -ENOMEM, "%s", change->name);
	if (strcmp(change->after, change->file.text) != 0)
		printf("/%s/%s: changed since carrel setup: only carrel's own lines are taken "
		       "out\n",
			PAM_DIR, change->name);
	return 0;
}

/* Reads one service file and decides. A service that is not installed is no change. */
static int consider(struct setup *setup, const char *name, struct carrel_error *err)
{
	struct change *change = &setup->change[setup->count];
	int r;

	*change = (struct change){.name = name, .file.fd = -EBADF};
	r = pam_file_read(setup->pam_fd, name, &change->file, err);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	setup->count++;
	r = setup->undo ? unwire(setup, change, err) : wire(change, err);
	if (r == 0 && change->after && strcmp(change->after, change->file.text) == 0) {
		free(change->after);
		change->after = NULL;
	}
	return r;
}

static int consider_all(
	struct setup *setup, const struct command_input *input, struct carrel_error *err)
{
	int r = 0;

	for (size_t i = 0; pam_services[i] && r == 0; i++) {
		bool wanted = input->n_operands == 0;

		for (int j = 0; j < input->n_operands; j++)
			wanted |= strcmp(input->operand[j], pam_services[i]) == 0;
		if (wanted)
			r = consider(setup, pam_services[i], err);
	}
	return r;
}

static bool any_change(const struct setup *setup)
{
	for (size_t i = 0; i < setup->count; i++)
		if (setup->change[i].after)
			return true;
	return false;
}

static int show(const struct setup *setup, struct carrel_error *err)
{
	char path[300];

	for (size_t i = 0; i < setup->count; i++) {
		const struct change *change = &setup->change[i];
		int r;

		if (!change->after)
			continue;
		snprintf(path, sizeof(path), "/%s/%s", PAM_DIR, change->name);
		r = diff_print(path, change->file.text, change->after);
		if (r < 0)
			return error_set(err, r, "show the change of %s", path);
	}
	return 0;
}

/* Asks on the terminal. Returns COMMAND_DONE for yes. */
static int confirm(const struct setup *setup)
{
	char answer[16] = "";

	if (setup->yes)
		return COMMAND_DONE;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return command_error(COMMAND_REFUSED,
			"setup: there is no terminal to ask on; look at the change with --diff, "
			"then say --yes");
	printf("\nMake this change? [y/N] ");
	fflush(stdout);
	if (fgets(answer, sizeof(answer), stdin) &&
		(strcasecmp(answer, "y\n") == 0 || strcasecmp(answer, "yes\n") == 0))
		return COMMAND_DONE;
	return command_error(COMMAND_FAILED, "setup: nothing was changed");
}

/* Saves the file as it is without carrel. Where only carrel's lines change, or their place, that is
 * the original of the first time. */
static int save(const struct setup *setup, const struct change *change, struct carrel_error *err)
{
	struct pam_file original = {.fd = -EBADF};
	int r = saved_original(setup->saved_fd, change->name, change->file.text, &original, err);

	if (r == 0) {
		r = saved_store(setup->saved_fd, change->name, &original, change->after, err);
	} else if (r == -ENOENT) {
		cleanup_free char *without = pam_unwire(change->file.text);
		struct pam_file file = change->file;

		if (!without)
			return error_set(err, -ENOMEM, "%s", change->name);
		file.text = without;
		r = saved_store(setup->saved_fd, change->name, &file, change->after, err);
	}
	pam_file_free(&original);
	return r;
}

static int apply_one(struct setup *setup, struct change *change, struct carrel_error *err)
{
	struct pam_file now = {.fd = -EBADF};
	bool same;
	int r = pam_file_read(setup->pam_fd, change->name, &now, err);

	if (r < 0)
		return r;
	same = strcmp(now.text, change->file.text) == 0;
	pam_file_free(&now);
	if (!same) {
		error_set(err, -EAGAIN, "%s", change->name);
		return error_why(err, "it was changed while carrel was asking; run setup again");
	}
	if (!setup->undo) {
		r = save(setup, change, err);
		if (r < 0)
			return r;
	}
	return pam_file_replace(setup->pam_fd, change->name, change->after, &change->file,
		change->exact ? &change->mtime : NULL, err);
}

/* Makes every change, or none. */
static int apply(struct setup *setup, struct carrel_error *err)
{
	size_t done;
	int r = 0;

	for (done = 0; done < setup->count; done++) {
		if (!setup->change[done].after)
			continue;
		r = apply_one(setup, &setup->change[done], err);
		if (r < 0)
			break;
	}
	if (r == 0)
		return 0;
	while (done-- > 0)
		if (setup->change[done].after)
			pam_file_replace(setup->pam_fd, setup->change[done].name,
				setup->change[done].file.text, &setup->change[done].file,
				&setup->change[done].file.st.st_mtim, NULL);
	return r;
}

/* Nobody's quotas are carrel's any more. The files are as they were: a failure is only told. */
static void lift_quotas(const struct setup *setup, const struct command_input *input)
{
	enum { USER_USEC = 10 * 1000 * 1000 };
	struct carrel_error err = {0};
	int r;

	if (!setup->undo || strcmp(setup->root, "/") != 0 || input->n_operands > 0)
		return;
	r = quotas_lift_all(manager_configured(), USER_USEC, &err);
	if (r < 0)
		command_failed(&err);
	else if (r > 0)
		printf("The quotas of %d user%s were lifted.\n", r, r == 1 ? "" : "s");
}

static void report(struct setup *setup)
{
	for (size_t i = 0; i < setup->count; i++) {
		const struct change *change = &setup->change[i];

		if (setup->undo && setup->saved_fd >= 0)
			saved_forget(setup->saved_fd, change->name);
		if (change->after)
			printf("/%s/%s: %s\n", PAM_DIR, change->name,
				!setup->undo    ? "wired"
				: change->exact ? "restored, byte for byte"
						: "carrel's lines taken out");
	}
	if (!setup->undo)
		printf("New logins go through carrel from now on; keep this one open until a new "
		       "one has worked.\n`carrel doctor` tells whether the host is ready.\n");
}

static int check_module(const struct setup *setup, struct carrel_error *err)
{
	cleanup_free char *path = NULL;
	int r = pam_find_module(setup->root, &path, err);
	bool ours = strcmp(setup->root, "/") == 0;

	if (r < 0)
		return r;
	/* Another root's libraries are not ours, and its machine need not be: loading would tell
	 * nothing there. */
	if (ours)
		r = pam_try_module(path, err);
	if (r == 0)
		r = pam_check_needs(path, err);
	return r == -ENOEXEC && !ours ? 0 : r;
}

static int carry_out(
	struct setup *setup, const struct command_input *input, struct carrel_error *err)
{
	int r = setup->undo || setup->diff ? 0 : check_module(setup, err);

	if (r == 0)
		r = open_folders(setup, err);
	if (r == 0)
		r = consider_all(setup, input, err);
	if (r < 0)
		return command_failed(err);
	if (!any_change(setup)) {
		if (setup->undo && !setup->diff) {
			report(setup);
			lift_quotas(setup, input);
		}
		printf("Nothing to do: the PAM files %s.\n",
			setup->undo ? "have no line of carrel's" : "are as carrel wants them");
		return COMMAND_DONE;
	}
	if (show(setup, err) < 0)
		return command_failed(err);
	if (setup->diff)
		return COMMAND_DONE;
	r = confirm(setup);
	if (r != COMMAND_DONE)
		return r;
	if (apply(setup, err) < 0)
		return command_failed(err);
	report(setup);
	lift_quotas(setup, input);
	return COMMAND_DONE;
}

static bool is_service(const char *name)
{
	for (size_t i = 0; pam_services[i]; i++)
		if (strcmp(pam_services[i], name) == 0)
			return true;
	return false;
}

static int run(const struct command_input *input)
{
	struct carrel_error err = {0};
	struct setup setup = {
		.root = input->option[OPTION_ROOT] ? input->option[OPTION_ROOT] : "/",
		.undo = input->option[OPTION_UNDO],
		.yes = input->option[OPTION_YES],
		.diff = input->option[OPTION_DIFF],
		.root_fd = -EBADF,
		.pam_fd = -EBADF,
		.saved_fd = -EBADF,
	};
	int r;

	for (int i = 0; i < input->n_operands; i++)
		if (!is_service(input->operand[i]))
			return command_error(COMMAND_USAGE,
				"setup %s: not a service that carrel wires", input->operand[i]);
	if (geteuid() != 0 && !setup.diff && strcmp(setup.root, "/") == 0)
		return command_error(COMMAND_REFUSED,
			"setup: needs root to change /" PAM_DIR "; try sudo carrel setup");
	r = carry_out(&setup, input, &err);
	setup_free(&setup);
	return r;
}

const struct command_verb verb_setup = {
	.name = "setup",
	.operands = "[SERVICE...]",
	.summary = "wire the PAM stacks: shows the change, asks, can be undone",
	.details = "Adds pam_carrel.so as the last account and session line of the PAM services\n"
		   "sshd, login, cron, atd, su, su-l, sudo and sudo-i, where they are installed.\n"
		   "Running it again changes nothing that is as it should be. Refuses where the\n"
		   "module cannot be loaded.\n",
	.max_operands = COMMAND_OPERANDS_ANY,
	.options =
		{
			[OPTION_UNDO] = {"undo", NULL, "put the files back as they were"},
			[OPTION_YES] = {"yes", NULL, "do not ask"},
			[OPTION_DIFF] = {"diff", NULL, "only show the change"},
			[OPTION_ROOT] = {"root", "DIR", "work on the system image in DIR"},
		},
	.run = run,
};
