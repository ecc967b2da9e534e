/* SPDX-License-Identifier: MIT */
/*
 * bench.h - what the bench's programs share. They print one line a sample, "NAME NANOSECONDS", and
 * end at the first failure: half a bench is none.
 */
#ifndef CARREL_BENCH_BENCH_H
#define CARREL_BENCH_BENCH_H

#include <security/pam_appl.h>
#include <stdint.h>
#include <sys/types.h>

uint64_t now_ns(void);
void print_sample(const char *name, uint64_t ns);

/* "N" as a count of rounds and the like. */
long parse_count(const char *text);

/* A PAM handle with a conversation that throws away what it is told. */
pam_handle_t *login_start(const char *service, const char *user);
void login_open(pam_handle_t *pamh);
void login_close(pam_handle_t *pamh);
void login_end(pam_handle_t *pamh);

/* Runs /bin/true as that user in a child and waits for it. */
void run_true(uid_t uid, gid_t gid);

/* Starts a program and waits for it; it must succeed. */
void run_program(char *const argv[]);

/* Makes the process the parent of all its orphans, so that settle() meets them. */
void adopt_orphans(void);

/* Waits until every child is gone, inits too: the end of one sample must not be part of the next.
 */
void settle(void);

#endif
