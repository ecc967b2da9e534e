// SPDX-License-Identifier: MIT
#include "cgroup/apply/remembered.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/list.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#define NAME_SUFFIX ".limits"

enum { STATE_MAX = 1 << 20 };

const char *remembered_name(uid_t uid, char buf[static REMEMBERED_NAME_MAX])
{
	snprintf(buf, REMEMBERED_NAME_MAX, "%u" NAME_SUFFIX, (unsigned)uid);
	return buf;
}

int64_t remembered_uid(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	if (digits == 0 || digits > 10 || strcmp(name + digits, NAME_SUFFIX) != 0)
		return -1;
	return strtoll(name, NULL, 10);
}

static int file_error(uid_t uid, int code, struct carrel_error *err)
{
	char name[REMEMBERED_NAME_MAX];

	return error_set(err, code, REMEMBERED_DIR "/%s", remembered_name(uid, name));
}

static int open_remembered_folder(void)
{
	return fd_open_nolinks(REMEMBERED_DIR, O_RDONLY | O_DIRECTORY);
}

int remembered_exists(uid_t uid, struct carrel_error *err)
{
	cleanup_close int folder = open_remembered_folder();
	char name[REMEMBERED_NAME_MAX];
	int r = folder < 0 ? folder : fd_look(folder, remembered_name(uid, name));

	if (r < 0)
		return r == -ENOENT ? 0 : file_error(uid, r, err);
	return 1;
}

struct cgroup_setting *remembered_find(
	const struct cgroup_remembered *remembered, const struct cgroup_setting *setting)
{
	for (size_t i = 0; i < remembered->count; i++)
		if (remembered->item[i].id == setting->id &&
			remembered->item[i].device == setting->device)
			return &remembered->item[i];
	return NULL;
}

int remembered_add(struct cgroup_remembered *remembered, const struct cgroup_setting *before)
{
	struct cgroup_setting *grown;

	if (remembered_find(remembered, before))
		return 0;
	grown = reallocarray(remembered->item, remembered->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	remembered->item = grown;
	grown[remembered->count++] = *before;
	remembered->changed = true;
	return 0;
}

void remembered_drop(struct cgroup_remembered *remembered, const struct cgroup_setting *setting)
{
	struct cgroup_setting *item = remembered_find(remembered, setting);

	if (!item)
		return;
	*item = remembered->item[--remembered->count];
	remembered->changed = true;
}

void remembered_free(struct cgroup_remembered *remembered)
{
	free(remembered->item);
	memset(remembered, 0, sizeof(*remembered));
}

/* Parses "NAME VALUE", with the value as the kernel's file has it. */
static int parse_remembered_line(char *line, struct cgroup_setting *ret_setting)
{
	size_t length = strcspn(line, " ");
	unsigned major_, minor_;
	int id = cgroup_limit_id(line, length);

	if (id < 0 || line[length] == '\0')
		return -EBADMSG;
	memset(ret_setting, 0, sizeof(*ret_setting));
	ret_setting->id = (enum cgroup_limit_id)id;
	line += length + 1;
	if (id == CGROUP_IO_MAX) {
		if (sscanf(line, "%u:%u ", &major_, &minor_) != 2)
			return -EBADMSG;
		ret_setting->device = makedev(major_, minor_);
	}
	return cgroup_setting_parse(ret_setting, line);
}

/* Reads the whole file. *ret_text stays NULL where there is none. */
static int read_remembered(uid_t uid, char **ret_text)
{
	cleanup_close int folder = open_remembered_folder();
	cleanup_close int fd = -EBADF;
	char name[REMEMBERED_NAME_MAX];
	int r = folder;

	if (folder >= 0)
		r = fd = fd_open_beneath(folder, remembered_name(uid, name), O_RDONLY, 0);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return fd_read_all(fd, STATE_MAX, ret_text, NULL);
}

int remembered_load(uid_t uid, struct cgroup_remembered *ret_remembered, struct carrel_error *err)
{
	cleanup(remembered_free) struct cgroup_remembered remembered = {0};
	cleanup_free char *text = NULL;
	struct cgroup_setting setting;
	char *next, *line;
	int r = read_remembered(uid, &text);

	next = text;
	while (r == 0 && (line = strsep(&next, "\n")))
		if (line[0] != '\0' && parse_remembered_line(line, &setting) == 0)
			r = remembered_add(&remembered, &setting);
	if (r < 0)
		return file_error(uid, r, err);
	remembered.changed = false;
	*ret_remembered = remembered;
	remembered.item = NULL;
	return 0;
}

/* Returns the text of the file for all items, or NULL where memory is short. */
static char *format_all(const struct cgroup_remembered *remembered)
{
	char *text = NULL;
	size_t size = 0;
	bool bad = false;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < remembered->count; i++) {
		cleanup_free char *value = cgroup_setting_format(&remembered->item[i]);

		bad = bad || !value;
		fprintf(out, "%s %s\n", cgroup_limit_name(remembered->item[i].id),
			value ? value : "");
	}
	text = stream_finish(out, &text);
	if (bad) {
		free(text);
		return NULL;
	}
	return text;
}

static int write_remembered(uid_t uid, const struct cgroup_remembered *remembered)
{
	cleanup_close int folder = open_remembered_folder();
	cleanup_free char *text = NULL;
	char name[REMEMBERED_NAME_MAX];

	remembered_name(uid, name);
	if (folder < 0)
		return folder == -ENOENT && remembered->count == 0 ? 0 : folder;
	if (remembered->count == 0)
		return unlinkat(folder, name, 0) < 0 && errno != ENOENT ? -errno : 0;
	text = format_all(remembered);
	return text ? fd_replace_file(folder, name, text, 0600) : -ENOMEM;
}

int remembered_save(uid_t uid, struct cgroup_remembered *remembered, struct carrel_error *err)
{
	int r = remembered->changed ? write_remembered(uid, remembered) : 0;

	if (r < 0)
		return file_error(uid, r, err);
	remembered->changed = false;
	return 0;
}
