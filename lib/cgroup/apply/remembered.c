// SPDX-License-Identifier: MIT
#include "cgroup/apply/remembered.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { STATE_MAX = 1 << 20 };

static void file_name(uid_t uid, char *buf, size_t size)
{
	snprintf(buf, size, "%u.limits", (unsigned)uid);
}

/* The folder of the state, made if @make. Returns a descriptor or -errno. */
static int open_folder(bool make)
{
	int fd;

	if (make) {
		/* As lib/session/record.c makes them. */
		if (mkdir("/run/carrel", 0711) < 0 && errno != EEXIST)
			return -errno;
		if (mkdir(CGROUP_STATE_DIR, 0700) < 0 && errno != EEXIST)
			return -errno;
	}
	fd = fd_open_nolinks("/run", O_PATH | O_DIRECTORY);
	if (fd >= 0) {
		cleanup_close int run = fd;

		fd = fd_open_beneath(
			run, &CGROUP_STATE_DIR[strlen("/run/")], O_RDONLY | O_DIRECTORY, 0);
	}
	return fd;
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

/* "NAME VALUE", the value as the kernel's file says it. */
static int parse_line(char *line, struct cgroup_setting *ret_setting)
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

int remembered_load(uid_t uid, struct cgroup_remembered *ret_remembered)
{
	cleanup(remembered_free) struct cgroup_remembered remembered = {0};
	cleanup_close int folder = open_folder(false);
	cleanup_close int fd = -EBADF;
	cleanup_free char *text = NULL;
	struct cgroup_setting setting;
	char name[64], *next, *line;
	int r;

	*ret_remembered = remembered;
	if (folder < 0)
		return folder == -ENOENT ? 0 : folder;
	file_name(uid, name, sizeof(name));
	fd = fd_open_beneath(folder, name, O_RDONLY, 0);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = fd_read_all(fd, STATE_MAX, &text, NULL);
	if (r < 0)
		return r;
	next = text;
	while ((line = strsep(&next, "\n"))) {
		if (line[0] == '\0' || parse_line(line, &setting) < 0)
			continue;
		r = remembered_add(&remembered, &setting);
		if (r < 0)
			return r;
	}
	remembered.changed = false;
	*ret_remembered = remembered;
	remembered.item = NULL;
	return 0;
}

/* All items as the file holds them, or NULL. */
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
	bad = bad || ferror(out); /* which fclose(3) forgets */
	if (fclose(out) != 0 || bad) {
		free(text);
		return NULL;
	}
	return text;
}

int remembered_save(uid_t uid, struct cgroup_remembered *remembered)
{
	cleanup_close int folder = -EBADF;
	cleanup_free char *text = NULL;
	char name[64];
	int r = 0;

	if (!remembered->changed)
		return 0;
	file_name(uid, name, sizeof(name));
	folder = open_folder(remembered->count > 0);
	if (folder < 0)
		return folder == -ENOENT && remembered->count == 0 ? 0 : folder;
	if (remembered->count == 0) {
		if (unlinkat(folder, name, 0) < 0 && errno != ENOENT)
			r = -errno;
	} else {
		text = format_all(remembered);
		r = text ? fd_replace_file(folder, name, text, 0600) : -ENOMEM;
	}
	if (r == 0)
		remembered->changed = false;
	return r;
}
