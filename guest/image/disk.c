// SPDX-License-Identifier: MIT
#include "disk.h"
#include "base/cleanup.h"
#include "guest/jail/qemu_img.h"
#include "guest/programs.h"
#include "qcow2.h"
#include "run.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum {
	HEAD = 1024,
	DISK_MIN = 1 << 20,
	NOBODY = 65534,
	CHECK_USEC = 60 * 1000 * 1000, /* it reads the tables, not what they lead to */
	CHECK_MEMORY = 1 << 30,
	CHECK_FINE = 0, /* this and the next are exit codes of qemu-img */
	CHECK_LEAKS = 3,
};

/* These are places in the setup header of a Linux kernel (Documentation/arch/x86/boot.rst), and in
 * that of one for arm64. */
enum { X86_BOOT_FLAG = 510, X86_HEADER = 0x202, ARM64_MAGIC = 56 };

struct magic {
	const char *bytes;
	size_t size;
	const char *what;
};

#define MAGIC(bytes, what)                                                                         \
	{                                                                                          \
		(bytes), sizeof(bytes) - 1, (what)                                                 \
	}

/* A file that begins like one of these is no raw disk. */
static const struct magic not_raw[] = {
	MAGIC("KDMV", "a VMDK; `qemu-img convert -O qcow2` makes it a disk for carrel"),
	MAGIC("# Disk Descriptor",
		"a VMDK; `qemu-img convert -O qcow2` makes it a disk for carrel"),
	MAGIC("<<< ", "a VDI; `qemu-img convert -O qcow2` makes it a disk for carrel"),
	MAGIC("vhdxfile", "a VHDX; `qemu-img convert -O qcow2` makes it a disk for carrel"),
	MAGIC("conectix", "a VHD; `qemu-img convert -O qcow2` makes it a disk for carrel"),
	MAGIC("QED\0", "a QED; `qemu-img convert -O qcow2` makes it a disk for carrel"),
	MAGIC("\x1f\x8b", "compressed; unpack it first"),
	MAGIC("\xfd"
	      "7zXZ\0",
		"compressed; unpack it first"),
	MAGIC("\x28\xb5\x2f\xfd", "compressed; unpack it first"),
	MAGIC("BZh", "compressed; unpack it first"),
	MAGIC("PK\x03\x04", "an archive; unpack it first"),
	MAGIC("\x7f"
	      "ELF",
		"a program"),
};

/* An initrd begins like one of these (the kernel's lib/decompress.c, and cpio). */
static const struct magic initrds[] = {
	MAGIC("070701", "cpio"),
	MAGIC("070702", "cpio"),
	MAGIC("\x1f\x8b", "gzip"),
	MAGIC("BZh", "bzip2"),
	MAGIC("\x5d\x00\x00", "lzma"),
	MAGIC("\xfd"
	      "7zXZ\0",
		"xz"),
	MAGIC("\x89LZO", "lzop"),
	MAGIC("\x02\x21\x4c\x18", "lz4"),
	MAGIC("\x28\xb5\x2f\xfd", "zstd"),
};

static int refuse_file(struct carrel_error *err, const char *path, const char *is, const char *what)
{
	error_set(err, -EINVAL, "%s", path);
	error_why(err, "%s%s", is, what);
	return -EINVAL;
}

/* Reads the beginning of the file, with zeros where the file is shorter. */
static int read_head(int fd, const char *path, unsigned char head[HEAD], struct carrel_error *err)
{
	ssize_t n;

	memset(head, 0, HEAD);
	n = pread(fd, head, HEAD, 0);
	if (n < 0)
		return error_set(err, -errno, "read %s", path);
	return n == 0 ? refuse_file(err, path, "is ", "empty") : 0;
}

static const struct magic *find_magic(
	const struct magic *list, size_t count, const unsigned char head[HEAD])
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(head, list[i].bytes, list[i].size) == 0)
			return &list[i];
	return NULL;
}

/* Has qemu-img check the disk as nobody, who may write neither to it nor to anything else. */
static int run_disk_check(struct image_work *work, int fd, struct program_output *output,
	int *ret_status, struct carrel_error *err)
{
	const struct qemu_img_check check = {.disk = fd, .uid = NOBODY, .memory = CHECK_MEMORY};
	const struct program_watch watch = {.deadline = deadline_in(CHECK_USEC),
		.wake_fd = work->signal_fd,
		.look = image_look,
		.data = &(struct image_watch){work, output, -EBADF}};
	int r;

	if (fchmod(fd, 0444) < 0)
		return error_set(err, -errno, QEMU_IMG);
	r = qemu_img_check(&check, &watch, output, ret_status, err);
	return r == -EINTR ? image_interrupted(work, err) : r;
}

/* Checks whether all is there that the tables lead to, and each part only once. */
static int check_whole(struct image_work *work, int fd, const char *path, struct carrel_error *err)
{
	static const struct image_program qemu_img = {QEMU_IMG, "qemu-utils"};
	char said[IMAGE_OUTPUT_MAX + 1];
	struct program_output output = {.text = said, .room = IMAGE_OUTPUT_MAX};
	int status = 0, r = image_program_check(&qemu_img, err);

	if (r == 0)
		r = run_disk_check(work, fd, &output, &status, err);
	if (r == -ETIMEDOUT)
		return refuse_file(err, path, "is ",
			"damaged, or too large: qemu-img has not looked through it in a minute");
	if (r < 0)
		return r;
	if (WIFEXITED(status) &&
		(WEXITSTATUS(status) == CHECK_FINE || WEXITSTATUS(status) == CHECK_LEAKS))
		return 0;
	error_set(err, -EINVAL, "%s", path);
	return error_why(err, "is damaged or cut off, says qemu-img check: %.160s",
		output.size > 0 ? qemu_img_reason(output.text) : "nothing");
}

static int check_qcow2(int fd, const char *path, struct image_work *work,
	uint64_t *ret_virtual_size, struct carrel_error *err)
{
	struct qcow2_disk disk;
	const char *why = NULL;
	int r = qcow2_header_check(fd, &disk, &why);

	if (r == -EBADMSG)
		return refuse_file(
			err, path, "is ", "cut off, or a qcow of another version than 2 and 3");
	if (r == 0 && disk.has_backing)
		why = "has a backing file, which is not imported with it; `qemu-img convert -O "
		      "qcow2` makes one that stands by itself";
	else if (r == 0 && disk.features & (QCOW2_DIRTY | QCOW2_CORRUPT))
		why = "was not closed in order; `qemu-img check -r all` repairs it";
	if (why)
		return refuse_file(err, path, "", why);
	if (r < 0)
		return error_set(err, r, "read %s", path);
	*ret_virtual_size = disk.size;
	return work ? check_whole(work, fd, path, err) : 0;
}

int image_disk_check(int fd, const char *path, struct image_work *work, const char **ret_format,
	uint64_t *ret_virtual_size, struct carrel_error *err)
{
	unsigned char head[HEAD];
	const struct magic *other;
	struct stat st;
	int r = read_head(fd, path, head, err);

	if (r < 0)
		return r;
	if (memcmp(head, "QFI\xfb", 4) == 0) {
		*ret_format = "qcow2";
		return check_qcow2(fd, path, work, ret_virtual_size, err);
	}
	other = find_magic(not_raw, sizeof(not_raw) / sizeof(not_raw[0]), head);
	if (other)
		return refuse_file(err, path, "is ", other->what);
	if (fstat(fd, &st) < 0)
		return error_set(err, -errno, "%s", path);
	if (st.st_size < DISK_MIN || st.st_size % 512 != 0)
		return refuse_file(err, path, "is ",
			"no raw disk: those have whole sectors of 512 bytes, and 1M at least");
	*ret_format = "raw";
	*ret_virtual_size = (uint64_t)st.st_size;
	return 0;
}

int image_kernel_check(int fd, const char *path, struct carrel_error *err)
{
	unsigned char head[HEAD];
	int r = read_head(fd, path, head, err);

	if (r < 0)
		return r;
	if (head[X86_BOOT_FLAG] == 0x55 && head[X86_BOOT_FLAG + 1] == 0xaa &&
		memcmp(head + X86_HEADER, "HdrS", 4) == 0)
		return 0;
	/* QEMU_SYSTEM runs one kind of machine. */
	if (memcmp(head + ARM64_MAGIC, "ARM\x64", 4) == 0)
		return refuse_file(
			err, path, "is ", "a kernel for arm64; carrel's guests are x86-64");
	return refuse_file(err, path, "is ", "no Linux kernel (a bzImage, as /boot/vmlinuz is)");
}

int image_initrd_check(int fd, const char *path, struct carrel_error *err)
{
	unsigned char head[HEAD];
	int r = read_head(fd, path, head, err);

	if (r < 0)
		return r;
	if (find_magic(initrds, sizeof(initrds) / sizeof(initrds[0]), head))
		return 0;
	return refuse_file(err, path, "is ", "no initrd (a cpio archive, compressed or not)");
}
