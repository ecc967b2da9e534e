// SPDX-License-Identifier: MIT
#include "record.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "folder.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { FILE_MAX = 16384 };

static void json_freep(json_t **json)
{
	json_decref(*json);
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

/* Each member has a row. SAID is text in which QEMU, or whoever is in it, may have had a part. NAME
 * is an account's name, which must come back unchanged: it decides whose a disk is. */
enum field_kind { TEXT, SAID, NAME, NUMBER };
struct field {
	const char *name;
	enum field_kind kind;
	size_t offset, size;
};

#define FIELD(type, name_, kind_, member)                                                          \
	{                                                                                          \
		name_, kind_, offsetof(struct type, member), sizeof(((struct type *)NULL)->member) \
	}
#define RECORD(name, kind, member) FIELD(guest_record, name, kind, member)
#define ORIGIN(name, kind, member) FIELD(guest_origin, name, kind, member)

static const struct field record_fields[] = {
	RECORD("state", TEXT, state),
	RECORD("phase", SAID, phase),
	RECORD("why", SAID, why),
	RECORD("template", TEXT, template),
	RECORD("image", TEXT, image),
	RECORD("accel", TEXT, accel),
	RECORD("cgroup", TEXT, cgroup),
	RECORD("user", TEXT, user),
	RECORD("owner", NAME, owner),
	RECORD("note", SAID, note),
	RECORD("vcpus", NUMBER, vcpus),
	RECORD("memory", NUMBER, memory),
	RECORD("since", NUMBER, since),
	RECORD("pid", NUMBER, qemu.pid),
	RECORD("pid_start", NUMBER, qemu.start),
	RECORD("supervisor", NUMBER, supervisor.pid),
	RECORD("supervisor_start", NUMBER, supervisor.start),
	RECORD("cid", NUMBER, cid),
	RECORD("port", NUMBER, port),
	RECORD("exit", NUMBER, exit_code),
	{0},
};

static const struct field origin_fields[] = {
	ORIGIN("user", NAME, user),
	ORIGIN("template", TEXT, template),
	ORIGIN("image", TEXT, image),
	ORIGIN("digest", TEXT, digest),
	ORIGIN("disk", NUMBER, disk),
	ORIGIN("created", NUMBER, created),
	{0},
};

/* ---- writing ---- */

static json_t *pack_text(const struct field *field, const char *from)
{
	char text[512];
	/* jansson takes UTF-8 alone. */
	json_t *json = field->kind == TEXT ? json_string(from) : NULL;

	if (json)
		return json;
	snprintf(text, sizeof(text), "%s", from);
	text_sanitize(text);
	return json_string(text);
}

/* jansson takes UTF-8 alone, and names are bytes. A name that is not UTF-8 is written in
 * hexadecimal behind a colon, which no name has (passwd(5)). */
static json_t *pack_name(const char *from)
{
	char text[2 + 2 * GUEST_OWNER_SIZE] = ":";
	json_t *json = json_string(from);
	size_t used = 1;

	if (json)
		return json;
	for (; *from && used + 2 < sizeof(text); from++, used += 2)
		snprintf(text + used, 3, "%02x", (unsigned)(unsigned char)*from);
	return json_string(text);
}

/* Numbers have the size of their field, and are little-endian wherever carrel is built. */
static json_t *pack_number(const struct field *field, const void *from)
{
	uint64_t number = 0;

	memcpy(&number, from, field->size);
	return json_integer((json_int_t)number);
}

static json_t *pack_field(const struct field *field, const char *from)
{
	if (field->kind == NUMBER)
		return pack_number(field, from);
	return field->kind == NAME ? pack_name(from) : pack_text(field, from);
}

static char *pack_fields(const struct field *fields, const void *from)
{
	cleanup(json_freep) json_t *json = json_object();

	if (!json || json_object_set_new(json, "version", json_integer(GUEST_RECORD_VERSION)) < 0)
		return NULL;
	for (const struct field *field = fields; field->name; field++) {
		const char *at = (const char *)from + field->offset;

		if (json_object_set_new(json, field->name, pack_field(field, at)) < 0)
			return NULL;
	}
	return json_dumps(json, JSON_COMPACT);
}

/* ---- reading ---- */

static int unpack_name(const char *text, char *buf, size_t size)
{
	size_t used = 0;
	unsigned byte;

	if (*text != ':') {
		snprintf(buf, size, "%s", text);
		return 0;
	}
	for (text++; *text; text += 2) {
		if (used + 1 >= size || !isxdigit((unsigned char)text[0]) ||
			!isxdigit((unsigned char)text[1]) || sscanf(text, "%2x", &byte) != 1 ||
			byte == 0)
			return -EBADMSG;
		buf[used++] = (char)byte;
	}
	buf[used] = '\0';
	return 0;
}

static int unpack_field(const struct field *field, const json_t *value, void *at)
{
	uint64_t number = (uint64_t)json_integer_value(value);

	if (field->kind == NUMBER ? !json_is_integer(value) : !json_is_string(value))
		return -EBADMSG;
	if (field->kind == NAME)
		return unpack_name(json_string_value(value), at, field->size);
	if (field->kind == NUMBER)
		memcpy(at, &number, field->size);
	else
		snprintf(at, field->size, "%s", json_string_value(value));
	return 0;
}

/* Reads @fields into *ret, which the caller has zeroed. A member that is missing was written by
 * another version. */
static int unpack_file(int dirfd, const char *name, const struct field *fields, void *ret)
{
	cleanup(json_freep) json_t *json = NULL;
	int r = read_json(dirfd, name, &json);

	if (r == 0 && json_integer_value(json_object_get(json, "version")) > GUEST_RECORD_VERSION)
		r = -EPROTONOSUPPORT;
	for (const struct field *field = fields; r == 0 && field->name; field++) {
		const json_t *value = json_object_get(json, field->name);

		if (value)
			r = unpack_field(field, value, (char *)ret + field->offset);
	}
	return r;
}

static int share_record(int fd, const void *data)
{
	return guest_share(fd, data);
}

/* Disks may be on a file system without ACLs: then root alone reads the file. */
static int share_origin(int fd, const void *data)
{
	int r = guest_share(fd, data);

	return r == -EOPNOTSUPP ? 0 : r;
}

int guest_record_write(int run_fd, const struct guest_record *record)
{
	cleanup_free char *text = pack_fields(record_fields, record);

	return text ? fd_replace_file_prepared(
			      run_fd, GUEST_STATE, text, false, share_record, &record->readers)
		    : -ENOMEM;
}

int guest_record_read(int run_fd, struct guest_record *ret_record)
{
	struct guest_record record = {0};
	int r = unpack_file(run_fd, GUEST_STATE, record_fields, &record);

	if (r == 0 && !record.state[0])
		r = -EBADMSG;
	if (r == 0)
		*ret_record = record;
	return r;
}

bool guest_record_is_emulated(const struct guest_record *record)
{
	return strcmp(record->accel, "kvm") != 0;
}

int guest_origin_write(int state_fd, uid_t uid, const struct guest_origin *origin)
{
	struct guest_readers readers = guest_readers_of(uid);
	cleanup_free char *text = pack_fields(origin_fields, origin);

	return text ? fd_replace_file_prepared(
			      state_fd, GUEST_JSON, text, true, share_origin, &readers)
		    : -ENOMEM;
}

int guest_origin_read(int state_fd, struct guest_origin *ret_origin)
{
	struct guest_origin origin = {0};
	int r = unpack_file(state_fd, GUEST_JSON, origin_fields, &origin);

	if (r == 0 && (!origin.digest[0] || origin.disk == 0))
		r = -EBADMSG;
	if (r == 0)
		*ret_origin = origin;
	return r;
}
