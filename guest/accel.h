/* SPDX-License-Identifier: MIT */
/*
 * accel.h - what this host offers a guest: hardware virtualisation, and a socket into it.
 */
#ifndef CARREL_GUEST_ACCEL_H
#define CARREL_GUEST_ACCEL_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Tells whether QEMU, as a user, can open a /dev/kvm that works, and how. */
struct guest_kvm {
	bool works;
	gid_t group;   /* the group that QEMU needs to open it; 0: none */
	char why[160]; /* the reason, where it does not work */
};

/* Opens /dev/kvm and has it make a machine, since the device file alone says little. *ret_kvm says
 * how that went. */
void guest_kvm_look(struct guest_kvm *ret_kvm);

/* Opens a vhost-vsock device with an address (CID) that no other guest of this host has, *ret_cid,
 * which it keeps as long as it is open. The address is that of @uid where that is free. Returns a
 * descriptor (O_CLOEXEC), which the caller closes, or -errno: -ENOENT where the host has no such
 * device. */
int guest_vsock_open(uid_t uid, uint32_t *ret_cid);

#endif
