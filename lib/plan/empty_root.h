/* SPDX-License-Identifier: MIT */
/*
 * empty_root.h - plans a root that is made from nothing: what is not put there is not there. Logins
 * that end in a guest (guest.c) have such a root, and so have the programs that run guests
 * (guest/jail/jail.h).
 *
 * All of them append to @ops, in which nothing else may use slot PLAN_ROOT_SLOT between
 * plan_root_begin() and plan_root_enter(). Paths within the new root are absolute and plain: no
 * "//", "." or ".."; folders that lead to them are made. A lack of room is noted in @ops.
 */
#ifndef CARREL_PLAN_EMPTY_ROOT_H
#define CARREL_PLAN_EMPTY_ROOT_H

#include "base/error.h"
#include "plan/plan.h"

#include <linux/mount.h>
#include <stdbool.h>

enum {
	PLAN_ROOT_SLOT = 0,
	PLAN_ROOT_WORK = 1, /* free again after each call */
	/* The attributes with which things are mounted there. */
	PLAN_ROOT_PROGRAM = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	PLAN_ROOT_DEVICE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	PLAN_ROOT_DATA = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	/* The size of the root: room for a few lines of text. */
	PLAN_ROOT_BYTES = 64 * 1024,
};

/* Returns true for an absolute path without "//", "." and "..", and without the characters that
 * separate fields and lines in passwd(5). */
bool plan_root_is_plain(const char *path);

/* Makes the new file system, which is no root yet. */
void plan_root_begin(struct plan_ops *ops);

/* Makes one folder, whose parent is there: "run/dbus". A folder that has been made keeps the mode
 * that it was first given. */
void plan_root_folder(struct plan_ops *ops, const char *path, unsigned mode);

/* Makes the folders that lead to @path and, with @itself, that folder too, all of mode 0755. */
void plan_root_folders(struct plan_ops *ops, const char *path, bool itself);

/* Makes the file @path, "etc/passwd", with the contents @text; it is root's, and of mode 0444. */
void plan_root_file(struct plan_ops *ops, const char *path, const char *text);

/* Makes a symbolic link to @text at @path. */
void plan_root_link(struct plan_ops *ops, const char *path, const char *text);

/* Shows at @target what the host has at @source, mounted with @attrs. Links that only root can
 * change are followed. Returns 0, or -errno and @err: -ENOENT where the host has no such thing. */
int plan_root_bind(struct plan_ops *ops, const char *source, const char *target, uint64_t attrs,
	struct carrel_error *err);

/* Does the same, and passes over what the host does not have. Returns 0 or -errno. */
int plan_root_bind_if_there(
	struct plan_ops *ops, const char *source, const char *target, uint64_t attrs);

/* Shows @program, and the loader and the libraries that it needs (libraries.h), where the host has
 * them. Returns 0, or -errno and @err. */
int plan_root_program(struct plan_ops *ops, const char *program, struct carrel_error *err);

/* Makes the new file system the root, read-only and with nothing else in reach. Unless @proc is
 * NULL, a /proc of the pid namespace is mounted there with @attrs, which shows processes and
 * nothing of the machine. */
void plan_root_enter(struct plan_ops *ops, const char *proc, uint64_t attrs);

#endif
