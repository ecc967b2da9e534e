// SPDX-License-Identifier: MIT
#include "cgroup/apply/apply.h"
#include "base/cleanup.h"
#include "cgroup/apply/changes.h"
#include "cgroup/apply/check.h"
#include "cgroup/apply/cpuset.h"
#include "cgroup/tree/hierarchy.h"
#include "cgroup/tree/node.h"
#include "cgroup/tree/v1.h"

#include <poll.h>
#include <string.h>
#include <time.h>

enum {
	READ_BACK_USEC = 2000,      /* the first pause between two looks */
	READ_BACK_MAX_USEC = 50000, /* pauses double until they are as long as this */
};

/* One run of cgroup_apply(), with all that it works on. */
struct apply {
	struct cgroup_manager *manager;
	const struct cgroup_setter *setter;
	const char *path;
	struct cgroup_request *request;
	struct cgroup_changes changes;
	struct cgroup_remembered remembered;
};

static void apply_done(struct apply *apply)
{
	changes_free(&apply->changes);
	remembered_free(&apply->remembered);
}

/* Leaves a change out, and notes that in the request if the policy asked for the change. */
static void skip_change(struct apply *apply, struct cgroup_change *change)
{
	change->state = CHANGE_SKIPPED;
	if (!change->implied && !change->reset)
		apply->request->skipped |= cgroup_limit_bit(change->wanted.id);
}

/* Returns whether @now is what the change wants, as exactly as the tree can hold it. */
static bool change_holds(const struct apply *apply, const struct cgroup_change *change,
	const struct cgroup_setting *now)
{
	struct cgroup_setting wanted = change->wanted;

	if (hierarchy_of(apply->manager, wanted.id))
		v1_round(&wanted);
	return cgroup_setting_holds(&wanted, now);
}

/* Reads the node and marks the changes that hold. Returns how many do not, or -errno. */
static int look_at_node(struct apply *apply, bool first)
{
	cleanup_close int fd = node_open(apply->manager, apply->path);
	int open = 0;

	if (fd < 0)
		return error_set(apply->request->err, fd, "cgroup %s", apply->path);
	for (size_t i = 0; i < apply->changes.count; i++) {
		struct cgroup_change *change = &apply->changes.item[i];
		struct cgroup_setting now = change->wanted;
		int r;

		if (change->state == CHANGE_SKIPPED)
			continue;
		r = node_read_setting(apply->manager, apply->path, fd, &now);
		if (r < 0)
			return change_error(change, apply->request->uid, apply->request->err, r);
		if (first) {
			change->present = now;
			cpuset_fit(apply->manager, apply->path, change);
		}
		change->state = change_holds(apply, change, &now) ? CHANGE_HOLDS : CHANGE_OPEN;
		open += change->state == CHANGE_OPEN;
	}
	return open;
}

/* Refuses impossible changes before anything is changed. Optional ones are left out instead. */
static int check_all(struct apply *apply)
{
	for (size_t i = 0; i < apply->changes.count; i++) {
		struct cgroup_change *change = &apply->changes.item[i];
		int r;

		/* In v1 a swap limit ends with the memory limit, which another change may take
		 * away. */
		if (change->state != CHANGE_OPEN && change->wanted.id != CGROUP_MEMORY_SWAP_MAX)
			continue;
		r = change->reset ? 0
				  : check_change(apply->manager, apply->path, apply->request->uid,
					    change, &apply->changes, apply->request->err);
		/* A user may have brought about a shortage of memory or descriptors, which is
		 * therefore no reason to leave a limit out. */
		if (r < 0 && (!change->optional || r == -ENOMEM || r == -EMFILE || r == -ENFILE))
			return r;
		if (r < 0)
			skip_change(apply, change);
	}
	/* Where memory.max was left out, the memory.high that carrel adds to it is left out as
	 * well. */
	for (size_t i = 0; i < apply->changes.count; i++) {
		const struct cgroup_change *max = &apply->changes.item[i];

		for (size_t j = 0; j < apply->changes.count; j++)
			if (max->wanted.id == CGROUP_MEMORY_MAX && max->state == CHANGE_SKIPPED &&
				apply->changes.item[j].implied)
				skip_change(apply, &apply->changes.item[j]);
	}
	return 0;
}

static int save_remembered(struct apply *apply)
{
	return apply->setter->own_node ? 0
				       : remembered_save(apply->request->uid, &apply->remembered,
						 apply->request->err);
}

static int remember_present(struct apply *apply)
{
	for (size_t i = 0; i < apply->changes.count; i++) {
		const struct cgroup_change *change = &apply->changes.item[i];

		if (change->state == CHANGE_OPEN && !change->reset &&
			remembered_add(&apply->remembered, &change->present) < 0)
			return error_set(apply->request->err, -ENOMEM, "limits");
	}
	return save_remembered(apply);
}

/* Drops the limits that have been given back, as they are no longer carrel's. */
static int forget_resets(struct apply *apply)
{
	for (size_t i = 0; i < apply->changes.count; i++)
		if (apply->changes.item[i].reset && apply->changes.item[i].state == CHANGE_HOLDS)
			remembered_drop(&apply->remembered, &apply->changes.item[i].wanted);
	return save_remembered(apply);
}

/* Sets all changes that must hold in one go, then those that may fail, one by one. */
static int set_all(struct apply *apply)
{
	cleanup_free struct cgroup_change **batch = calloc(apply->changes.count, sizeof(*batch));
	size_t count = 0;
	int r;

	if (!batch)
		return error_set(apply->request->err, -ENOMEM, "limits");
	for (size_t i = 0; i < apply->changes.count; i++)
		if (apply->changes.item[i].state == CHANGE_OPEN && !apply->changes.item[i].optional)
			batch[count++] = &apply->changes.item[i];
	if (count > 0) {
		r = apply->setter->set(apply->manager, apply->path, batch, count,
			apply->request->deadline, apply->request->err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < apply->changes.count; i++) {
		struct cgroup_change *change = &apply->changes.item[i];

		if (change->state != CHANGE_OPEN || !change->optional)
			continue;
		r = apply->setter->set(apply->manager, apply->path, &change, 1,
			apply->request->deadline, apply->request->err);
		if (r == -ENOMEM || r == -ETIMEDOUT)
			return r;
		if (r < 0)
			skip_change(apply, change);
	}
	return 0;
}

/* Names the first value that does not hold, with what is in force instead. */
static int report_unheld(const struct apply *apply)
{
	for (size_t i = 0; i < apply->changes.count; i++) {
		const struct cgroup_change *change = &apply->changes.item[i];
		const char *name = cgroup_limit_name(change->wanted.id);
		cleanup_free char *wanted = NULL;
		cleanup_free char *present = NULL;

		if (change->state != CHANGE_OPEN)
			continue;
		if (cgroup_read_limit(apply->manager, apply->path, change->wanted.id, &present) <
			0) {
			change_error(change, apply->request->uid, apply->request->err, -ENOTSUP);
			error_why(apply->request->err, "%s has no %s", apply->path, name);
			return -ENOTSUP;
		}
		wanted = cgroup_setting_format(&change->wanted);
		change_error(change, apply->request->uid, apply->request->err, -ETIMEDOUT);
		error_why(apply->request->err, "is \"%s\", not \"%s\"", present,
			wanted ? wanted : "");
		return -ETIMEDOUT;
	}
	return error_set(apply->request->err, -ETIMEDOUT, "limits of user %u",
		(unsigned)apply->request->uid);
}

static void skip_optional(struct apply *apply)
{
	for (size_t i = 0; i < apply->changes.count; i++)
		if (apply->changes.item[i].state == CHANGE_OPEN && apply->changes.item[i].optional)
			skip_change(apply, &apply->changes.item[i]);
}

/* Reads the node again until all that was set holds. Where setting takes time (setter.settle), it
 * keeps looking until the deadline. */
static int confirm_changes(struct apply *apply)
{
	uint64_t wait = READ_BACK_USEC;
	bool settled = !apply->setter->settle;
	int r;

	for (;;) {
		struct timespec nap = {.tv_nsec = (long)wait * 1000};

		r = look_at_node(apply, false);
		if (r == 0)
			return 0;
		if (r < 0 && r != -ENOENT && r != -ENODEV)
			return r;
		if (!settled && r > 0) {
			r = apply->setter->settle(apply->manager, apply->path,
				apply->request->deadline, apply->request->err);
			if (r < 0)
				return r;
			settled = true;
			continue;
		}
		if (r > 0)
			skip_optional(apply);
		if (!apply->setter->settle || deadline_left_usec(apply->request->deadline) < wait)
			return look_at_node(apply, false) == 0 ? 0 : report_unheld(apply);
		ppoll(NULL, 0, &nap, NULL);
		if (wait < READ_BACK_MAX_USEC)
			wait *= 2;
	}
}

static bool gives_back_only(const struct apply *apply)
{
	for (size_t i = 0; i < apply->changes.count; i++)
		if (!apply->changes.item[i].reset)
			return false;
	return true;
}

/* Forgets all limits, which ended with their node. */
static int forget_all(struct apply *apply)
{
	for (size_t i = 0; i < apply->changes.count; i++)
		apply->changes.item[i].state = CHANGE_HOLDS;
	return forget_resets(apply);
}

static int run_apply(struct apply *apply)
{
	int r;

	r = apply->setter->own_node
		    ? 0
		    : remembered_load(apply->request->uid, &apply->remembered, apply->request->err);
	if (r < 0)
		return r;
	r = changes_build(apply->request->limits, apply->setter->io_device, &apply->remembered,
		&apply->changes, apply->request->err);
	if (r < 0)
		return r;
	r = look_at_node(apply, true);
	if (r == -ENOENT && !apply->setter->outlives_node && gives_back_only(apply))
		return forget_all(apply);
	if (r < 0)
		return r;
	if (r > 0) {
		r = check_all(apply);
		if (r == 0)
			r = remember_present(apply);
		if (r == 0)
			r = set_all(apply);
		if (r == 0)
			r = confirm_changes(apply);
	}
	return r < 0 ? r : forget_resets(apply);
}

int cgroup_apply(struct cgroup_manager *manager, const struct cgroup_setter *setter,
	const char *path, struct cgroup_request *request)
{
	struct apply apply = {
		.manager = manager,
		.setter = setter,
		.path = path,
		.request = request,
	};
	int r;

	request->skipped = 0;
	r = run_apply(&apply);
	apply_done(&apply);
	return r;
}
