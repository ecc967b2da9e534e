// SPDX-License-Identifier: MIT
#include "session/outsider.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { STATUS_MAX = 1 << 20 };

struct outsiders {
	struct outsider *item;
	size_t count, room;
};

/* Tells whose a process of this user namespace is (proc_pid_status(5)). If root's uid is among the
 * four, the process is root's, or on the way to be root's. If another user's is among them, it is a
 * set-user-ID program of that user, and belongs to the user who runs it. */
static int uid_of_status(int proc_fd, uid_t *ret_uid)
{
	cleanup_free char *status = NULL;
	unsigned uid[4];
	const char *line;
	int r = fd_read_file(proc_fd, "status", STATUS_MAX, &status);

	if (r < 0)
		return r;
	line = strstr(status, "\nUid:");
	if (!line || sscanf(line, "\nUid: %u %u %u %u", &uid[0], &uid[1], &uid[2], &uid[3]) != 4)
		return -EBADMSG;
	if (uid[0] == 0 || uid[1] == 0 || uid[2] == 0 || uid[3] == 0)
		return -ENOENT;
	*ret_uid = uid[0];
	return 0;
}

/* Returns the inode of a namespace, or 0 where it cannot be told. */
static ino_t inode_at(int dirfd, const char *path)
{
	struct stat st;

	return fstatat(dirfd, path, &st, 0) < 0 ? 0 : st.st_ino;
}

/* Finds the user who has made the outermost of the user namespaces between @fd and the caller's
 * (ioctl_ns(2)). */
static int owner_of_namespace(int fd, ino_t own, uid_t *ret_uid)
{
	enum { DEPTH_MAX = 33 };
	cleanup_close int inner = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	for (int i = 0; i < DEPTH_MAX && inner >= 0; i++) {
		cleanup_close int outer = ioctl(inner, NS_GET_PARENT);
		struct stat st;

		if (outer < 0 || fstat(outer, &st) < 0)
			return -errno;
		if (st.st_ino == own)
			return ioctl(inner, NS_GET_OWNER_UID, ret_uid) < 0 ? -errno : 0;
		fd_closep(&inner);
		inner = fd_take(&outer);
	}
	return -ENOENT;
}

int outsider_owner(int proc_fd, uid_t *ret_uid)
{
	ino_t own = inode_at(AT_FDCWD, "/proc/self/ns/user");
	ino_t its = inode_at(proc_fd, "ns/user");
	cleanup_close int fd = -EBADF;
	uid_t uid = 0;
	int r;

	if (its == 0 || own == 0)
		return -ENOENT;
	if (its == own) {
		/* A container that root has made numbers its users as it likes. */
		if (inode_at(proc_fd, "ns/pid") != inode_at(AT_FDCWD, "/proc/self/ns/pid"))
			return -ENOENT;
		return uid_of_status(proc_fd, ret_uid);
	}
	fd = openat(proc_fd, "ns/user", O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : owner_of_namespace(fd, own, &uid);
	if (r == 0 && uid == 0)
		r = -ENOENT;
	if (r == 0)
		*ret_uid = uid;
	return r;
}

static int open_outsider(pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool is_that_users(pid_t pid, uid_t uid)
{
	cleanup_close int proc = open_outsider(pid);
	uid_t owner;

	return proc >= 0 && outsider_owner(proc, &owner) == 0 && owner == uid;
}

/* Fills *ret_outsider. Returns 1; 0 where the process is no outsider; or -errno. */
static int describe_outsider(int proc_fd, pid_t pid, struct outsider *ret_outsider)
{
	struct outsider outsider = {0};
	cleanup_free char *name = NULL;
	uid_t node;

	if (proc_identify(pid, &outsider.id) < 0 || outsider_owner(proc_fd, &outsider.uid) < 0)
		return 0;
	if (cgroup_member_of(pid, &node) != -ENOENT ||
		cgroup_of(pid, outsider.cgroup, sizeof(outsider.cgroup)) < 0)
		return 0;
	if (fd_read_file(proc_fd, "comm", sizeof(outsider.name), &name) < 0)
		return 0;
	name[strcspn(name, "\n")] = '\0';
	snprintf(outsider.name, sizeof(outsider.name), "%s", name);
	text_sanitize(outsider.name);
	*ret_outsider = outsider;
	return 1;
}

static int add_outsider(struct outsiders *all, const struct outsider *outsider)
{
	if (all->count == all->room) {
		size_t room = all->room ? all->room * 2 : 16;
		struct outsider *grown = reallocarray(all->item, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		all->item = grown;
		all->room = room;
	}
	all->item[all->count++] = *outsider;
	return 0;
}

static int compare_outsiders(const void *a, const void *b)
{
	const struct outsider *x = a, *y = b;
	int order = strcmp(x->cgroup, y->cgroup);

	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return order ? order : (x->id.pid > y->id.pid) - (x->id.pid < y->id.pid);
}

/* Returns whether @a and @b are of the same user in the same cgroup. */
static bool same_group(const struct outsider *a, const struct outsider *b)
{
	return a->uid == b->uid && strcmp(a->cgroup, b->cgroup) == 0;
}

/* Takes the mark own_unit from the groups in @cgroup, except those of @owner. @first has the first
 * members of all @count groups. */
static void unmark_groups(
	struct outsider *const *first, size_t count, const char *cgroup, int64_t owner)
{
	for (size_t i = 0; i < count; i++)
		if (owner != first[i]->uid && strcmp(first[i]->cgroup, cgroup) == 0)
			first[i]->own_unit = false;
}

/*
 * Marks the outsiders whose cgroup has no process of anybody else's: such a process would be the
 * daemon that has started them, or in the root of a tree any other process. Each process is looked
 * at once, however many @all are.
 */
static int mark_units(struct outsiders *all, DIR *dir)
{
	cleanup_free struct outsider **first = calloc(all->count + 1, sizeof(*first));
	struct dirent *entry;
	size_t groups = 0;

	if (!first)
		return -ENOMEM;
	for (size_t i = 0; i < all->count; i++)
		if (i == 0 || !same_group(&all->item[i - 1], &all->item[i]))
			first[groups++] = &all->item[i];
	for (size_t i = 0; i < groups; i++)
		first[i]->own_unit = strcmp(first[i]->cgroup, "/") != 0;
	rewinddir(dir);
	while (groups > 0 && (entry = readdir(dir))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		cleanup_close int proc = pid > 0 ? open_outsider(pid) : -ESRCH;
		char cgroup[sizeof(all->item->cgroup)];
		uid_t owner;

		if (proc >= 0 && cgroup_of(pid, cgroup, sizeof(cgroup)) == 0)
			unmark_groups(first, groups, cgroup,
				outsider_owner(proc, &owner) < 0 ? -1 : (int64_t)owner);
	}
	for (size_t i = 1; i < all->count; i++)
		if (same_group(&all->item[i - 1], &all->item[i]))
			all->item[i].own_unit = all->item[i - 1].own_unit;
	return 0;
}

int outsider_find(struct outsider **ret_outsiders, size_t *ret_count, struct carrel_error *err)
{
	cleanup_closedir DIR *dir = opendir("/proc");
	struct outsiders all = {0};
	struct dirent *entry;
	int r = dir ? 0 : -errno;

	while (r == 0 && (entry = readdir(dir))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		cleanup_close int proc = pid > 0 ? open_outsider(pid) : -ESRCH;
		struct outsider outsider;

		if (proc >= 0 && describe_outsider(proc, pid, &outsider) > 0)
			r = add_outsider(&all, &outsider);
	}
	if (all.count > 0)
		qsort(all.item, all.count, sizeof(*all.item), compare_outsiders);
	if (r == 0)
		r = mark_units(&all, dir);
	if (r < 0) {
		free(all.item);
		return error_set(err, r, "processes in /proc");
	}
	*ret_outsiders = all.item;
	*ret_count = all.count;
	return 0;
}

int outsider_adopt(struct cgroup_manager *manager, const struct outsider *outsider,
	deadline_t deadline, struct carrel_error *err)
{
	cleanup_close int pidfd = proc_open(&outsider->id);
	struct cgroup_place place;
	char id[48];
	struct cgroup_request request = {
		.uid = outsider->uid, .session_id = id, .deadline = deadline, .err = err};
	int r;

	/* The process may become root later, by a setuid program. That is the user's doing, and the
	 * process counts as the user's. */
	if (pidfd < 0 || !is_that_users(outsider->id.pid, outsider->uid))
		return error_set(
			err, pidfd < 0 ? pidfd : -ESRCH, "process %d", (int)outsider->id.pid);
	snprintf(id, sizeof(id), "%u-adopted-%d", (unsigned)outsider->uid, (int)outsider->id.pid);
	r = manager->ops->adopt(manager, &request, outsider->id.pid, pidfd, &place);
	/* A process that has ended meanwhile is no failure, whatever systemd says of its number. */
	return r < 0 && !proc_alive(&outsider->id) ? -ESRCH : r;
}
