/* SPDX-License-Identifier: MIT */
/*
 * fd.h - opens, reads and writes files and directories by descriptor.
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
 * Opens @path below directory @dirfd with openat2(2). The path cannot leave the directory, and no
 * symbolic or magic link is followed. Takes the @flags of openat(2) and adds O_CLOEXEC. Returns a
 * descriptor, or -errno: -ELOOP for a link, -EXDEV for an escape.
 */
int fd_open_beneath(int dirfd, const char *path, int flags, mode_t mode);

/* Opens @path as fd_open_beneath() does, but returns -EXDEV where @path leads through or to a mount
 * point: another file system than that of @dirfd is not touched, because it may never answer. */
int fd_open_same_mount(int dirfd, const char *path, int flags, mode_t mode);

/* Opens the absolute @path as fd_open_beneath() does from "/": no part of it may be a link. */
int fd_open_nolinks(const char *path, int flags);

/* Opens @path as a process would find it after chroot(2) into @rootfd: links resolve within that
 * root. Returns a descriptor, or -errno. */
int fd_open_in_root(int rootfd, const char *path, int flags);

/*
 * Checks whether @dirfd has an entry @path of any kind, with the rights of the effective user:
 * access(2) would use the real user id, which under su is the caller's. Returns 0 if there is one,
 * -ENOENT if there is none, or another -errno.
 */
int fd_look(int dirfd, const char *path);

/* Opens a stream of all entries of @dirfd in *ret_dir, which the caller closes with closedir(3).
 * @dirfd stays the caller's. Returns 0, or -errno. */
int fd_open_dir(int dirfd, DIR **ret_dir);

/*
 * Returns true if only root can change the inode: uid 0 owns it, and neither its group (unless that
 * is 0) nor others can write to it. A sticky directory that everybody can write to is not trusted.
 */
bool fd_stat_trusted(const struct stat *st);

/*
 * Resolves the absolute @path one component after the other. Follows a symbolic link only where
 * root alone can change the directory that holds it: the result is what root meant, whatever users
 * do meanwhile. The last component itself may belong to anybody. Returns 0 with the canonical path
 * in *ret_path, which the caller frees; -EPERM for a link in a directory that a user can change;
 * -errno.
 */
int fd_canonical_trusted(const char *path, char **ret_path);

/*
 * Reads the file from its current offset to its end into *ret_text, a NUL-terminated buffer that
 * the caller frees, and its length into *ret_size unless that is NULL. Returns 0; -EFBIG where
 * there are more than @max bytes; -errno.
 */
int fd_read_all(int fd, size_t max, char **ret_text, size_t *ret_size);

/* Opens @path as fd_open_beneath() does and reads it as fd_read_all() does. The caller frees
 * *ret_text. Returns 0, or the -errno of either. */
int fd_read_file(int dirfd, const char *path, size_t max, char **ret_text);

/* Writes @text to an existing file beneath @dirfd with one write(2), as the files of cgroupfs and
 * procfs need it. Returns 0, or -errno. */
int fd_write_file(int dirfd, const char *path, const char *text);

/*
 * Writes all @size bytes of @bytes. Returns 0, or -errno. A caller whose files may not grow
 * (RLIMIT_FSIZE) gets -EFBIG and not SIGXFSZ, which would kill it.
 */
int fd_write_all(int fd, const void *bytes, size_t size);

/*
 * Creates or replaces the file @name in @dirfd, with the mode @mode. A reader sees the old or the
 * new text, never a part: the text is written under a temporary name first, then renamed. A failure
 * leaves nothing behind. The next call overwrites the temporary file of a call that crashed, so
 * callers hold a lock that keeps others out. Returns 0, or -errno.
 */
#define FD_TEMPORARY ".%s.new" /* never the name of a file that is meant to stay */
int fd_replace_file(int dirfd, const char *name, const char *text, mode_t mode);

/* Replaces the file as fd_replace_file() does and syncs it to the disk: once this has returned 0,
 * the new file and all earlier renames in @dirfd survive a power cut. @dirfd must not be O_PATH. */
int fd_replace_file_durably(int dirfd, const char *name, const char *text, mode_t mode);

/* Replaces the file as fd_replace_file() does, or where @durably as fd_replace_file_durably() does,
 * and calls @prepare with @data before the file gets its name: @prepare can give it an ACL, say. An
 * -errno from @prepare is returned, and then the old file stays. */
int fd_replace_file_prepared(int dirfd, const char *name, const char *text, bool durably,
	int (*prepare)(int fd, const void *data), const void *data);

#endif
