// SPDX-License-Identifier: MIT
#include "privileges.h"
#include "base/cleanup.h"

#include <grp.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <unistd.h>

static void caps_freep(cap_t *caps)
{
	if (*caps)
		cap_free(*caps);
}

static bool is_in(cap_value_t cap, const cap_value_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == cap)
			return true;
	return false;
}

static int drop_bounding(const cap_value_t *kept, size_t count)
{
	for (cap_value_t cap = 0; cap < cap_max_bits(); cap++) {
		if (is_in(cap, kept, count) || cap_get_bound(cap) != 1)
			continue;
		if (cap_drop_bound(cap) < 0)
			return -errno;
		if (cap_get_bound(cap) != 0)
			return -EPERM;
	}
	return 0;
}

static int set_groups(gid_t extra)
{
	gid_t now[2];

	if (setgroups(extra != 0, &extra) < 0)
		return -errno;
	if (getgroups(2, now) != (extra != 0) || (extra != 0 && now[0] != extra))
		return -EPERM;
	return 0;
}

static int set_gid(gid_t gid)
{
	gid_t real, effective, saved;

	if (setresgid(gid, gid, gid) < 0 || getresgid(&real, &effective, &saved) < 0)
		return -errno;
	return real == gid && effective == gid && saved == gid ? 0 : -EPERM;
}

static int set_uid(uid_t uid)
{
	uid_t real, effective, saved;

	if (setresuid(uid, uid, uid) < 0 || getresuid(&real, &effective, &saved) < 0)
		return -errno;
	return real == uid && effective == uid && saved == uid && uid != 0 ? 0 : -EPERM;
}

static int set_capabilities(cap_t wanted)
{
	cleanup(caps_freep) cap_t now = NULL;

	if (!wanted)
		return -ENOMEM;
	if (cap_reset_ambient() < 0 || cap_set_proc(wanted) < 0)
		return -errno;
	now = cap_get_proc();
	if (!now)
		return -ENOMEM;
	return cap_compare(now, wanted) == 0 ? 0 : -EPERM;
}

static int empty_capabilities(void)
{
	cleanup(caps_freep) cap_t none = cap_init();

	return set_capabilities(none);
}

static int no_new_privileges(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : -EPERM;
}

int drop_to_user(uid_t uid, gid_t extra, const char **ret_step)
{
	int r;

	*ret_step = "bounding set";
	r = drop_bounding(NULL, 0);
	if (r == 0) {
		*ret_step = "supplementary groups";
		r = set_groups(extra);
	}
	if (r == 0) {
		*ret_step = "group";
		r = set_gid(GUEST_NO_GROUP);
	}
	if (r == 0) {
		*ret_step = "user";
		r = set_uid(uid);
	}
	if (r == 0) {
		*ret_step = "capabilities";
		r = empty_capabilities();
	}
	if (r == 0) {
		*ret_step = "no_new_privs";
		r = no_new_privileges();
	}
	return r;
}

int drop_to_capabilities(const cap_value_t *kept, size_t count)
{
	cleanup(caps_freep) cap_t now = cap_get_proc();
	cleanup(caps_freep) cap_t wanted = cap_init();
	int r;

	if (!now || !wanted)
		return -ENOMEM;
	r = drop_bounding(kept, count);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		cap_flag_value_t has = CAP_CLEAR;

		if (cap_get_flag(now, kept[i], CAP_PERMITTED, &has) < 0)
			return -errno;
		if (has == CAP_SET &&
			(cap_set_flag(wanted, CAP_PERMITTED, 1, &kept[i], CAP_SET) < 0 ||
				cap_set_flag(wanted, CAP_EFFECTIVE, 1, &kept[i], CAP_SET) < 0))
			return -errno;
	}
	return set_capabilities(wanted);
}
