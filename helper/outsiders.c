// SPDX-License-Identifier: MIT
#include "outsiders.h"
#include "base/cleanup.h"
#include "plan/manager.h"
#include "plan/plan.h"
#include "policy/account.h"
#include "session/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PATIENCE_USEC = 5000000 };

/* Returns whether carrel confines @uid. It fails closed: a user of whom that cannot be told counts
 * as confined. A uid without an account is none of carrel's. */
static bool uid_confined(uid_t uid, const struct host_config *config)
{
	struct account account;
	bool confined = true;

	if (account_find_uid(uid, &account, NULL) < 0)
		return false;
	if (account_exemption(config, &account.login)[0])
		confined = false;
	else
		(void)policy_user_confined(
			POLICY_DIR, &account.login, config->unmatched, &confined, NULL);
	account_free(&account);
	return confined;
}

int outsiders_find(const struct host_config *config, struct outsider **ret_outsiders,
	size_t *ret_count, struct carrel_error *err)
{
	struct outsider *all = NULL;
	size_t count = 0, kept = 0;
	bool confined = false;
	int r = outsider_find(&all, &count, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || all[i].uid != all[i - 1].uid)
			confined = uid_confined(all[i].uid, config);
		if (confined)
			all[kept++] = all[i];
	}
	*ret_outsiders = all;
	*ret_count = kept;
	return 0;
}

size_t outsiders_format(const struct outsider *first, size_t count, char *buf, size_t size)
{
	struct account account = {0};
	size_t n = 1;

	while (n < count && first[n].uid == first->uid &&
		strcmp(first[n].cgroup, first->cgroup) == 0)
		n++;
	(void)account_find_uid(first->uid, &account, NULL);
	snprintf(buf, size,
		"%zu process%s of %s (uid %u) outside of the user's quotas, in %s: %s%d (%s)", n,
		n == 1 ? "" : "es", account.name ? account.name : "?", (unsigned)first->uid,
		first->cgroup, n == 1 ? "pid " : "the first is pid ", (int)first->id.pid,
		first->name);
	account_free(&account);
	return n;
}

/* Plans the quotas of the user's policy, as [cgroup] is the same whatever the service. */
static int quotas_of(uid_t uid, const struct host_config *config, struct plan **ret_plan,
	struct carrel_error *err)
{
	cleanup(policy_free) struct policy policy = {0};
	cleanup(account_free) struct account account = {0};
	int r = account_find_uid(uid, &account, err);

	if (r == 0) {
		(void)account_exemption(config, &account.login);
		r = policy_load(POLICY_DIR, &account.login, &policy, NULL, err);
	}
	if (r < 0)
		return r;
	policy.setting[POLICY_SESSION_MODE].value.choice = POLICY_MODE_HOST;
	return plan_build(&policy, &account.login, config, ret_plan, err);
}

static int set_quotas(struct cgroup_manager *manager, uid_t uid, const struct host_config *config,
	struct carrel_error *err)
{
	cleanup(plan_freep) struct plan *plan = NULL;
	cleanup_close int state = -EBADF;
	cleanup_close int user = -EBADF;
	cleanup_close int lock = -EBADF;
	deadline_t deadline = deadline_in(PATIENCE_USEC);
	int r = quotas_of(uid, config, &plan, err);

	if (r == 0)
		r = state_open(&state, err);
	if (r == 0)
		r = state_open_user(state, uid, &user, err);
	if (r == 0)
		r = state_lock_user(user, deadline, &lock, err);
	if (r == 0) {
		struct cgroup_request request = {
			.uid = uid, .limits = &plan->limits, .deadline = deadline, .err = err};

		r = manager->ops->apply(manager, &request);
	}
	return r;
}

/* Moves all processes that can be moved. Returns how many, or -errno. */
static int adopt_all(struct cgroup_manager *manager, const struct host_config *config,
	const struct outsider *outsiders, size_t count, struct carrel_error *err)
{
	int moved = 0, failed = 0, before = 0;

	for (size_t i = 0; i < count; i++) {
		const struct outsider *outsider = &outsiders[i];
		bool last = i + 1 == count || outsiders[i + 1].uid != outsider->uid;
		int r = outsider->own_unit
				? -ESRCH
				: outsider_adopt(manager, outsider, deadline_in(PATIENCE_USEC),
					  failed ? NULL : err);

		moved += r == 0;
		if (r < 0 && r != -ESRCH && !failed)
			failed = r;
		r = last && moved > before
			    ? set_quotas(manager, outsider->uid, config, failed ? NULL : err)
			    : 0;
		if (r < 0 && !failed)
			failed = r;
		if (last)
			before = moved;
	}
	return failed ? failed : moved;
}

static void report_all(const struct outsider *outsiders, size_t count,
	void (*report)(void *data, const char *line), void *data)
{
	char line[512];

	for (size_t i = 0; i < count;) {
		i += outsiders_format(&outsiders[i], count - i, line, sizeof(line));
		report(data, line);
	}
}

int outsiders_adopt(bool dry, void (*report)(void *data, const char *line), void *data,
	struct carrel_error *err)
{
	enum { ROUNDS = 8 }; /* for a process that forks faster than it is moved */
	cleanup(host_config_free) struct host_config config = {0};
	struct cgroup_manager *manager = NULL;
	int moved = 0, r = 0;

	(void)host_config_load(POLICY_HOST_INI, &config, NULL, NULL);
	if (config.adopt && !dry)
		r = manager_open(&manager, err);
	for (int round = 0; r >= 0 && round < ROUNDS; round++) {
		cleanup_free struct outsider *outsiders = NULL;
		size_t count = 0;

		r = outsiders_find(&config, &outsiders, &count, err);
		if (r == 0 && round == 0)
			report_all(outsiders, count, report, data);
		if (r < 0 || !manager || count == 0)
			break;
		r = adopt_all(manager, &config, outsiders, count, err);
		if (r <= 0)
			break;
		moved += r;
	}
	cgroup_manager_free(manager);
	return r < 0 ? r : moved;
}
