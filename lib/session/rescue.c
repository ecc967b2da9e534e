// SPDX-License-Identifier: MIT
#include "session/rescue.h"
#include "cgroup/rescue.h"
#include "session/inventory.h"

#include <errno.h>

/* Counts the living sessions of the user, and the rescue sessions among them. */
static int count_living(uid_t uid, size_t *ret_all, size_t *ret_rescue, struct carrel_error *err)
{
	struct inventory inventory = {0};
	int r = inventory_load(uid, &inventory, err);

	*ret_all = *ret_rescue = 0;
	for (size_t i = 0; i < inventory.count; i++) {
		if (!inventory.session[i].alive)
			continue;
		*ret_all += 1;
		*ret_rescue += inventory.session[i].record.rescue;
	}
	inventory_free(&inventory);
	return r;
}

/* Moves the login below the rescue node. A login that is refused is moved as well: otherwise sshd
 * could not start the program that tells the user why. */
static int enter_rescue(const struct plan *plan, struct cgroup_manager *manager,
	deadline_t deadline, struct session_record *record, struct carrel_error *err)
{
	struct cgroup_request request = {.uid = plan->uid,
		.session_id = record->id,
		.limits = &plan->limits,
		.deadline = deadline,
		.err = err};
	size_t all, others;
	int r = count_living(plan->uid, &all, &others, err);

	/* A user without another session has nothing to end. */
	if (r < 0 || all == 0)
		return r;
	r = cgroup_rescue(manager, &request, &record->place);
	if (r == 0 && others > 0) {
		error_set(err, -EUSERS, "user %s", plan->user);
		return error_why(err, "your quota is used up, and your one rescue session is open: "
				      "run carrel kill --self in it");
	}
	record->rescue = r == 0;
	return r;
}

int session_rescue(const struct plan *plan, struct cgroup_manager *manager, bool crowded,
	deadline_t deadline, struct session_record *record, struct carrel_error *err)
{
	int r;

	if (!plan->rescue || !(crowded || cgroup_used_up(manager, record->place.user)))
		return 0;
	r = enter_rescue(plan, manager, deadline, record, err);
	return r == 0 || r == -EUSERS || r == -ENOMEM || r == -ETIMEDOUT ? r : -EPERM;
}
