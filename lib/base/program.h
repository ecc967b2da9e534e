/* SPDX-License-Identifier: MIT */
/*
 * program.h - runs another program, and follows what it says.
 *
 * This is the one place that starts programs on the host, apart from the jails of guest/jail and
 * the orphans of lib/session, which have to outlive their caller.
 */
#ifndef CARREL_BASE_PROGRAM_H
#define CARREL_BASE_PROGRAM_H

#include "base/deadline.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Describes a program. The caller owns all that it refers to. Its stdout and stderr are followed,
 * and it has no descriptors but those that are named here. */
struct program {
	const char *path;         /* absolute */
	const char *const *argv;  /* NULL-terminated */
	char *const *environment; /* NULL: a PATH, and LC_ALL=C */
	int input;                /* its stdin; 0: /dev/null */
	const int *fds;           /* descriptors that it has besides, under these numbers */
	size_t n_fds;
	unsigned long namespaces; /* that are made for it: CLONE_NEWNS and the like (clone(2)) */
	/* Called in the child, last of all. Where it fails, it says why on stderr and exits. NULL:
	 * there is nothing to set up. */
	void (*set_up)(void);
};

/* Says how long a program is followed. */
struct program_watch {
	deadline_t deadline;     /* DEADLINE_NEVER: as long as it takes */
	int wake_fd;             /* when it is readable, there is reason to look; 0: none */
	int (*look)(void *data); /* called whenever something happens, and five times a second: to
				    go on (0), or to end the program (-errno); NULL */
	void *data;              /* of look() */
};

/* Holds what a program says. The caller sets @text and @room. */
struct program_output {
	char *text;  /* NUL-terminated at the end; has @room bytes, and one more for that */
	size_t room; /* where more is said, the last bytes are kept */
	size_t size;
	bool whole; /* more than @room is an error, -EFBIG */
};

/*
 * Runs @program without a shell, in a session of its own, in "/", with the default actions of
 * signals, none of them blocked, and to be killed when the caller's thread ends. Follows it as
 * program_follow() does. Returns 0 with *ret_status as waitpid(2) gives it; -ENOENT and the like
 * where it cannot be executed; -errno.
 */
int program_run(const struct program *program, const struct program_watch *watch,
	struct program_output *output, int *ret_status);

/*
 * Follows the child @pid, which says into the other end of @reader what goes into @output, until it
 * has ended and closed that, and reaps it. It is killed past the deadline (-ETIMEDOUT), and where
 * watch->look() says so. Returns 0 with *ret_status as waitpid(2) gives it, or -errno.
 */
int program_follow(pid_t pid, int reader, const struct program_watch *watch,
	struct program_output *output, int *ret_status);

/* Runs @program until @deadline, and collects what it says, a megabyte at most (-EFBIG). Returns as
 * program_run() does, with the text in *ret_text, which the caller frees. */
int program_capture(
	const struct program *program, deadline_t deadline, char **ret_text, int *ret_status);

/* Lets the program that the calling process is about to become have its standard streams and the
 * @count descriptors @fds, and none that somebody has left open besides. Returns 0 or -errno. */
int program_pass_fds(const int *fds, size_t count);

#endif
