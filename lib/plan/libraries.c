// SPDX-License-Identifier: MIT
#include "plan/libraries.h"
#include "base/cleanup.h"
#include "config.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* These types are those that ElfW() of link.h names. */
#if __SIZEOF_POINTER__ == 8
typedef Elf64_Ehdr elf_head;
typedef Elf64_Phdr elf_part;
typedef Elf64_Dyn elf_entry;
#else
typedef Elf32_Ehdr elf_head;
typedef Elf32_Phdr elf_part;
typedef Elf32_Dyn elf_entry;
#endif

enum {
	FILES_MAX = 256, /* ssh has 15, QEMU of Debian 12 has 50 */
	HEADERS_MAX = 64,
	DYNAMIC_MAX = 1024,
	NAME_BYTES = 256,
};

/* These are ld.so's own folders: Debian's, and those of other distributions. */
static const char *const folders[] = {
	"/lib/" CARREL_MULTIARCH,
	"/usr/lib/" CARREL_MULTIARCH,
	"/lib64",
	"/usr/lib64",
	"/lib",
	"/usr/lib",
};

struct found {
	char **path; /* FILES_MAX + 1 */
	size_t count;
};

/* An opened ELF file: what there is to load of it, and its dynamic section. */
struct object {
	int fd;
	elf_head head;
	elf_part part[HEADERS_MAX];
	elf_entry dynamic[DYNAMIC_MAX];
	size_t n_dynamic;
};

static int read_elf_at(int fd, void *buffer, size_t size, uint64_t offset)
{
	ssize_t n = pread(fd, buffer, size, (off_t)offset);

	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -ENOEXEC;
}

static const elf_part *part_of_type(const struct object *object, uint32_t type)
{
	for (size_t i = 0; i < object->head.e_phnum; i++)
		if (object->part[i].p_type == type)
			return &object->part[i];
	return NULL;
}

/* Returns whether the file is for this machine. The loader passes over one for another machine. */
static bool head_ok(const elf_head *head)
{
	static const unsigned char class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
	static const uint16_t machine =
#if defined(__x86_64__)
		EM_X86_64;
#elif defined(__aarch64__)
		EM_AARCH64;
#else
		EM_NONE; /* its class has to do */
#endif

	if (memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_ident[EI_CLASS] != class)
		return false;
	return (machine == EM_NONE || head->e_machine == machine) &&
	       head->e_phentsize == sizeof(elf_part) && head->e_phnum <= HEADERS_MAX;
}

static int read_dynamic(struct object *object)
{
	const elf_part *part = part_of_type(object, PT_DYNAMIC);

	object->n_dynamic = part ? part->p_filesz / sizeof(elf_entry) : 0;
	if (object->n_dynamic == 0)
		return 0;
	if (object->n_dynamic > DYNAMIC_MAX)
		return -ENOEXEC;
	return read_elf_at(
		object->fd, object->dynamic, object->n_dynamic * sizeof(elf_entry), part->p_offset);
}

/* Opens an ELF file. Returns 0, or -errno with no file open. */
static int object_open(const char *path, struct object *object)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int r;

	if (fd < 0)
		return -errno;
	object->fd = fd;
	r = read_elf_at(fd, &object->head, sizeof(object->head), 0);
	if (r == 0 && !head_ok(&object->head))
		r = -ENOEXEC;
	if (r == 0)
		r = read_elf_at(fd, object->part, object->head.e_phnum * sizeof(elf_part),
			object->head.e_phoff);
	if (r == 0)
		r = read_dynamic(object);
	object->fd = r == 0 ? fd_take(&fd) : -EBADF;
	return r;
}

/* Finds the offset in the file for an @address that the program will see. */
static int offset_of(const struct object *object, uint64_t address, uint64_t *ret_offset)
{
	for (size_t i = 0; i < object->head.e_phnum; i++) {
		const elf_part *part = &object->part[i];

		if (part->p_type != PT_LOAD || address < part->p_vaddr ||
			address - part->p_vaddr >= part->p_filesz)
			continue;
		*ret_offset = part->p_offset + (address - part->p_vaddr);
		return 0;
	}
	return -ENOEXEC;
}

/* Reads the string at @offset of the file: a plain name, or with @absolute a path. */
static int read_elf_name(const struct object *object, uint64_t offset, bool absolute, char *name)
{
	ssize_t n = pread(object->fd, name, NAME_BYTES, (off_t)offset);

	if (n < 0)
		return -errno;
	if (!memchr(name, '\0', (size_t)n) || !name[0])
		return -ENOEXEC;
	if (absolute ? name[0] != '/' : (strchr(name, '/') || name[0] == '.'))
		return -ENOEXEC;
	return 0;
}

/* Notes @path if it is new. */
static int note_library(struct found *found, const char *path)
{
	for (size_t i = 0; i < found->count; i++)
		if (strcmp(found->path[i], path) == 0)
			return 0;
	if (found->count == FILES_MAX)
		return -E2BIG;
	found->path[found->count] = strdup(path);
	if (!found->path[found->count])
		return -ENOMEM;
	found->count++;
	return 0;
}

/* Returns 1 if the loader takes @path; 0 where it goes on to the next folder; or -errno. */
static int is_library(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	elf_head head;
	int r;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	r = read_elf_at(fd, &head, sizeof(head), 0);
	if (r == -ENOEXEC)
		return 0;
	return r < 0 ? r : head_ok(&head);
}

static int look_for(struct found *found, const char *name, struct carrel_error *err)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char path[PATH_MAX];
		int r;

		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		r = is_library(path);
		if (r == 0)
			continue;
		if (r > 0)
			r = note_library(found, path);
		return r < 0 ? error_set(err, r, "library %s", path) : 0;
	}
	return error_set(err, -ENOENT, "library %s", name);
}

/* Returns whether @name is the loader's. That is among the needed libraries, too, but is noted
 * already by its path. */
static bool is_loader(const struct found *found, const char *name)
{
	const char *slash = found->count ? strrchr(found->path[0], '/') : NULL;

	return slash && strcmp(slash + 1, name) == 0;
}

/* Calls @take(@data, NAME) for each library that @object names, until it returns other than 0. */
static int each_needed(
	const struct object *object, int (*take)(void *data, const char *name), void *data)
{
	uint64_t strings = 0;
	int r = 0;

	for (size_t i = 0; i < object->n_dynamic; i++)
		if (object->dynamic[i].d_tag == DT_STRTAB)
			r = offset_of(object, object->dynamic[i].d_un.d_ptr, &strings);
	for (size_t i = 0; r == 0 && i < object->n_dynamic; i++) {
		const elf_entry *entry = &object->dynamic[i];
		char name[NAME_BYTES];

		if (entry->d_tag == DT_NULL)
			break;
		if (entry->d_tag != DT_NEEDED)
			continue;
		r = read_elf_name(object, strings + entry->d_un.d_val, false, name);
		if (r == 0)
			r = take(data, name);
	}
	return r;
}

struct library_search {
	struct found *found;
	struct carrel_error *err;
};

static int look_for_one(void *data, const char *name)
{
	struct library_search *search = data;

	return is_loader(search->found, name) ? 0 : look_for(search->found, name, search->err);
}

static int look_into_folder(
	struct found *found, const char *path, bool program, struct carrel_error *err)
{
	cleanup_free struct object *object = calloc(1, sizeof(*object));
	const elf_part *loader = NULL;
	char name[NAME_BYTES];
	int r = object ? object_open(path, object) : -ENOMEM;

	if (r < 0)
		return error_set(err, r, "program %s", path);
	if (program)
		loader = part_of_type(object, PT_INTERP);
	if (loader)
		r = read_elf_name(object, loader->p_offset, true, name);
	if (r == 0 && loader)
		r = note_library(found, name);
	if (r < 0)
		error_set(err, r, "program %s", path);
	if (r == 0 && (!program || loader))
		r = each_needed(object, look_for_one, &(struct library_search){found, err});
	if (r < 0 && err && err->code == 0)
		error_set(err, r, "program %s", path);
	fd_closep(&object->fd);
	return r;
}

void plan_libraries_free(char **paths)
{
	for (char **path = paths; path && *path; path++)
		free(*path);
	free(paths);
}

int plan_libraries(const char *program, char ***ret_paths, struct carrel_error *err)
{
	struct found found = {.path = calloc(FILES_MAX + 1, sizeof(char *))};
	int r = found.path ? look_into_folder(&found, program, true, err)
			   : error_set(err, -ENOMEM, "libraries of %s", program);

	/* The list grows while we go through it; its first item is the loader, which needs
	 * nothing. */
	for (size_t i = 1; r == 0 && i < found.count; i++)
		r = look_into_folder(&found, found.path[i], false, err);
	if (r < 0) {
		plan_libraries_free(found.path);
		return r;
	}
	*ret_paths = found.path;
	return 0;
}

static int note_name(void *data, const char *name)
{
	return note_library(data, name);
}

int plan_libraries_named(const char *file, char ***ret_names, struct carrel_error *err)
{
	cleanup_free struct object *object = calloc(1, sizeof(*object));
	struct found found = {.path = calloc(FILES_MAX + 1, sizeof(char *))};
	int r = object && found.path ? object_open(file, object) : -ENOMEM;

	if (r == 0) {
		r = each_needed(object, note_name, &found);
		fd_closep(&object->fd);
	}
	if (r < 0) {
		plan_libraries_free(found.path);
		return error_set(err, r, "%s", file);
	}
	*ret_names = found.path;
	return 0;
}
