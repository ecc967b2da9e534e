/* SPDX-License-Identifier: MIT */
/*
 * folder.h - where a guest's files are.
 *
 *	/var/lib/carrel/guests/UID/	root's, for whom share.h says: what outlives a boot
 *	  disk.qcow2	the user's, 0600: what differs from the image
 *	  guest.json	whose the disk is, and what it was made from (record.h)
 *	  host_key	root's, 0600: the guest's SSH host key
 *	  held		root's, 0600: an administrator holds it (hold.h)
 *	/run/carrel/guests/UID/		the same: the guest as it runs (plan/guest.h)
 *	  state		how it is (record.h); who may read it says share.h
 *	  owner		root's, 0600: the name of the user whose guest runs (session/guest.h)
 *	  control	root alone speaks with the supervisor here (visitors.c)
 *	/run/carrel/guests/lock		flock(2)ed while guests are counted, started or looked for
 *
 * Users own files in these folders, but no folder: a name always means what root made of it.
 */
#ifndef CARREL_GUEST_FOLDER_H
#define CARREL_GUEST_FOLDER_H

#include "base/deadline.h"
#include "base/error.h"
#include "base/proc.h"
#include "plan/guest.h"

#include <stdbool.h>
#include <sys/types.h>

#define GUEST_STATE_DIR "/var/lib/carrel/guests"
#define GUEST_CONTROL   "control"
#define GUEST_DISK      "disk.qcow2"
#define GUEST_NEW_DISK  ".disk.qcow2.new" /* that is being made */
#define GUEST_JSON      "guest.json"
#define GUEST_HOST_KEY  "host_key"
#define GUEST_HELD      "held"

/* Opens the folder of @uid below GUEST_RUN_DIR or GUEST_STATE_DIR: O_PATH, for anybody; with @make,
 * which is for root, one that can be read and synced, and made where it is missing. Returns a
 * descriptor or -errno: -ENOENT, -EPERM where others than root can change it. */
int guest_folder_open(const char *top, uid_t uid, bool make, struct carrel_error *err);

/* The folder @top itself, for root: made where it is missing, of GUEST_TOP_MODE. Returns a
 * descriptor or -errno. */
int guest_top_open(const char *top, struct carrel_error *err);

/*
 * Takes the lock that keeps others from starting guests or looking for them, before the deadline.
 * Returns a descriptor, which holds it until it is closed, or -errno.
 */
int guest_lock_all(deadline_t deadline, struct carrel_error *err);

/* Takes the lock of the guest whose run folder is @run_fd, which says that it lives. Returns a
 * descriptor, -EWOULDBLOCK where it does, -errno. Under guest_lock_all(). */
int guest_lock(int run_fd);

/* The file of locks of guest/image/use.h, for root alone. A descriptor, or -errno. */
int guest_open_image_locks(void);

/* 1 while the guest lives, 0, or -errno. Under guest_lock_all(). */
int guest_lives(int run_fd);

/* Writes into the lock's file, whose descriptor @lock_fd is, whom the next one has to end where the
 * supervisor dies: nothing else outlives that. 0 or -errno. */
int guest_note_qemu(int lock_fd, const struct proc_id *qemu);

/* Finds the QEMU of guest_note_qemu() in the run folder @run_fd of a guest whose supervisor is
 * dead. Returns a pidfd; -ESRCH where there is none any more, -errno. @ret_qemu may be NULL. */
int guest_find_last(int run_fd, struct proc_id *ret_qemu);

/*
 * Ends the QEMU of a guest whose supervisor is dead, where it has not ended with that, and waits
 * until it has: that of guest_note_qemu() in the run folder @run_fd. With the guest's lock, or
 * where the guest does not live under guest_lock_all(). 0, also where there is none; -ETIMEDOUT,
 * -errno.
 */
int guest_end_last(int run_fd);

/* Removes all that is in the run folder but the lock. 0 or -errno. @report is called with each
 * name, may be NULL; @dry only does that. With @report it is what a crash left, and no order. */
int guest_folder_clear(
	int run_fd, bool dry, void (*report)(void *data, const char *name), void *data);

/* Calls @each with every uid that has a folder below @top, in ascending order, until one returns
 * other than 0, which is returned then. */
int guest_folders(const char *top, int (*each)(void *data, uid_t uid), void *data);

#endif
