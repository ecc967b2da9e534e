/* SPDX-License-Identifier: MIT */
/*
 * fd.h - files and directories by descriptor.
 *
 * Every descriptor is O_CLOEXEC at birth. A path that a user can influence goes through
 * fd_canonical_trusted() or fd_open_beneath() and no other way.
 */
#ifndef CARREL_BASE_FD_H
#define CARREL_BASE_FD_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Opens @path below directory @dirfd with openat2(2): it cannot leave the directory, and no
 * symbolic or magic link is followed. @flags as for openat(2); O_CLOEXEC is added.
 * Returns a descriptor, or -errno (-ELOOP for a link, -EXDEV for an escape).
 */
int fd_open_beneath(int dirfd, const char *path, int flags, mode_t mode);

/* As above, and -EXDEV where anything is mounted on the way or at the end of it: nothing is asked
 * of another file system than that of @dirfd, which may never answer. */
int fd_open_same_mount(int dirfd, const char *path, int flags, mode_t mode);

/* As fd_open_beneath() from "/": absolute @path, no link anywhere in it. */
int fd_open_nolinks(const char *path, int flags);

/* @path as a chroot(2) into @rootfd would find it: links lead where they do there. For images. */
int fd_open_in_root(int rootfd, const char *path, int flags);

/*
 * Whether there is something called @path in @dirfd, of whatever kind, by the rights of the
 * effective user: access(2) would go by the real one, who under su is anybody. 0, -ENOENT, -errno.
 */
int fd_look(int dirfd, const char *path);

/* A stream of @dirfd's entries, from the first, in *ret_dir (closedir(3)). 0 or -errno. */
int fd_open_dir(int dirfd, DIR **ret_dir);

/*
 * True if only root can change what the inode is: owned by uid 0 and not writable by group
 * (unless the group is 0) or others. A sticky, world-writable directory is not trusted.
 */
bool fd_stat_trusted(const struct stat *st);

/*
 * Resolves the absolute @path one component after the other. A symbolic link is followed only
 * where the directory that holds it can be changed by root alone, so the result is what root
 * meant, whatever users do meanwhile; the last component itself may be anybody's.
 * On success *ret_path is the canonical path (malloc'ed, the caller frees it).
 * Returns 0; -EPERM for a link in a directory that a user can change; -errno otherwise.
 */
int fd_canonical_trusted(const char *path, char **ret_path);

/*
 * Reads the whole file, at most @max bytes, into a malloc'ed, NUL-terminated buffer.
 * Returns 0, -EFBIG where it is longer, -errno.
 */
int fd_read_all(int fd, size_t max, char **ret_text, size_t *ret_size);

/* Opens @path beneath @dirfd and reads it as fd_read_all() does. */
int fd_read_file(int dirfd, const char *path, size_t max, char **ret_text);

/* One write(2) of @text to an existing file beneath @dirfd (cgroup and proc files). */
int fd_write_file(int dirfd, const char *path, const char *text);

/*
 * Writes all of @bytes. A caller whose files may not grow (RLIMIT_FSIZE) gets -EFBIG, and not
 * SIGXFSZ, of which it would die.
 */
int fd_write_all(int fd, const void *bytes, size_t size);

/*
 * Replaces or makes file @name in @dirfd with mode @mode so that a reader sees the old or the new
 * text, never a part (a temporary name, then renameat(2)). Nothing is left behind on failure; what
 * a crash leaves is overwritten by the next call, so callers hold a lock that keeps others out.
 */
#define FD_TEMPORARY ".%s.new" /* never the name of a file that is meant to stay */
int fd_replace_file(int dirfd, const char *name, const char *text, mode_t mode);

/* The same for a file that is to be whole after a power cut, too; @dirfd is no O_PATH. Once it has
 * returned 0 the file is there, and so is what was renamed in @dirfd before. */
int fd_replace_file_durably(int dirfd, const char *name, const char *text, mode_t mode);

/* Either, where @prepare, given @data, has the file for a moment before it has its name: more than
 * a mode can say of who may read it. What @prepare returns, 0 or -errno, counts. */
int fd_replace_file_prepared(int dirfd, const char *name, const char *text, bool durably,
	int (*prepare)(int fd, const void *data), const void *data);

#endif
