/* SPDX-License-Identifier: MIT */
/*
 * programs.h - the programs of other packages that guests need, where the distribution has them.
 */
#ifndef CARREL_GUEST_PROGRAMS_H
#define CARREL_GUEST_PROGRAMS_H

#define QEMU_SYSTEM "/usr/bin/qemu-system-x86_64"
#define QEMU_IMG    "/usr/bin/qemu-img"
#define SSH_KEYGEN  "/usr/bin/ssh-keygen"

#endif
