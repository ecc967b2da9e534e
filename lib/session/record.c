// SPDX-License-Identifier: MIT
#include "session/record.h"
#include "base/acl.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "plan/guest.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

enum { RECORD_BYTES_MAX = 8192 };

/* Opens the folder @name in @dirfd, and makes it if need be. Refuses a folder that others can
 * change. */
static int open_state_folder(int dirfd, const char *name, mode_t mode, struct carrel_error *err)
{
	cleanup_close int fd = -EBADF;
	struct stat st;

	if (mkdirat(dirfd, name, mode) < 0 && errno != EEXIST)
		return error_set(err, -errno, "folder %s of %s", name, STATE_DIR);
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, -errno, "folder %s of %s", name, STATE_DIR);
	if (!fd_stat_trusted(&st)) {
		error_set(err, -EPERM, "folder %s of %s", name, STATE_DIR);
		return error_why(err, "it is not root's, or others can write to it");
	}
	/* mkdir(2) applies the caller's umask, which is a user's own in su; and the process that
	 * made the folder may have been killed before it got here. */
	if ((st.st_mode & 07777) != mode && fchmod(fd, mode) < 0)
		return error_set(err, -errno, "folder %s of %s", name, STATE_DIR);
	return fd_take(&fd);
}

int state_open(int *ret_fd, struct carrel_error *err)
{
	cleanup_close int run = open("/run", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int state = -EBADF;
	cleanup_close int users = -EBADF;
	cleanup_close int control = -EBADF;

	if (run < 0)
		return error_set(err, -errno, "folder /run");
	state = open_state_folder(run, "carrel", 0711, err);
	if (state < 0)
		return state;
	users = open_state_folder(state, "users", 0700, err);
	if (users < 0)
		return users;
	control = open_state_folder(state, "control", 0755, err);
	if (control < 0)
		return control;
	*ret_fd = fd_take(&state);
	return 0;
}

int state_open_user(int state_fd, uid_t uid, int *ret_user_fd, struct carrel_error *err)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "users/%u", (unsigned)uid);
	fd = open_state_folder(state_fd, path, 0700, err);
	if (fd < 0)
		return fd;
	*ret_user_fd = fd;
	return 0;
}

int state_open_guest(int state_fd, uid_t uid, int *ret_guest_fd, struct carrel_error *err)
{
	cleanup_close int guests = open_state_folder(state_fd, "guests", GUEST_TOP_MODE, err);
	cleanup_close int fd = -EBADF;
	struct stat top;
	char name[16];
	int r = 0;

	if (guests < 0)
		return guests;
	snprintf(name, sizeof(name), "%u", (unsigned)uid);
	fd = open_state_folder(guests, name, GUEST_FOLDER_MODE, err);
	if (fd < 0)
		return fd;
	/* guest-launch shares the folder like this at each start, and knows the group. Here the
	 * folder above tells it. */
	if (!acl_is_shared(fd))
		r = fstat(guests, &top) < 0 ? -errno : acl_share(fd, ACL_FOLDER, uid, top.st_gid);
	if (r < 0)
		return error_set(err, r, "folder %s of %s/guests", name, STATE_DIR);
	*ret_guest_fd = fd_take(&fd);
	return 0;
}

/* Locks the file. flock(2) has no time-out, so it is tried again until the deadline. Logins of one
 * user wait for one another a millisecond each, and for one that has just ended much less. */
static int lock_before(int fd, deadline_t deadline)
{
	enum { SHORTEST_NSEC = 50000, LONGEST_NSEC = 2000000 };
	struct timespec pause = {.tv_nsec = SHORTEST_NSEC};

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return -errno;
		if (deadline_left_usec(deadline) == 0)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < LONGEST_NSEC)
			pause.tv_nsec *= 2;
	}
	return 0;
}

int state_lock_user(int user_fd, deadline_t deadline, int *ret_lock_fd, struct carrel_error *err)
{
	cleanup_close int fd = fd_open_beneath(user_fd, "lock", O_RDWR | O_CREAT, 0600);
	int r;

	if (fd < 0)
		return error_set(err, fd, "lock of the user");
	r = lock_before(fd, deadline);
	if (r < 0) {
		error_set(err, r, "lock of the user");
		if (r == -ETIMEDOUT)
			error_why(err, "another login of this user holds it");
		return r;
	}
	*ret_lock_fd = fd_take(&fd);
	return 0;
}

/* The mark is a bit of the lock file's mode, which cannot be half written. */
bool state_begin(int lock_fd)
{
	struct stat st;
	bool marked = fstat(lock_fd, &st) == 0 && (st.st_mode & S_IXUSR);

	/* Where the file cannot be marked, gc or the last logout removes what is left. */
	(void)fchmod(lock_fd, 0700);
	return marked;
}

void state_finish(int lock_fd)
{
	(void)fchmod(lock_fd, 0600);
}

int record_new_id(int user_fd, uid_t uid, char *ret_id, size_t size, struct carrel_error *err)
{
	cleanup_free char *text = NULL;
	uint64_t number = 0;
	char next[32];
	int r;

	r = fd_read_file(user_fd, "next", sizeof(next), &text);
	if (r == 0)
		number = strtoull(text, NULL, 10);
	if (r == 0 || r == -ENOENT) {
		snprintf(next, sizeof(next), "%" PRIu64 "\n", ++number);
		r = fd_replace_file(user_fd, "next", next, 0600);
	}
	if (r < 0)
		return error_set(err, r, "session number of user %u", (unsigned)uid);
	snprintf(ret_id, size, "%u-%" PRIu64, (unsigned)uid, number);
	return 0;
}

bool record_is_id(const char *name)
{
	size_t uid = strspn(name, "0123456789");
	size_t number = name[uid] == '-' ? strspn(name + uid + 1, "0123456789") : 0;

	return uid > 0 && number > 0 && name[uid + 1 + number] == '\0';
}

/* Each row is a line of the file. The size of its field limits a string. */
enum record_field_kind { FIELD_TEXT, FIELD_U64, FIELD_UID, FIELD_PROCESS, FIELD_BOOL };

static const struct record_field {
	const char *name;
	enum record_field_kind kind;
	size_t offset, size;
} fields[] = {
#define RECORD_FIELD(name_, kind_, member)                                                         \
	{                                                                                          \
		name_, kind_, offsetof(struct session_record, member),                             \
			sizeof(((struct session_record *)NULL)->member)                            \
	}
	RECORD_FIELD("id", FIELD_TEXT, id),
	RECORD_FIELD("user", FIELD_TEXT, user),
	RECORD_FIELD("uid", FIELD_UID, uid),
	RECORD_FIELD("service", FIELD_TEXT, service),
	RECORD_FIELD("tty", FIELD_TEXT, tty),
	RECORD_FIELD("rhost", FIELD_TEXT, rhost),
	RECORD_FIELD("mode", FIELD_TEXT, mode),
	RECORD_FIELD("share", FIELD_TEXT, share),
	RECORD_FIELD("manager", FIELD_TEXT, manager),
	RECORD_FIELD("sandbox", FIELD_TEXT, sandbox),
	RECORD_FIELD("view", FIELD_U64, view),
	RECORD_FIELD("since", FIELD_U64, since),
	RECORD_FIELD("init", FIELD_PROCESS, init),
	RECORD_FIELD("opener", FIELD_PROCESS, opener),
	RECORD_FIELD("cgroup.user", FIELD_TEXT, place.user),
	RECORD_FIELD("cgroup.session", FIELD_TEXT, place.session),
	RECORD_FIELD("cgroup.made", FIELD_BOOL, place.made),
	RECORD_FIELD("rescue", FIELD_BOOL, rescue),
	RECORD_FIELD("namespace.pid", FIELD_U64, pid_namespace),
	RECORD_FIELD("namespace.mnt", FIELD_U64, mnt_namespace),
#undef RECORD_FIELD
};

static void put_field(FILE *out, const struct record_field *field, const void *at)
{
	const struct proc_id *process = at;
	char text[sizeof(((struct session_record *)NULL)->place.session) + 16];

	switch (field->kind) {
	case FIELD_TEXT:
		/* A remote host name or a tty may hold anything, and has to stay one line. */
		snprintf(text, sizeof(text), "%s", (const char *)at);
		text_sanitize(text);
		fprintf(out, "%s %s\n", field->name, text);
		break;
	case FIELD_U64:
		fprintf(out, "%s %" PRIu64 "\n", field->name, *(const uint64_t *)at);
		break;
	case FIELD_UID:
		fprintf(out, "%s %u\n", field->name, (unsigned)*(const uid_t *)at);
		break;
	case FIELD_BOOL:
		fprintf(out, "%s %d\n", field->name, *(const bool *)at);
		break;
	case FIELD_PROCESS:
		fprintf(out, "%s %d %" PRIu64 "\n", field->name, (int)process->pid, process->start);
		break;
	}
}

static int take_field(const struct record_field *field, const char *text, void *at)
{
	struct proc_id *process = at;

	switch (field->kind) {
	case FIELD_TEXT:
		if (strlen(text) >= field->size)
			return -EBADMSG;
		strcpy(at, text);
		return 0;
	case FIELD_U64:
		return sscanf(text, "%" SCNu64, (uint64_t *)at) == 1 ? 0 : -EBADMSG;
	case FIELD_UID:
		return sscanf(text, "%u", (unsigned *)at) == 1 ? 0 : -EBADMSG;
	case FIELD_BOOL:
		*(bool *)at = strcmp(text, "1") == 0;
		return 0;
	case FIELD_PROCESS:
		return sscanf(text, "%d %" SCNu64, &process->pid, &process->start) == 2 ? 0
											: -EBADMSG;
	}
	return -EBADMSG;
}

int record_write(int user_fd, const struct session_record *record, struct carrel_error *err)
{
	cleanup_free char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool bad;
	int r;

	if (!out)
		return error_set(err, -ENOMEM, "record %s", record->id);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		put_field(out, &fields[i], (const char *)record + fields[i].offset);
	/* fclose(3) reports neither that an earlier write had no memory, nor that the last one had
	 * none. */
	bad = ferror(out);
	if (fclose(out) != 0 || bad || !text)
		return error_set(err, -ENOMEM, "record %s", record->id);
	r = fd_replace_file(user_fd, record->id, text, 0600);
	return r < 0 ? error_set(err, r, "record %s", record->id) : 0;
}

static int take_record_line(char *line, struct session_record *record)
{
	char *value = strchr(line, ' ');

	if (!value)
		return -EBADMSG;
	*value++ = '\0';
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(line, fields[i].name) == 0)
			return take_field(&fields[i], value, (char *)record + fields[i].offset);
	return 0; /* from a newer carrel */
}

int record_read(int user_fd, const char *id, struct session_record *ret_record)
{
	cleanup_free char *text = NULL;
	struct session_record record = {0};
	char *rest, *line;
	int r;

	if (!record_is_id(id))
		return -EINVAL;
	r = fd_read_file(user_fd, id, RECORD_BYTES_MAX, &text);
	for (rest = text; r == 0 && (line = strsep(&rest, "\n")) && *line;)
		r = take_record_line(line, &record);
	if (r < 0)
		return r;
	if (strcmp(record.id, id) != 0)
		return -EBADMSG;
	*ret_record = record;
	return 0;
}

const char *record_node(const struct session_record *record)
{
	return record->rescue ? record->place.rescue : record->place.user;
}

bool record_is_sandbox(const struct session_record *record)
{
	return record->sandbox[0] && strcmp(record->sandbox, record->id) == 0;
}

void control_remove(const char *id)
{
	char path[96];

	if (record_is_id(id) && snprintf(path, sizeof(path), CONTROL_DIR "/%s", id) > 0)
		unlink(path);
}

void join_remove(uid_t uid, const char *id)
{
	char path[128];

	if (record_is_id(id) && snprintf(path, sizeof(path), STATE_DIR "/users/%u/" JOIN_SOCKET,
					(unsigned)uid, id) > 0)
		unlink(path);
}

int record_remove(int user_fd, const char *id)
{
	char join[NAME_MAX + 1];

	if (!record_is_id(id))
		return -EINVAL;
	control_remove(id);
	snprintf(join, sizeof(join), JOIN_SOCKET, id);
	unlinkat(user_fd, join, 0);
	return unlinkat(user_fd, id, 0) < 0 && errno != ENOENT ? -errno : 0;
}
