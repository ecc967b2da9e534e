/* SPDX-License-Identifier: MIT */
/*
 * ops.h - the plan as session-init gets it: a flat, position-independent list of operations.
 *
 * The module builds it. session-init carries it out in order, without formatting or allocating
 * anything, and answers which operation failed with which errno. Both include this file, so it
 * knows only the kernel's integers. explain and audit describe the same list.
 *
 *	struct plan_head | struct plan_op [n_setup + n_final + n_lost] | strings
 *
 * Strings are offsets from the start of the buffer, each NUL-terminated; 0 is "no string".
 */
#ifndef CARREL_PLAN_OPS_H
#define CARREL_PLAN_OPS_H

#include <stdint.h>

#define PLAN_MAGIC 0x6c727263u /* "crrl" */

/* PLAN_VERSION is that of plan and answer, whose two sides are installed together.
 * PLAN_JOIN_VERSION is that of struct plan_join: a sandbox may be older than a login. Tests of
 * upgrades are built with others (make upgraded). */
#ifndef PLAN_VERSION
#define PLAN_VERSION 7
#endif
#ifndef PLAN_JOIN_VERSION
#define PLAN_JOIN_VERSION 3
#endif

enum {
	PLAN_BYTES_MAX = 65536, /* one SOCK_SEQPACKET message */
	PLAN_SLOTS = 48,        /* descriptors that operations hand to later ones */
	PLAN_SLOTS_FINAL = 16,  /* of these, the last ones: for the final operations */
	PLAN_PARTS_MAX = 16,    /* file systems that come with a plan */
	PLAN_SETUP_MAX = 512,   /* operations of each list */
	PLAN_FINAL_MAX = 32,
	PLAN_LOST_MAX = 2,
	PLAN_NAME_MAX = 48, /* of a session's id, with its NUL */
	PLAN_LINGER_FOREVER = -1,
	PLAN_LOOK_MS = 30000, /* the longest time between two looks of PLAN_OP_WATCH */
};

enum plan_op_kind {
	/* Makes every mount a slave: mounts made on the host later still appear, and those made in
	 * the session do not appear on the host. */
	PLAN_OP_SLAVE = 1,
	/* unshare(CLONE_NEWCGROUP), once the caller stands in the session's cgroup. */
	PLAN_OP_CGROUP_NAMESPACE,
	/* unshare(CLONE_NEWTIME), and both clocks begin anew for whoever is born there. Those who
	 * join make one of their own with the same clocks (session/clock.h). */
	PLAN_OP_TIME_NAMESPACE,
	/* slot = open_tree(path, CLONE, recursive), with attrs: keeps @path in reach before it is
	 * covered. */
	PLAN_OP_GRAB,
	/* slot = a new file system of @fs_type with the "key=value" strings at @text, attrs; or the
	 * next of those that came with the plan (PLAN_OP_MADE). */
	PLAN_OP_NEW_FS,
	/* mkdir @path beneath the file system in slot, with perm, uid and gid. */
	PLAN_OP_MKDIR,
	/* Mounts slot on the directory @path; the slot is empty afterwards. */
	PLAN_OP_ATTACH,
	/* Adds attrs to the mount at @path alone (mount_setattr(2)). */
	PLAN_OP_PROTECT,
	/* Puts the socket or folder @path out of reach, if there is one: the file system in slot
	 * covers it, with a socket that nobody listens at, or with itself. With PLAN_OP_GUARDED it
	 * may be a file as well, covered by an empty one, and one that is missing is an error. */
	PLAN_OP_MASK,
	/* slot = O_PATH of the directory @path; for the final operations. */
	PLAN_OP_KEEP_DIR,
	/* slot = the file @path opened with open_flags; for the final operations. */
	PLAN_OP_KEEP_FILE,
	/* slot = a socket at @path. Only @uid may connect to it, and asks for the end by that. */
	PLAN_OP_LISTEN,
	/* slot = a socket at @path. Only root may connect to it, to join (struct plan_join). */
	PLAN_OP_LISTEN_JOIN,

	/* The following make a root of the session's own, for a view that shows nothing of the
	 * host's. It is built beneath the file system in slot, which stays there, and in which
	 * nobody else can be yet. */

	/* Mounts slot on the folder @path, out of the way until PIVOT. */
	PLAN_OP_STAGE,
	/* The new file @path beneath slot with the contents @text and perm. */
	PLAN_OP_FILE,
	/* A symbolic link to @text at @path beneath slot. */
	PLAN_OP_SYMLINK,
	/* What is at @path (a folder, file, device or socket; nothing that is mounted below it) is
	 * seen with attrs at @text beneath slot, which is made and must not be there yet. */
	PLAN_OP_BIND,
	/* slot becomes the root, and what has been the root is out of reach. */
	PLAN_OP_PIVOT,
	/* Brings the loopback interface of a new network namespace up. */
	PLAN_OP_LOOPBACK,
	/* slot and the next one: sockets to which every connection within that network goes. */
	PLAN_OP_CATCH,
	/* Starts the program @path as @uid and @gid, to serve the sockets of CATCH in slot; does
	 * nothing where there are none. */
	PLAN_OP_RUN,
	/* Looks at @path, which is the session's /proc, every look_ms milliseconds or sooner: a
	 * process of sshd's that its user has stopped is continued or killed. */
	PLAN_OP_WATCH,

	/* Unmounts what the host has mounted on @path and below it; what another slot holds stays
	 * in reach. Mounts that cannot be taken away, as in a container, stay. */
	PLAN_OP_DETACH,
	/* Shows the user's cgroups at @path, in place of the host's. A plan is built before it is
	 * known where they are, so the session layer replaces this operation by others
	 * (session/cgroup_view.h), and session-init never gets it. */
	PLAN_OP_CGROUP_VIEW,
	/* Mounts on @path the devpts that came with the plan, or that of the mount namespace that
	 * came with it. @text are the options of a new one, which the module makes (see
	 * session/terminals.h). With covers_ptmx 1 its ptmx covers /dev/ptmx, too. */
	PLAN_OP_TERMINALS,

	/* Makes a network namespace that the program @path, as @uid and @gid, connects with the
	 * host's, and joins it; the host's own addresses are refused. It needs the session's own
	 * /proc, and that is why session-init is not born there. */
	PLAN_OP_NETWORK,
	/* Allows or refuses what the session's own network sends to the addresses @path
	 * ("10.0.0.0/8"), and there to @port, unless it is 0. An earlier one of these decides.
	 * @text is the destination in one word. */
	PLAN_OP_ALLOW,
	PLAN_OP_REFUSE,
	/* Covers the file @path with the file @text in the root of the file system in slot. */
	PLAN_OP_COVER_FILE,

	/* Covers the folder @path with the new file system in slot, and that with an overlay: what
	 * is written there goes to the new file system, and the folder stays as it is. */
	PLAN_OP_OVERLAY,

	/* The final operations run when the last lease is gone and every process has been reaped.
	 * Their errors are passed over: gc removes what they leave. */

	/* Locks the file in slot with flock(2). */
	PLAN_OP_LOCK = 64,
	/* Leaves the cgroup that is about to go: writes "0" to the cgroup.procs in slot, or to the
	 * file @path beneath it. */
	PLAN_OP_LEAVE_CGROUP,
	/* Waits until the cgroup @path beneath slot is empty, patience_ms at the most, and removes
	 * it. One that is gone already is fine. */
	PLAN_OP_REMOVE_CGROUP,
	/* Removes every cgroup that is left in @path beneath slot in the same way, and then @path
	 * itself. */
	PLAN_OP_REMOVE_CGROUPS,
	/* unlink @path beneath slot. */
	PLAN_OP_UNLINK,

	/* The following are for one lease that has ended; "name" is the name of that lease. */

	/* Unlinks name beneath slot, where the holder died without giving the lease back. */
	PLAN_OP_LOST_UNLINK = 128,
	/* Removes the cgroup @path/name beneath slot once it is empty. */
	PLAN_OP_LOST_CGROUP,
};

struct plan_op {
	uint32_t kind;
	uint32_t slot;
	union {
		uint32_t path;    /* string */
		uint32_t fs_type; /* string, of NEW_FS: "tmpfs" */
	};
	uint32_t text; /* strings, the last followed by an empty one */
	union {
		uint32_t perm;        /* of MKDIR and FILE: the permission bits */
		uint32_t open_flags;  /* of KEEP_FILE: as for open(2) */
		uint32_t covers_ptmx; /* of TERMINALS: 0 or 1 */
		uint32_t look_ms;     /* of WATCH */
		uint32_t port;        /* of ALLOW and REFUSE */
		uint32_t patience_ms; /* of REMOVE_CGROUP and REMOVE_CGROUPS */
	};
	uint32_t uid;
	uint32_t gid;
	uint32_t flags; /* enum plan_op_flags */
	uint64_t attrs; /* MOUNT_ATTR_* */
};

struct plan_head {
	uint32_t magic;
	uint32_t version;
	uint32_t bytes;    /* of the whole buffer */
	uint32_t n_setup;  /* operations before "ready" */
	uint32_t n_final;  /* operations at the end */
	uint32_t n_lost;   /* operations for each lease that ends */
	uint32_t name;     /* string: the first lease's */
	int32_t linger_ms; /* how long it goes on without a lease; PLAN_LINGER_FOREVER */
	uint32_t n_parts;  /* file systems that came with it, behind the lease */
	uint32_t unused;
};

/* What is sent to a PLAN_OP_LISTEN_JOIN socket, with a pidfd of the process that joins. A struct
 * plan_answer comes back once the lease holds, as long as which the sandbox lives. The connection
 * is closed without an answer when the sandbox has ended, and not before. */
struct plan_join {
	uint32_t version;  /* PLAN_JOIN_VERSION; so is that of the answer */
	int32_t linger_ms; /* from now on */
	char name[PLAN_NAME_MAX];
};

/* What session-init answers, once the set-up is through or has failed; and, before that, whenever
 * it begins an operation that may wait for a file server (error PLAN_BEGUN). */
struct plan_answer {
	uint32_t version;
	int32_t error; /* 0: ready; else a positive errno, or PLAN_BEGUN */
	uint32_t op;   /* index of the set-up operation that failed, PLAN_OP_NONE: none of them */
};

enum plan_op_flags {
	PLAN_OP_OPTIONAL = 1, /* a failure is passed over: less is shown than could be */
	PLAN_OP_THEN = 2,     /* of a final operation: runs only if the one before has succeeded */
	/* Of ATTACH: the mount gets the mode, owner and group of the folder that it covers. */
	PLAN_OP_MODE_AS_BELOW = 4,
	/* Of ATTACH: the mount is noexec if the file system that it covers is. */
	PLAN_OP_NOEXEC_AS_BELOW = 8,
	/* Of GRAB and the ATTACH of its slot: both are left out where there is no such folder. Of a
	 * MASK, ATTACH or OVERLAY that is guarded: it is left out where there is nothing at @path.
	 */
	PLAN_OP_IF_THERE = 16,
	/* Of NEW_FS and MKDIR: the module has done it while session-init was starting. */
	PLAN_OP_MADE = 32,
	/* Of GRAB: it waits for no file server, and so is not told of as it begins. */
	PLAN_OP_LOCAL = 64,
	/* Of GRAB, ATTACH, MASK and OVERLAY: @path is a folder or a file, to which only folders
	 * lead that root and @uid alone can change, or have put there (view_open_guarded()). */
	PLAN_OP_GUARDED = 128,
	/* Of GRAB that is guarded: what is at @path is itself nobody's to change but root's. */
	PLAN_OP_ROOTS = 256,
};

/* Where a session with a network of its own asks for names. pasta passes that on to the first
 * server of the same family in the host's resolv.conf. Nobody else has these addresses: one is
 * link-local, and the other leads nowhere (RFC 6666). */
#define PLAN_RESOLVER_IPV4 "169.254.1.1"
#define PLAN_RESOLVER_IPV6 "100::53"

#define PLAN_OP_NONE UINT32_MAX
#define PLAN_BEGUN   (-1)

/* Each message is one byte. */
enum plan_message {
	PLAN_MESSAGE_RELEASE = 'r', /* from an opener: gives the sender's lease back */
	PLAN_MESSAGE_ENDING = 'e',  /* to who connected to the control socket: it will be done */
};

#endif
