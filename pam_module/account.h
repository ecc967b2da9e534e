/* SPDX-License-Identifier: MIT */
/*
 * account.h - refuses logins before there is a session.
 *
 * When a session is refused, sshd alone goes on: the client stays connected, and runs nothing. It
 * closes the connection only if it is refused in the account phase. All other programs end with
 * their session; and for some of them (sudo) the user of the account phase is not that of the
 * session.
 */
#ifndef CARREL_PAM_MODULE_ACCOUNT_H
#define CARREL_PAM_MODULE_ACCOUNT_H

#include "module.h"

/* Returns true for sshd, by the name of its service (plan_is_sshd()). */
bool account_keeps_connection(const struct login *login);

/* Fills @err with why the policy, or the lack of one, denies the login. */
void account_denied(const struct policy *policy, struct carrel_error *err);

/*
 * Refuses @login if it is known already that it would get no session by @policy: for mode = deny,
 * and, for sshd, for a file that was refused (*err says so beforehand) or for max_sessions. Returns
 * a PAM code, and @err for report_denied(). Where there is room for the login, it is claimed until
 * account_release().
 */
int account_check(pam_handle_t *pamh, const struct login *login, const struct policy *policy,
	struct carrel_error *err);

/* Gives the claim of this handle's login back: it has become a session, or will not become one. */
void account_release(pam_handle_t *pamh);

/*
 * Moves a caller that keeps the connection of a refused login below the user's node, whose limits
 * are those of @policy, until the handle ends. Logs what goes wrong, unless it is @refused, for
 * which the login was refused and which has been logged.
 */
void account_hold(pam_handle_t *pamh, const struct login *login, const struct policy *policy,
	enum cgroup_manager_kind manager, const struct carrel_error *refused);

#endif
