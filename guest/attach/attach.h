/* SPDX-License-Identifier: MIT */
/*
 * attach.h - the parts of guest-attach, which a login in mode = guest has for a shell.
 *
 * Static and small: it runs in a root that has ssh and nothing else, as the user, waits until the
 * guest is ready, and becomes ssh. It is no boundary: what it can reach, the user can.
 */
#ifndef CARREL_GUEST_ATTACH_ATTACH_H
#define CARREL_GUEST_ATTACH_ATTACH_H

#include <stdbool.h>
#include <stddef.h>

/* As ssh: it was not the command that failed, which never ran. */
enum { ATTACH_FAILED = 255 };

enum attach_kind { ATTACH_SHELL, ATTACH_COMMAND, ATTACH_SFTP, ATTACH_PORT };

/* Whose session it is. */
struct attach_account {
	char user[264];
	char home[1024];
};

/* What the login is for. */
struct attach_request {
	enum attach_kind kind;
	const char *command; /* of ATTACH_COMMAND, as one shell line */
	unsigned port;       /* of ATTACH_PORT: of the guest's loopback */
	bool terminal;       /* the login has one: so has what runs in the guest */
};

/*
 * What a shell's arguments ask for, those of sshd, login, su and cron; @forced is
 * SSH_ORIGINAL_COMMAND, which counts where the command is guest-attach itself (ForceCommand). 0, or
 * -1 where they cannot be understood.
 */
int attach_parse(char *const argv[], const char *forced, struct attach_request *ret_request);

/*
 * Waits until the guest whose folder is @folder lets users in. With @progress there is a terminal
 * on stderr, which is told how far it is, and has a clean line afterwards. 0, or -1 with the reason
 * in @why, a line.
 */
int attach_wait(const char *folder, bool progress, char *why, size_t size);

/* A new connection to the guest's sshd, -1 with the reason in @why. */
int attach_connect(const char *folder, char *why, size_t size);

/* The string of member @name in the guest's state, "" where there is none. Returns @buf. */
const char *attach_state(const char *folder, const char *name, char *buf, size_t size);

/* Of the caller, from /etc/passwd. 0, or -1 where it is not there. */
int attach_account(struct attach_account *ret_account);

/* Becomes ssh to the guest; returns where it cannot. */
void attach_exec(const char *folder, const struct attach_account *account,
	const struct attach_request *request);

/* guest-forward: serves connections as long as the session lasts. An exit status. */
int attach_forward(const char *folder);

#endif
