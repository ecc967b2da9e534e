// SPDX-License-Identifier: MIT
#include "cpio.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static void pad(FILE *out, size_t size)
{
	static const char zeros[4];

	fwrite(zeros, 1, (4 - size % 4) % 4, out);
}

int cpio_add(FILE *out, const char *name, mode_t mode, dev_t device, const void *bytes, size_t size)
{
	size_t name_size = strlen(name) + 1;

	if (size > UINT32_MAX)
		return -EFBIG;
	/* Inode, owner, time: 0. Inodes matter to hard links only, of which there are none. */
	fprintf(out, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 0u,
		(unsigned)mode, 0u, 0u, S_ISDIR(mode) ? 2u : 1u, 0u, (unsigned)size, 0u, 0u,
		major(device), minor(device), (unsigned)name_size, 0u);
	fwrite(name, 1, name_size, out);
	pad(out, 110 + name_size);
	fwrite(bytes, 1, size, out);
	pad(out, size);
	return ferror(out) ? -EIO : 0;
}

int cpio_end(FILE *out)
{
	return cpio_add(out, "TRAILER!!!", 0, 0, "", 0);
}
