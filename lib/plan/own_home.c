// SPDX-License-Identifier: MIT
/*
 * own_home.c - [mounts] home: a home whose changes go with the session.
 *
 * The real home is covered where it really is. Where root made a link to a home on another disk,
 * the cover is shown at the link's place, too, if homes = own has made a folder of that.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "plan/builders.h"

#include <errno.h>
#include <string.h>

enum { SLOT_HOME = 0 };

static int home_error(const struct policy_login *login, int error, struct carrel_error *err)
{
	error_set(err, error, "mounts.home of user %s: %s", login->user, login->home);
	if (error == -EPERM)
		error_why(err, "a link that a user could change leads there");
	if (error == -EXDEV)
		error_why(err, "it lies in a file system that a user has mounted");
	/* It is never the host's fault, and so no way around the view. */
	return error == -ENOMEM ? error : -EPERM;
}

static void cover_home(
	const struct policy *policy, const char *home, bool overlay, struct plan_ops *ops)
{
	uint64_t size = policy->setting[POLICY_MOUNTS_HOME_SIZE].value.number;
	struct plan_op *op;

	plan_add_tmpfs(ops, SLOT_HOME, size, 0700);
	if (overlay) {
		op = plan_ops_add(ops, PLAN_OP_OVERLAY, home, NULL);
		op->slot = SLOT_HOME;
	} else {
		/* What the user cannot write to, as a home that is root's, stays so. */
		op = plan_add_attach(ops, SLOT_HOME, home);
		op->flags = PLAN_OP_MODE_AS_BELOW | PLAN_OP_NOEXEC_AS_BELOW;
	}
	op->flags |= PLAN_OP_GUARDED | PLAN_OP_IF_THERE;
}

/* Tells whether homes = own has put a folder of its own at @place. */
static bool is_shown_place(
	const struct policy *policy, const struct host_config *config, const char *place)
{
	if (policy->setting[POLICY_MOUNTS_HOMES].value.choice != POLICY_HOMES_OWN)
		return false;
	for (size_t i = 0; config->homes_roots && config->homes_roots[i]; i++) {
		cleanup_free char *root = NULL;

		if (fd_canonical_trusted(config->homes_roots[i], &root) == 0 &&
			plan_path_within(place, root))
			return true;
	}
	return false;
}

static void show_at_place(const char *home, const char *place, struct plan_ops *ops)
{
	struct plan_op *op = plan_ops_add(ops, PLAN_OP_GRAB, home, NULL);

	op->slot = SLOT_HOME;
	op->flags = PLAN_OP_GUARDED | PLAN_OP_IF_THERE;
	op = plan_add_attach(ops, SLOT_HOME, place);
	op->flags = PLAN_OP_GUARDED | PLAN_OP_IF_THERE;
}

int plan_build_own_home(const struct policy *policy, const struct policy_login *login,
	const struct host_config *config, struct plan_ops *ops, struct carrel_error *err)
{
	int kind = policy->setting[POLICY_MOUNTS_HOME].value.choice;
	cleanup_free char *home = NULL;
	cleanup_free char *place = NULL;
	int r;

	if (kind == POLICY_HOME_REAL)
		return 0;
	if (!login->home || login->home[0] != '/' ||
		strspn(login->home, "/") == strlen(login->home)) {
		error_set(err, -EPERM, "mounts.home of user %s", login->user);
		error_why(err, "the home is not a folder that could be covered");
		return -EPERM;
	}
	r = plan_reach_any(login->home, &home);
	if (r == -ENOENT)
		return 0; /* a missing home keeps nobody out */
	if (r == 0)
		r = plan_place(login->home, "/", &place);
	if (r < 0)
		return home_error(login, r, err);
	cover_home(policy, home, kind == POLICY_HOME_OVERLAY, ops);
	if (strcmp(home, place) != 0 && is_shown_place(policy, config, place))
		show_at_place(home, place, ops);
	return 0;
}
