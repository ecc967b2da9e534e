/* SPDX-License-Identifier: MIT */
/*
 * birth.h - what every process of a session is born with: the keys of [security].
 */
#ifndef CARREL_PAM_MODULE_BIRTH_H
#define CARREL_PAM_MODULE_BIRTH_H

#include "base/error.h"
#include "plan/plan.h"

/* From now on every child that the calling thread makes with fork(3) is born with what @security
 * says, or ends at once. Returns 0, or -errno and @err; then nothing has changed. */
int birth_begin(const struct plan_security *security, struct carrel_error *err);

/* Children of the calling thread are born as any others are again. */
void birth_end(void);

#endif
