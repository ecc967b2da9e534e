/* SPDX-License-Identifier: MIT */
/*
 * account.h - what is refused before there is a session.
 *
 * sshd alone goes on where a session is refused: the client stays connected, and runs nothing. Only
 * where it is told no in the account phase does it close the connection. All others end with their
 * session; and for some of them (sudo) the user of the account phase is not that of the session.
 */
#ifndef CARREL_PAM_MODULE_ACCOUNT_H
#define CARREL_PAM_MODULE_ACCOUNT_H

#include "module.h"

/* True for sshd, by the name of its service (plan_is_sshd()). */
bool account_keeps_connection(const struct login *login);

/* Fills @err for mode = deny. */
void account_denied(const struct policy *policy, struct carrel_error *err);

/*
 * Whether @login would be refused a session of @policy, as far as that is known now: mode = deny,
 * and, for sshd, a file that was refused (*err says so beforehand) and max_sessions. Returns a PAM
 * code, and @err for report_denied(). Room that is left is claimed until account_release().
 */
int account_check(pam_handle_t *pamh, const struct login *login, const struct policy *policy,
	struct carrel_error *err);

/* The claim of this handle's login has become a session, or none. */
void account_release(pam_handle_t *pamh);

/*
 * Moves a caller that keeps the connection of a refused login below the user's node, whose limits
 * are those of @policy, until the handle ends. Logs what goes wrong, unless it is @refused, for
 * which the login was refused and which has been logged.
 */
void account_hold(pam_handle_t *pamh, const struct login *login, const struct policy *policy,
	enum cgroup_manager_kind manager, const struct carrel_error *refused);

#endif
