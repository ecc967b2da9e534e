/* SPDX-License-Identifier: MIT */
/*
 * attach.h - the parts of guest-attach, which a login in mode = guest runs as its shell.
 *
 * It is static and small: it runs as the user in a root that holds ssh and nothing else, waits
 * until the guest is ready, and becomes ssh. It is no security boundary: whatever it can reach,
 * the user can reach.
 */
#ifndef CARREL_GUEST_ATTACH_ATTACH_H
#define CARREL_GUEST_ATTACH_ATTACH_H

#include "session/guest_record.h"

#include <stdbool.h>
#include <stddef.h>

/* A login that does not get into its guest exits with this. ssh does so, too, where the command has
 * never run. */
enum { ATTACH_FAILED = 255 };

enum attach_kind { ATTACH_SHELL, ATTACH_COMMAND, ATTACH_SFTP, ATTACH_PORT };

/* Holds the name and the home of the account that the session belongs to. */
struct attach_account {
	char user[264];
	char home[1024];
};

/* Describes what a login asks for. */
struct attach_request {
	enum attach_kind kind;
	const char *command; /* of ATTACH_COMMAND, as one shell line */
	unsigned port;       /* of ATTACH_PORT: of the guest's loopback */
	bool terminal;       /* the login has one: so has what runs in the guest */
};

/* Finds out what the arguments of a shell ask for, as sshd, login, su and cron pass them. @forced
 * is SSH_ORIGINAL_COMMAND, and counts where the command is guest-attach itself (ForceCommand).
 * *ret_request points into @argv and @forced. Returns 0, or -1 where the arguments cannot be
 * understood. */
int attach_parse(char *const argv[], const char *forced, struct attach_request *ret_request);

/* Waits until the guest whose folder is @folder lets users in. With @progress, stderr is a
 * terminal: it shows how far the guest is, on a line that is erased at the end. Returns 0, or -1
 * with the reason in @why, one line. */
int attach_wait(const char *folder, bool progress, char *why, size_t size);

/* Asks guest-launch for a new connection to the guest's sshd. Returns a descriptor, which the
 * caller closes, or -1 with the reason in @why. */
int attach_connect(const char *folder, char *why, size_t size);

/* Reads the record of the guest whose folder is @folder; all of it is "" and 0 where there is none
 * that can be read. */
void attach_record(const char *folder, struct guest_record *ret_record);

/* Looks up the caller in /etc/passwd. Returns 0, or -1 where it is not there. */
int attach_account(struct attach_account *ret_account);

/* Becomes an ssh into the guest. Returns only where it cannot. */
void attach_exec(const char *folder, const struct attach_account *account,
	const struct attach_request *request);

/* Runs guest-forward: serves connections to forwarded ports as long as the session lasts. Returns
 * an exit status. */
int attach_forward(const char *folder);

#endif
