/* SPDX-License-Identifier: MIT */
/*
 * cleanup.h - owning locals give back what they own on every way out of a scope.
 *
 * Each owning local has one of these attributes and an initialiser:
 *
 *	cleanup_close int fd = -EBADF;
 *	cleanup_free char *text = NULL;
 */
#ifndef CARREL_BASE_CLEANUP_H
#define CARREL_BASE_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Closes *@fd if it is one and sets it to -EBADF; errno is kept. */
static inline void fd_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -EBADF;
	errno = saved;
}

/* Hands a descriptor over to somebody else: returns it and forgets it. */
static inline int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -EBADF;
	return taken;
}

static inline void pointer_freep(void *pointer)
{
	free(*(void **)pointer);
}

static inline void stream_closep(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline void dir_closep(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

#define cleanup(function) __attribute__((cleanup(function)))
#define cleanup_close     cleanup(fd_closep)
#define cleanup_free      cleanup(pointer_freep)
#define cleanup_fclose    cleanup(stream_closep)
#define cleanup_closedir  cleanup(dir_closep)

/* Hands a pointer over to somebody else: evaluates to it and sets the variable to NULL. */
#define TAKE_PTR(pointer)                                                                          \
	({                                                                                         \
		__typeof__(pointer) taken_ = (pointer);                                            \
		(pointer) = NULL;                                                                  \
		taken_;                                                                            \
	})

/* Hands a struct over with all that it owns: evaluates to it and empties the variable. */
#define TAKE_STRUCT(variable)                                                                      \
	({                                                                                         \
		__typeof__(variable) taken_ = (variable);                                          \
		(variable) = (__typeof__(variable)){0};                                            \
		taken_;                                                                            \
	})

#endif
