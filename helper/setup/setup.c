// SPDX-License-Identifier: MIT
/*
 * setup.c - carrel setup: wires the PAM stacks, or takes carrel out of them again.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "change.h"
#include "helper/cli/command.h"
#include "helper/pam/edit.h"
#include "helper/pam/load.h"
#include "helper/pam/saved.h"
#include "helper/pam/services.h"
#include "helper/pam/stack.h"
#include "plan/manager.h"
#include "session/quota_lift.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { OPTION_UNDO, OPTION_YES, OPTION_DIFF, OPTION_ROOT };

struct setup {
	const char *root;
	bool undo, yes, diff;
	struct setup_place place;
	struct setup_change *change;
	size_t count;
};

static void setup_free(struct setup *setup)
{
	for (size_t i = 0; i < setup->count; i++)
		setup_change_free(&setup->change[i]);
	free(setup->change);
	fd_closep(&setup->place.saved_fd);
	pam_dirs_close(&setup->place.dirs);
	fd_closep(&setup->place.root_fd);
}

static int open_pam_folders(struct setup *setup, struct carrel_error *err)
{
	struct setup_place *place = &setup->place;

	place->root_fd = open(setup->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->root_fd < 0)
		return error_set(err, -errno, "open %s", setup->root);
	/* The image may be somebody else's, so none of its links may lead out. */
	return pam_dirs_open(place->root_fd, false, &place->dirs, err);
}

static int open_saved(struct setup *setup, struct carrel_error *err)
{
	int r = saved_open(
		setup->place.root_fd, !setup->undo && !setup->diff, &setup->place.saved_fd, err);

	return r == -ENOENT || (setup->diff && r == -EACCES) ? 0 : r;
}

/* Reads one service file and decides how it changes. A service that is not installed is no
 * change. */
static int plan_service(struct setup *setup, const char *name, struct carrel_error *err)
{
	struct setup_change *grown = reallocarray(setup->change, setup->count + 1, sizeof(*grown));
	int r;

	if (!grown)
		return error_set(err, -ENOMEM, "%s", name);
	setup->change = grown;
	r = setup_change_plan(&setup->place, name, setup->undo, &grown[setup->count], err);
	if (r == 0)
		setup->count++;
	return r == -ENOENT ? 0 : r;
}

/* Returns whether the host's own file has lines that an earlier setup wrote. What a package manager
 * has kept of such a file does not count. */
static bool was_wired(const struct setup *setup, const char *name)
{
	struct pam_file file = {.fd = -EBADF};
	bool wired = false;

	if (!pam_service_excuse(name) &&
		pam_file_read(setup->place.dirs.fd[PAM_DIR_ETC], name, &file, NULL) == 0)
		wired = pam_has_block(file.text);
	pam_file_free(&file);
	return wired;
}

static bool is_named(const struct command_input *input, const char *name)
{
	for (int i = 0; i < input->n_operands; i++)
		if (strcmp(input->operand[i], name) == 0)
			return true;
	return false;
}

static int consider_all(
	struct setup *setup, const struct command_input *input, struct carrel_error *err)
{
	char **names = NULL;
	size_t count = 0;
	int r = 0;

	/* The services are taken in the table's order, which puts what matters first. */
	for (size_t i = 0; pam_services[i] && r == 0; i++)
		if (input->n_operands == 0 || is_named(input, pam_services[i]))
			r = plan_service(setup, pam_services[i], err);
	if (r == 0 && (r = pam_dirs_list(&setup->place.dirs, &names, &count)) < 0)
		error_set(err, r, "list /" PAM_DIR);
	for (size_t i = 0; i < count && r == 0; i++)
		if (!pam_service_is_wired_by_default(names[i]) &&
			(input->n_operands == 0 ? was_wired(setup, names[i])
						: is_named(input, names[i])))
			r = plan_service(setup, names[i], err);
	pam_names_free(names, count);
	return r;
}

/* Checks whether a service that the admin named is one to be wired. Returns COMMAND_DONE if so. */
static int check_service(const struct setup *setup, const char *name)
{
	const char *excuse = pam_service_excuse(name);
	struct pam_stack stack = {0};
	size_t rules;

	if (!pam_service_name_ok(name) || (!pam_service_is_wired_by_default(name) &&
						  pam_dirs_find(&setup->place.dirs, name) < 0))
		return command_error(COMMAND_USAGE, "setup %s: there is no such PAM service", name);
	if (setup->undo || pam_service_is_wired_by_default(name))
		return COMMAND_DONE;
	if (excuse)
		return command_error(
			COMMAND_USAGE, "setup %s: carrel does not wire it: %s", name, excuse);
	(void)pam_stack_load(&setup->place.dirs, name, "session", &stack);
	rules = stack.count;
	pam_stack_free(&stack);
	return rules > 0
		       ? COMMAND_DONE
		       : command_error(COMMAND_USAGE,
				 "setup %s: it has no session rules, so it opens no session", name);
}

static bool any_change(const struct setup *setup)
{
	for (size_t i = 0; i < setup->count; i++)
		if (setup->change[i].kind != CHANGE_NONE)
			return true;
	return false;
}

static int show_changes(const struct setup *setup, struct carrel_error *err)
{
	int r = 0;

	for (size_t i = 0; i < setup->count && r == 0; i++)
		r = setup_change_show(&setup->change[i], err);
	return r;
}

/* Asks on the terminal. Returns COMMAND_DONE for yes. */
static int ask_for_changes(const struct setup *setup)
{
	char answer[16] = "";

	if (setup->yes)
		return COMMAND_DONE;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return command_error(COMMAND_REFUSED,
			"setup: there is no terminal to ask on; look at the change with --diff, "
			"then use --yes");
	printf("\nMake this change? [y/N] ");
	fflush(stdout);
	if (fgets(answer, sizeof(answer), stdin) &&
		(strcasecmp(answer, "y\n") == 0 || strcasecmp(answer, "yes\n") == 0))
		return COMMAND_DONE;
	return command_error(COMMAND_FAILED, "setup: nothing was changed");
}

/* Makes every change, or none. */
static int apply_changes(struct setup *setup, struct carrel_error *err)
{
	size_t done;
	int r = 0;

	for (done = 0; done < setup->count; done++) {
		if (setup->change[done].kind == CHANGE_NONE)
			continue;
		r = setup_change_apply(&setup->place, &setup->change[done], setup->undo, err);
		if (r < 0)
			break;
	}
	if (r == 0)
		return 0;
	while (done-- > 0)
		if (setup->change[done].kind != CHANGE_NONE)
			setup_change_revert(&setup->place, &setup->change[done]);
	return r;
}

/* Lifts the quotas of all users, since carrel confines nobody after --undo. The files are as they
 * were, so a failure is only reported. */
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

static void print_changes(struct setup *setup)
{
	for (size_t i = 0; i < setup->count; i++) {
		const struct setup_change *change = &setup->change[i];

		if (setup->undo && setup->place.saved_fd >= 0)
			saved_forget(setup->place.saved_fd, change->name);
		if (change->kind != CHANGE_NONE)
			printf("/%s/%s: %s\n", PAM_DIR, change->name,
				!setup->undo                    ? "wired"
				: change->kind == CHANGE_REMOVE ? "removed, it was a copy"
				: change->exact                 ? "restored, byte for byte"
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
	/* Another root's libraries are not ours, and its machine need not be, so loading the module
	 * would tell nothing there. */
	if (ours)
		r = pam_try_module(path, err);
	if (r == 0)
		r = pam_check_needs(path, err);
	return r == -ENOEXEC && !ours ? 0 : r;
}

static int carry_out(
	struct setup *setup, const struct command_input *input, struct carrel_error *err)
{
	int r = open_pam_folders(setup, err);

	for (int i = 0; r == 0 && i < input->n_operands; i++) {
		int verdict = check_service(setup, input->operand[i]);

		if (verdict != COMMAND_DONE)
			return verdict;
	}
	if (r == 0 && !setup->undo && !setup->diff)
		r = check_module(setup, err);
	if (r == 0)
		r = open_saved(setup, err);
	if (r == 0)
		r = consider_all(setup, input, err);
	if (r < 0)
		return command_failed(err);
	if (!any_change(setup)) {
		if (setup->undo && !setup->diff) {
			print_changes(setup);
			lift_quotas(setup, input);
		}
		printf("Nothing to do: the PAM files %s.\n",
			setup->undo ? "have no line of carrel's" : "are as carrel wants them");
		return COMMAND_DONE;
	}
	if (show_changes(setup, err) < 0)
		return command_failed(err);
	if (setup->diff)
		return COMMAND_DONE;
	r = ask_for_changes(setup);
	if (r != COMMAND_DONE)
		return r;
	if (apply_changes(setup, err) < 0)
		return command_failed(err);
	print_changes(setup);
	lift_quotas(setup, input);
	return COMMAND_DONE;
}

static int run_setup(const struct command_input *input)
{
	struct carrel_error err = {0};
	struct setup setup = {
		.root = input->option[OPTION_ROOT] ? input->option[OPTION_ROOT] : "/",
		.undo = input->option[OPTION_UNDO],
		.yes = input->option[OPTION_YES],
		.diff = input->option[OPTION_DIFF],
		.place = {.root_fd = -EBADF, .dirs = PAM_DIRS_NONE, .saved_fd = -EBADF},
	};
	int r;

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
		   "sshd, login, remote, cron, atd, su, su-l, sudo and sudo-i, where they are\n"
		   "installed, or of the services named, and as their first session line one that\n"
		   "closes. Running it again changes nothing that is as it should be. Refuses\n"
		   "where the module cannot be loaded, or needs more than libpam and libc.\n",
	.max_operands = COMMAND_OPERANDS_ANY,
	.options =
		{
			[OPTION_UNDO] = {"undo", NULL, "put the files back as they were"},
			[OPTION_YES] = {"yes", NULL, "do not ask"},
			[OPTION_DIFF] = {"diff", NULL, "only show the change"},
			[OPTION_ROOT] = {"root", "DIR", "work on the system image in DIR"},
		},
	.run = run_setup,
};
