// SPDX-License-Identifier: MIT
#include "qcow2.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
	FEATURE_DATA_FILE = 1 << 2,
	CLUSTER_BITS_MIN = 9,
	CLUSTER_BITS_MAX = 21,
	L1_ENTRIES_MAX = (32 << 20) / 8, /* QEMU has the same limit */
};

/* A template's disk may be as large as this (policy/template_keys.c). */
static const uint64_t size_max = UINT64_C(64) << 40;

struct header {
	uint32_t magic, version;
	uint64_t backing_file_offset;
	uint32_t backing_file_size, cluster_bits;
	uint64_t size;
	uint32_t crypt_method, l1_size;
	uint64_t l1_table_offset, refcount_table_offset;
	uint32_t refcount_table_clusters, nb_snapshots;
	uint64_t snapshots_offset;
	uint64_t incompatible_features; /* only version 3 has this and what follows */
} __attribute__((packed));

static const char *features_problem(const struct header *header, uint64_t features)
{
	const uint64_t known = QCOW2_DIRTY | QCOW2_CORRUPT | QCOW2_COMPRESSION;

	if (features & FEATURE_DATA_FILE)
		return "keeps its data in another file, which is not imported with it; `qemu-img "
		       "convert -O qcow2` makes one that stands by itself";
	if (features & ~known)
		return "uses features of qcow2 that carrel does not know; `qemu-img convert -O "
		       "qcow2` makes one without";
	return header->crypt_method != 0 ? "is encrypted" : NULL;
}

static const char *size_problem(const struct header *header)
{
	uint32_t bits = be32toh(header->cluster_bits);
	uint64_t size = be64toh(header->size), covered;

	if (bits < CLUSTER_BITS_MIN || bits > CLUSTER_BITS_MAX)
		return "is a damaged qcow2: no such cluster size";
	if (size == 0 || size % 512 != 0 || size > size_max)
		return "is a damaged qcow2: no such size of a disk";
	if (be32toh(header->l1_size) > L1_ENTRIES_MAX)
		return "is a damaged qcow2: its table is too large";
	/* Each entry of the first table stands for one table of the second. */
	covered = (uint64_t)be32toh(header->l1_size) << (2 * bits - 3);
	return covered < size ? "is a damaged qcow2: its table is too small" : NULL;
}

int qcow2_header_check(int fd, struct qcow2_disk *ret_disk, const char **ret_why)
{
	struct header header = {0};
	ssize_t n = pread(fd, &header, sizeof(header), 0);
	struct qcow2_disk disk;
	const char *why;

	if (n < 0)
		return -errno;
	disk = (struct qcow2_disk){.version = be32toh(header.version),
		.size = be64toh(header.size),
		.has_backing = header.backing_file_offset != 0,
		.features = be64toh(header.incompatible_features)};
	if (n < (ssize_t)sizeof(header) || memcmp(&header.magic, "QFI\xfb", 4) != 0 ||
		disk.version < 2 || disk.version > 3)
		return -EBADMSG;
	if (disk.version < 3)
		disk.features = 0;
	*ret_disk = disk;
	why = features_problem(&header, disk.features);
	if (!why)
		why = size_problem(&header);
	if (!why)
		return 0;
	*ret_why = why;
	return -EINVAL;
}
