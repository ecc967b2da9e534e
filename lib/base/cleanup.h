/* SPDX-License-Identifier: MIT */
/*
 * cleanup.h - releases what a local variable owns when its scope ends, on whichever way.
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

/* Closes *@fd if it is open and sets it to -EBADF. Leaves errno as it was. */
static inline void fd_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -EBADF;
	errno = saved;
}

/* Returns *@fd and sets it to -EBADF: the caller of this function owns the descriptor from now on.
 */
static inline int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -EBADF;
	return taken;
}

/* Frees what *@pointer points to; @pointer is the address of a variable of any pointer type. */
static inline void pointer_freep(void *pointer)
{
	free(*(void **)pointer);
}

/* Closes *@file if there is one. */
static inline void stream_closep(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* Closes *@dir if there is one. */
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

/* Evaluates to @pointer and sets the variable to NULL, so that the cleanup does not free it. */
#define TAKE_PTR(pointer)                                                                          \
	({                                                                                         \
		__typeof__(pointer) taken_ = (pointer);                                            \
		(pointer) = NULL;                                                                  \
		taken_;                                                                            \
	})

/* Evaluates to @variable, a struct, and fills the variable with zeros, so that the cleanup does not
 * free what the struct owns. */
#define TAKE_STRUCT(variable)                                                                      \
	({                                                                                         \
		__typeof__(variable) taken_ = (variable);                                          \
		(variable) = (__typeof__(variable)){0};                                            \
		taken_;                                                                            \
	})

#endif
