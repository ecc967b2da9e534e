/* SPDX-License-Identifier: MIT */
/*
 * credentials.h - what the guest's systemd is told at boot: the account, who may enter, and the
 * door that stands before its sshd (systemd.system-credentials(7), sysusers.d(5), tmpfiles.d(5),
 * systemd-debug-generator(8)). It is in files without a name, which QEMU's fw_cfg gets as
 * descriptors, so that nothing of it is on a command line.
 */
#ifndef CARREL_GUEST_LAUNCH_CREDENTIALS_H
#define CARREL_GUEST_LAUNCH_CREDENTIALS_H

#include "guest/record.h"
#include "keys.h"
#include "policy/policy.h"

enum { GUEST_MACHINE_SIZE = 64 }; /* the size of a label of a host name (RFC 1035) with its NUL */

struct guest_credentials {
	int sysusers_fd, tmpfiles_fd;
	int unit_fd, secret_fd; /* of the door; -EBADF: there is none */
};

#define GUEST_CREDENTIALS_NONE                                                                     \
	(struct guest_credentials)                                                                 \
	{                                                                                          \
		.sysusers_fd = -EBADF, .tmpfiles_fd = -EBADF, .unit_fd = -EBADF,                   \
		.secret_fd = -EBADF                                                                \
	}

/* QEMU's names of files have 55 characters, and what makes a unit of a credential leaves nine. */
#define GUEST_DOOR_UNIT "d.service"
/* On the kernel's command line: the door, and not systemd's own listener of that address. */
#define GUEST_DOOR_CMDLINE "systemd.ssh_auto=no systemd.wants=" GUEST_DOOR_UNIT
/* The name of the credential that holds the door's secret. */
#define GUEST_DOOR_SECRET "carrel.door"

/* Sets @ret_name to what @user is called in a guest. systemd makes accounts of strict names only
 * (USER_NAMES in its documents), which those of directories may not be: what is not allowed becomes
 * "_", as in "first_last". */
void guest_user_name(const char *user, char ret_name[static GUEST_USER_SIZE]);

/* Sets @ret_name to what the guest of @user calls itself, "carrel-alice". It is one label of a host
 * name: what may not be in one becomes "-". A name that root in the guest has chosen
 * (/etc/hostname) comes first. */
void guest_machine_name(const char *user, char ret_name[static GUEST_MACHINE_SIZE]);

/* Makes the credentials of an account @user with the uid, group and home of @login, whose sshd
 * takes the given keys besides those that the user puts into their home in the guest. @secret
 * (DOOR_SECRET_SIZE bytes) is that of its door; NULL: there is none. Returns 0 with
 * *ret_credentials, whose descriptors the caller closes, or -errno with @err. */
int guest_credentials_make(const struct policy_login *login, const char *user,
	const struct guest_keys *keys, const unsigned char *secret,
	struct guest_credentials *ret_credentials, struct carrel_error *err);
void guest_credentials_close(struct guest_credentials *credentials);

#endif
