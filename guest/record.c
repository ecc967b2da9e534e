// SPDX-License-Identifier: MIT
#include "record.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "folder.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { ORIGIN_MAX = 16384, ORIGIN_VERSION = 1 };

static void json_freep(json_t **json)
{
	json_decref(*json);
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

int guest_record_write(
	int run_fd, const struct guest_record *record, const struct guest_readers *readers)
{
	cleanup_free char *text = guest_record_print(record);

	return text ? fd_replace_file_prepared(
			      run_fd, GUEST_STATE, text, false, share_record, readers)
		    : -ENOMEM;
}

/* The name must come back unchanged: it decides whose the disk is. jansson takes UTF-8 alone, and
 * names are bytes. */
static json_t *pack_name(const char *name)
{
	char text[2 + 2 * GUEST_OWNER_SIZE];
	json_t *json = json_string(name);

	if (json)
		return json;
	text_encode_name(name, text, sizeof(text));
	return json_string(text);
}

int guest_origin_write(int state_fd, uid_t uid, const struct guest_origin *origin)
{
	struct guest_readers readers = guest_readers_of(uid);
	cleanup(json_freep) json_t *json = json_pack("{s:i, s:o, s:s, s:s, s:s, s:I, s:I}",
		"version", ORIGIN_VERSION, "user", pack_name(origin->user), "template",
		origin->template, "image", origin->image, "digest", origin->digest, "disk",
		(json_int_t)origin->disk, "created", (json_int_t)origin->created);
	cleanup_free char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	return text ? fd_replace_file_prepared(
			      state_fd, GUEST_JSON, text, true, share_origin, &readers)
		    : -ENOMEM;
}

/* A member that is missing was written by another version. */
static int unpack_origin(json_t *json, struct guest_origin *ret_origin)
{
	const char *user = "", *template = "", *image = "", *digest = "";
	json_int_t disk = 0, created = 0, version = 0;

	if (json_unpack(json, "{s?I, s?s, s?s, s?s, s?s, s?I, s?I}", "version", &version, "user",
		    &user, "template", &template, "image", &image, "digest", &digest, "disk", &disk,
		    "created", &created) < 0)
		return -EBADMSG;
	if (version > ORIGIN_VERSION)
		return -EPROTONOSUPPORT;
	ret_origin->disk = (uint64_t)disk;
	ret_origin->created = (uint64_t)created;
	snprintf(ret_origin->template, sizeof(ret_origin->template), "%s", template);
	snprintf(ret_origin->image, sizeof(ret_origin->image), "%s", image);
	snprintf(ret_origin->digest, sizeof(ret_origin->digest), "%s", digest);
	return text_decode_name(user, ret_origin->user, sizeof(ret_origin->user));
}

int guest_origin_read(int state_fd, struct guest_origin *ret_origin)
{
	cleanup(json_freep) json_t *json = NULL;
	cleanup_free char *text = NULL;
	struct guest_origin origin = {0};
	int r = fd_read_file(state_fd, GUEST_JSON, ORIGIN_MAX, &text);

	if (r < 0)
		return r;
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	r = json ? unpack_origin(json, &origin) : -EBADMSG;
	if (r == 0 && (!origin.digest[0] || origin.disk == 0))
		r = -EBADMSG;
	if (r == 0)
		*ret_origin = origin;
	return r;
}
