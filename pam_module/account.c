// SPDX-License-Identifier: MIT
#include "account.h"
#include "base/cleanup.h"
#include "session/claim.h"
#include "session/heir.h"
#include "session/hold.h"
#include "session/nesting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA_CLAIM "carrel_claim"
#define DATA_HOLD  "carrel_hold"

/* What the handle keeps for the process that made it. Children inherit the handle, and call
 * pam_end(3), too. */
struct kept {
	struct heir_mark *mark;
	int claim;
	struct session_hold hold;
};

bool account_keeps_connection(const struct login *login)
{
	return plan_is_sshd(login->policy.service);
}

static void drop_claim(pam_handle_t *pamh, void *data, int status)
{
	struct kept *kept = data;

	(void)pamh;
	(void)status;
	if (!heir_mark_is_inherited(kept->mark))
		claim_release(&kept->claim);
	else
		close(kept->claim);
	heir_mark_free(kept->mark);
	free(kept);
}

static void end_hold(pam_handle_t *pamh, void *data, int status)
{
	struct kept *kept = data;

	(void)pamh;
	(void)status;
	if (!heir_mark_is_inherited(kept->mark))
		session_hold_end(&kept->hold);
	heir_mark_free(kept->mark);
	free(kept);
}

/* Has the handle keep @kept. Without memory a claim is given back, and a hold lasts until gc. */
static void keep_data(pam_handle_t *pamh, const char *name, struct kept kept,
	void (*end_kept)(pam_handle_t *pamh, void *data, int status))
{
	struct kept *copy = malloc(sizeof(*copy));

	kept.mark = copy ? heir_mark_new() : NULL;
	if (!kept.mark) {
		claim_release(&kept.claim);
		free(copy);
		return;
	}
	*copy = kept;
	if (pam_set_data(pamh, name, copy, end_kept) != PAM_SUCCESS)
		end_kept(pamh, copy, 0);
}

static bool is_confined(const struct policy *policy)
{
	switch ((enum policy_mode)policy->setting[POLICY_SESSION_MODE].value.choice) {
	case POLICY_MODE_SANDBOX:
	case POLICY_MODE_GUEST:
	case POLICY_MODE_HOST:
		return true;
	case POLICY_MODE_AUDIT:
	case POLICY_MODE_EXEMPT:
	case POLICY_MODE_DENY:
		break;
	}
	return false;
}

/* Claims room for one more session. Only too many sessions are a reason to refuse the login here,
 * since they are counted again when the session opens. */
static int claim_room_for(pam_handle_t *pamh, const struct login *login,
	const struct policy *policy, struct carrel_error *err)
{
	struct kept kept = {.claim = -EBADF};
	struct carrel_error failure = {0};
	int r = claim_take(login->policy.uid,
		policy->setting[POLICY_SESSION_MAX_SESSIONS].value.number,
		plan_may_rescue(policy, login->policy.service), &kept.claim, &failure);

	if (r == 0)
		keep_data(pamh, DATA_CLAIM, kept, drop_claim);
	if (r != -EUSERS)
		return PAM_SUCCESS;
	*err = failure;
	return PAM_PERM_DENIED;
}

void account_denied(const struct policy *policy, struct carrel_error *err)
{
	error_set(err, -EPERM, "session.mode");
	error_why(err, policy_fits_nobody(policy)
			       ? "no policy fits, and carrel.ini says unmatched = deny"
			       : "the policy says deny");
}

int account_check(pam_handle_t *pamh, const struct login *login, const struct policy *policy,
	struct carrel_error *err)
{
	bool inside = false;

	if (policy->setting[POLICY_SESSION_MODE].value.choice == POLICY_MODE_DENY) {
		account_denied(policy, err);
		return PAM_PERM_DENIED;
	}
	if (!account_keeps_connection(login))
		return PAM_SUCCESS;
	/* Where this cannot be told, the opening of the session is refused, and tells why. */
	if (session_inside(login->policy.uid, &inside, NULL) < 0 || inside)
		return PAM_SUCCESS;
	if (err->code != 0 &&
		policy->setting[POLICY_SESSION_ON_ERROR].value.choice != POLICY_ON_ERROR_ALLOW)
		return PAM_SYSTEM_ERR;
	return is_confined(policy) ? claim_room_for(pamh, login, policy, err) : PAM_SUCCESS;
}

void account_release(pam_handle_t *pamh)
{
	const void *data = NULL;

	if (pam_get_data(pamh, DATA_CLAIM, &data) == PAM_SUCCESS && data)
		pam_set_data(pamh, DATA_CLAIM, NULL, NULL);
}

void account_hold(pam_handle_t *pamh, const struct login *login, const struct policy *policy,
	enum cgroup_manager_kind manager, const struct carrel_error *refused)
{
	enum { PATIENCE_USEC = 2000000 };
	cleanup(plan_freep) struct plan *plan = NULL;
	struct kept kept = {.claim = -EBADF};
	struct carrel_error err = {0};

	if (!account_keeps_connection(login))
		return;
	/* Where the quotas themselves are wrong, those that hold already are kept. */
	if (plan_build_quotas(policy, &login->policy, &plan, NULL) < 0)
		plan = NULL;
	if (session_hold(login->policy.uid, plan ? &plan->limits : NULL, manager,
		    deadline_in(PATIENCE_USEC), &kept.hold, &err) == 0)
		keep_data(pamh, DATA_HOLD, kept, end_hold);
	/* The error of the login begins with the step that failed. It is not reported again. */
	if (err.code != 0 && !(err.code == refused->code && strstr(refused->text, err.text)))
		report_notice(pamh, login, &err);
}
