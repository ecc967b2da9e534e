// SPDX-License-Identifier: MIT
#include "policy/keys.h"

#define MIB (UINT64_C(1) << 20)
#define PIB (UINT64_C(1) << 50)

static const char *const modes[] = {
	[POLICY_MODE_SANDBOX] = "sandbox",
	[POLICY_MODE_GUEST] = "guest",
	[POLICY_MODE_HOST] = "host",
	[POLICY_MODE_AUDIT] = "audit",
	[POLICY_MODE_EXEMPT] = "exempt",
	[POLICY_MODE_DENY] = "deny",
	NULL,
};

static const char *const shares[] = {
	[POLICY_SHARE_SESSION] = "session",
	[POLICY_SHARE_USER] = "user",
	NULL,
};

static const char *const on_errors[] = {
	[POLICY_ON_ERROR_DENY] = "deny",
	[POLICY_ON_ERROR_ALLOW] = "allow",
	NULL,
};

static const char *const views[] = {
	[POLICY_PRIVATE] = "private",
	[POLICY_HOST] = "host",
	NULL,
};

static const char *const homes[] = {
	[POLICY_HOMES_OWN] = "own",
	[POLICY_HOMES_ALL] = "all",
	NULL,
};

static const char *const user_managers[] = {
	[POLICY_USER_MANAGER_HIDE] = "hide",
	[POLICY_USER_MANAGER_SHOW] = "show",
	NULL,
};

const struct key policy_keys[POLICY_KEY_COUNT] = {
	[POLICY_SESSION_MODE] =
		{
			.section = "session",
			.name = "mode",
			.type = &type_choice,
			.choices = modes,
			.default_text = "sandbox",
			.doc = "What a login gets: sandbox (quotas and an own view of the "
			       "machine), guest (a virtual machine of the user's own, see "
			       "[guest]), "
			       "host (quotas only), audit (nothing, but the log says what sandbox "
			       "would "
			       "do), "
			       "exempt (nothing), deny (no login). Where no file fits: exempt.",
			.example = "sandbox",
		},
	[POLICY_SESSION_SHARE] =
		{
			.section = "session",
			.name = "share",
			.type = &type_choice,
			.flags = KEY_USER_WIDE,
			.choices = shares,
			.default_text = "session",
			.doc = "Who shares a set of namespaces: session is one set a login; user "
			       "is one that all logins of the user share, their processes, /tmp "
			       "and shared memory among them. user needs private mount and pid "
			       "namespaces, and no file that matches on service or host may "
			       "set anything of [namespaces] or [mounts] for that user.",
			.example = "user",
		},
	[POLICY_SESSION_LINGER] =
		{
			.section = "session",
			.name = "linger",
			.type = &type_linger,
			.flags = KEY_USER_WIDE,
			.min = 1000000,
			.max = UINT64_C(7) * 86400 * 1000000,
			.default_text = "no",
			.doc = "How long share = user keeps what runs after the last logout: no, "
			       "yes, or for so long.",
			.example = "30m",
		},
	[POLICY_SESSION_MAX_SESSIONS] =
		{
			.section = "session",
			.name = "max_sessions",
			.type = &type_count,
			.min = 1,
			.max = 10000,
			.default_text = "20",
			.doc = "How many sessions the user may have at a time, besides a rescue "
			       "session.",
			.example = "20",
		},
	[POLICY_SESSION_ON_ERROR] =
		{
			.section = "session",
			.name = "on_error",
			.type = &type_choice,
			.choices = on_errors,
			.default_text = "deny",
			.doc = "What happens to a login whose view could not be built, or while a "
			       "policy "
			       "file is refused. allow drops the view, never the quotas.",
			.example = "deny",
		},
	[POLICY_SESSION_BANNER] =
		{
			.section = "session",
			.name = "banner",
			.type = &type_bool,
			.default_text = "yes",
			.doc = "Whether an interactive login is told, in one line, its limits and "
			       "what is used of them.",
			.example = "yes",
		},
	[POLICY_CGROUP_CPU_MAX] =
		{
			.section = "cgroup",
			.name = "cpu.max",
			.type = &type_cpu,
			.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK,
			.min = 10000,
			.max = UINT64_C(8192000000),
			.default_text = "",
			.doc = "CPU time of all the user's sessions together: 200% is two CPUs; or "
			       "max.",
			.example = "200%",
		},
	[POLICY_CGROUP_CPU_WEIGHT] =
		{
			.section = "cgroup",
			.name = "cpu.weight",
			.type = &type_count,
			.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK,
			.min = 1,
			.max = 10000,
			.default_text = "",
			.doc = "The user's part of the CPUs where they are contended; the kernel's "
			       "default "
			       "is 100.",
			.example = "100",
		},
	[POLICY_CGROUP_CPUSET_CPUS] =
		{
			.section = "cgroup",
			.name = "cpuset.cpus",
			.type = &type_cpuset,
			.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK,
			.default_text = "",
			.doc = "The CPUs that the user may run on; empty for all.",
			.example = "0-3,7",
		},
	[POLICY_CGROUP_MEMORY_HIGH] =
		{
			.section = "cgroup",
			.name = "memory.high",
			.type = &type_size_max,
			.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK,
			.min = MIB,
			.max = PIB,
			.default_text = "",
			.doc = "Above this much memory the user's processes are slowed down.",
			.example = "3G",
		},
	[POLICY_CGROUP_MEMORY_MAX] =
		{
			.section = "cgroup",
			.name = "memory.max",
			.type = &type_size_max,
			.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK,
			.min = MIB,
			.max = PIB,
			.default_text = "",
			.doc = "Above this much memory one of the user's processes is killed; 25% "
			       "is of the "
			       "machine's memory.",
			.example = "4G",
		},
	[POLICY_CGROUP_MEMORY_SWAP_MAX] =
		{
			.section = "cgroup",
			.name = "memory.swap.max",
			.type = &type_size_max,
			.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK,
			.min = 0,
			.max = PIB,
			.default_text = "",
			.doc = "How much of the user's memory may be swapped out; 25% is of the "
			       "machine's "
			       "memory.",
			.example = "0",
		},
	[POLICY_CGROUP_PIDS_MAX] =
		{
			.section = "cgroup",
			.name = "pids.max",
			.type = &type_count_max,
			.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK,
			.min = 8,
			.max = 4194304,
			.default_text = "",
			.doc = "How many processes and threads the user may have.",
			.example = "512",
		},
	[POLICY_CGROUP_IO_MAX] =
		{
			.section = "cgroup",
			.name = "io.max",
			.type = &type_io,
			.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK,
			.default_text = "",
			.doc = "Bytes and operations a second on the disk that holds a path; empty "
			       "for "
			       "none.",
			.example =
				"/home rbps=50M wbps=20M riops=2000 wiops=1000, /scratch wbps=100M",
		},
	[POLICY_CGROUP_IO_WEIGHT] =
		{
			.section = "cgroup",
			.name = "io.weight",
			.type = &type_count,
			.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK,
			.min = 1,
			.max = 10000,
			.default_text = "",
			.doc = "The user's part of the disks where they are contended; the "
			       "kernel's default "
			       "is 100.",
			.example = "100",
		},
	[POLICY_NAMESPACES_MOUNT] =
		{
			.section = "namespaces",
			.name = "mount",
			.type = &type_choice,
			.choices = views,
			.default_text = "private",
			.doc = "A mount namespace of its own, which all of [mounts] needs.",
			.example = "private",
		},
	[POLICY_NAMESPACES_PID] =
		{
			.section = "namespaces",
			.name = "pid",
			.type = &type_choice,
			.choices = views,
			.default_text = "private",
			.doc = "A process tree of its own; other users' processes are not seen.",
			.example = "private",
		},
	[POLICY_NAMESPACES_IPC] =
		{
			.section = "namespaces",
			.name = "ipc",
			.type = &type_choice,
			.choices = views,
			.default_text = "private",
			.doc = "System V IPC and message queues of its own.",
			.example = "private",
		},
	[POLICY_NAMESPACES_UTS] =
		{
			.section = "namespaces",
			.name = "uts",
			.type = &type_choice,
			.choices = views,
			.default_text = "host",
			.doc = "A host name of its own.",
			.example = "host",
		},
	[POLICY_NAMESPACES_CGROUP] =
		{
			.section = "namespaces",
			.name = "cgroup",
			.type = &type_choice,
			.choices = views,
			.default_text = "private",
			.doc = "A read-only view of the user's own cgroups alone, with their "
			       "limits and their use.",
			.example = "private",
		},
	[POLICY_MOUNTS_TMP] =
		{
			.section = "mounts",
			.name = "tmp",
			.type = &type_choice,
			.choices = views,
			.default_text = "private",
			.doc = "Whether /tmp and /var/tmp are the login's own, and with them what "
			       "else all users can write to: /run/lock, /run/screen, /var/crash, "
			       "/var/lib/php/sessions and /var/spool/samba, where the host has "
			       "them. Where the host mounts them noexec, they are that too.",
			.example = "private",
		},
	[POLICY_MOUNTS_TMP_SIZE] =
		{
			.section = "mounts",
			.name = "tmp.size",
			.type = &type_size,
			.min = MIB,
			.max = PIB,
			.default_text = "512M",
			.doc = "The size of a private /tmp and of a private /var/tmp, each.",
			.example = "512M",
		},
	[POLICY_MOUNTS_SHM_SIZE] =
		{
			.section = "mounts",
			.name = "shm.size",
			.type = &type_size,
			.min = MIB,
			.max = PIB,
			.default_text = "256M",
			.doc = "The size of the login's own /dev/shm.",
			.example = "256M",
		},
	[POLICY_MOUNTS_HOMES] =
		{
			.section = "mounts",
			.name = "homes",
			.type = &type_choice,
			.choices = homes,
			.default_text = "own",
			.doc = "own: other users' homes, below homes.roots, are hidden; all: they "
			       "are not.",
			.example = "own",
		},
	[POLICY_MOUNTS_HOMES_SHOW] =
		{
			.section = "mounts",
			.name = "homes.show",
			.type = &type_paths,
			.flags = KEY_APPEND,
			.default_text = "",
			.doc = "What stays visible below homes.roots besides the user's own home. "
			       "A folder that lies in a file system of a user's (FUSE) is left "
			       "out.",
			.example = "/home/courses",
		},
	[POLICY_MOUNTS_USER_MANAGER] =
		{
			.section = "mounts",
			.name = "user_manager",
			.type = &type_choice,
			.flags = KEY_USER_WIDE,
			.choices = user_managers,
			.default_text = "hide",
			.doc = "hide: the user's systemd manager, which would run outside the "
			       "sandbox, does "
			       "not run; show: it does.",
			.example = "hide",
		},
	[POLICY_MOUNTS_TERMINALS] =
		{
			.section = "mounts",
			.name = "terminals",
			.type = &type_choice,
			.choices = views,
			.default_text = "private",
			.doc = "private: the pseudo-terminals in /dev/pts are the user's own, at "
			       "most 256 in all their sessions; not where the session's "
			       "terminal is older than the session and one of the host's, as "
			       "with su and sudo, unless share = user. host: those of the host, "
			       "all of them.",
			.example = "private",
		},
	[POLICY_GUEST_TEMPLATE] =
		{
			.section = "guest",
			.name = "template",
			.type = &type_name,
			.flags = KEY_USER_WIDE,
			.default_text = "",
			.doc = "The template of the user's guest, carrel.templates(5); mode = "
			       "guest needs one. Empty for none.",
			.example = "small",
		},
	[POLICY_GUEST_AGENT] =
		{
			.section = "guest",
			.name = "agent",
			.type = &type_bool,
			.default_text = "no",
			.doc = "Whether a login in mode = guest may forward its SSH agent into the "
			       "guest (ssh -A). Whoever is root there can use it then.",
			.example = "yes",
		},
};
