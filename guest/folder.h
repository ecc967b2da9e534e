/* SPDX-License-Identifier: MIT */
/*
 * folder.h - where a guest's files are.
 *
 *	/var/lib/carrel/guests/UID/	root's, for those of share.h to enter: what outlives a boot
 *	  disk/		root's, 0700: the user reaches the disk by QEMU alone, which bounds its size
 *	    disk.qcow2	the user's, 0600: what differs from the image
 *	  guest.json	whose disk it is, and what it was made from (record.h)
 *	  host_key	root's, 0600: the guest's SSH host key
 *	  held		root's, 0600: an administrator holds the guest (hold.h)
 *	/run/carrel/guests/UID/		root's, for those of share.h: the guest (plan/guest.h)
 *	  state		how it is (record.h); share.h says who may read it
 *	  owner		root's, 0600: the name of the user whose guest runs (session/guest.h)
 *	  control	root alone speaks with the supervisor here (visitors.c)
 *	/run/carrel/guests/lock		flock(2)ed while guests are counted, started or looked for
 *
 * Users own files in these folders, but none of the folders: a name always means what root made of
 * it.
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
#define GUEST_DISK_DIR  "disk"
#define GUEST_DISK      GUEST_DISK_DIR "/disk.qcow2"
#define GUEST_NEW_DISK  GUEST_DISK_DIR "/.disk.qcow2.new" /* a disk that is being made */
#define GUEST_OLD_DISK  "disk.qcow2"                      /* where an earlier version had it */
#define GUEST_JSON      "guest.json"
#define GUEST_HOST_KEY  "host_key"
#define GUEST_HELD      "held"

/* Opens the folder of @uid below @top, which is GUEST_RUN_DIR or GUEST_STATE_DIR. Without @make it
 * is opened with O_PATH, which anybody may do. With @make, which needs root, it can be read and
 * synced, and is made where it is missing. Returns a descriptor (O_CLOEXEC), which the caller
 * closes, or -errno with @err: -ENOENT; -EPERM where others than root can change it. */
int guest_folder_open(const char *top, uid_t uid, bool make, struct carrel_error *err);

/* Opens the folder @top itself, makes it where it is missing, and sets its mode to GUEST_TOP_MODE;
 * needs root. Returns a descriptor, which the caller closes, or -errno with @err. */
int guest_top_open(const char *top, struct carrel_error *err);

/* Takes the lock that keeps others from starting guests or looking for them, before the deadline.
 * Returns a descriptor, which holds it until it is closed, or -errno with @err: -ETIMEDOUT. */
int guest_lock_all(deadline_t deadline, struct carrel_error *err);

/* Takes the lock of the guest whose run folder is @run_fd; it says that the guest lives. The caller
 * holds guest_lock_all(). Returns a descriptor, which holds it until it is closed; -EWOULDBLOCK
 * where the guest lives; -errno. */
int guest_lock(int run_fd);

/* Opens the file of locks of guest/image/use.h; needs root. Returns a descriptor, which the caller
 * closes, or -errno. */
int guest_open_image_locks(void);

/* Returns 1 while the guest whose run folder is @run_fd lives, 0 where it does not, or -errno. The
 * caller holds guest_lock_all(). */
int guest_lives(int run_fd);

/* Writes down in the lock file, which is open as @lock_fd, the QEMU that the next guest-launch has
 * to end if this supervisor dies: nothing else outlives a supervisor. Returns 0 or -errno. */
int guest_note_qemu(int lock_fd, const struct proc_id *qemu);

/* Finds the QEMU of guest_note_qemu() in the run folder @run_fd of a guest whose supervisor is
 * dead. Returns a pidfd, which the caller closes; -ESRCH where that QEMU is gone; -errno. @ret_qemu
 * may be NULL. */
int guest_find_last(int run_fd, struct proc_id *ret_qemu);

/* Ends the QEMU of guest_note_qemu() in the run folder @run_fd, where it has outlived its
 * supervisor, and waits until it is gone, or @deadline. The caller holds the guest's lock or, where
 * the guest does not live, guest_lock_all(), and then waits for a moment only: its user can keep
 * it from being gone. Returns 0, also where there is none; -ETIMEDOUT; -errno. */
int guest_end_last(int run_fd, deadline_t deadline);

/* Removes all but the lock from the run folder @run_fd, and calls @report, which may be NULL, with
 * each name; with @dry it only does the latter. With @report it spares GUEST_ORDERED, which no
 * crash has left. Returns 0 or -errno. */
int guest_folder_clear(
	int run_fd, bool dry, void (*report)(void *data, const char *name), void *data);

/* Calls @each with every uid that has a folder below @top, in ascending order, until a call returns
 * other than 0. Returns what the last call returned, 0 where there is no @top, or -errno. */
int guest_folders(const char *top, int (*each)(void *data, uid_t uid), void *data);

#endif
