// SPDX-License-Identifier: MIT
#include "run.h"
#include "base/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { TAIL_MAX = 4096, ENVIRONMENT_MAX = 16, POLL_MS = 200, EXIT_NAMESPACE = 125 };

/* Its last words, and the line that is being said. */
struct output {
	char text[TAIL_MAX + 1];
	size_t size;
};

int image_program_check(const struct image_program *program, struct carrel_error *err)
{
	if (access(program->path, F_OK) == 0)
		return 0;
	error_set(err, -ENOENT, "%s", program->path);
	error_why(err, "is missing; apt-get install %s", program->package);
	return -ENOENT;
}

/* ---- the child ---- */

/* In a chroot the root is no mount, and cannot be made private: then it has to be so already. */
static bool mounts_are_private(void)
{
	cleanup_free char *text = NULL;

	return fd_read_file(AT_FDCWD, "/proc/self/mountinfo", 1 << 20, &text) == 0 &&
	       !strstr(text, " shared:");
}

/* By its path: a descriptor would lead into the namespace of the parent, which mount(2) refuses. */
static int enter(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 && !mounts_are_private())
		return -1;
	if (mount(IMAGE_WORK_SOURCE, IMAGE_WORK, NULL, MS_BIND, NULL) < 0)
		return -1;
	return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

/* The caller's proxy is how apt gets out of many networks; nothing else of its environment. */
static char *const *environment(void)
{
	static char *list[ENVIRONMENT_MAX] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root",
		"LC_ALL=C.UTF-8",
		"TMPDIR=/tmp",
		"DEBIAN_FRONTEND=noninteractive",
		/* The guest's initrd is ours: Debian's would take half a minute (kernel's
		   postinst). */
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

static void child(const struct image_work *work, const char *path, char *const argv[], int writer)
	__attribute__((noreturn));

static void child(const struct image_work *work, const char *path, char *const argv[], int writer)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* Not the terminal's: an interrupt is answered by the parent, which tidies up. */
	setsid();
	sigprocmask(SIG_SETMASK, &work->signals_before, NULL);
	if (dup2(null, STDIN_FILENO) < 0 || dup2(writer, STDOUT_FILENO) < 0 ||
		dup2(writer, STDERR_FILENO) < 0 || enter() < 0 || chdir("/") < 0) {
		dprintf(writer, "no namespaces to build in: %s\n", strerror(errno));
		_exit(EXIT_NAMESPACE);
	}
	execve(path, argv, environment());
	dprintf(writer, "%s: %s\n", path, strerror(errno));
	_exit(EXIT_NAMESPACE);
}

/* ---- the parent ---- */

static void keep(struct output *output, const char *bytes, size_t size)
{
	size_t drop = output->size + size > TAIL_MAX ? output->size + size - TAIL_MAX : 0;

	if (drop > output->size)
		drop = output->size;
	memmove(output->text, output->text + drop, output->size - drop);
	output->size -= drop;
	memcpy(output->text + output->size, bytes, size);
	output->size += size;
	output->text[output->size] = '\0';
}

static void show_last_line(struct image_work *work, const struct output *output)
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

/* Until it closes its output, or somebody wants an end. */
static int follow(
	struct image_work *work, int reader, struct output *output, struct carrel_error *err)
{
	for (;;) {
		struct pollfd ready[2] = {{.fd = reader, .events = POLLIN},
			{.fd = work->signal_fd, .events = POLLIN}};
		char bytes[1024];
		ssize_t n;
		int r;

		if (poll(ready, 2, POLL_MS) < 0 && errno != EINTR)
			return error_set(err, -errno, "wait");
		r = image_store_check(work, err);
		if (r < 0)
			return r;
		n = ready[0].revents ? read(reader, bytes, sizeof(bytes)) : -1;
		if (n == 0)
			return 0;
		if (n > 0)
			keep(output, bytes, (size_t)n);
		show_last_line(work, output);
	}
}

/* What an admin can do about it, by what the program says. */
static const char *remedy(const char *output)
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
		{"Unable to locate package", "the Debian mirror does not have all of Debian 13"},
	};

	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (strstr(output, remedies[i].said))
			return remedies[i].remedy;
	return NULL;
}

static int report(struct image_work *work, const char *path, int status,
	const struct output *output, struct carrel_error *err)
{
	const char *what = remedy(output->text);

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

int image_run(struct image_work *work, const struct image_program *program, char *const argv[],
	struct carrel_error *err)
{
	cleanup_close int reader = -EBADF;
	cleanup_close int writer = -EBADF;
	struct output output = {.size = 0};
	int pipes[2], status, r;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return error_set(err, -errno, "start %s", program->path);
	reader = pipes[0];
	writer = pipes[1];
	fflush(NULL);
	pid = (pid_t)syscall(SYS_clone, CLONE_NEWNS | CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, 0);
	if (pid < 0)
		return error_set(err, -errno, "start %s", program->path);
	if (pid == 0)
		child(work, program->path, argv, writer);
	fd_closep(&writer);
	r = follow(work, reader, &output, err);
	if (r < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, -errno, "wait for %s", program->path);
	if (r == 0 && status != 0)
		r = report(work, program->path, status, &output, err);
	return r;
}
