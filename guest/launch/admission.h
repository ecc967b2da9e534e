/* SPDX-License-Identifier: MIT */
/*
 * admission.h - decides whether one more guest fits: into its user's quotas, and on the host.
 */
#ifndef CARREL_GUEST_LAUNCH_ADMISSION_H
#define CARREL_GUEST_LAUNCH_ADMISSION_H

#include "guest/settings.h"

/* Decides whether the guest of @settings fits. Returns 0; -EDQUOT where the user's own quotas leave
 * no room for it; -EUSERS where the other guests leave none ([admission], max_per_host), in both
 * cases with @err saying how much is missing; or another -errno. The caller holds guest_lock_all()
 * until its own guest is recorded (record.h). */
int guest_admit(const struct guest_settings *settings, struct carrel_error *err);

/* Decides the part of guest_admit() that is about [admission] guest_disk, and returns as that does
 * (admission_disk.c). */
int guest_admit_disk(const struct guest_settings *settings, struct carrel_error *err);

#endif
