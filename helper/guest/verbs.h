/* SPDX-License-Identifier: MIT */
/*
 * verbs.h - the verbs of carrel guest, and what they share.
 */
#ifndef CARREL_HELPER_GUEST_VERBS_H
#define CARREL_HELPER_GUEST_VERBS_H

#include "guest/record.h"
#include "helper/cli/command.h"
#include "policy/account.h"

#include <jansson.h>

extern const struct command_verb verb_guest_start, verb_guest_stop, verb_guest_restart,
	verb_guest_list, verb_guest_status, verb_guest_console, verb_guest_ssh, verb_guest_destroy;

/* What a user's guest is to the command. */
struct guest_view {
	uid_t uid;
	char user[264];
	bool alive;                   /* its supervisor lives */
	bool known;                   /* there is a record: it lives, or says how it failed */
	bool disk;                    /* it has one that is kept */
	bool held;                    /* an administrator holds it (guest/hold.h) */
	char owner[GUEST_OWNER_SIZE]; /* the account that guest or disk was made for, "": not said
				       */
	enum { GUEST_OWNED, GUEST_NO_ACCOUNT, GUEST_OF_ANOTHER } ownership; /* by that account */
	struct guest_record record;
	uint64_t memory, cpu_usec; /* UINT64_MAX: not told */
};

/* Looks at the guest of @uid, called @user (NULL: to be looked up). 0, or -errno: -EACCES for who
 * is neither root nor the user nor in carrel-admin. */
int guest_view(uid_t uid, const char *user, struct guest_view *ret_view, struct carrel_error *err);

/* What is wrong where the account is not the one that guest or disk was made for, with the remedy,
 * as one line. NULL where nothing is. */
const char *guest_orphan(const struct guest_view *view, char *buf, size_t size);

/* In one word, as list and status have it. */
const char *guest_state_word(const struct guest_view *view);

/* The guests that run, have failed, have a disk or are held; an array that the caller frees. One
 * that cannot be looked at has the state "unknown". For root and carrel-admin: -EACCES. */
int guest_views(struct guest_view **ret_views, size_t *ret_count, struct carrel_error *err);

/* As carrel guest list shows them; the exit code. */
int guest_print_table(const struct guest_view *views, size_t count);

/* One element of "guests" (status --json); NULL: out of memory. */
json_t *guest_json(const struct guest_view *view);

/* Removes what guests left that crashed, and stops those whose user may have none any more; tells
 * of each. How many things were removed, and *ret_stopped; or -errno. */
int guest_sweep(bool dry, void (*report)(void *data, const char *line), void *data,
	int *ret_stopped, struct carrel_error *err);
/* The second part alone: how many, or -errno. */
int guest_sweep_unentitled(bool dry, void (*report)(void *data, const char *line), void *data,
	struct carrel_error *err);

/* Finds the account, or says what is wrong: COMMAND_DONE. A uid without an account will do: guests
 * may outlive accounts. */
int guest_account(const char *name, struct account *ret_account);
/* The same of the caller's own. */
int guest_own_account(struct account *ret_account);

/* Start and stop it, with progress on stderr; the exit code. */
int guest_start(const struct account *account);
int guest_stop_running(const struct account *account);

#endif
