// SPDX-License-Identifier: MIT
/*
 * import.c - carrel image import: makes an image out of a disk, a kernel and an initrd.
 */
#include "guest/image/import.h"
#include "verbs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { OPTION_DISK, OPTION_KERNEL, OPTION_INITRD, OPTION_APPEND, OPTION_REPLACE };

/* The guest's machine has this console and this disk, and a panic ends it. */
#define CMDLINE "console=hvc0 root=/dev/vda rw panic=-1"

/* The kernel's limit on x86 is 2,048 bytes (COMMAND_LINE_SIZE); carrel adds a little. */
enum { CMDLINE_MAX = 1536 };

static int check_cmdline(const char *cmdline)
{
	if (strlen(cmdline) > CMDLINE_MAX)
		return command_error(COMMAND_USAGE,
			"image import --append: too long; it may have at most %d characters",
			CMDLINE_MAX);
	for (const char *p = cmdline; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			return command_error(COMMAND_USAGE,
				"image import --append: only printable ASCII characters are allowed");
	return COMMAND_DONE;
}

static int check_new(const struct image_work *work, struct carrel_error *err)
{
	struct stat st;

	if (fstatat(work->store_fd, work->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_set(err, -errno, "image %s", work->name);
	error_set(err, -EEXIST, "image %s", work->name);
	error_why(err,
		"there is an image of that name already; --replace makes the name mean the new "
		"one");
	return -EEXIST;
}

static int import_image(const char *name, const struct image_source *source, bool replace)
{
	char digest[IMAGE_DIGEST_SIZE];
	struct carrel_error err = {0};
	struct image_work work;
	int r = image_store_begin(name, IMAGE_IMPORT_STEPS, &work, &err);

	if (r < 0)
		return image_failed(&err);
	r = replace ? 0 : check_new(&work, &err);
	if (r == 0)
		r = image_import(&work, source, digest, &err);
	r = r < 0 ? image_work_failed(&work, &err) : image_done(&work, digest);
	image_store_end(&work);
	return r;
}

static int run_image_import(const struct command_input *input)
{
	struct image_source source = {.disk = input->option[OPTION_DISK],
		.kernel = input->option[OPTION_KERNEL],
		.initrd = input->option[OPTION_INITRD],
		.cmdline = input->option[OPTION_APPEND] ? input->option[OPTION_APPEND] : CMDLINE};
	const char *name = input->operand[0];

	if (!image_is_name(name))
		return command_error(
			COMMAND_USAGE, "image import %s: cannot be the name of an image", name);
	if (!source.disk || !source.kernel || !source.initrd)
		return command_error(COMMAND_USAGE,
			"image import %s: needs --disk, --kernel and --initrd", name);
	if (check_cmdline(source.cmdline) != COMMAND_DONE)
		return COMMAND_USAGE;
	return import_image(name, &source, input->option[OPTION_REPLACE] != NULL);
}

const struct command_verb verb_image_import = {
	.name = "image import",
	.operands = "NAME",
	.summary = "make an image of a disk, a kernel and an initrd",
	.details =
		"The disk is raw or qcow2, without a backing file, and the guest's /dev/vda. It "
		"has\n"
		"to take its accounts and keys from systemd's credentials, as carrel image build\n"
		"makes it; carrel.templates(5).\n",
	.min_operands = 1,
	.max_operands = 1,
	.root = true,
	.root_why = IMAGE_ROOT_WHY,
	.options =
		{
			[OPTION_DISK] = {"disk", "FILE", "the disk"},
			[OPTION_KERNEL] = {"kernel", "FILE", "the kernel"},
			[OPTION_INITRD] = {"initrd", "FILE", "its initrd"},
			[OPTION_APPEND] = {"append", "CMDLINE", "instead of " CMDLINE},
			[OPTION_REPLACE] = {"replace", NULL,
				"also where there is one of that name"},
		},
	.run = run_image_import,
};
