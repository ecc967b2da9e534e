/* SPDX-License-Identifier: MIT */
/*
 * paths.h - the paths that policies name in [mounts].
 */
#ifndef CARREL_HELPER_DOCTOR_PATHS_H
#define CARREL_HELPER_DOCTOR_PATHS_H

#include "doctor.h"
#include "policy/scan.h"

/* Adds a finding for each path in @entry, of the section [mounts] of the policy @file, that this
 * host does not have: a warning where the key has a leading '?', a failure where logins are refused
 * for it. What is different for each user (%u) is passed over. */
void doctor_paths(struct doctor *doctor, const struct scan_entry *entry, const char *file);

#endif
