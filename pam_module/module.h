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

/* Says who logs in, as PAM and the name service tell. It owns its strings, or the handle does. */
struct login {
	struct policy_login policy;
	pam_handle_t *pamh;
	char **group_names;
	int groups_error; /* why the groups could not be fetched: -errno, 0: they could */
};

#define LOGIN_NONE                                                                                 \
	{                                                                                          \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}

/* Fills *ret_login, which login_free() frees in any case. Returns a PAM code, and @err. */
int login_read(pam_handle_t *pamh, struct login *ret_login, struct carrel_error *err);

/* Arranges that the groups and the name of the uid, which may come over the network, are fetched
 * when a policy asks for them, and not otherwise. @login must not be moved from then on. */
void login_fetch_later(struct login *login);

/* Returns PAM_SUCCESS if what a policy has asked for could be fetched; else a PAM code, and @err.
 */
int login_groups_result(const struct login *login, struct carrel_error *err);

/* Frees what @login owns. */
void login_free(struct login *login);

/* ---- environment.c ---- */

/* Sets MEM_LIMIT (bytes) and CPU_LIMIT (CPUs, "0.5") in the session's environment, where there is
 * such a limit. */
void environment_set(
	pam_handle_t *pamh, const struct plan *plan, const struct session_quota *quota);

/* ---- report.c: the one place that turns errors into lines ---- */

/* Logs why a login is denied, and tells the user that it is, without the reason. */
void report_denied(
	pam_handle_t *pamh, int flags, const struct login *login, const struct carrel_error *err);

/* Logs that the user's view could not be built, and that the quotas hold nevertheless. */
void report_relaxed(pam_handle_t *pamh, const struct login *login, const struct carrel_error *err);

/* Logs what the user's session lacks, and goes on without. */
void report_notice(pam_handle_t *pamh, const struct login *login, const struct carrel_error *err);

/* Logs that no policy fits the user, and what becomes of that. */
void report_unmatched(pam_handle_t *pamh, const struct login *login, enum host_unmatched unmatched);

/* Logs one line for each refused file. */
void report_problems(pam_handle_t *pamh, const struct policy_problems *problems);

/* Logs that a session has been opened, and shows its user the banner and what they need to know. */
void report_opened(pam_handle_t *pamh, int flags, const struct login *login,
	const struct plan *plan, const struct session *session);

/* Logs what a session would be, for mode = audit. */
void report_audit(pam_handle_t *pamh, const struct login *login, const struct plan *plan);

/* Logs that @what has failed, for @err. */
void report_error(pam_handle_t *pamh, const char *what, const struct carrel_error *err);

#endif
