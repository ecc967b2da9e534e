/* SPDX-License-Identifier: MIT */
/*
 * call_filter.h - system calls that the kernel refuses, with EPERM, to the caller and to all that
 * it executes from here on, for ever; and with them every call by another ABI than this program's
 * own.
 *
 * The caller has no_new_privs. 0 or -errno; -EOPNOTSUPP on a machine whose calls it does not know.
 */
#ifndef CARREL_GUEST_CALL_FILTER_H
#define CARREL_GUEST_CALL_FILTER_H

/* For what is in a jail: a user's keyrings. */
int call_filter_keyrings(void);

/* For what has another's terminal: typing into it (ioctl_tty(2), TIOCSTI), and into a console by
 * its selection (ioctl_console(2), TIOCLINUX). */
int call_filter_typing(void);

#endif
