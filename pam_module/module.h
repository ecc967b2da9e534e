/* SPDX-License-Identifier: MIT */
/*
 * module.h - the parts of pam_carrel.so.
 */
#ifndef CARREL_PAM_MODULE_MODULE_H
#define CARREL_PAM_MODULE_MODULE_H

#include "base/error.h"
#include "plan/plan.h"
#include "policy/policy.h"
#include "session/session.h"

#include <security/pam_modules.h>
#include <stdbool.h>

/* Who logs in, as PAM and the name service tell. The strings are owned by it or by the handle. */
struct login {
	struct policy_login policy;
	pam_handle_t *pamh;
	char **group_names;
	int groups_error; /* -errno of fetching them */
};

#define LOGIN_NONE                                                                                 \
	{                                                                                          \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}

/* Fills *ret_login (free with login_free()). Returns a PAM code. */
int login_read(pam_handle_t *pamh, struct login *ret_login, struct carrel_error *err);
/* Lets a policy that asks for groups, or for the name of the uid, have them, and others not wait:
 * they may come over the network.
 * @login stays where it is from then on. */
void login_fetch_later(struct login *login);
/* Whether they could be had, if they were asked for. Returns a PAM code. */
int login_groups_result(const struct login *login, struct carrel_error *err);
void login_free(struct login *login);

/* environment.c: MEM_LIMIT (bytes) and CPU_LIMIT (CPUs, "0.5") for what the session starts, where
 * there is such a limit. */
void environment_set(
	pam_handle_t *pamh, const struct plan *plan, const struct session_quota *quota);

/* ---- report.c: the one place that turns errors into lines ---- */

/* One syslog line with the reason, one line for the user without it. */
void report_denied(
	pam_handle_t *pamh, int flags, const struct login *login, const struct carrel_error *err);
/* The user's view could not be built; quotas hold. */
void report_relaxed(pam_handle_t *pamh, const struct login *login, const struct carrel_error *err);
/* What the user's session lacks, and goes on without. */
void report_notice(pam_handle_t *pamh, const struct login *login, const struct carrel_error *err);
/* That no policy fits the user, and what becomes of that. */
void report_unmatched(pam_handle_t *pamh, const struct login *login, enum host_unmatched unmatched);
/* One syslog line for each refused file. */
void report_problems(pam_handle_t *pamh, const struct policy_problems *problems);
void report_opened(pam_handle_t *pamh, int flags, const struct login *login,
	const struct plan *plan, const struct session *session);
/* What a session would be: mode = audit. */
void report_audit(pam_handle_t *pamh, const struct login *login, const struct plan *plan);
void report_error(pam_handle_t *pamh, const char *what, const struct carrel_error *err);

#endif
