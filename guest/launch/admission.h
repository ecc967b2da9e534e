/* SPDX-License-Identifier: MIT */
/*
 * admission.h - whether one more guest fits: into its user's quotas, and on the host.
 */
#ifndef CARREL_GUEST_LAUNCH_ADMISSION_H
#define CARREL_GUEST_LAUNCH_ADMISSION_H

#include "guest/settings.h"

/*
 * 0, -EDQUOT where the user's own quotas leave no room for such a guest, -EUSERS where the other
 * guests do not ([admission], max_per_host), in both cases with @err saying by how much; -errno.
 * The caller holds guest_lock_all(), until its own guest is recorded (record.h).
 */
int guest_admit(const struct guest_settings *settings, struct carrel_error *err);

/* admission_disk.c: the part of it about [admission] guest_disk. */
int guest_admit_disk(const struct guest_settings *settings, struct carrel_error *err);

#endif
