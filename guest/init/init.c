// SPDX-License-Identifier: MIT
/*
 * init.c - the program of a guest's initrd: it leads from the kernel to the root disk, and no
 * further.
 *
 * It loads the modules named in /modules/order, as they were packed into the initrd
 * (guest/image/debian.sh), waits for the disk, mounts it and hands over to the init that is on it.
 * It is static and has no other program beside it: a guest boots in seconds, and under emulation an
 * initrd with a shell and udev would take up most of them. Where it cannot go on it says why on the
 * console and ends. The kernel answers with a panic, and that ends the guest (panic=-1 and QEMU's
 * -no-reboot).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/module.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DISK "/dev/vda"
#define ROOT "/root"
#define FSCK "/sbin/e2fsck"

enum { WAIT_STEP_MS = 10, WAIT_MS = 60 * 1000, ORDER_MAX = 4096 };

/* These are places and values in ext4's superblock (Documentation/filesystems/ext4/super.rst),
 * which is little-endian. */
enum { SUPER = 1024, SUPER_SIZE = 64, SUPER_MAGIC = 0x38, SUPER_STATE = 0x3a, ERROR_FS = 2 };

static void say_errno(const char *what, const char *object)
{
	const char *const word[] = {
		"carrel initrd: ", object, ": ", what, ": ", strerror(errno), "\n"};

	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (write(STDERR_FILENO, word[i], strlen(word[i])) < 0)
			return;
}

/* Opens the console, which the kernel has not done where its driver is a module. */
static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	for (int i = STDIN_FILENO; fd >= 0 && i <= STDERR_FILENO; i++)
		dup2(fd, i);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* Loads a module. Modules are packed as Debian ships them, compressed, and the kernel can read that
 * (Linux 5.17). */
static int load_module(const char *name)
{
	const char *suffix = strrchr(name, '.');
	int flags = suffix && strcmp(suffix, ".ko") != 0 ? MODULE_INIT_COMPRESSED_FILE : 0;
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	long r;

	if (fd < 0)
		return -1;
	r = syscall(SYS_finit_module, fd, "", flags);
	close(fd);
	return r < 0 && errno != EEXIST ? -1 : 0;
}

/* Loads all modules. One that cannot be loaded is no reason to end: the next steps show whether it
 * was needed. */
static void load_modules(void)
{
	static char order[ORDER_MAX + 1];
	int fd = open("/modules/order", O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, order, ORDER_MAX);
	char *rest;

	if (fd >= 0)
		close(fd);
	if (size < 0 || chdir("/modules") < 0) {
		say_errno("cannot be read", "/modules/order");
		return;
	}
	for (char *name = strtok_r(order, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest))
		if (load_module(name) < 0)
			say_errno("cannot be loaded", name);
}

static int wait_for_disk(void)
{
	static const struct timespec step = {.tv_nsec = WAIT_STEP_MS * 1000 * 1000};
	struct stat st;

	for (int waited = 0; stat(DISK, &st) < 0; waited += WAIT_STEP_MS) {
		if (waited >= WAIT_MS)
			return -1;
		nanosleep(&step, NULL);
	}
	return 0;
}

/* Returns whether the kernel has found errors in the file system, the last time or before. A power
 * cut leaves none. */
static int has_errors(void)
{
	unsigned char super[SUPER_SIZE];
	int fd = open(DISK, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, super, sizeof(super), SUPER);

	if (fd >= 0)
		close(fd);
	return n == SUPER_SIZE && super[SUPER_MAGIC] == 0x53 && super[SUPER_MAGIC + 1] == 0xef &&
	       (super[SUPER_STATE] & ERROR_FS);
}

/* Repairs the disk by the e2fsck that is on it, which sees in its /proc that nobody writes
 * meanwhile. */
static void check_root(void)
{
	static char *const arguments[] = {(char *)FSCK, (char *)"-y", (char *)DISK, NULL};
	static char *const environment[] = {NULL};
	pid_t pid = fork();

	if (pid == 0) {
		if (chroot(ROOT) == 0 && chdir("/") == 0)
			execve(FSCK, arguments, environment);
		say_errno("cannot be started", FSCK);
		_exit(1);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Repairs the disk. The root is mounted read-only for as long as that takes. */
static void repair_disk(void)
{
	static const char text[] = "carrel initrd: " DISK ": has errors, and is repaired\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		return;
	if (mount(DISK, ROOT, "ext4", MS_RDONLY, NULL) < 0) {
		say_errno("cannot be mounted", DISK);
		return;
	}
	if (mount("/dev", ROOT "/dev", NULL, MS_BIND, NULL) == 0) {
		if (mount("proc", ROOT "/proc", "proc", 0, NULL) == 0) {
			check_root();
			umount(ROOT "/proc");
		}
		umount(ROOT "/dev");
	}
	if (umount(ROOT) < 0)
		say_errno("cannot be unmounted", DISK);
}

/* Removes the files of the initrd, which would stay in memory for as long as the guest runs. */
static void remove_traces(void)
{
	static char order[ORDER_MAX + 1];
	int fd = open("/modules/order", O_RDONLY | O_CLOEXEC);
	char *rest;

	if (fd >= 0 && read(fd, order, ORDER_MAX) > 0)
		for (char *name = strtok_r(order, "\n", &rest); name;
			name = strtok_r(NULL, "\n", &rest))
			unlink(name);
	if (fd >= 0)
		close(fd);
	unlink("/modules/order");
	unlink("/init");
}

static int switch_root(void)
{
	if (mount("/dev", ROOT "/dev", NULL, MS_MOVE, NULL) < 0) {
		say_errno("cannot be moved", "/dev");
		return -1;
	}
	remove_traces();
	if (chdir(ROOT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
		chdir("/") < 0) {
		say_errno("cannot become the root", ROOT);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	(void)argc;
	if (mount("dev", "/dev", "devtmpfs", MS_NOSUID, "mode=0755") < 0)
		return 1;
	load_modules();
	open_console();
	if (wait_for_disk() < 0) {
		say_errno("does not appear", DISK);
		return 1;
	}
	if (has_errors())
		repair_disk();
	if (mount(DISK, ROOT, "ext4", 0, "discard") < 0) {
		say_errno("cannot be mounted", DISK);
		return 1;
	}
	if (switch_root() < 0)
		return 1;
	/* The kernel's own words for init (single, emergency …) are passed on. */
	argv[0] = (char[]){"/sbin/init"};
	execv(argv[0], argv);
	say_errno("cannot be started", argv[0]);
	return 1;
}
