/* SPDX-License-Identifier: MIT */
/*
 * empty_root.h - operations that make a root from nothing: what is not put there is not there. For
 * logins that end in a guest (guest.c) and for the programs that run guests (guest/jail/jail.h).
 *
 * All of them append to @ops, in which nothing else may use slot PLAN_ROOT_SLOT between
 * plan_root_begin() and plan_root_enter(). Paths within the new root are absolute and plain: no
 * "//", "." or ".."; folders that lead to them are made. Out of room is noted in @ops.
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
	/* How what is shown there is mounted. */
	PLAN_ROOT_PROGRAM = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	PLAN_ROOT_DEVICE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	PLAN_ROOT_DATA = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	/* Its size: room for a few lines of text. */
	PLAN_ROOT_BYTES = 64 * 1024,
};

/* True for an absolute path without "//", "." and "..", and without what separates the fields of
 * passwd(5). */
bool plan_root_is_plain(const char *path);

/* A new file system, which is no root yet. */
void plan_root_begin(struct plan_ops *ops);

/* One folder, whose parent is there: "run/dbus". Its mode stays as it is first given. */
void plan_root_folder(struct plan_ops *ops, const char *path, unsigned mode);

/* The folders that lead to @path and, with @itself, that one; of mode 0755. */
void plan_root_folders(struct plan_ops *ops, const char *path, bool itself);

/* The file @path, "etc/passwd", with the contents @text: root's, 0444. */
void plan_root_file(struct plan_ops *ops, const char *path, const char *text);

/* A symbolic link to @text at @path. */
void plan_root_link(struct plan_ops *ops, const char *path, const char *text);

/* Shows what the host has at @source at @target, mounted with @attrs; links that only root can
 * change are followed. 0, or -errno and @err: -ENOENT. The second passes over what is not there. */
int plan_root_bind(struct plan_ops *ops, const char *source, const char *target, uint64_t attrs,
	struct carrel_error *err);
int plan_root_bind_if_there(
	struct plan_ops *ops, const char *source, const char *target, uint64_t attrs);

/* Shows @program, the loader and the libraries that it needs (libraries.h) where the host has
 * them. 0, or -errno and @err. */
int plan_root_program(struct plan_ops *ops, const char *program, struct carrel_error *err);

/* Makes it the root, with nothing else in reach, and read-only. At @proc (NULL: none) it has a
 * /proc of the pid namespace, mounted with @attrs: processes, and nothing of the machine. */
void plan_root_enter(struct plan_ops *ops, const char *proc, uint64_t attrs);

#endif
