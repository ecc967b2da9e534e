/* SPDX-License-Identifier: MIT */
/*
 * attach.h - what sshd's configuration means for logins that end in a guest.
 */
#ifndef CARREL_HELPER_DOCTOR_ATTACH_H
#define CARREL_HELPER_DOCTOR_ATTACH_H

#include "doctor.h"
#include "policy/policy.h"
#include "sshd_config.h"

/* What has been found for one user need not be said for the next. */
struct attach_told {
	bool guests; /* some user's login ends in a guest */
	bool sftp, agent;
};

/* @config is what sshd says for @user, whose logins @policy is for. */
void doctor_attach_login(struct doctor *doctor, const struct sshd_config *config, const char *user,
	const struct policy *policy, struct attach_told *told);

/* After all users: where the policies send somebody to a guest and no user that they name is known,
 * by what sshd says for everybody (@config) and by the text of its files. */
void doctor_attach_unnamed(
	struct doctor *doctor, const struct sshd_config *config, const struct attach_told *told);

#endif
