// SPDX-License-Identifier: MIT
#include "change.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/program.h"
#include "helper/cli/output.h"
#include "helper/pam/edit.h"
#include "helper/pam/saved.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define DIFF "/usr/bin/diff"

enum { DIFF_USEC = 30 * 1000 * 1000, DIFF_SAME = 0, DIFF_DIFFERENT = 1 };

void setup_change_free(struct setup_change *change)
{
	pam_file_free(&change->file);
	pam_file_free(&change->renewed);
	free(change->after);
	free(change->name);
	change->after = change->name = NULL;
}

/* Reads the file of a package, which one of the host's own would hide. */
static int read_vendors(const struct setup_place *place, const char *name,
	struct pam_file *ret_file, int *ret_vendor, struct carrel_error *err)
{
	for (int i = PAM_DIR_ETC + 1; i < PAM_DIR_COUNT; i++) {
		int r = place->dirs.fd[i] < 0
				? -ENOENT
				: pam_file_read(place->dirs.fd[i], name, ret_file, err);

		if (r == 0)
			*ret_vendor = i;
		if (r != -ENOENT)
			return r;
	}
	return error_set(err, -ENOENT, "%s", name);
}

/* Looks whether a copy is to be made again from what its package has now. Only a copy that is as
 * carrel left it is. */
static int look_for_renewal(
	const struct setup_place *place, struct setup_change *change, struct carrel_error *err)
{
	struct pam_file original = {.fd = -EBADF};
	int r = place->saved_fd < 0 ? -ENOENT
				    : saved_original(place->saved_fd, change->name,
					      change->file.text, &original, err);

	if (r == 0 && saved_is_copy(place->saved_fd, change->name)) {
		r = read_vendors(place, change->name, &change->renewed, &change->vendor, err);
		if (r == 0 && strcmp(change->renewed.text, original.text) == 0)
			pam_file_free(&change->renewed);
	}
	pam_file_free(&original);
	return r == -ENOENT ? 0 : r;
}

static int plan_wire(
	const struct setup_place *place, struct setup_change *change, struct carrel_error *err)
{
	unsigned line = pam_foreign_line(change->file.text);
	int r;

	if (line > 0) {
		printf("/%s/%s:%u: names %s already, and carrel did not write it: left alone\n",
			change->kind == CHANGE_COPY ? pam_dir_name[change->vendor] : PAM_DIR,
			change->name, line, PAM_MODULE);
		change->kind = CHANGE_NONE;
		return 0;
	}
	if (change->kind == CHANGE_EDIT) {
		r = look_for_renewal(place, change, err);
		if (r < 0)
			return r;
	}
	change->after = pam_wire(change->renewed.text ? change->renewed.text : change->file.text);
	return change->after ? 0 : error_set(err, -ENOMEM, "%s", change->name);
}

static int plan_unwire(
	const struct setup_place *place, struct setup_change *change, struct carrel_error *err)
{
	struct pam_file original = {.fd = -EBADF};
	int r = place->saved_fd < 0 ? -ENOENT
				    : saved_original(place->saved_fd, change->name,
					      change->file.text, &original, err);

	if (r == 0 && saved_is_copy(place->saved_fd, change->name)) {
		change->kind = CHANGE_REMOVE;
		pam_file_free(&original);
		return 0;
	}
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

int setup_change_plan(const struct setup_place *place, const char *name, bool undo,
	struct setup_change *ret_change, struct carrel_error *err)
{
	struct setup_change change = {
		.kind = CHANGE_EDIT, .file.fd = -EBADF, .renewed.fd = -EBADF, .vendor = -1};
	int r = pam_file_read(place->dirs.fd[PAM_DIR_ETC], name, &change.file, err);

	if (r == -ENOENT && !undo) {
		change.kind = CHANGE_COPY;
		r = read_vendors(place, name, &change.file, &change.vendor, err);
	}
	if (r == 0 && !(change.name = strdup(name)))
		r = error_set(err, -ENOMEM, "%s", name);
	if (r == 0)
		r = undo ? plan_unwire(place, &change, err) : plan_wire(place, &change, err);
	if (r < 0) {
		setup_change_free(&change);
		return r;
	}
	if (change.kind == CHANGE_EDIT && strcmp(change.after, change.file.text) == 0) {
		free(change.after);
		change.after = NULL;
		change.kind = CHANGE_NONE;
	}
	*ret_change = change;
	return 0;
}

/* Makes a file without a name that holds @text, for diff to read. Returns a descriptor or
 * -errno. */
static int lend_text(const char *text)
{
	cleanup_close int fd = memfd_create("text", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));

	return r < 0 ? r : fd_take(&fd);
}

/* Prints what diff says, with lines that go in red and lines that come in green. */
static void print_coloured(const char *diff)
{
	while (*diff) {
		int length = (int)strcspn(diff, "\n");
		enum output_style style = *diff == '+' ? STYLE_GREEN : STYLE_RED;

		if (*diff == '+' || *diff == '-')
			printf("%s%.*s%s\n", output_style(style), length, diff,
				output_style(STYLE_PLAIN));
		else
			printf("%.*s\n", length, diff);
		diff += length + (diff[length] == '\n');
	}
}

/* Prints how the file at @path changes, as `diff -u` shows it. Prints nothing where it does not. */
static int print_diff(
	const char *path, const char *before, const char *after, struct carrel_error *err)
{
	cleanup_close int old = lend_text(before);
	cleanup_close int new = lend_text(after);
	char old_name[32], new_name[32];
	const struct program diff = {.path = DIFF,
		.argv = (const char *const[]){"diff", "-u", "--text", "--label", path, "--label",
			path, old_name, new_name, NULL},
		.fds = (const int[]){old, new},
		.n_fds = 2};
	cleanup_free char *said = NULL;
	char *hunks;
	int status = 0, r = old < 0 ? old : new < 0 ? new : 0;

	snprintf(old_name, sizeof(old_name), "/proc/self/fd/%d", old);
	snprintf(new_name, sizeof(new_name), "/proc/self/fd/%d", new);
	if (r == 0)
		r = program_capture(&diff, deadline_in(DIFF_USEC), &said, &status);
	if (r < 0) {
		error_set(err, r, "show the change of %s: " DIFF, path);
		return r == -ENOENT ? error_why(err, "is missing; install diffutils") : r;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == DIFF_SAME)
		return 0;
	hunks = strstr(said, "\n@@ ");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != DIFF_DIFFERENT || !hunks) {
		error_set(err, -EIO, "show the change of %s: " DIFF, path);
		return error_why(err, "has failed: %.*s", (int)strcspn(said, "\n"), said);
	}
	printf("%s--- %s\n+++ %s%s\n", output_style(STYLE_BOLD), path, path,
		output_style(STYLE_PLAIN));
	print_coloured(hunks + 1);
	return 0;
}

int setup_change_show(const struct setup_change *change, struct carrel_error *err)
{
	char path[300];

	snprintf(path, sizeof(path), "/%s/%s", PAM_DIR, change->name);
	if (change->kind == CHANGE_COPY || change->renewed.text)
		printf("%s: a copy of /%s/%s, with carrel's lines\n", path,
			pam_dir_name[change->vendor], change->name);
	if (change->kind == CHANGE_REMOVE)
		printf("%s: removed, as it is a copy that carrel setup made\n", path);
	return change->after ? print_diff(path, change->file.text, change->after, err) : 0;
}

/* Saves the file as it is without carrel. Where only carrel's lines change, or their place, that is
 * the original that was saved the first time. */
static int save_original(const struct setup_place *place, const struct setup_change *change,
	struct carrel_error *err)
{
	struct pam_file original = {.fd = -EBADF};
	bool copy = change->kind == CHANGE_COPY || change->renewed.text;
	int r;

	if (copy) {
		r = saved_mark_copy(place->saved_fd, change->name, err);
		return r < 0 ? r
			     : saved_store(place->saved_fd, change->name,
				       change->renewed.text ? &change->renewed : &change->file,
				       change->after, err);
	}
	r = saved_original(place->saved_fd, change->name, change->file.text, &original, err);
	if (r == 0) {
		r = saved_store(place->saved_fd, change->name, &original, change->after, err);
	} else if (r == -ENOENT) {
		cleanup_free char *without = pam_unwire(change->file.text);
		struct pam_file file = change->file;

		if (!without)
			return error_set(err, -ENOMEM, "%s", change->name);
		file.text = without;
		saved_forget(place->saved_fd, change->name);
		r = saved_store(place->saved_fd, change->name, &file, change->after, err);
	}
	pam_file_free(&original);
	return r;
}

/* Returns 0 where the file is still what was read, and the change what was agreed to. */
static int check_unchanged(const struct setup_place *place, const struct setup_change *change,
	struct carrel_error *err)
{
	int etc = place->dirs.fd[PAM_DIR_ETC];
	bool copy = change->kind == CHANGE_COPY;
	struct pam_file now = {.fd = -EBADF};
	bool same = !copy || faccessat(etc, change->name, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
	int r = pam_file_read(copy ? place->dirs.fd[change->vendor] : etc, change->name, &now, err);

	if (r < 0)
		return r;
	same = same && strcmp(now.text, change->file.text) == 0;
	pam_file_free(&now);
	if (same)
		return 0;
	error_set(err, -EAGAIN, "%s", change->name);
	return error_why(err, "it has changed since carrel setup read it; run carrel setup again");
}

int setup_change_apply(const struct setup_place *place, const struct setup_change *change,
	bool undo, struct carrel_error *err)
{
	int etc = place->dirs.fd[PAM_DIR_ETC];
	struct pam_file like = change->file;
	int r = check_unchanged(place, change, err);

	if (r == 0 && !undo)
		r = save_original(place, change, err);
	if (r < 0)
		return r;
	if (change->kind == CHANGE_REMOVE) {
		if (unlinkat(etc, change->name, 0) < 0)
			return error_set(err, -errno, "remove %s", change->name);
		fsync(etc); /* best effort: it has happened */
		return 0;
	}
	/* The label of a file below /usr would be wrong in /etc. */
	if (change->kind == CHANGE_COPY)
		like.fd = -EBADF;
	return pam_file_replace(etc, change->name, change->after, &like,
		change->exact ? &change->mtime : NULL, err);
}

void setup_change_revert(const struct setup_place *place, const struct setup_change *change)
{
	if (change->kind == CHANGE_COPY)
		unlinkat(place->dirs.fd[PAM_DIR_ETC], change->name, 0);
	else
		pam_file_replace(place->dirs.fd[PAM_DIR_ETC], change->name, change->file.text,
			&change->file, &change->file.st.st_mtim, NULL);
}
