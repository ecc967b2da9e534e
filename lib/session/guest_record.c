// SPDX-License-Identifier: MIT
#include "session/guest_record.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/fields.h"
#include "plan/guest.h"

#include <string.h>

enum { GUEST_STATE_MAX = 16384 };

static const struct record_field guest_fields[] = {
#define GUEST_FIELD(name, kind, member) RECORD_FIELD(struct guest_record, name, kind, member)
	GUEST_FIELD("version", FIELD_NUMBER, version),
	GUEST_FIELD("state", FIELD_TEXT, state),
	GUEST_FIELD("phase", FIELD_TEXT, phase),
	GUEST_FIELD("why", FIELD_TEXT, why),
	GUEST_FIELD("template", FIELD_TEXT, template),
	GUEST_FIELD("image", FIELD_TEXT, image),
	GUEST_FIELD("accel", FIELD_TEXT, accel),
	GUEST_FIELD("cgroup", FIELD_TEXT, cgroup),
	GUEST_FIELD("user", FIELD_TEXT, user),
	GUEST_FIELD("owner", FIELD_NAME, owner),
	GUEST_FIELD("note", FIELD_TEXT, note),
	GUEST_FIELD("vcpus", FIELD_NUMBER, vcpus),
	GUEST_FIELD("memory", FIELD_NUMBER, memory),
	GUEST_FIELD("since", FIELD_NUMBER, since),
	GUEST_FIELD("ready", FIELD_NUMBER, ready),
	GUEST_FIELD("pid", FIELD_NUMBER, qemu.pid),
	GUEST_FIELD("pid_start", FIELD_NUMBER, qemu.start),
	GUEST_FIELD("supervisor", FIELD_NUMBER, supervisor.pid),
	GUEST_FIELD("supervisor_start", FIELD_NUMBER, supervisor.start),
	GUEST_FIELD("cid", FIELD_NUMBER, cid),
	GUEST_FIELD("port", FIELD_NUMBER, port),
	GUEST_FIELD("exit", FIELD_NUMBER, exit_code),
#undef GUEST_FIELD
	{0},
};

/* Turns a flat object of JSON into lines, in place. A guest-launch that runs over an upgrade goes
 * on writing what its version wrote, and that was JSON once, without line ends and other escapes
 * than those of quotes and backslashes. */
static void lines_of_json(char *text)
{
	bool quoted = false;
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (*from == '"') {
			quoted = !quoted;
		} else if (quoted) {
			from += *from == '\\' && from[1];
			*to++ = *from;
		} else if (*from == ':' || *from == ',') {
			*to++ = *from == ':' ? ' ' : '\n';
		} else if (!strchr("{} \n", *from)) {
			*to++ = *from;
		}
	}
	*to = '\0';
}

char *guest_record_print(const struct guest_record *record)
{
	struct guest_record now = *record;

	now.version = GUEST_RECORD_VERSION;
	return fields_print(guest_fields, &now);
}

int guest_record_read(int run_fd, struct guest_record *ret_record)
{
	cleanup_free char *text = NULL;
	struct guest_record record = {0};
	int r = fd_read_file(run_fd, GUEST_STATE, GUEST_STATE_MAX, &text);

	if (r < 0)
		return r;
	if (*text == '{')
		lines_of_json(text);
	r = fields_parse(guest_fields, text, &record);
	if (record.version > GUEST_RECORD_VERSION)
		return -EPROTONOSUPPORT;
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
