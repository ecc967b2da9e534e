// SPDX-License-Identifier: MIT
/*
 * Sets of capabilities, by the names that libcap has for them, which are those of capabilities(7)
 * in lower case. The value is a set of bits; all that there are, or will be, is POLICY_UNLIMITED.
 */
#include "base/cleanup.h"
#include "base/list.h"
#include "policy/suggestion.h"
#include "policy/value.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
	[CAP_CHOWN] = "cap_chown",
	[CAP_DAC_OVERRIDE] = "cap_dac_override",
	[CAP_DAC_READ_SEARCH] = "cap_dac_read_search",
	[CAP_FOWNER] = "cap_fowner",
	[CAP_FSETID] = "cap_fsetid",
	[CAP_KILL] = "cap_kill",
	[CAP_SETGID] = "cap_setgid",
	[CAP_SETUID] = "cap_setuid",
	[CAP_SETPCAP] = "cap_setpcap",
	[CAP_LINUX_IMMUTABLE] = "cap_linux_immutable",
	[CAP_NET_BIND_SERVICE] = "cap_net_bind_service",
	[CAP_NET_BROADCAST] = "cap_net_broadcast",
	[CAP_NET_ADMIN] = "cap_net_admin",
	[CAP_NET_RAW] = "cap_net_raw",
	[CAP_IPC_LOCK] = "cap_ipc_lock",
	[CAP_IPC_OWNER] = "cap_ipc_owner",
	[CAP_SYS_MODULE] = "cap_sys_module",
	[CAP_SYS_RAWIO] = "cap_sys_rawio",
	[CAP_SYS_CHROOT] = "cap_sys_chroot",
	[CAP_SYS_PTRACE] = "cap_sys_ptrace",
	[CAP_SYS_PACCT] = "cap_sys_pacct",
	[CAP_SYS_ADMIN] = "cap_sys_admin",
	[CAP_SYS_BOOT] = "cap_sys_boot",
	[CAP_SYS_NICE] = "cap_sys_nice",
	[CAP_SYS_RESOURCE] = "cap_sys_resource",
	[CAP_SYS_TIME] = "cap_sys_time",
	[CAP_SYS_TTY_CONFIG] = "cap_sys_tty_config",
	[CAP_MKNOD] = "cap_mknod",
	[CAP_LEASE] = "cap_lease",
	[CAP_AUDIT_WRITE] = "cap_audit_write",
	[CAP_AUDIT_CONTROL] = "cap_audit_control",
	[CAP_SETFCAP] = "cap_setfcap",
	[CAP_MAC_OVERRIDE] = "cap_mac_override",
	[CAP_MAC_ADMIN] = "cap_mac_admin",
	[CAP_SYSLOG] = "cap_syslog",
	[CAP_WAKE_ALARM] = "cap_wake_alarm",
	[CAP_BLOCK_SUSPEND] = "cap_block_suspend",
	[CAP_AUDIT_READ] = "cap_audit_read",
	[CAP_PERFMON] = "cap_perfmon",
	[CAP_BPF] = "cap_bpf",
	[CAP_CHECKPOINT_RESTORE] = "cap_checkpoint_restore",
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

static int parse_capability(const char *text, uint64_t *set, char *reason)
{
	struct suggestion near = {.word = text};

	for (unsigned i = 0; i < NAMES; i++) {
		if (strcmp(names[i], text) == 0) {
			*set |= UINT64_C(1) << i;
			return 0;
		}
		suggest_try(&near, names[i]);
	}
	reason_refuse(reason, "\"%s\" is no capability", text);
	if (near.best)
		reason_append(reason, "; did you mean \"%s\"?", near.best);
	return -EINVAL;
}

static int parse_capabilities(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	cleanup(list_freep) char **items = NULL;
	int r;

	(void)key;
	if (strcmp(text, "default") == 0) {
		ret_value->number = POLICY_UNLIMITED;
		return 0;
	}
	if (strcmp(text, "none") == 0)
		return 0;
	r = value_split_list(text, &items, reason);
	for (char **item = items; r == 0 && item && *item; item++)
		r = parse_capability(*item, &ret_value->number, reason);
	return r;
}

static char *format_capabilities(const struct key *key, const struct policy_value *value)
{
	char *text = NULL;
	size_t size = 0;
	bool any = false;
	FILE *out;

	(void)key;
	if (value->number == POLICY_UNLIMITED || value->number == 0)
		return strdup(value->number ? "default" : "none");
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	for (unsigned i = 0; i < NAMES; i++) {
		if (!((value->number >> i) & 1))
			continue;
		fprintf(out, "%s%s", any ? ", " : "", names[i]);
		any = true;
	}
	return stream_finish(out, &text);
}

const struct key_type type_capabilities = {
	.parse = parse_capabilities,
	.format = format_capabilities,
	.help = "default, none, or a list of names as cap_net_raw",
};
