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

/* Where no file fits a login, carrel leaves it alone. 0 or -ENOMEM. */
int policy_exempt(struct policy *policy);

#endif
