/* SPDX-License-Identifier: MIT */
/*
 * verbs.h - declares the verbs of carrel guest and what they share.
 */
#ifndef CARREL_HELPER_GUEST_VERBS_H
#define CARREL_HELPER_GUEST_VERBS_H

#include "guest/record.h"
#include "helper/cli/command.h"
#include "policy/account.h"

#include <jansson.h>

extern const struct command_verb verb_guest_start, verb_guest_stop, verb_guest_restart,
	verb_guest_list, verb_guest_status, verb_guest_console, verb_guest_ssh, verb_guest_destroy;

/* This is what the command shows of the guest of a user. */
struct guest_view {
	uid_t uid;
	char user[264];
	bool alive;                   /* its supervisor lives */
	bool known;                   /* it has a record, of its run or of its failure */
	bool disk;                    /* it has a disk that is kept */
	bool held;                    /* an administrator holds it (guest/hold.h) */
	char owner[GUEST_OWNER_SIZE]; /* the account it was made for; "": unknown */
	enum { GUEST_OWNED, GUEST_NO_ACCOUNT, GUEST_OF_ANOTHER } ownership; /* by that account */
	bool missed; /* carrel gc has found for an hour that it is not (missed.h) */
	struct guest_record record;
	uint64_t memory, cpu_usec; /* UINT64_MAX: unknown */
};

/* Reads the state of the guest of @uid, whose name is @user, or is looked up where that is NULL.
 * Returns 0, or -errno: -EACCES unless the caller is root, the user, or in carrel-admin. */
int guest_view(uid_t uid, const char *user, struct guest_view *ret_view, struct carrel_error *err);

enum { GUEST_ORPHAN_MAX = GUEST_OWNER_SIZE + 512 };

/* Writes to @buf a line about a guest or disk that was made for an account which does not have its
 * uid, with the remedy once that has been so for an hour. Returns @buf, or NULL where the owner is
 * right. */
const char *guest_orphan(const struct guest_view *view, char buf[static GUEST_ORPHAN_MAX]);

/* Returns the state in one word, as carrel guest list and status print it. */
const char *guest_state_word(const struct guest_view *view);

/* Finds all guests that run, have failed, have a disk or are held. Returns 0 with an array in
 * *ret_views, which the caller frees; or -errno: -EACCES unless the caller is root or in
 * carrel-admin. A guest that cannot be read has the state "unknown". */
int guest_views(struct guest_view **ret_views, size_t *ret_count, struct carrel_error *err);

/* Prints the table of carrel guest list. Returns the exit code. */
int guest_print_table(const struct guest_view *views, size_t count);

/* Makes one element of the array "guests" of carrel status --json. The caller owns the reference.
 * Returns NULL where memory is short. */
json_t *guest_json(const struct guest_view *view);

/* Removes what crashed guests have left, and stops guests whose users may not have one any more.
 * Calls @report with @data and a line for each; where @dry, does only that. Returns how many things
 * were removed, with the number of guests stopped in *ret_stopped; or -errno. */
int guest_sweep(bool dry, void (*report)(void *data, const char *line), void *data,
	int *ret_stopped, struct carrel_error *err);

/* Only stops guests, as guest_sweep() does. Returns how many, or -errno. */
int guest_sweep_unentitled(bool dry, void (*report)(void *data, const char *line), void *data,
	struct carrel_error *err);

/* Finds the account called @name, or that of the caller where @name is NULL; the caller frees it
 * with account_free(). A uid without an account is accepted as well, because guests may outlive
 * accounts. Returns COMMAND_DONE, or
 * another exit code after printing what is wrong. */
int guest_account(const char *name, struct account *ret_account);

/* Refuses, by a message and an exit code, a guest that runs and was started for another user who
 * had the uid before. Returns COMMAND_DONE for any other. */
int guest_check_owner(const struct guest_view *view);

/* Says that the caller may not start or stop the guest of @account, and what users do instead with
 * their own. Returns COMMAND_REFUSED. */
int guest_refuse_control(const struct account *account);

/* These functions start and stop the guest of @account, and show the progress on standard error.
 * They return the exit code. */
int guest_start(const struct account *account);
int guest_stop_running(const struct account *account);

#endif
