// SPDX-License-Identifier: MIT
/*
 * Stands in QEMU's place, within its jail: does there what code would that has escaped from a
 * guest, tells what came of it, and hands its command line and descriptors to qemu.py, which is not
 * in the jail and is all the rest of QEMU. SERVER is the path of its socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum { FDS_MAX = 32, TEXT_MAX = 32768 };

static char text[TEXT_MAX];
static size_t used;

static void tell(const char *what, long result)
{
	used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %s\n", what,
		result < 0 ? strerrorname_np(errno) : "done");
}

static int connect_to(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, name);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror(name);
		exit(1);
	}
	return fd;
}

/* The command line, each word with its NUL, and then the descriptors' numbers. */
static void hand_over(int server, char **argv)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control = {0};
	struct iovec part = {.iov_base = text};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control};
	int fd[FDS_MAX];
	size_t n = 0;

	for (; *argv; argv++)
		used += (size_t)sprintf(text + used, "%s", *argv) + 1;
	for (int i = STDERR_FILENO + 1; i < 256; i++)
		if (i != server && fcntl(i, F_GETFD) >= 0) {
			used += (size_t)sprintf(text + used, "%d ", i);
			fd[n++] = i;
		}
	part.iov_len = used;
	control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(n * sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(&control.header), fd, n * sizeof(int));
	message.msg_controllen = CMSG_SPACE(n * sizeof(int));
	if (sendmsg(server, &message, 0) < 0)
		perror("descriptors");
	used = 0;
}

/* A call of i386, by its number there. */
static long call_by_i386(long number, long first, long second)
{
	long result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"(number), "b"(first), "c"(second), "d"(0)
		     : "memory", "r8", "r9", "r10", "r11");
	errno = result < 0 ? (int)-result : 0;
	return result;
}

/* A user's keyrings are theirs in every namespace. */
static void take_keys(void)
{
	enum { X32 = 0x40000000, I386_KEYCTL = 288, USERS = KEY_SPEC_USER_KEYRING };

	tell("keyctl", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, USERS, 0));
	tell("add_key", syscall(SYS_add_key, "user", "of-qemu", "x", 1, USERS));
	tell("request_key", syscall(SYS_request_key, "user", "of-qemu", NULL, 0));
	tell("keyctl of x32", syscall(X32 | SYS_keyctl, KEYCTL_GET_KEYRING_ID, USERS, 0));
	tell("keyctl of i386", call_by_i386(I386_KEYCTL, KEYCTL_GET_KEYRING_ID, USERS));
}

static void attack(void)
{
	static const char *const paths[] = {"/home", "/tmp", "/run", "/var", "/etc", "/sys",
		"/root", "/dev/log", "/dev/vhost-vsock", "/dev/kvm", "/proc/sys", "/proc/2",
		"/proc/kcore"};
	struct flock all = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
	struct stat st;

	/* Nothing here is a lock of the guest's. */
	for (int fd = 0; fd < 256; fd++) {
		(void)flock(fd, LOCK_UN);
		(void)fcntl(fd, F_OFD_SETLK, &all);
	}
	/* From now on it survives its supervisor. */
	prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		tell(paths[i], stat(paths[i], &st));
	tell("setuid", setuid(0));
	tell("mkdir", mkdir("/new", 0700));
	tell("unlink", unlink("/usr/bin/qemu-system-x86_64"));
	tell("remount", mount(NULL, "/", NULL, MS_REMOUNT, NULL));
	tell("chroot", chroot("/proc"));
	tell("unshare", unshare(CLONE_NEWNS));
	tell("others", kill(-1, 0));
	tell("memory", shmget(SHM_KEY, 0, 0));
	take_keys();
	errno = getppid();
	tell("parent", errno ? -1 : 0);
}

/* QEMU has several threads. */
static void *sleep_on(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

int main(int argc, char *argv[])
{
	unsigned char code = 1;
	pthread_t thread;
	int server;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("QEMU emulator version 10.0.0");
		return 0;
	}
	server = connect_to(SERVER);
	hand_over(server, argv);
	attack();
	if (pthread_create(&thread, NULL, sleep_on, NULL) != 0 || send(server, text, used, 0) < 0 ||
		recv(server, &code, 1, 0) != 1)
		return 1;
	return code;
}
