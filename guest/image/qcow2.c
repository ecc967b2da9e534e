// SPDX-License-Identifier: MIT
/*
 * qcow2.c - whether a qcow2 stands by itself, and whether all of it is there.
 *
 * After qemu's docs/interop/qcow2.txt.
 */
#include "base/cleanup.h"
#include "disk.h"
#include "store.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CLUSTER_BITS_MIN = 9,
	CLUSTER_BITS_MAX = 21,
	L1_ENTRIES_MAX = (32 << 20) / 8, /* as QEMU itself has it */
};

enum {
	INCOMPATIBLE_DIRTY = 1 << 0,
	INCOMPATIBLE_CORRUPT = 1 << 1,
	INCOMPATIBLE_DATA_FILE = 1 << 2,
	INCOMPATIBLE_COMPRESSION = 1 << 3,
};

static const uint64_t offset_mask = UINT64_C(0x00fffffffffffe00);
static const uint64_t entry_compressed = UINT64_C(1) << 62;

struct header {
	uint32_t magic, version;
	uint64_t backing_file_offset;
	uint32_t backing_file_size, cluster_bits;
	uint64_t size;
	uint32_t crypt_method, l1_size;
	uint64_t l1_table_offset, refcount_table_offset;
	uint32_t refcount_table_clusters, nb_snapshots;
	uint64_t snapshots_offset;
	uint64_t incompatible_features; /* from here on version 3 */
} __attribute__((packed));

static int bad(struct carrel_error *err, const char *path, const char *why)
{
	error_set(err, -EINVAL, "%s", path);
	error_why(err, "%s", why);
	return -EINVAL;
}

/* All @size bytes, or -ENODATA. */
static int read_at(int fd, void *buffer, size_t size, uint64_t offset)
{
	char *to = buffer;

	while (size > 0) {
		ssize_t n = offset > INT64_MAX ? 0 : pread(fd, to, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ENODATA;
		to += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

static const char *features_problem(const struct header *header)
{
	uint64_t features =
		be32toh(header->version) < 3 ? 0 : be64toh(header->incompatible_features);

	if (be64toh(header->backing_file_offset) != 0)
		return "has a backing file, which is not imported with it; `qemu-img convert -O "
		       "qcow2` makes one that stands by itself";
	if (features & INCOMPATIBLE_DATA_FILE)
		return "keeps its data in another file, which is not imported with it; `qemu-img "
		       "convert -O qcow2` makes one that stands by itself";
	if (features & (INCOMPATIBLE_DIRTY | INCOMPATIBLE_CORRUPT))
		return "was not closed in order; `qemu-img check -r all` repairs it";
	if (features & ~(uint64_t)INCOMPATIBLE_COMPRESSION)
		return "uses features of qcow2 that carrel does not know; `qemu-img convert -O "
		       "qcow2` makes one without";
	if (header->crypt_method != 0)
		return "is encrypted";
	return NULL;
}

static const char *size_problem(const struct header *header)
{
	uint32_t bits = be32toh(header->cluster_bits);
	uint64_t size = be64toh(header->size), covered;

	if (bits < CLUSTER_BITS_MIN || bits > CLUSTER_BITS_MAX)
		return "is a damaged qcow2: no such cluster size";
	if (size == 0 || size % 512 != 0 || size > INT64_MAX)
		return "is a damaged qcow2: no such size of a disk";
	if (be32toh(header->l1_size) > L1_ENTRIES_MAX)
		return "is a damaged qcow2: its table is too large";
	/* An entry of the first table stands for one table of the second. */
	covered = (uint64_t)be32toh(header->l1_size) << (2 * bits - 3);
	if (covered < size)
		return "is a damaged qcow2: its table is too small";
	return NULL;
}

/* Where what an entry of a second table names begins. */
static uint64_t cluster_offset(uint64_t entry, uint32_t bits)
{
	if (entry & entry_compressed)
		return entry & ((UINT64_C(1) << (62 - (bits - 8))) - 1);
	return entry & offset_mask;
}

/* Entries of the first table that stand for a part of the disk; one may have grown, and then been
 * made smaller, and has more. */
static size_t tables_needed(const struct header *header)
{
	uint32_t each = 2 * be32toh(header->cluster_bits) - 3;

	return (size_t)((be64toh(header->size) + (UINT64_C(1) << each) - 1) >> each);
}

/* Whether all clusters that the table at @offset names begin within the file. */
static int check_table(int fd, uint64_t offset, uint32_t bits, uint64_t file_size, uint64_t *table)
{
	int r = read_at(fd, table, (size_t)1 << bits, offset);

	for (size_t i = 0; r == 0 && i < ((size_t)1 << bits) / 8; i++)
		if (cluster_offset(be64toh(table[i]), bits) >= file_size)
			return -ENODATA;
	return r;
}

/* 0; -ENODATA: not all is there; -EUCLEAN: tables that are one and the same, of which a small file
 * could have as many as it takes hours to read. */
static int check_clusters(int fd, const struct header *header, const struct image_work *work,
	struct carrel_error *err)
{
	uint32_t bits = be32toh(header->cluster_bits);
	size_t count = tables_needed(header), tables = 0;
	cleanup_free uint64_t *l1 = calloc(count, sizeof(*l1));
	cleanup_free uint64_t *table = malloc((size_t)1 << bits);
	struct stat st;
	int r;

	if (!l1 || !table)
		return -ENOMEM;
	if (fstat(fd, &st) < 0)
		return -errno;
	r = read_at(fd, l1, count * sizeof(*l1), be64toh(header->l1_table_offset));
	for (size_t i = 0; r == 0 && i < count; i++) {
		uint64_t offset = be64toh(l1[i]) & offset_mask;

		if (offset == 0)
			continue;
		if (++tables > (uint64_t)st.st_size >> bits)
			return -EUCLEAN;
		r = image_store_check(work, err);
		if (r == 0)
			r = check_table(fd, offset, bits, (uint64_t)st.st_size, table);
	}
	if (r == 0)
		r = read_at(fd, table, 1, be64toh(header->refcount_table_offset));
	return r;
}

int image_qcow2_check(int fd, const char *path, const struct image_work *work,
	uint64_t *ret_virtual_size, struct carrel_error *err)
{
	struct header header = {0};
	const char *problem;
	int r = read_at(fd, &header, sizeof(header), 0);

	if (r == 0 && (be32toh(header.version) < 2 || be32toh(header.version) > 3))
		return bad(err, path, "is a qcow of another version than 2 and 3");
	if (r == 0) {
		problem = features_problem(&header);
		if (!problem)
			problem = size_problem(&header);
		if (problem)
			return bad(err, path, problem);
		r = work ? check_clusters(fd, &header, work, err) : 0;
	}
	if (r == -EINTR)
		return r;
	if (r == -EUCLEAN)
		return bad(err, path, "is a damaged qcow2: its tables overlap");
	if (r == -ENODATA)
		return bad(err, path, "is cut off: not all of the qcow2 is there");
	if (r < 0)
		return error_set(err, r, "read %s", path);
	*ret_virtual_size = be64toh(header.size);
	return 0;
}
