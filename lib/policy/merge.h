/* SPDX-License-Identifier: MIT */
/*
 * merge.h - one policy out of many files, key by key, remembering where each value is from.
 */
#ifndef CARREL_POLICY_MERGE_H
#define CARREL_POLICY_MERGE_H

#include "policy/file.h"

/* The built-in defaults of the table. 0 or -ENOMEM. */
int policy_init(struct policy *ret_policy);

/* Merges what @file sets over @policy. 0 or -ENOMEM, with @policy to be freed. */
int policy_merge(struct policy *policy, const struct policy_file *file);

/* What no file has set: where none fits a login, it is exempt, or as carrel.ini says. 0 or -ENOMEM.
 */
int policy_set_mode(struct policy *policy, enum policy_mode mode);

#endif
