/* SPDX-License-Identifier: MIT */
/*
 * call_filter.h - has the kernel refuse system calls (seccomp(2)), with EPERM, to the caller and
 * to all that it executes from then on, for ever. With them it refuses every call by another ABI
 * than this program's own.
 *
 * The caller has set no_new_privs. Both functions return 0 or -errno; -EOPNOTSUPP on a machine
 * whose calls they do not know.
 */
#ifndef CARREL_GUEST_CALL_FILTER_H
#define CARREL_GUEST_CALL_FILTER_H

/* Refuses the calls by which a program in a jail could reach its user's keyrings (keyrings(7)). */
int call_filter_keyrings(void);

/* Refuses the calls by which a program could type into the terminal of its caller (ioctl_tty(2),
 * TIOCSTI), or into a console by its selection (ioctl_console(2), TIOCLINUX). */
int call_filter_typing(void);

#endif
