/* SPDX-License-Identifier: MIT */
/*
 * jail_filter.h - what no program in a jail may ask of the kernel: a user's keyrings.
 */
#ifndef CARREL_GUEST_JAIL_FILTER_H
#define CARREL_GUEST_JAIL_FILTER_H

/*
 * Has the kernel refuse, with EPERM, the system calls of keyrings to the caller and to all that it
 * executes from here on, for ever, and every call by another ABI than this program's own. The
 * caller has no_new_privs. 0 or -errno; -EOPNOTSUPP on a machine whose calls it does not know.
 */
int jail_filter_enter(void);

#endif
