// SPDX-License-Identifier: MIT
#include "initrd.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cpio.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { ORDER_MAX = 32, NAME_SIZE = 64, DEPENDENCIES_MAX = 8 << 20, MODULE_MAX = 64 << 20 };

/* Made by the linker out of build/guest-init. */
extern const char _binary_guest_init_start[], _binary_guest_init_end[];

/*
 * In loading order; what they need comes before them. What a kernel has built in is passed over.
 * The disk and its file system, on both machines that a guest is started on (virtio-mmio, PCI); the
 * network, so that networkd knows at its start whether there is any; what systemd looks for before
 * udev could load it, its credentials (fw_cfg); and vsock, by which the way in is open early.
 */
static const char *const wanted[] = {
	"virtio_pci",
	"virtio_mmio",
	"virtio_blk",
	"crc32c_generic",
	"ext4",
	"virtio_console",
	"virtio_net",
	"qemu_fw_cfg",
	"vmw_vsock_virtio_transport",
};

/* Paths below /usr/lib/modules/VERSION, the first to be loaded first; they lie in @text. */
struct modules {
	char *text;
	const char *path[ORDER_MAX];
	size_t count;
};

/* Whether the file at @path is that of module @name; kmod takes '-' and '_' for the same. */
static bool is_module(const char *path, const char *name)
{
	const char *base = strrchr(path, '/');

	base = base ? base + 1 : path;
	for (; *name; name++, base++)
		if (*base != *name && !(*base == '-' && *name == '_'))
			return false;
	return strncmp(base, ".ko", 3) == 0;
}

static int append(struct modules *modules, const char *path)
{
	for (size_t i = 0; i < modules->count; i++)
		if (strcmp(modules->path[i], path) == 0)
			return 0;
	if (modules->count == ORDER_MAX)
		return -E2BIG;
	modules->path[modules->count++] = path;
	return 0;
}

/* @needs is cut up from its end: what has to be loaded first stands last. */
static int append_line(struct modules *modules, const char *path, char *needs)
{
	int r = 0;

	for (char *last; r == 0 && (last = strrchr(needs, ' ')); *last = '\0')
		if (last[1] != '\0')
			r = append(modules, last + 1);
	return r < 0 ? r : append(modules, path);
}

/* The line of modules.dep(5) that is about @name, "path: needs", cut into the two; NULL: it has
 * none. Lines end with a NUL. */
static char *find_line(char *text, size_t size, const char *name, char **ret_needs)
{
	for (char *line = text; line < text + size; line = strchr(line, '\0') + 1) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = '\0';
		if (is_module(line, name)) {
			*ret_needs = colon + 1;
			return line;
		}
		*colon = ':';
	}
	return NULL;
}

static int find_modules(int folder, struct modules *modules)
{
	int r = fd_read_file(folder, "modules.dep", DEPENDENCIES_MAX, &modules->text);
	size_t size;

	if (r < 0)
		return r;
	size = strlen(modules->text);
	for (char *end = modules->text; (end = strchr(end, '\n')); end++)
		*end = '\0';
	for (size_t i = 0; r == 0 && i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		char *needs, *path = find_line(modules->text, size, wanted[i], &needs);

		if (path)
			r = append_line(modules, path, needs);
	}
	return r;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int pack_module(FILE *out, int folder, const char *path)
{
	cleanup_close int fd = fd_open_beneath(folder, path, O_RDONLY | O_NOCTTY, 0);
	cleanup_free char *bytes = NULL;
	char name[NAME_SIZE];
	size_t size;
	int r;

	if (fd < 0)
		return fd;
	r = fd_read_all(fd, MODULE_MAX, &bytes, &size);
	if (r < 0)
		return r;
	if (snprintf(name, sizeof(name), "modules/%s", base_name(path)) >= NAME_SIZE)
		return -ENAMETOOLONG;
	return cpio_add(out, name, S_IFREG | 0644, 0, bytes, size);
}

static int pack_order(FILE *out, const struct modules *modules)
{
	char text[ORDER_MAX * NAME_SIZE] = "";

	for (size_t i = 0; i < modules->count; i++) {
		size_t used = strlen(text);

		if (snprintf(text + used, sizeof(text) - used, "%s\n",
			    base_name(modules->path[i])) >= (int)(sizeof(text) - used))
			return -E2BIG;
	}
	return cpio_add(out, "modules/order", S_IFREG | 0644, 0, text, strlen(text));
}

/* Not compressed: the modules are, and there is not much else. */
static int pack(FILE *out, int folder, const struct modules *modules)
{
	static const char *const folders[] = {"dev", "modules", "root"};
	size_t size =
		(size_t)((uintptr_t)_binary_guest_init_end - (uintptr_t)_binary_guest_init_start);
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(folders) / sizeof(folders[0]); i++)
		r = cpio_add(out, folders[i], S_IFDIR | 0755, 0, "", 0);
	if (r == 0)
		r = cpio_add(out, "dev/console", S_IFCHR | 0600, makedev(5, 1), "", 0);
	if (r == 0)
		r = cpio_add(out, "init", S_IFREG | 0755, 0, _binary_guest_init_start, size);
	if (r == 0)
		r = pack_order(out, modules);
	for (size_t i = 0; r == 0 && i < modules->count; i++)
		r = pack_module(out, folder, modules->path[i]);
	if (r == 0)
		r = cpio_end(out);
	return r == 0 && fflush(out) == EOF ? -errno : r;
}

/* The only folder of modules that there is. */
static int open_modules(int rootfd)
{
	cleanup_close int all = fd_open_in_root(rootfd, "usr/lib/modules", O_RDONLY | O_DIRECTORY);
	cleanup_closedir DIR *dir = NULL;
	const struct dirent *entry;
	int r = all < 0 ? all : fd_open_dir(all, &dir);

	if (r < 0)
		return r;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			return fd_open_beneath(all, entry->d_name, O_RDONLY | O_DIRECTORY, 0);
	return -ENOENT;
}

int image_initrd_write(int dirfd, int rootfd, struct carrel_error *err)
{
	cleanup_close int folder = open_modules(rootfd);
	cleanup_close int fd = -EBADF;
	cleanup_fclose FILE *out = NULL;
	struct modules modules = {.text = NULL};
	int r = folder < 0 ? folder : find_modules(folder, &modules);

	if (r < 0) {
		free(modules.text);
		return error_set(err, r, "modules of the guest's kernel");
	}
	fd = fd_open_beneath(dirfd, "initrd", O_WRONLY | O_CREAT | O_EXCL, 0644);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (out) {
		(void)fd_take(&fd);
		r = pack(out, folder, &modules);
	} else
		r = fd < 0 ? fd : -errno;
	free(modules.text);
	return r < 0 ? error_set(err, r, "write initrd") : 0;
}
