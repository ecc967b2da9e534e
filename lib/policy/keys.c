// SPDX-License-Identifier: MIT
#include "policy/keys.h"
#include "base/units.h"

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

static const char *const home_kinds[] = {
	[POLICY_HOME_REAL] = "real",
	[POLICY_HOME_OVERLAY] = "overlay",
	[POLICY_HOME_TMPFS] = "tmpfs",
	NULL,
};

static const char *const userns_rules[] = {
	[POLICY_USERNS_ALLOW] = "allow",
	[POLICY_USERNS_DENY] = "deny",
	NULL,
};

static const char *const devs[] = {
	[POLICY_DEV_HOST] = "host",
	[POLICY_DEV_MINIMAL] = "minimal",
	NULL,
};

static const char *const user_managers[] = {
	[POLICY_USER_MANAGER_HIDE] = "hide",
	[POLICY_USER_MANAGER_SHOW] = "show",
	NULL,
};

static const char *const reaches[] = {
	[POLICY_REACH_ALL] = "all",
	[POLICY_REACH_INTERNET] = "internet",
	[POLICY_REACH_NONE] = "none",
	NULL,
};

const struct key policy_keys[POLICY_KEY_COUNT] = {
	KEY_ROW(POLICY_SESSION_MODE, "session", "mode", type_choice, .choices = modes,
		.default_text = "sandbox", .example = "sandbox",
		.doc = "What a login gets: sandbox (quotas and its own view of the machine), guest (a virtual machine of the user's own, see [guest]), host (quotas only), audit (nothing, but the log says what sandbox would do), exempt (nothing) or deny (no login). "
		       "A login that no file fits is exempt."),
	KEY_ROW(POLICY_SESSION_SHARE, "session", "share", type_choice, .flags = KEY_USER_WIDE,
		.choices = shares, .default_text = "session", .example = "user",
		.doc = "Who shares a set of namespaces: with session each login has one of its own; with user all logins of the user share one, and with it their processes, /tmp and shared memory. "
		       "user needs private mount and pid namespaces, and no file that matches on service or host may set anything in [namespaces] or [mounts] for that user."),
	KEY_ROW(POLICY_SESSION_LINGER, "session", "linger", type_linger, .flags = KEY_USER_WIDE,
		.min = UNITS_SECOND, .max = 7 * UNITS_DAY, .default_text = "no", .example = "30m",
		.doc = "How long share = user keeps what still runs after the last logout: not at all (no), without end (yes), or for this long."),
	KEY_ROW(POLICY_SESSION_MAX_SESSIONS, "session", "max_sessions", type_count, .min = 1,
		.max = 10000, .default_text = "20", .example = "20",
		.doc = "How many sessions the user may have at once, not counting a rescue session."),
	KEY_ROW(POLICY_SESSION_ON_ERROR, "session", "on_error", type_choice, .choices = on_errors,
		.default_text = "deny", .example = "deny",
		.doc = "What happens to a login whose view cannot be built, and to logins while a policy file is refused. "
		       "allow drops the view, but never the quotas."),
	KEY_ROW(POLICY_SESSION_BANNER, "session", "banner", type_bool, .default_text = "yes",
		.example = "yes",
		.doc = "Whether an interactive login is told, in one line, its limits and how much of them is in use."),
	KEY_ROW(POLICY_CGROUP_CPU_MAX, "cgroup", "cpu.max", type_cpu,
		.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK, .min = 10000, .max = UINT64_C(8192000000),
		.default_text = "", .example = "200%",
		.doc = "The CPU time of all the user's sessions together: 200% is two CPUs, and max is no limit."),
	KEY_ROW(POLICY_CGROUP_CPU_WEIGHT, "cgroup", "cpu.weight", type_count,
		.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK, .min = 1, .max = 10000,
		.default_text = "", .example = "100",
		.doc = "The user's share of the CPUs while they are contended; the kernel's default is 100."),
	KEY_ROW(POLICY_CGROUP_CPUSET_CPUS, "cgroup", "cpuset.cpus", type_cpuset,
		.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK, .default_text = "", .example = "0-3,7",
		.doc = "The CPUs that the user may run on; empty for all."),
	KEY_ROW(POLICY_CGROUP_MEMORY_HIGH, "cgroup", "memory.high", type_size_max,
		.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK, .min = UNITS_MIB, .max = UNITS_PIB,
		.default_text = "", .example = "3G",
		.doc = "Above this much memory the user's processes are slowed down."),
	KEY_ROW(POLICY_CGROUP_MEMORY_MAX, "cgroup", "memory.max", type_size_max,
		.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK, .min = UNITS_MIB, .max = UNITS_PIB,
		.default_text = "", .example = "4G",
		.doc = "Above this much memory one of the user's processes is killed; 25% is a quarter of the machine's memory."),
	KEY_ROW(POLICY_CGROUP_MEMORY_SWAP_MAX, "cgroup", "memory.swap.max", type_size_max,
		.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK, .min = 0, .max = UNITS_PIB,
		.default_text = "", .example = "0",
		.doc = "How much of the user's memory may be swapped out; 25% is as much as a quarter of the machine's memory."),
	KEY_ROW(POLICY_CGROUP_PIDS_MAX, "cgroup", "pids.max", type_count_max,
		.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK, .min = 8, .max = 4194304,
		.default_text = "", .example = "512",
		.doc = "How many processes and threads the user may have."),
	KEY_ROW(POLICY_CGROUP_IO_MAX, "cgroup", "io.max", type_io,
		.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK, .default_text = "",
		.example = "/home rbps=50M wbps=20M riops=2000 wiops=1000, /scratch wbps=100M",
		.doc = "Bytes and operations a second on the disk that holds a path; empty for no limit."),
	KEY_ROW(POLICY_CGROUP_IO_WEIGHT, "cgroup", "io.weight", type_count,
		.flags = KEY_USER_WIDE | KEY_OPTIONAL_OK, .min = 1, .max = 10000,
		.default_text = "", .example = "100",
		.doc = "The user's share of the disks while they are contended; the kernel's default is 100."),
	KEY_ROW(POLICY_NAMESPACES_MOUNT, "namespaces", "mount", type_choice, .choices = views,
		.default_text = "private", .example = "private",
		.doc = "Whether the login has a mount namespace of its own, which everything in [mounts] needs."),
	KEY_ROW(POLICY_NAMESPACES_PID, "namespaces", "pid", type_choice, .choices = views,
		.default_text = "private", .example = "private",
		.doc = "Whether the login has a process tree of its own, where no other user's processes are seen."),
	KEY_ROW(POLICY_NAMESPACES_IPC, "namespaces", "ipc", type_choice, .choices = views,
		.default_text = "private", .example = "private",
		.doc = "Whether the login has System V IPC and message queues of its own."),
	KEY_ROW(POLICY_NAMESPACES_UTS, "namespaces", "uts", type_choice, .choices = views,
		.default_text = "host", .example = "host",
		.doc = "Whether the login has a host name of its own."),
	KEY_ROW(POLICY_NAMESPACES_CGROUP, "namespaces", "cgroup", type_choice, .choices = views,
		.default_text = "private", .example = "private",
		.doc = "Whether the login sees nothing but the user's own cgroups, read-only, with their limits and their use."),
	KEY_ROW(POLICY_NAMESPACES_NET, "namespaces", "net", type_choice, .choices = views,
		.default_text = "host", .example = "private",
		.doc = "Whether the login has a network of its own: a loopback where nobody else listens or connects, abstract sockets of its own, and beyond these only what [network] reach allows. "
		       "What ssh forwards (-L, -R, -D, X11) begins and ends in that network. "
		       "AF_VSOCK is refused, because network namespaces do not separate it, and so are io_uring and the socketcall(2) of 32-bit programs, which could open such a socket all the same."),
	KEY_ROW(POLICY_NAMESPACES_TIME, "namespaces", "time", type_choice, .flags = KEY_OPTIONAL_OK,
		.choices = views, .default_text = "host", .example = "private",
		.doc = "Whether the session has an uptime and a monotonic clock of its own, which begin at the login or, where logins share a set of namespaces, at the first of them. "
		       "The time of day stays the host's. "
		       "private needs pid = private, and a service that opens sessions in a process with a single thread, as sshd, login, su and cron do."),
	KEY_ROW(POLICY_MOUNTS_TMP, "mounts", "tmp", type_choice, .choices = views,
		.default_text = "private", .example = "private",
		.doc = "Whether /tmp and /var/tmp are the login's own, and with them the other places that all users can write to: /run/lock, /run/screen, /var/crash, /var/lib/php/sessions and /var/spool/samba, where the host has them. "
		       "Those that the host mounts noexec are noexec here as well."),
	KEY_ROW(POLICY_MOUNTS_TMP_SIZE, "mounts", "tmp.size", type_size, .min = UNITS_MIB,
		.max = UNITS_PIB, .default_text = "512M", .example = "512M",
		.doc = "The size of a private /tmp and of a private /var/tmp, each."),
	KEY_ROW(POLICY_MOUNTS_SHM_SIZE, "mounts", "shm.size", type_size, .min = UNITS_MIB,
		.max = UNITS_PIB, .default_text = "256M", .example = "256M",
		.doc = "The size of the login's own /dev/shm."),
	KEY_ROW(POLICY_MOUNTS_HOMES, "mounts", "homes", type_choice, .choices = homes,
		.default_text = "own", .example = "own",
		.doc = "own hides other users' homes below homes.roots; all does not."),
	KEY_ROW(POLICY_MOUNTS_HOMES_SHOW, "mounts", "homes.show", type_paths, .flags = KEY_APPEND,
		.default_text = "", .example = "/home/courses",
		.doc = "What stays visible below homes.roots besides the user's own home. "
		       "A folder that lies in a file system which a user has mounted (FUSE) is left out."),
	KEY_ROW(POLICY_MOUNTS_USER_MANAGER, "mounts", "user_manager", type_choice,
		.flags = KEY_USER_WIDE, .choices = user_managers, .default_text = "hide",
		.example = "hide",
		.doc = "hide keeps the user's systemd manager, which would run outside the sandbox, from running; show lets it run."),
	KEY_ROW(POLICY_MOUNTS_TERMINALS, "mounts", "terminals", type_choice, .choices = views,
		.default_text = "private", .example = "private",
		.doc = "private: the pseudo-terminals in /dev/pts are the user's own, at most 256 in all their sessions. "
		       "Where the session's terminal is one of the host's and older than the session, as with su and sudo, they stay those of the host, unless share = user. "
		       "host: all those of the host are there."),
	KEY_ROW(POLICY_MOUNTS_HOME, "mounts", "home", type_choice, .choices = home_kinds,
		.default_text = "real", .example = "overlay",
		.doc = "What the session has as the user's home. "
		       "real: the home itself. "
		       "overlay: the home with everything that is in it, where all changes are discarded when the session ends. "
		       "tmpfs: an empty folder, which is discarded as well. "
		       "With share = user, the session is the one that all of the user's logins share. "
		       "The changes count against memory.max. "
		       "With overlay and tmpfs, only root may be able to change the folders above the home, and an overlay needs a home that is neither on a file server nor on FUSE; otherwise the login is refused."),
	KEY_ROW(POLICY_MOUNTS_HOME_SIZE, "mounts", "home.size", type_size, .min = UNITS_MIB,
		.max = UNITS_PIB, .default_text = "1G", .example = "1G",
		.doc = "How much a session can change in an overlay of the home, or keep in a tmpfs. "
		       "It should be well below memory.max, because killing processes does not free these changes."),
	KEY_ROW(POLICY_MOUNTS_DEV, "mounts", "dev", type_choice, .choices = devs,
		.default_text = "host", .example = "minimal",
		.doc = "host: /dev is the host's, and the mode of each device says who may open it. "
		       "minimal: /dev has nothing but what every program needs (null, zero, full, random, urandom, tty, the terminals, /dev/shm, /dev/mqueue and the socket of the log), and what dev.allow names. "
		       "If the session's own terminal is a console, that is there as well, as is /dev/net/tun if pasta needs it (net = private)."),
	KEY_ROW(POLICY_MOUNTS_DEV_ALLOW, "mounts", "dev.allow", type_devices,
		.flags = KEY_APPEND | KEY_OPTIONAL_OK, .default_text = "",
		.example = "/dev/fuse, /dev/nvidia*",
		.doc = "Devices and folders in /dev that dev = minimal shows as well, as glob(7) patterns. "
		       "Their modes are the host's, and still say who may open them. "
		       "A pattern that matches nothing is an error, unless the key has a leading ?."),
	KEY_ROW(POLICY_MOUNTS_HIDE, "mounts", "hide", type_paths,
		.flags = KEY_APPEND | KEY_OPTIONAL_OK, .default_text = "", .example = "/srv/exams",
		.doc = "Folders, files and sockets that nobody in the session can open or look into. "
		       "Only root may be able to change the folders above them; otherwise the login is refused, because nothing in a user's own folder can be hidden from that user. "
		       "A path that the host does not have is an error, unless the key has a leading ?."),
	KEY_ROW(POLICY_MOUNTS_READONLY, "mounts", "readonly", type_paths,
		.flags = KEY_APPEND | KEY_OPTIONAL_OK, .default_text = "", .example = "/srv/data",
		.doc = "Folders and files that nobody in the session can change, with all that is mounted below them. "
		       "A file system that the host mounts there later is as writable as the host makes it. "
		       "As with hide, only root may be able to change the folders above, and a path that the host does not have is an error, unless the key has a leading ?."),
	KEY_ROW(POLICY_MOUNTS_BIND, "mounts", "bind", type_binds,
		.flags = KEY_APPEND | KEY_OPTIONAL_OK, .default_text = "",
		.example = "/scratch/%u:/scratch",
		.doc = "Shows a folder or file of the host at another path: SOURCE is seen at TARGET, where devices and set-user-ID programs do not work. "
		       "The host has to have both paths. "
		       "If others than root can change the folder that SOURCE is in, SOURCE has to be root's or the user's own, or the login is refused. "
		       "At a path where root loads programs or settings, such as /etc and /usr, only what root alone can change may be shown, and it is read-only there; /dev, /proc and /sys cannot be covered. "
		       "A login can have at most twelve. "
		       "A path that the host does not have is an error, unless the key has a leading ?."),
	KEY_ROW(POLICY_SECURITY_NO_NEW_PRIVS, "security", "no_new_privs", type_bool,
		.default_text = "no", .example = "yes",
		.doc = "yes: no program that the session runs gets more rights than it was started with, whatever set-user-ID bits or file capabilities it has (prctl(2), PR_SET_NO_NEW_PRIVS). "
		       "So su, sudo, passwd, newuidmap and programs like them do not work in the session, and sendmail cannot queue mail where it does so by a set-group-ID program."),
	KEY_ROW(POLICY_SECURITY_CAPABILITIES, "security", "capabilities", type_capabilities,
		.default_text = "default", .example = "cap_net_raw, cap_setuid, cap_setgid",
		.doc = "The bounding set of the session, by libcap's names (capabilities(7)): the most that its programs can ever have, be it by set-user-ID bits, by file capabilities or as root. "
		       "default leaves the bounding set as it is; none empties it."),
	KEY_ROW(POLICY_SECURITY_USERNS, "security", "userns", type_choice, .choices = userns_rules,
		.default_text = "allow", .example = "deny",
		.doc = "deny: no program of the session, not even one of root's, can make or enter a user namespace. "
		       "Rootless containers, bwrap and the sandboxes of browsers need one; set-user-ID programs work as before."),
	KEY_ROW(POLICY_NETWORK_REACH, "network", "reach", type_choice, .flags = KEY_USER_WIDE,
		.choices = reaches, .default_text = "all", .example = "none",
		.doc = "What a login with net = private reaches beyond its own network. "
		       "all: whatever the host reaches, except the host itself. "
		       "internet: the same, except private, link-local and other special addresses, which include those where clouds publish data about a machine. "
		       "none: nothing. "
		       "Unless it is none and reach.allow is empty, this needs the package passt, whose pasta runs as the user, and private mount and pid namespaces. "
		       "Names are resolved by the servers that the host's resolv.conf names, even if reach covers none of these. "
		       "A connection that is refused fails at once, with \"Permission denied\"."),
	KEY_ROW(POLICY_NETWORK_REACH_ALLOW, "network", "reach.allow", type_peers,
		.flags = KEY_USER_WIDE | KEY_APPEND, .default_text = "",
		.example = "10.1.2.0/24:443, 192.0.2.7",
		.doc = "What is reached in addition to what reach allows. "
		       "The host itself never is."),
	KEY_ROW(POLICY_NETWORK_REACH_DENY, "network", "reach.deny", type_peers,
		.flags = KEY_USER_WIDE | KEY_APPEND, .default_text = "",
		.example = "203.0.113.0/24, [2001:db8::/32]:25",
		.doc = "What is not reached, whatever reach and reach.allow say."),
	KEY_ROW(POLICY_GUEST_TEMPLATE, "guest", "template", type_name, .flags = KEY_USER_WIDE,
		.default_text = "", .example = "small",
		.doc = "The template of the user's guest, see carrel.templates(5); mode = guest needs one. "
		       "Root and carrel-admin may start that guest whatever the mode is. "
		       "Empty for none."),
	KEY_ROW(POLICY_GUEST_AGENT, "guest", "agent", type_bool, .default_text = "no",
		.example = "yes",
		.doc = "Whether a login in mode = guest may forward its SSH agent into the guest (ssh -A). "
		       "Whoever is root there can then use it."),
};
