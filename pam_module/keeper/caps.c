// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "keeper.h"

#include <sys/capability.h>
#include <sys/prctl.h>

static void keeper_caps_freep(cap_t *caps)
{
	if (*caps)
		cap_free(*caps);
}

static const cap_value_t needed[] = {CAP_DAC_OVERRIDE, CAP_KILL, CAP_SYS_RESOURCE, CAP_SYSLOG};

enum { NEEDED = sizeof(needed) / sizeof(needed[0]) };

static bool cap_is_needed(cap_value_t cap)
{
	for (int i = 0; i < NEEDED; i++)
		if (needed[i] == cap)
			return true;
	return false;
}

/* Drops all capabilities that are not needed from the bounding set. If the unit has done so
 * already, the right to do it is gone too. */
static int drop_bounding_set(void)
{
	for (cap_value_t cap = 0; cap < cap_max_bits(); cap++)
		if (!cap_is_needed(cap) && cap_get_bound(cap) == 1 && cap_drop_bound(cap) < 0)
			return -errno;
	return 0;
}

int keeper_drop_capabilities(void)
{
	cleanup(keeper_caps_freep) cap_t now = cap_get_proc();
	cleanup(keeper_caps_freep) cap_t kept = cap_init();
	int r;

	if (!now || !kept)
		return -ENOMEM;
	r = drop_bounding_set();
	if (r < 0)
		return r;
	/* In a container some may be missing. Then less can be done, and the rest still is. */
	for (int i = 0; i < NEEDED; i++) {
		cap_flag_value_t has = CAP_CLEAR;

		if (cap_get_flag(now, needed[i], CAP_PERMITTED, &has) == 0 && has == CAP_SET &&
			(cap_set_flag(kept, CAP_PERMITTED, 1, &needed[i], CAP_SET) < 0 ||
				cap_set_flag(kept, CAP_EFFECTIVE, 1, &needed[i], CAP_SET) < 0))
			return -errno;
	}
	if (cap_set_proc(kept) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return 0;
}
