/* SPDX-License-Identifier: MIT */
/*
 * roadmap.h - keys of the design that this version does not have yet.
 *
 * A key without an effect does not exist: it is refused. But an admin who read about it elsewhere
 * is better served by "not supported by this version" than by "did you mean" something else.
 */
#ifndef CARREL_POLICY_ROADMAP_H
#define CARREL_POLICY_ROADMAP_H

#include <stdbool.h>

/* Returns whether a later version is to have @key in [section], or all of it where @key is NULL. */
bool roadmap_has(const char *section, const char *key);

#endif
