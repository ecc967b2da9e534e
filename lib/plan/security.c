// SPDX-License-Identifier: MIT
/*
 * security.c - [security]: what the processes of a session are born with.
 */
#include "plan/builders.h"

#include <stdio.h>

void plan_build_security(const struct policy *policy, struct plan_security *ret_security)
{
	uint64_t kept = policy->setting[POLICY_SECURITY_CAPABILITIES].value.number;

	*ret_security = (struct plan_security){
		.no_new_privs = policy->setting[POLICY_SECURITY_NO_NEW_PRIVS].value.choice,
		.no_userns =
			policy->setting[POLICY_SECURITY_USERNS].value.choice == POLICY_USERNS_DENY,
		.bounded = kept != POLICY_UNLIMITED,
		.capabilities = kept,
	};
}

const char *plan_security_describe(const struct plan_security *security, char *buf, size_t size)
{
	char bound[64] = "";

	if (security->bounded)
		snprintf(bound, sizeof(bound), ", no capability but those of %#llx",
			(unsigned long long)security->capabilities);
	snprintf(buf, size, "%s%s%s", security->no_new_privs ? ", no_new_privs" : "", bound,
		security->no_userns ? ", no user namespace" : "");
	return *buf ? buf + 2 : buf;
}
