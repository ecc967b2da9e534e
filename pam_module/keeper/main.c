// SPDX-License-Identifier: MIT
/*
 * main.c - the keeper: watches a user's limits, sees to it that the kernel kills the hog and not
 * the login, and tells the user.
 *
 * The module starts `keeper UID` where no other keeper has the lock, by a unit (carrel-keeper@UID)
 * or directly. After a keeper's death the next one finds everything again: what there is to know
 * stands in /run/carrel and in the kernel.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/units.h"
#include "cgroup/cgroup.h"
#include "keeper.h"
#include "session/record.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <syslog.h>
#include <time.h>

enum {
	LOOK_SHARE = 40,  /* a look is paid for with this many times its length: 2.5 % of a CPU */
	BURST_MS = 10000, /* this much may be owed for looks at new processes: hogs come in rows */
	KMSG_MS = 1000,   /* between two wake-ups by the kernel's log, where there are any */
	QUIET_MS = 10000, /* between two messages to the user */
	IDLE_MS = 5000,   /* until the next look at the latest, whatever the kernel tells */
	RETRY_MS = 100,   /* while a login holds the user's lock, or looks for a keeper */
	TRIES = 10,
	TEXT_BYTES = 64, /* of a limit */
};

enum { MEMORY, PIDS, POPULATED, KMSG, WATCHED };

/* What the user has to be told next. */
struct news {
	struct oom_kill kill; /* the first */
	unsigned kills;
	unsigned forks;
	int64_t told; /* when, 0: never */
};

struct keeper_watch {
	struct pollfd ready[WATCHED];
	uint64_t high, forks, kills;
	int64_t anew_at; /* when the last look at all processes will have been paid for */
	int64_t paid_at; /* when the looks at new processes will have been paid for */
	int64_t log_at;  /* the kernel's log does not wake the keeper before */
	bool by_log;     /* the log wakes the keeper, as pids.events tells of no limit reached */
	bool postponed;  /* a look that came too early */
};

static int64_t keeper_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the events of the user's cgroup ---- */

static void watch_file(const struct keeper *keeper, struct pollfd *ready, const char *name)
{
	fd_closep(&ready->fd);
	ready->fd = fd_open_beneath(keeper->node_fd, name, O_RDONLY, 0);
	ready->events = POLLPRI;
}

static int64_t value_of(const struct keeper_watch *watch, int which, const char *key)
{
	int64_t value =
		watch->ready[which].fd < 0 ? 0 : keeper_read_event(watch->ready[which].fd, key);

	return value < 0 ? 0 : value;
}

static int watch_node(struct keeper *keeper, struct keeper_watch *watch)
{
	int r = keeper_find_node(keeper);

	if (r < 0)
		return r;
	watch_file(keeper, &watch->ready[MEMORY], "memory.events");
	watch_file(keeper, &watch->ready[PIDS], "pids.events");
	watch_file(keeper, &watch->ready[POPULATED], "cgroup.events");
	/* Since Linux 6.11 pids.events tells what happens at this limit, wherever below. The log is
	 * everybody's: a user who makes it grow must not wake the keepers of all others. */
	watch->by_log = fd_look(keeper->node_fd, "pids.events.local") < 0;
	watch->high = (uint64_t)value_of(watch, MEMORY, "high");
	watch->forks = (uint64_t)value_of(watch, PIDS, "max");
	watch->kills = (uint64_t)value_of(watch, MEMORY, "oom_kill");
	/* A keeper that takes over from another one, or comes after a hog, looks at once. */
	watch->postponed = watch->high > 0;
	return watch->ready[POPULATED].fd < 0 ? watch->ready[POPULATED].fd : 0;
}

/* ---- telling ---- */

/* Returns the limit as the policy writes it, or "" where there is none. */
static const char *limit_text(const struct keeper *keeper, const char *file, bool bytes, char *buf)
{
	cleanup_free char *text = NULL;
	uint64_t number;
	char *end;

	buf[0] = '\0';
	if (fd_read_file(keeper->node_fd, file, TEXT_BYTES, &text) < 0)
		return buf;
	number = strtoull(text, &end, 10);
	if (end == text)
		return buf;
	return bytes ? units_format_size(number, buf) : units_format_count(number, buf);
}

static void tell_news(struct keeper *keeper, struct news *news)
{
	char limit[UNITS_TEXT_MAX], line[192], more[32] = "";
	const struct seen *seen = keeper_find(keeper, news->kill.pid);

	if (news->kills > 1)
		snprintf(more, sizeof(more), " and %u more", news->kills - 1);
	if (news->kills > 0)
		snprintf(line, sizeof(line), "carrel: memory.max %s reached; killed %s (pid %d)%s",
			limit_text(keeper, "memory.max", true, limit), news->kill.name,
			(int)(seen ? seen->inside : news->kill.pid), more);
	else
		snprintf(line, sizeof(line),
			"carrel: pids.max %s reached; no more processes can be started",
			limit_text(keeper, "pids.max", false, limit));
	keeper_look(keeper);
	keeper_tell(keeper, line);
	syslog(LOG_NOTICE, "user %u: %s", (unsigned)keeper->uid, line + strlen("carrel: "));
	if (news->kills > 0)
		*news = (struct news){.forks = news->forks, .told = keeper_now_ms()};
	else
		*news = (struct news){.told = keeper_now_ms()};
}

/* ---- the loop ---- */

/* Reads the kernel's log when the user's own counters say so or, where it is needed, when it has
 * more. */
static void read_kills(struct keeper *keeper, struct keeper_watch *watch, struct news *news)
{
	uint64_t kills = (uint64_t)value_of(watch, MEMORY, "oom_kill");
	struct oom_kill kill;
	unsigned forks;

	if (kills == watch->kills && !watch->ready[KMSG].revents)
		return;
	watch->kills = kills;
	watch->log_at = keeper_now_ms() + KMSG_MS;
	if (watch->ready[KMSG].fd < 0)
		return;
	while (kills_next(watch->ready[KMSG].fd, keeper->node, &kill, &forks) == 1) {
		news->forks += forks;
		if (news->kills++ == 0)
			news->kill = kill;
	}
	news->forks += forks;
}

/*
 * Sets the scores of all processes if that was done last long ago, and otherwise of the new ones.
 * The latter takes no time, so that a hog has its score before it has used up the rest of the
 * memory. Both cost more where the user has many processes, and a user must not be able to have
 * them done for nothing.
 */
static void look_at_processes(struct keeper *keeper, struct keeper_watch *watch)
{
	int64_t began = keeper_now_ms();
	bool anew = began >= watch->anew_at;
	int64_t *at = anew ? &watch->anew_at : &watch->paid_at;

	watch->postponed = !anew && began + BURST_MS < watch->paid_at;
	if (watch->postponed)
		return;
	keeper_set_scores(keeper, anew);
	*at = (*at < began ? began : *at) + LOOK_SHARE * (keeper_now_ms() - began + 1);
}

static void look_at_limits(struct keeper *keeper, struct keeper_watch *watch, struct news *news)
{
	uint64_t high = (uint64_t)value_of(watch, MEMORY, "high");
	uint64_t forks = (uint64_t)value_of(watch, PIDS, "max");

	if (forks > watch->forks)
		news->forks++;
	watch->forks = forks;
	if (high != watch->high || watch->postponed)
		look_at_processes(keeper, watch);
	watch->high = high;
}

/* Decides whether the keeper ends. That is done under the user's lock, so that no login relies on a
 * keeper that is just ending. Returns 1 for the end; 0; or -EAGAIN where a login has the lock. */
static int is_end(struct keeper *keeper, struct keeper_watch *watch)
{
	cleanup_close int lock = -EBADF;

	if (keeper_read_event(watch->ready[POPULATED].fd, "populated") > 0)
		return 0;
	lock = fd_open_beneath(keeper->state_fd, "lock", O_RDWR, 0);
	if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) < 0)
		return -EAGAIN;
	/* Another login may have made the cgroup anew. */
	if (watch_node(keeper, watch) == 0 &&
		keeper_read_event(watch->ready[POPULATED].fd, "populated") > 0)
		return 0;
	keeper->end_lock = fd_take(&lock);
	return 1;
}

/* Shortens *@left so that it ends no later than @at. */
static void not_after(int64_t *left, int64_t at)
{
	int64_t until = at - keeper_now_ms();

	until = until < 0 ? 0 : until;
	if (until < *left)
		*left = until;
}

/*
 * Waits, but not for ever. The kernel waits 10 ms with the second of two changes to cgroup.events,
 * and forgets it where the cgroup is removed meanwhile, as after a session that was very short. A
 * keeper that waited for such a change would keep others from watching the user's next cgroup.
 */
static void wait_for_news(struct keeper_watch *watch, const struct news *news)
{
	int kmsg = watch->ready[KMSG].fd;
	int64_t left = IDLE_MS;

	if (watch->postponed)
		not_after(&left, watch->paid_at - BURST_MS);
	if (news->kills + news->forks > 0)
		not_after(&left, news->told + QUIET_MS);
	if (watch->by_log && kmsg >= 0 && keeper_now_ms() < watch->log_at)
		not_after(&left, watch->log_at);
	if (!watch->by_log || keeper_now_ms() < watch->log_at)
		watch->ready[KMSG].fd = -1;
	poll(watch->ready, WATCHED, (int)left);
	watch->ready[KMSG].fd = kmsg;
}

static void watch_user(struct keeper *keeper, struct keeper_watch *watch)
{
	struct news news = {.told = -QUIET_MS};

	for (;;) {
		int end = is_end(keeper, watch);

		if (end == 1)
			return;
		/* The watched files are gone, and poll(2) would return at once. */
		if (end == -EAGAIN) {
			poll(NULL, 0, RETRY_MS);
			continue;
		}
		wait_for_news(watch, &news);
		look_at_limits(keeper, watch, &news);
		read_kills(keeper, watch, &news);
		if (news.kills + news.forks > 0 && keeper_now_ms() >= news.told + QUIET_MS)
			tell_news(keeper, &news);
	}
}

/* Takes the keeper's lock. Returns 0 and *ret_lock; 1 where there is another keeper; or -errno. */
static int take_keeper_lock(const struct keeper *keeper, int *ret_lock)
{
	cleanup_close int fd = fd_open_beneath(keeper->state_fd, "keeper", O_RDWR | O_CREAT, 0600);

	if (fd < 0)
		return fd;
	/* A login that looks whether there is a keeper holds the lock for a moment. */
	for (int try = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; try++) {
		if (errno != EWOULDBLOCK)
			return -errno;
		if (try == TRIES)
			return 1;
		poll(NULL, 0, RETRY_MS / TRIES);
	}
	*ret_lock = fd_take(&fd);
	return 0;
}

static int prepare_keeper(struct keeper *keeper, struct keeper_watch *watch, int *ret_lock)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), STATE_DIR "/users/%u", (unsigned)keeper->uid);
	keeper->state_fd = r = fd_open_nolinks(path, O_RDONLY | O_DIRECTORY);
	if (r >= 0)
		r = take_keeper_lock(keeper, ret_lock);
	if (r != 0)
		return r;
	watch->ready[KMSG] = (struct pollfd){.fd = kills_open(), .events = POLLIN};
	r = keeper_drop_capabilities();
	return r < 0 ? r : watch_node(keeper, watch);
}

static bool parse_uid(const char *text, uid_t *ret_uid)
{
	uint64_t number;

	if (units_parse_count(text, &number) < 0 || number == 0 || number >= UINT32_MAX)
		return false;
	*ret_uid = (uid_t)number;
	return true;
}

int main(int argc, char *argv[])
{
	struct keeper keeper = {.node_fd = -EBADF, .state_fd = -EBADF, .end_lock = -EBADF};
	struct keeper_watch watch = {0};
	bool leave;
	cleanup_close int lock = -EBADF;
	sigset_t none;
	int r;

	for (int i = 0; i < WATCHED; i++)
		watch.ready[i] = (struct pollfd){.fd = -EBADF};
	leave = argc == 3 && strcmp(argv[1], "--leave") == 0;
	if (argc != (leave ? 3 : 2) || !parse_uid(argv[argc - 1], &keeper.uid)) {
		static const char usage[] = "usage: keeper UID (started by pam_carrel)\n";

		return write(STDERR_FILENO, usage, strlen(usage)) < 0 ? 1 : 2;
	}
	/* The module starts the keeper with every signal blocked. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir("/") < 0)
		return 1;
	openlog("carrel-keeper", LOG_NDELAY | LOG_PID, LOG_AUTHPRIV);
	r = leave ? cgroup_leave() : 0;
	if (r == 0)
		r = prepare_keeper(&keeper, &watch, &lock);
	if (r > 0 || r == -ENOENT)
		return 0;
	if (r < 0) {
		syslog(LOG_ERR, "user %u: %s", (unsigned)keeper.uid, strerrordesc_np(-r));
		return 1;
	}
	watch_user(&keeper, &watch);
	return 0;
}
