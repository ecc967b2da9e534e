// SPDX-License-Identifier: MIT
#include "run.h"
#include "base/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { ENVIRONMENT_MAX = 16, POLL_MS = 200, EXIT_NAMESPACE = 125 };

/* A program that is to be started. It gets namespaces of its own, unless it has an input. */
struct image_start {
	const char *path;
	char *const *argv;
	int input; /* -EBADF: none */
};

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

/* ---- the child ---- */

/* Returns whether no mount is shared. In a chroot the root is no mount, and cannot be made private:
 * then it has to be so already. */
static bool mounts_are_private(void)
{
	cleanup_free char *text = NULL;

	return fd_read_file(AT_FDCWD, "/proc/self/mountinfo", 1 << 20, &text) == 0 &&
	       !strstr(text, " shared:");
}

/* Sets up the mounts of a build. The work folder is bound by its path, since a descriptor would
 * lead into the namespace of the parent, which mount(2) refuses. */
static int enter_build_namespaces(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 && !mounts_are_private())
		return -1;
	if (mount(IMAGE_WORK_SOURCE, IMAGE_WORK, NULL, MS_BIND, NULL) < 0)
		return -1;
	return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

/* Returns the environment of a program. It has the caller's proxy, by which apt gets out of many
 * networks, and nothing else of the caller's environment. */
static char *const *program_environment(void)
{
	static char *list[ENVIRONMENT_MAX] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root",
		"LC_ALL=C.UTF-8",
		"TMPDIR=/tmp",
		"DEBIAN_FRONTEND=noninteractive",
		/* The guest's initrd is ours. Debian's would take half a minute (the kernel's
		 * postinst). */
		"INITRD=No",
	};
	static const char *const passed[] = {"http_proxy", "https_proxy", "no_proxy", NULL};
	size_t n = 6;

	for (size_t i = 0; passed[i]; i++) {
		const char *value = secure_getenv(passed[i]);

		if (value && asprintf(&list[n], "%s=%s", passed[i], value) >= 0)
			n++;
	}
	list[n] = NULL;
	return list;
}

static void run_child(const struct image_work *work, const struct image_start *start, int writer)
	__attribute__((noreturn));

static void run_child(const struct image_work *work, const struct image_start *start, int writer)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int input = start->input >= 0 ? start->input : null;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* The program leaves the terminal's session: the parent answers an interrupt, and tidies
	 * up. */
	setsid();
	sigprocmask(SIG_SETMASK, &work->signals_before, NULL);
	if (dup2(input, STDIN_FILENO) < 0 || dup2(writer, STDOUT_FILENO) < 0 ||
		dup2(writer, STDERR_FILENO) < 0 ||
		(start->input < 0 && enter_build_namespaces() < 0) || chdir("/") < 0) {
		dprintf(writer, "no namespaces to build in: %s\n", strerror(errno));
		_exit(EXIT_NAMESPACE);
	}
	execve(start->path, start->argv, program_environment());
	dprintf(writer, "%s: %s\n", start->path, strerror(errno));
	_exit(EXIT_NAMESPACE);
}

/* ---- the parent ---- */

static void keep_program_output(struct image_output *output, const char *bytes, size_t size)
{
	size_t drop =
		output->size + size > IMAGE_OUTPUT_MAX ? output->size + size - IMAGE_OUTPUT_MAX : 0;

	if (drop > output->size)
		drop = output->size;
	memmove(output->text, output->text + drop, output->size - drop);
	output->size -= drop;
	memcpy(output->text + output->size, bytes, size);
	output->size += size;
	output->text[output->size] = '\0';
}

static void note_last_line(struct image_work *work, const struct image_output *output)
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

/* Reads what the program says until it closes its output, its time is over, or somebody wants an
 * end. */
static int listen_to(struct image_work *work, int reader, int input, deadline_t deadline,
	struct image_output *output, struct carrel_error *err)
{
	for (;;) {
		struct pollfd ready[2] = {{.fd = reader, .events = POLLIN},
			{.fd = work->signal_fd, .events = POLLIN}};
		char bytes[1024];
		ssize_t n;
		int r;

		if (poll(ready, 2, POLL_MS) < 0 && errno != EINTR)
			return error_set(err, -errno, "wait");
		r = image_interrupted(work, err);
		if (r == 0 && deadline != DEADLINE_NEVER && deadline_left_usec(deadline) == 0)
			r = error_set(err, -ETIMEDOUT, "image %s", work->name);
		if (r < 0)
			return r;
		n = ready[0].revents ? read(reader, bytes, sizeof(bytes)) : -1;
		if (n == 0)
			return 0;
		if (n > 0)
			keep_program_output(output, bytes, (size_t)n);
		if (input >= 0)
			note_position(work, input);
		else
			note_last_line(work, output);
	}
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
	const struct image_output *output, struct carrel_error *err)
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

/* Does what image_follow() does, for a program that may have an @input. */
static int follow_child(struct image_work *work, pid_t pid, int reader, int input,
	deadline_t deadline, struct image_output *output, int *ret_status, struct carrel_error *err)
{
	int r = listen_to(work, reader, input, deadline, output, err);

	if (r < 0)
		kill(pid, SIGKILL); /* it is not reaped yet, so the number is its own */
	while (waitpid(pid, ret_status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, -errno, "wait for a program");
	return r;
}

int image_follow(struct image_work *work, pid_t pid, int reader, deadline_t deadline,
	struct image_output *ret_output, int *ret_status, struct carrel_error *err)
{
	*ret_output = (struct image_output){.size = 0};
	return follow_child(work, pid, reader, -EBADF, deadline, ret_output, ret_status, err);
}

static int run_to_its_end(struct image_work *work, const struct image_start *start,
	struct image_output *output, struct carrel_error *err)
{
	unsigned long namespaces = start->input >= 0 ? 0 : CLONE_NEWNS | CLONE_NEWPID;
	cleanup_close int reader = -EBADF;
	cleanup_close int writer = -EBADF;
	int pipes[2], status, r;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return error_set(err, -errno, "start %s", start->path);
	reader = pipes[0];
	writer = pipes[1];
	fflush(NULL);
	pid = (pid_t)syscall(SYS_clone, namespaces | SIGCHLD, NULL, NULL, NULL, 0);
	if (pid < 0)
		return error_set(err, -errno, "start %s", start->path);
	if (pid == 0)
		run_child(work, start, writer);
	fd_closep(&writer);
	r = follow_child(work, pid, reader, start->input, DEADLINE_NEVER, output, &status, err);
	return r == 0 && status != 0 ? report_failure(work, start->path, status, output, err) : r;
}

int image_run(struct image_work *work, const struct image_program *program, char *const argv[],
	struct carrel_error *err)
{
	const struct image_start start = {program->path, argv, -EBADF};
	struct image_output output = {.size = 0};

	return run_to_its_end(work, &start, &output, err);
}

int image_ask(struct image_work *work, const struct image_program *program, int input,
	struct image_output *ret_output, struct carrel_error *err)
{
	char *const argv[] = {(char *)strrchr(program->path, '/') + 1, NULL};
	const struct image_start start = {program->path, argv, input};

	*ret_output = (struct image_output){.size = 0};
	return run_to_its_end(work, &start, ret_output, err);
}
