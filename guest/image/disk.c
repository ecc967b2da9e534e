// SPDX-License-Identifier: MIT
#include "disk.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 1024, DISK_MIN = 1 << 20 };

/* The setup header of a Linux kernel (Documentation/arch/x86/boot.rst), and of one for arm64. */
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

/* What is no raw disk, for all that it is a file. */
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

/* How an initrd begins (the kernel's lib/decompress.c, and cpio). */
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

static int bad(struct carrel_error *err, const char *path, const char *is, const char *what)
{
	error_set(err, -EINVAL, "%s", path);
	error_why(err, "%s%s", is, what);
	return -EINVAL;
}

/* What the file begins with, zeros where it is shorter. */
static int read_head(int fd, const char *path, unsigned char head[HEAD], struct carrel_error *err)
{
	ssize_t n;

	memset(head, 0, HEAD);
	n = pread(fd, head, HEAD, 0);
	if (n < 0)
		return error_set(err, -errno, "read %s", path);
	return n == 0 ? bad(err, path, "is ", "empty") : 0;
}

static const struct magic *find(
	const struct magic *list, size_t count, const unsigned char head[HEAD])
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(head, list[i].bytes, list[i].size) == 0)
			return &list[i];
	return NULL;
}

int image_disk_check(int fd, const char *path, const struct image_work *work,
	const char **ret_format, uint64_t *ret_virtual_size, struct carrel_error *err)
{
	unsigned char head[HEAD];
	const struct magic *other;
	struct stat st;
	int r = read_head(fd, path, head, err);

	if (r < 0)
		return r;
	if (memcmp(head, QCOW2_MAGIC, 4) == 0) {
		*ret_format = "qcow2";
		return image_qcow2_check(fd, path, work, ret_virtual_size, err);
	}
	other = find(not_raw, sizeof(not_raw) / sizeof(not_raw[0]), head);
	if (other)
		return bad(err, path, "is ", other->what);
	if (fstat(fd, &st) < 0)
		return error_set(err, -errno, "%s", path);
	if (st.st_size < DISK_MIN || st.st_size % 512 != 0)
		return bad(err, path, "is ",
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
	/* QEMU_SYSTEM is of one kind. */
	if (memcmp(head + ARM64_MAGIC, "ARM\x64", 4) == 0)
		return bad(err, path, "is ", "a kernel for arm64; carrel's guests are x86-64");
	return bad(err, path, "is ", "no Linux kernel (a bzImage, as /boot/vmlinuz is)");
}

int image_initrd_check(int fd, const char *path, struct carrel_error *err)
{
	unsigned char head[HEAD];
	int r = read_head(fd, path, head, err);

	if (r < 0)
		return r;
	if (find(initrds, sizeof(initrds) / sizeof(initrds[0]), head))
		return 0;
	return bad(err, path, "is ", "no initrd (a cpio archive, compressed or not)");
}
