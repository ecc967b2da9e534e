// SPDX-License-Identifier: MIT
#include "run.h"
#include "base/fd.h"
#include "base/words.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { EXIT_NAMESPACE = 125 };

int image_program_check(const struct image_program *program, struct carrel_error *err)
{
	if (access(program->path, F_OK) == 0)
		return 0;
	error_set(err, -ENOENT, "%s", program->path);
	error_why(err, "is missing; apt-get install %s", program->package);
	return -ENOENT;
}

int image_interrupted(const struct image_work *work, struct carrel_error *err)
{
	struct pollfd ready = {.fd = work->signal_fd, .events = POLLIN};

	if (poll(&ready, 1, 0) <= 0)
		return 0;
	error_set(err, -EINTR, "image %s", work->name);
	error_why(err, "interrupted; nothing was changed");
	return -EINTR;
}

/* Returns whether no mount is shared. In a chroot the root is no mount, and cannot be made private:
 * then it has to be so already. */
static bool mounts_are_private(void)
{
	cleanup_free char *text = NULL;

	return fd_read_file(AT_FDCWD, "/proc/self/mountinfo", 1 << 20, &text) == 0 &&
	       !strstr(text, " shared:");
}

/* Sets up the mounts of a build, in the child. The work folder is bound by its path, since a
 * descriptor would lead into the namespace of the parent, which mount(2) refuses. */
static void enter_build_namespaces(void)
{
	if ((mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 || mounts_are_private()) &&
		mount(IMAGE_WORK_SOURCE, IMAGE_WORK, NULL, MS_BIND, NULL) == 0 &&
		mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
		return;
	dprintf(STDERR_FILENO, "no namespaces to build in: %s\n", strerror(errno));
	_exit(EXIT_NAMESPACE);
}

/* Adds the environment of a program. It has the caller's proxy, by which apt gets out of many
 * networks, and nothing else of the caller's environment. */
static void fill_build_environment(struct words *environment)
{
	static const char *const fixed[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root",
		"LC_ALL=C.UTF-8",
		"TMPDIR=/tmp",
		"DEBIAN_FRONTEND=noninteractive",
		/* The guest's initrd is ours. Debian's would take half a minute (the kernel's
		 * postinst). */
		"INITRD=No",
		NULL,
	};
	static const char *const passed[] = {"http_proxy", "https_proxy", "no_proxy", NULL};

	words_add_all(environment, fixed);
	for (size_t i = 0; passed[i]; i++) {
		const char *value = secure_getenv(passed[i]);

		if (value)
			words_add(environment, "%s=%s", passed[i], value);
	}
}

static void note_last_line(struct image_work *work, const struct program_output *output)
{
	char line[160];
	size_t end = output->size, begin;

	while (end > 0 && strchr("\r\n", output->text[end - 1]))
		end--;
	for (begin = end; begin > 0 && !strchr("\r\n", output->text[begin - 1]);)
		begin--;
	snprintf(line, sizeof(line), "%.*s", (int)(end - begin), output->text + begin);
	progress_note(&work->progress, end > begin ? line : NULL);
}

/* Shows how far the child has read its input, as its offset is the parent's too. A disk of some
 * gigabytes takes seconds. */
static void note_position(struct image_work *work, int input)
{
	off_t done = lseek(input, 0, SEEK_CUR);
	struct stat st;
	char note[32];

	if (done < 0 || fstat(input, &st) < 0 || st.st_size <= 0)
		return;
	snprintf(note, sizeof(note), "%u%%", (unsigned)(done * 100 / st.st_size));
	progress_note(&work->progress, note);
}

int image_look(void *data)
{
	const struct image_watch *watch = data;

	if (watch->input >= 0)
		note_position(watch->work, watch->input);
	else
		note_last_line(watch->work, watch->output);
	return image_interrupted(watch->work, NULL);
}

/* Returns what an admin can do about a failure, by what the program says. */
static const char *remedy_of(const char *output)
{
	static const struct {
		const char *said, *remedy;
	} remedies[] = {
		{"No space left", "there is no space left; /var/lib/carrel takes 2G for a build"},
		{"no namespaces to build in",
			"it needs mount and pid namespaces: run it as root of the machine, or in a "
			"chroot whose mounts are private"},
		{"NO_PUBKEY", "the Debian archive's keys are too old; apt-get install "
			      "debian-archive-keyring"},
		{"Could not resolve", "the Debian mirror is out of reach"},
		{"Could not connect", "the Debian mirror is out of reach"},
		{"Failed to fetch",
			"the Debian mirror is out of reach, or just changing; try again"},
		{"Unable to locate package", "the Debian mirror has no such package"},
		{"Could not allocate block",
			"the disk is too small for what is in it; a recipe's size makes it larger"},
	};

	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (strstr(output, remedies[i].said))
			return remedies[i].remedy;
	return NULL;
}

static int report_failure(struct image_work *work, const char *path, int status,
	const struct program_output *output, struct carrel_error *err)
{
	const char *what = remedy_of(output->text);

	error_set(err, -ECHILD, "%s", path);
	if (what)
		error_why(err, "failed: %s", what);
	else if (WIFSIGNALED(status))
		error_why(err, "killed by signal %d", WTERMSIG(status));
	else
		error_why(err, "failed with exit code %d", WEXITSTATUS(status));
	work->output = strdup(output->text);
	return -ECHILD;
}

static int run_to_its_end(struct image_work *work, const struct program *program,
	struct program_output *output, struct carrel_error *err)
{
	const int input = program->input > 0 ? program->input : -EBADF;
	const struct program_watch watch = {.wake_fd = work->signal_fd,
		.look = image_look,
		.data = &(struct image_watch){work, output, input}};
	cleanup(words_free) struct words environment = {0};
	struct program whole = *program;
	int status, r;

	fill_build_environment(&environment);
	whole.environment = environment.word;
	r = environment.failed ? -ENOMEM : program_run(&whole, &watch, output, &status);
	if (r == -EINTR)
		return image_interrupted(work, err);
	if (r < 0)
		return error_set(err, r, "run %s", program->path);
	return status != 0 ? report_failure(work, program->path, status, output, err) : 0;
}

int image_run(struct image_work *work, const struct image_program *program,
	const char *const argv[], struct carrel_error *err)
{
	const struct program whole = {.path = program->path,
		.argv = argv,
		.namespaces = CLONE_NEWNS | CLONE_NEWPID,
		.set_up = enter_build_namespaces};
	char said[IMAGE_OUTPUT_MAX + 1];
	struct program_output output = {.text = said, .room = IMAGE_OUTPUT_MAX};

	return run_to_its_end(work, &whole, &output, err);
}

int image_ask(struct image_work *work, const struct image_program *program, int input,
	struct program_output *output, struct carrel_error *err)
{
	const char *const argv[] = {strrchr(program->path, '/') + 1, NULL};
	const struct program whole = {.path = program->path, .argv = argv, .input = input};

	return run_to_its_end(work, &whole, output, err);
}
