/* SPDX-License-Identifier: MIT */
/*
 * merge.h - makes one policy of many files, key by key, and remembers where each value is from.
 */
#ifndef CARREL_POLICY_MERGE_H
#define CARREL_POLICY_MERGE_H

#include "policy/file.h"

/* Makes a policy of the built-in defaults (free with policy_free()). Returns 0 or -ENOMEM. */
int policy_init(struct policy *ret_policy);

/* Merges what @file sets over @policy. Returns 0, or -ENOMEM with @policy fit for nothing but
 * policy_free(). */
int policy_merge(struct policy *policy, const struct policy_file *file);

/* Sets the mode of a login that no file fits: exempt, or what carrel.ini says. Returns 0 or
 * -ENOMEM. */
int policy_set_mode(struct policy *policy, enum policy_mode mode);

#endif
