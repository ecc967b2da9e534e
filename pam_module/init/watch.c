// SPDX-License-Identifier: MIT
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	SUSPECTED = 4, /* a process stays a suspect for this many looks */
	SOONER = 3,    /* while there are suspects, the next look comes this many times sooner */
};

/* What is read of a process in proc_pid_stat(5). */
struct process {
	uint64_t start;
	uint64_t parent; /* 0: outside of the pid namespace */
	char state;
	bool sshd;
};

static int64_t watch_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Sets the next look to some time between half of the interval and all of it. */
static void set_next(struct watch *watch, uint32_t interval)
{
	uint32_t half = interval / (watch->count > 0 ? 2 * SOONER : 2), chance = 0;

	(void)getrandom(&chance, sizeof(chance), GRND_NONBLOCK);
	watch->next = watch_now_ms() + half + chance % (half + 1);
}

void watch_begin(struct watch *watch, const struct view_plan *plan)
{
	if (plan->proc >= 0)
		set_next(watch, plan->look_ms);
}

int watch_patience(const struct watch *watch, const struct view_plan *plan)
{
	int64_t left = watch->next - watch_now_ms();

	if (plan->proc < 0)
		return -1;
	return left > 0 ? (int)left : 0;
}

static uint64_t number_at(const char *text)
{
	uint64_t number = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		number = number * 10 + (uint64_t)(*text - '0');
	return number;
}

/* Returns the text of the field @index behind the name, whose own index is 2; "" where there is
 * none. */
static const char *field_at(const char *behind_name, int index)
{
	enum { NAME = 2 };

	for (int i = NAME; i < index && *behind_name; i++) {
		behind_name += strcspn(behind_name, " ");
		behind_name += *behind_name == ' ';
	}
	return behind_name;
}

/* Reads a small file of @pid's folder, and fills @st for that file. Returns true if it is not
 * empty. */
static bool read_small(
	int proc, const char *pid, const char *name, char *text, size_t size, struct stat *st)
{
	size_t length = strlen(pid);
	char path[32];
	ssize_t n;
	int fd;

	if (length + 1 + strlen(name) >= sizeof(path))
		return false;
	strcpy(path, pid);
	path[length] = '/';
	strcpy(path + length + 1, name);
	fd = view_open_path(proc, path, O_RDONLY);
	n = fd < 0 || fstat(fd, st) < 0 ? -1 : read(fd, text, size - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static bool read_process(int proc, const char *pid, struct process *process)
{
	enum { STATE = 3, PARENT = 4, START = 22 };
	const char *name, *end;
	char text[512];
	struct stat st;

	if (!read_small(proc, pid, "stat", text, sizeof(text), &st))
		return false;
	name = strchr(text, '(');
	end = strrchr(text, ')');
	if (!name || !end)
		return false;
	process->state = *field_at(end, STATE);
	process->parent = number_at(field_at(end, PARENT));
	process->start = number_at(field_at(end, START));
	/* Where a process has changed its user and executed nothing since, the kernel keeps its
	 * files from that user (proc(5)). So a shell that su or carrel started is none of sshd's.
	 * Where fs.suid_dumpable is 1, the name has to tell. */
	process->sshd = st.st_uid == 0 || strncmp(name, "(sshd", 5) == 0;
	return true;
}

/* Returns true if the process's effective user is somebody other than root. */
static bool runs_as_user(int proc, const char *pid)
{
	char text[2048];
	struct stat st;
	const char *uid;

	if (!read_small(proc, pid, "status", text, sizeof(text), &st))
		return false;
	uid = strstr(text, "\nUid:\t");
	uid = uid ? strchr(uid + strlen("\nUid:\t"), '\t') : NULL;
	return uid && number_at(uid + 1) != 0;
}

static struct stopped *find_suspect(struct watch *watch, pid_t pid, uint64_t start)
{
	for (int i = 0; i < watch->count; i++)
		if (watch->item[i].pid == pid && watch->item[i].start == start)
			return &watch->item[i];
	return NULL;
}

static void add_suspect(struct watch *watch, pid_t pid, uint64_t start)
{
	enum { ROOM = sizeof(watch->item) / sizeof(watch->item[0]) };

	/* Where there is no room left, the process will count as seen for the first time at the
	 * next look. */
	if (watch->count < ROOM)
		watch->item[watch->count++] =
			(struct stopped){.pid = pid, .start = start, .looks = SUSPECTED + 1};
}

/* Reads the process whose folder in @proc is @pid. Returns true if it is sshd's for the user, from
 * outside of the pid namespace, and is stopped. */
static bool is_stopped(int proc, const char *pid, struct process *process)
{
	return read_process(proc, pid, process) && process->state == 'T' && process->parent == 0 &&
	       process->sshd && runs_as_user(proc, pid);
}

static void look_at_process(struct watch *watch, int proc, const char *pid)
{
	pid_t number = (pid_t)number_at(pid);
	struct process process;
	int pidfd, signal = SIGCONT;

	if (number <= 1 || !is_stopped(proc, pid, &process))
		return;
	/* What is read now, while this holds a pidfd, is about that process, unless it has
	 * ended. */
	pidfd = (int)syscall(SYS_pidfd_open, number, 0);
	if (pidfd < 0)
		return;
	if (is_stopped(proc, pid, &process)) {
		if (find_suspect(watch, number, process.start))
			signal = SIGKILL;
		else
			add_suspect(watch, number, process.start);
		syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
	}
	close(pidfd);
}

static void forget_old(struct watch *watch)
{
	for (int i = watch->count - 1; i >= 0; i--)
		if (--watch->item[i].looks == 0)
			watch->item[i] = watch->item[--watch->count];
}

void watch_look(struct watch *watch, const struct view_plan *plan)
{
	static char buffer[4096] __attribute__((aligned(8)));
	long n;

	if (plan->proc < 0 || watch->next > watch_now_ms())
		return;
	lseek(plan->proc, 0, SEEK_SET);
	while ((n = syscall(SYS_getdents64, plan->proc, buffer, sizeof(buffer))) > 0)
		for (long at = 0; at < n;) {
			const struct view_dir_entry *entry = (const void *)(buffer + at);

			if (entry->name[0] >= '1' && entry->name[0] <= '9')
				look_at_process(watch, plan->proc, entry->name);
			at += entry->length;
		}
	forget_old(watch);
	set_next(watch, plan->look_ms);
}
