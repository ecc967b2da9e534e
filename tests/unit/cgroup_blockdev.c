// SPDX-License-Identifier: MIT
// what: a path of io.max is taken to its whole disk, or refused with the file system's name
// needs: native-root
// tier: fast
// deadline: 30s
#include "base/cleanup.h"
#include "cgroup/limits.h"
#include "cgroup/tree/blockdev.h"
#include "cgroup_test.h"

#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* A loop device over an image with one partition; the kernel drops it with the last descriptor. */
struct loop {
	int fd;
	char path[64];
};

/* As addpart(8) does it: kernels exist that read no partition tables. */
static int add_partition(int fd)
{
	struct blkpg_partition part = {.start = 64 << 9, .length = 1 << 20, .pno = 1};
	struct blkpg_ioctl_arg arg = {
		.op = BLKPG_ADD_PARTITION,
		.datalen = sizeof(part),
		.data = &part,
	};

	return ioctl(fd, BLKPG, &arg);
}

static int loop_make(struct loop *loop)
{
	cleanup_close int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	cleanup_close int image = memfd_create("image", MFD_CLOEXEC);
	struct loop_config config = {.fd = (__u32)image};

	config.info.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_PARTSCAN;
	if (control < 0 || image < 0 || ftruncate(image, 4 << 20) < 0)
		return -1;
	/* Another program may take the free number first. */
	for (int try = 0; try < 64; try++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);

		if (number < 0)
			return -1;
		snprintf(loop->path, sizeof(loop->path), "/dev/loop%d", number);
		loop->fd = open(loop->path, O_RDWR | O_CLOEXEC);
		if (loop->fd >= 0 && ioctl(loop->fd, LOOP_CONFIGURE, &config) == 0)
			return add_partition(loop->fd);
		fd_closep(&loop->fd);
	}
	return -1;
}

static void test_disks(void)
{
	struct loop loop = {.fd = -EBADF};
	struct carrel_error err = {0};
	struct stat disk, part;
	char path[80];
	dev_t device;

	if (loop_make(&loop) < 0) {
		CHECK(false, "no loop device: %s", strerror(errno));
		return;
	}
	CHECK(fstat(loop.fd, &disk) == 0, "%s", loop.path);
	CHECK(cgroup_block_device(loop.path, &device, &err) == 0, "%s", why(&err));
	CHECK(device == disk.st_rdev, "a whole disk stays itself");
	snprintf(path, sizeof(path), "%sp1", loop.path);
	CHECK(stat(path, &part) == 0, "%s: %s", path, strerror(errno));
	CHECK(part.st_rdev != disk.st_rdev, "%s", path);
	CHECK(cgroup_block_device(path, &device, &err) == 0, "%s", why(&err));
	CHECK(device == disk.st_rdev, "a partition becomes its disk, not %u:%u", major(device),
		minor(device));
	CHECK(cgroup_block_originating(part.st_rdev) == disk.st_rdev, "the same for systemd");
	CHECK(cgroup_block_originating(disk.st_rdev) == disk.st_rdev, "a disk is the bottom");
	fd_closep(&loop.fd);
}

static void test_files(void)
{
	struct carrel_error err = {0};
	char path[64];
	struct stat st;
	dev_t device = 0;

	CHECK(stat("/", &st) == 0, "/");
	if (major(st.st_dev) != 0) {
		CHECK(cgroup_block_device("/", &device, &err) == 0, "%s", why(&err));
		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(device), minor(device));
		CHECK(access(path, F_OK) == 0, "%s", path);
		strcat(path, "/partition");
		CHECK(access(path, F_OK) < 0, "%s: a partition", path);
	}
}

static void test_refused(void)
{
	struct carrel_error err = {0};
	dev_t device = 42;

	CHECK(cgroup_block_device("/dev/shm", &device, &err) == -ENOTSUP, "%s", why(&err));
	CHECK(strcmp(why(&err), "io.max: /dev/shm: file system tmpfs has no block device") == 0,
		"%s", why(&err));
	CHECK(cgroup_block_device("/proc/self/status", &device, &err) == -ENOTSUP, "%s", why(&err));
	CHECK(strstr(why(&err), "file system proc "), "%s", why(&err));
	CHECK(cgroup_block_device("/nonexistent", &device, &err) == -ENOENT, "%s", why(&err));
	CHECK(strstr(why(&err), "/nonexistent"), "%s", why(&err));
	CHECK(device == 42, "untouched on failure");
}

int main(void)
{
	test_disks();
	test_files();
	test_refused();
	return failures ? 1 : 0;
}
