/* SPDX-License-Identifier: MIT */
/*
 * heir.h - has this process opened a session itself, or inherited what is known of it by fork?
 */
#ifndef CARREL_SESSION_HEIR_H
#define CARREL_SESSION_HEIR_H

#include <stdbool.h>

/* A page that the kernel wipes in every child (MADV_WIPEONFORK, madvise(2)): a pid would not do, as
 * a child in a pid namespace of its own may have its parent's number. */
struct heir_mark;

/* Makes a mark of the calling process. Returns NULL where there is no memory: then no process
 * counts as an heir. */
struct heir_mark *heir_mark_new(void);

/* Returns true if another process made the mark, and the calling one descends from it. */
bool heir_mark_is_inherited(const struct heir_mark *mark);

/* Frees the calling process's copy of the mark; NULL is none. */
void heir_mark_free(struct heir_mark *mark);

#endif
