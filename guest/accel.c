// SPDX-License-Identifier: MIT
#include "accel.h"
#include "base/cleanup.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/vhost.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

enum {
	/* Above the reserved addresses (vsock(7)), and so that an address tells whose it is. */
	CID_FIRST = 100000,
	CID_TRIES = 64,
};

/* Some hosts offer a /dev/kvm that boots no ordinary kernel: their processor has no virtualisation
 * to give (AMD64 APM 15.4, Intel SDM 24.6). */
static bool processor_has_it(void)
{
#if defined(__x86_64__)
	unsigned a, b, c, d;
	bool vmx = __get_cpuid(1, &a, &b, &c, &d) && (c & 1u << 5);
	bool svm = __get_cpuid(0x80000001u, &a, &b, &c, &d) && (c & 1u << 2);

	return vmx || svm;
#else
	return true;
#endif
}

static bool refuse_kvm(struct guest_kvm *kvm, const char *what, int code)
{
	if (code)
		snprintf(kvm->why, sizeof(kvm->why), "%s: %s", what, strerror(code));
	else
		snprintf(kvm->why, sizeof(kvm->why), "%s", what);
	return false;
}

static bool makes_machine(struct guest_kvm *kvm)
{
	cleanup_close int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	cleanup_close int machine = -EBADF;
	struct stat st;

	if (fd < 0)
		return refuse_kvm(kvm, "/dev/kvm", errno);
	if (ioctl(fd, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		return refuse_kvm(kvm, "/dev/kvm has another version of its interface", 0);
	machine = ioctl(fd, KVM_CREATE_VM, 0);
	if (machine < 0)
		return refuse_kvm(kvm, "/dev/kvm cannot make a machine", errno);
	if (!processor_has_it())
		return refuse_kvm(
			kvm, "/dev/kvm is there, but the processor has neither vmx nor svm", 0);
	if (fstat(fd, &st) < 0)
		return refuse_kvm(kvm, "/dev/kvm", errno);
	if ((st.st_mode & 06) == 06)
		return true;
	kvm->group = st.st_gid;
	if ((st.st_mode & 060) != 060 || st.st_gid == 0)
		return refuse_kvm(kvm,
			"/dev/kvm is open to root alone; its group should be kvm, its mode "
			"0660",
			0);
	return true;
}

void guest_kvm_look(struct guest_kvm *ret_kvm)
{
	*ret_kvm = (struct guest_kvm){0};
	ret_kvm->works = makes_machine(ret_kvm);
}

int guest_vsock_open(uid_t uid, uint32_t *ret_cid)
{
	cleanup_close int fd = open("/dev/vhost-vsock", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	for (uint64_t i = 0; i < CID_TRIES; i++) {
		/* Large uids are folded, so two may have the same address: then the next ones are
		 * tried. */
		uint64_t cid = CID_FIRST + (uid + i * 7919) % (INT32_MAX - CID_FIRST);

		if (ioctl(fd, VHOST_VSOCK_SET_GUEST_CID, &cid) == 0) {
			*ret_cid = (uint32_t)cid;
			return fd_take(&fd);
		}
		if (errno != EADDRINUSE)
			return -errno;
	}
	return -EADDRINUSE;
}
