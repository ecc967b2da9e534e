/* SPDX-License-Identifier: MIT */
/*
 * attach.h - judges what sshd's configuration means for logins that lead into a guest.
 */
#ifndef CARREL_HELPER_DOCTOR_ATTACH_H
#define CARREL_HELPER_DOCTOR_ATTACH_H

#include "doctor.h"
#include "policy/policy.h"
#include "sshd_config.h"

/* This remembers what has been reported for one user, so that it is not repeated for the next. */
struct attach_told {
	bool guests; /* the login of some user leads into a guest */
	bool sftp, agent;
};

/* Adds findings about the logins of @user into a guest. @config is sshd's configuration for the
 * user, and @policy is the policy for the logins. */
void doctor_attach_login(struct doctor *doctor, const struct sshd_config *config, const char *user,
	const struct policy *policy, struct attach_told *told);

/* Adds findings about logins into guests where the policies ask for some, but none of the users
 * that were judged one by one has any. Goes by @config, which is sshd's for everybody, and by the
 * text of sshd's files. Is called after all users. */
void doctor_attach_unnamed(
	struct doctor *doctor, const struct sshd_config *config, const struct attach_told *told);

#endif
