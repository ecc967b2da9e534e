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

/* Whom a process becomes. */
struct target_user {
	uid_t uid;
	gid_t extra; /* a supplementary group; 0: none */
};

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

static int empty_bounding(const struct target_user *user)
{
	(void)user;
	return drop_bounding(NULL, 0);
}

static int set_groups(const struct target_user *user)
{
	const gid_t extra = user->extra;
	gid_t now[2];

	if (setgroups(extra != 0, &extra) < 0)
		return -errno;
	if (getgroups(2, now) != (extra != 0) || (extra != 0 && now[0] != extra))
		return -EPERM;
	return 0;
}

static int set_gid(const struct target_user *user)
{
	const gid_t gid = GUEST_NO_GROUP;
	gid_t real, effective, saved;

	(void)user;
	if (setresgid(gid, gid, gid) < 0 || getresgid(&real, &effective, &saved) < 0)
		return -errno;
	return real == gid && effective == gid && saved == gid ? 0 : -EPERM;
}

static int set_uid(const struct target_user *user)
{
	const uid_t uid = user->uid;
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

static int empty_capabilities(const struct target_user *user)
{
	cleanup(caps_freep) cap_t none = cap_init();

	(void)user;
	return set_capabilities(none);
}

static int no_new_privileges(const struct target_user *user)
{
	(void)user;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : -EPERM;
}

/* The order counts: each step takes away what the ones before it need. */
static const struct {
	const char *name;
	int (*take)(const struct target_user *user);
} drops[] = {
	{"bounding set", empty_bounding},
	{"supplementary groups", set_groups},
	{"group", set_gid},
	{"user", set_uid},
	{"capabilities", empty_capabilities},
	{"no_new_privs", no_new_privileges},
};

int drop_to_user(uid_t uid, gid_t extra, const char **ret_step)
{
	const struct target_user user = {uid, extra};

	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
		int r = drops[i].take(&user);

		if (r < 0) {
			*ret_step = drops[i].name;
			return r;
		}
	}
	return 0;
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
