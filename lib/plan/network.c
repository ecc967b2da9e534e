// SPDX-License-Identifier: MIT
/*
 * network.c - [namespaces] net and [network]: a network of the login's own.
 */
#include "plan/builders.h"
#include "policy/keys.h"

#include <errno.h>
#include <sched.h>

/* Names the setting whose value cannot be carried out. */
static int refuse_reach(const struct policy *policy, const char *why, struct carrel_error *err)
{
	const struct policy_setting *reach = &policy->setting[POLICY_NETWORK_REACH];

	error_set(err, -EINVAL, "network.reach = %s", reach->text);
	return error_why(err, "%s", why);
}

int plan_build_network(const struct policy *policy, struct plan *plan, struct carrel_error *err)
{
	const struct policy_setting *reach = &policy->setting[POLICY_NETWORK_REACH];

	if (policy->setting[POLICY_NAMESPACES_NET].value.choice == POLICY_HOST)
		return reach->value.choice == POLICY_REACH_ALL
			       ? 0
			       : refuse_reach(policy, "needs namespaces.net = private", err);
	if (reach->value.choice != POLICY_REACH_NONE)
		return refuse_reach(
			policy, "with namespaces.net = private only none is possible so far", err);
	plan->own_network = true;
	plan->namespaces |= CLONE_NEWNET;
	plan_ops_add(plan->ops, PLAN_OP_LOOPBACK, NULL, NULL);
	return 0;
}
