// SPDX-License-Identifier: MIT
#include "plan/plan.h"
#include "base/cleanup.h"
#include "base/list.h"
#include "plan/builders.h"
#include "plan/guest.h"

#include <ctype.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* The summary has the limits that a user meets first: "memory 4G, cpu 200%, 512 processes". */
static const struct {
	enum policy_key key;
	const char *format;
} summary_rows[] = {
	{POLICY_CGROUP_MEMORY_MAX, "memory %s"},
	{POLICY_CGROUP_CPU_MAX, "cpu %s"},
	{POLICY_CGROUP_PIDS_MAX, "%s processes"},
	{POLICY_CGROUP_IO_MAX, "io %s"},
};

/* Users have to know that their work is not kept. */
static const char *home_in_words(const struct policy *policy, enum policy_mode mode)
{
	if (policy->setting[POLICY_MOUNTS_HOME].value.choice == POLICY_HOME_REAL ||
		(mode != POLICY_MODE_SANDBOX && mode != POLICY_MODE_AUDIT))
		return "";
	return "changes in your home are discarded";
}

static char *summarise_limits(const struct policy *policy, enum policy_mode mode)
{
	const char *home = home_in_words(policy, mode);
	char text[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(summary_rows) / sizeof(summary_rows[0]); i++) {
		const struct policy_setting *setting = &policy->setting[summary_rows[i].key];
		char part[256];

		if (!setting->set || setting->value.number == POLICY_UNLIMITED)
			continue;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(part, sizeof(part), summary_rows[i].format, setting->text);
#pragma GCC diagnostic pop
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, "%s%s", used ? ", " : "", part);
		if (used >= sizeof(text))
			break;
	}
	if (policy->setting[POLICY_MOUNTS_TMP].value.choice == POLICY_PRIVATE &&
		(mode == POLICY_MODE_SANDBOX || mode == POLICY_MODE_AUDIT) && used < sizeof(text))
		snprintf(text + used, sizeof(text) - used, "%s/tmp %s", used ? ", " : "",
			policy->setting[POLICY_MOUNTS_TMP_SIZE].text);
	used = strlen(text);
	snprintf(text + used, sizeof(text) - used, "%s%s", used && *home ? ", " : "", home);
	return strdup(text);
}

static int32_t milliseconds_of(uint64_t usec)
{
	enum { USEC = 1000 };

	/* The bound in the table of keys keeps it below INT32_MAX. */
	return usec == POLICY_UNLIMITED ? PLAN_LINGER_FOREVER : (int32_t)(usec / USEC);
}

/* The operations have much room, and little of it is used. In memory of their own they cost only
 * what is used, and leave nothing in the heap of a caller that lives as long as the session.
 * Returns NULL where there is no memory. */
static struct plan_ops *new_ops(void)
{
	struct plan_ops *ops = mmap(
		NULL, sizeof(*ops), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return ops == MAP_FAILED ? NULL : ops;
}

static int copy_login(const struct policy *policy, const struct policy_login *login,
	enum policy_mode mode, struct plan *plan)
{
	plan->user = strdup(login->user);
	plan->home = strdup(login->home ? login->home : "/");
	plan->ops = new_ops();
	plan->summary = summarise_limits(policy, mode);
	if (!plan->user || !plan->home || !plan->ops || !plan->summary)
		return -ENOMEM;
	plan->uid = login->uid;
	plan->gid = login->gid;
	plan->mode = mode;
	plan->on_error =
		(enum policy_on_error)policy->setting[POLICY_SESSION_ON_ERROR].value.choice;
	plan->banner = policy->setting[POLICY_SESSION_BANNER].value.choice;
	plan->share = (enum policy_share)policy->setting[POLICY_SESSION_SHARE].value.choice;
	plan->linger_ms = milliseconds_of(policy->setting[POLICY_SESSION_LINGER].value.number);
	plan->max_sessions = policy->setting[POLICY_SESSION_MAX_SESSIONS].value.number;
	return 0;
}

bool plan_is_sshd(const char *service)
{
	static const char sshd[] = "sshd";

	return service && strncmp(service, sshd, strlen(sshd)) == 0 &&
	       !isalnum((unsigned char)service[strlen(sshd)]);
}

/* Adds the watch where a session has a process that is the user's and waits for a connection, which
 * only sshd's sessions have. A sandbox that logins share is watched whatever the service of its
 * first login is. */
static void add_watch(struct plan *plan, const char *service)
{
	const uint64_t needed = CLONE_NEWNS | CLONE_NEWPID;
	const char *proc = plan->mode == POLICY_MODE_GUEST ? GUEST_VIEW_PROC : "/proc";

	if ((plan->namespaces & needed) == needed &&
		(plan->share == POLICY_SHARE_USER || plan_is_sshd(service)))
		plan_ops_add(plan->ops, PLAN_OP_WATCH, proc, NULL)->look_ms = PLAN_LOOK_MS;
}

/*
 * Returns whether a login may become a rescue session. That is for carrel kill --self, so it takes
 * a service where somebody sits at a terminal, and a session-init that ends all that runs. Jobs
 * would only get a second helping.
 */
bool plan_may_rescue(const struct policy *policy, const char *service)
{
	static const char *const interactive[] = {"sshd", "login"};

	if (policy->setting[POLICY_SESSION_MODE].value.choice != POLICY_MODE_SANDBOX ||
		policy->setting[POLICY_NAMESPACES_PID].value.choice != POLICY_PRIVATE || !service)
		return false;
	for (size_t i = 0; i < sizeof(interactive) / sizeof(interactive[0]); i++)
		if (strcmp(service, interactive[i]) == 0)
			return true;
	return false;
}

static int begin_plan(const struct policy *policy, const struct policy_login *login,
	enum policy_mode mode, struct plan **ret_plan, struct carrel_error *err)
{
	cleanup(plan_freep) struct plan *plan = calloc(1, sizeof(*plan));
	int r;

	if (!plan || copy_login(policy, login, mode, plan) < 0)
		return error_set(err, -ENOMEM, "plan for user %s", login->user);
	r = plan_build_limits(policy, plan, err);
	if (r < 0)
		return r;
	*ret_plan = TAKE_PTR(plan);
	return 0;
}

int plan_build_quotas(const struct policy *policy, const struct policy_login *login,
	struct plan **ret_plan, struct carrel_error *err)
{
	return begin_plan(policy, login, POLICY_MODE_HOST, ret_plan, err);
}

int plan_build(const struct policy *policy, const struct policy_login *login,
	const struct host_config *config, struct plan **ret_plan, struct carrel_error *err)
{
	cleanup(plan_freep) struct plan *plan = NULL;
	int r = begin_plan(policy, login,
		(enum policy_mode)policy->setting[POLICY_SESSION_MODE].value.choice, &plan, err);

	/* An audit shows what a sandbox would be. */
	if (r == 0 && (plan->mode == POLICY_MODE_SANDBOX || plan->mode == POLICY_MODE_AUDIT)) {
		plan_build_security(policy, &plan->security);
		r = plan_build_view(policy, login, config, plan, err);
	}
	if (r == 0 && plan->mode == POLICY_MODE_GUEST)
		r = plan_build_guest(policy, login, plan, err);
	if (r == 0)
		add_watch(plan, login->service);
	if (r == 0 && plan->ops->error)
		r = error_set(err, plan->ops->error, "plan for user %s", login->user);
	if (r < 0)
		return r;
	plan->rescue = plan_may_rescue(policy, login->service);
	*ret_plan = TAKE_PTR(plan);
	return 0;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	free(plan->user);
	free(plan->home);
	free(plan->summary);
	if (plan->ops)
		munmap(plan->ops, sizeof(*plan->ops));
	list_free(plan->skipped);
	cgroup_limits_free(&plan->limits);
	free(plan);
}

void plan_freep(struct plan **plan)
{
	plan_free(*plan);
}

bool plan_has_sandbox(const struct plan *plan)
{
	return (plan->mode == POLICY_MODE_SANDBOX || plan->mode == POLICY_MODE_GUEST) &&
	       (plan->namespaces != 0 || plan->ops->n_setup > 0);
}

uint64_t plan_namespaces(const struct plan *plan)
{
	uint64_t flags = plan->namespaces;

	for (uint32_t i = 0; i < plan->ops->n_setup; i++)
		switch (plan->ops->setup[i].kind) {
		case PLAN_OP_CGROUP_NAMESPACE:
			flags |= CLONE_NEWCGROUP;
			break;
		case PLAN_OP_TIME_NAMESPACE:
			flags |= CLONE_NEWTIME;
			break;
		case PLAN_OP_NETWORK:
			flags |= CLONE_NEWNET;
			break;
		}
	return flags;
}
