// SPDX-License-Identifier: MIT
/*
 * session.c - whole sessions: begin, run /bin/true inside as the user, end. carrel's beside those
 * of other programs, which are given as commands. In each round each has its turn, and another one
 * is the first.
 */
#include "bench.h"

#include <err.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { WARM_UP = 8, OTHERS_MAX = 8 };

struct other {
	const char *name;
	char **argv;
};

struct bench {
	const char *service;
	const struct passwd *user;
	struct other other[OTHERS_MAX];
	int others;
};

/* Loading the modules and what they are linked with is a part of a login's time too. */
static const char *const parts[] = {"load", "open", "run", "close", "unload"};

static void sample_carrel(const struct bench *bench, int keep)
{
	uint64_t at[6] = {now_ns()}, gone;
	pam_handle_t *pamh = login_start(bench->service, bench->user->pw_name);

	at[1] = now_ns();
	login_open(pamh);
	at[2] = now_ns();
	run_true(bench->user->pw_uid, bench->user->pw_gid);
	at[3] = now_ns();
	login_close(pamh);
	at[4] = now_ns();
	login_end(pamh);
	at[5] = now_ns();
	/* Closing does not wait for session-init, as the other programs wait for their init. */
	settle();
	gone = now_ns();
	if (!keep)
		return;
	print_sample("session", at[5] - at[0]);
	print_sample("session_gone", gone - at[0]);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		print_sample(parts[i], at[i + 1] - at[i]);
}

static void sample_other(const struct other *other, int keep)
{
	uint64_t start = now_ns(), end;

	run_program(other->argv);
	end = now_ns();
	settle();
	if (keep)
		print_sample(other->name, end - start);
}

static void run_round(const struct bench *bench, long round)
{
	const int players = bench->others + 1;

	for (int i = 0; i < players; i++) {
		int player = (int)((round + WARM_UP + i) % players);

		if (player == bench->others)
			sample_carrel(bench, round >= 0);
		else
			sample_other(&bench->other[player], round >= 0);
	}
}

/* "-- NAME PROGRAM ARGUMENT… -- NAME …": the separators become the ends of the arguments. */
static void parse_others(struct bench *bench, char **words)
{
	while (*words) {
		struct other *other = &bench->other[bench->others];

		if (strcmp(*words, "--") != 0 || !words[1] || !words[2])
			errx(2, "%s: -- NAME PROGRAM is missing", *words);
		if (bench->others++ == OTHERS_MAX)
			errx(2, "too many programs");
		*words = NULL;
		*other = (struct other){.name = words[1], .argv = words + 2};
		for (words += 2; *words && strcmp(*words, "--") != 0; words++)
			;
	}
}

/* session ROUNDS SERVICE USER [-- NAME PROGRAM ARGUMENT…]… */
int main(int argc, char **argv)
{
	struct bench bench = {0};
	long rounds;

	if (argc < 4)
		errx(2, "usage: session ROUNDS SERVICE USER [-- NAME PROGRAM ARGUMENT…]…");
	rounds = parse_count(argv[1]);
	adopt_orphans();
	bench.service = argv[2];
	bench.user = getpwnam(argv[3]);
	if (!bench.user)
		errx(1, "%s: no such user", argv[3]);
	parse_others(&bench, argv + 4);
	for (long round = -WARM_UP; round < rounds; round++)
		run_round(&bench, round);
	return 0;
}
