// SPDX-License-Identifier: MIT
#include "record.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "folder.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { FILE_MAX = 16384, FILE_MODE = 0644 };

static void json_freep(json_t **json)
{
	json_decref(*json);
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

/* Of @json, which it frees; the caller frees the text. NULL: out of memory. */
static char *dump(json_t *json)
{
	cleanup(json_freep) json_t *owned = json;

	return owned ? json_dumps(owned, JSON_COMPACT) : NULL;
}

static int read_json(int dirfd, const char *name, json_t **ret_json)
{
	cleanup_free char *text = NULL;
	int r = fd_read_file(dirfd, name, FILE_MAX, &text);

	if (r < 0)
		return r;
	*ret_json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	return *ret_json ? 0 : -EBADMSG;
}

static json_t *pack(const struct guest_record *record, const char *why)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, "
			 "s:I, s:I, s:I}",
		"state", record->state, "phase", record->phase, "why", why, "template",
		record->template, "image", record->image, "accel", record->accel, "cgroup",
		record->cgroup, "user", record->user, "vcpus", (json_int_t)record->vcpus, "memory",
		(json_int_t)record->memory, "since", (json_int_t)record->since, "pid",
		(json_int_t)record->qemu.pid, "pid_start", (json_int_t)record->qemu.start,
		"supervisor", (json_int_t)record->supervisor.pid, "supervisor_start",
		(json_int_t)record->supervisor.start, "cid", (json_int_t)record->cid, "port",
		(json_int_t)record->port);
}

int guest_record_write(int run_fd, const struct guest_record *record)
{
	cleanup_free char *text = NULL;
	char why[sizeof(record->why)];

	/* What QEMU said may be in it: jansson takes UTF-8 alone. */
	copy(why, sizeof(why), record->why);
	text_sanitize(why);
	text = dump(pack(record, why));
	return text ? fd_replace_file(run_fd, GUEST_STATE, text, FILE_MODE) : -ENOMEM;
}

int guest_record_read(int run_fd, struct guest_record *ret_record)
{
	cleanup(json_freep) json_t *json = NULL;
	const char *state, *phase, *why, *template, *image, *accel, *cgroup;
	const char *user = ""; /* of an earlier version */
	json_int_t vcpus, memory, since, pid, pid_start, supervisor, supervisor_start, cid, port;
	int r = read_json(run_fd, GUEST_STATE, &json);

	if (r < 0)
		return r;
	if (json_unpack(json,
		    "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s?s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
		    "s:I, s:I}",
		    "state", &state, "phase", &phase, "why", &why, "template", &template, "image",
		    &image, "accel", &accel, "cgroup", &cgroup, "user", &user, "vcpus", &vcpus,
		    "memory", &memory, "since", &since, "pid", &pid, "pid_start", &pid_start,
		    "supervisor", &supervisor, "supervisor_start", &supervisor_start, "cid", &cid,
		    "port", &port) < 0)
		return -EBADMSG;
	*ret_record = (struct guest_record){
		.vcpus = (uint64_t)vcpus,
		.memory = (uint64_t)memory,
		.since = (uint64_t)since,
		.qemu = {(pid_t)pid, (uint64_t)pid_start},
		.supervisor = {(pid_t)supervisor, (uint64_t)supervisor_start},
		.cid = (uint32_t)cid,
		.port = (uint16_t)port,
	};
	copy(ret_record->state, sizeof(ret_record->state), state);
	copy(ret_record->phase, sizeof(ret_record->phase), phase);
	copy(ret_record->why, sizeof(ret_record->why), why);
	copy(ret_record->template, sizeof(ret_record->template), template);
	copy(ret_record->image, sizeof(ret_record->image), image);
	copy(ret_record->accel, sizeof(ret_record->accel), accel);
	copy(ret_record->cgroup, sizeof(ret_record->cgroup), cgroup);
	copy(ret_record->user, sizeof(ret_record->user), user);
	return 0;
}

int guest_origin_write(int state_fd, const struct guest_origin *origin)
{
	cleanup_free char *text = dump(json_pack("{s:s, s:s, s:s, s:I, s:I}", "template",
		origin->template, "image", origin->image, "digest", origin->digest, "disk",
		(json_int_t)origin->disk, "created", (json_int_t)origin->created));

	return text ? fd_replace_file_durably(state_fd, GUEST_JSON, text, FILE_MODE) : -ENOMEM;
}

int guest_origin_read(int state_fd, struct guest_origin *ret_origin)
{
	cleanup(json_freep) json_t *json = NULL;
	const char *template, *image, *digest;
	json_int_t disk, created;
	int r = read_json(state_fd, GUEST_JSON, &json);

	if (r < 0)
		return r;
	if (json_unpack(json, "{s:s, s:s, s:s, s:I, s:I}", "template", &template, "image", &image,
		    "digest", &digest, "disk", &disk, "created", &created) < 0)
		return -EBADMSG;
	*ret_origin = (struct guest_origin){.disk = (uint64_t)disk, .created = (uint64_t)created};
	copy(ret_origin->template, sizeof(ret_origin->template), template);
	copy(ret_origin->image, sizeof(ret_origin->image), image);
	copy(ret_origin->digest, sizeof(ret_origin->digest), digest);
	return 0;
}
