// SPDX-License-Identifier: MIT
/*
 * way.c - starts QEMU with a way into its guest: vsock where the host has it, else a port.
 *
 * Everybody may connect to a port of the host's loopback, and whoever connects often enough keeps
 * others out. So a guest that reaches nothing of the host's network shares a network namespace
 * with this supervisor and nobody else: all connections come from GUEST_CONNECT. With network =
 * user QEMU needs the host's network, and its port is there. Everybody may connect to a vsock
 * address as well. There a door stands before sshd (guest/door), and each start has a new secret
 * for it.
 */
#include "base/cleanup.h"
#include "base/tcp_table.h"
#include "guest/dial.h"
#include "guest/folder.h"
#include "launch.h"
#include "view/view.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	USEC = 1000000,
	/* QEMU has this long to open its port, or to end because it could not. */
	BIND_USEC = 30 * USEC,
	LOOK_MS = 20,
	TRIES = 8,
};

/* The calling process stays there. Unix sockets that have a path are reached as before. */
static int enter_own_network(const struct launch *launch, struct carrel_error *err)
{
	int r = unshare(CLONE_NEWNET) < 0 || view_raise_loopback() < 0 ? -errno : 0;

	return r < 0 ? error_set(
			       err, r, "network of user %s's guest", launch->settings.account.name)
		     : 0;
}

static int choose_port(const struct launch *launch, uint16_t *ret_port, struct carrel_error *err)
{
	*ret_port = guest_free_port();
	if (*ret_port != 0)
		return 0;
	error_set(err, -EADDRINUSE, "guest of user %s", launch->settings.account.name);
	return error_why(err, "127.0.0.1 has no free port");
}

/* Returns whether @socket is that of QEMU, which listens at its port. */
static bool is_qemus(void *data, const struct tcp_socket *socket)
{
	const struct launch *launch = data;

	return socket->state == TCP_LISTEN && strcmp(socket->local, TCP_TABLE_LOOPBACK) == 0 &&
	       socket->local_port == launch->guest.record.port &&
	       socket->uid == launch->settings.account.login.uid;
}

/* Returns whether QEMU has ended because another has the port by now. It opens it before the guest
 * runs. */
static bool lost_port(struct launch *launch)
{
	struct qemu *qemu = &launch->guest.qemu;
	deadline_t deadline = deadline_in(BIND_USEC);
	struct pollfd ended = {.fd = qemu->stderr_fd};

	while (poll(&ended, 1, LOOK_MS) <= 0)
		if (deadline_left_usec(deadline) == 0 ||
			tcp_table_find("/proc/self/net/tcp", is_qemus, launch) != 0)
			return false;
	while (qemu_listen(qemu))
		;
	return strstr(qemu->said, "Could not set up host forwarding rule") != NULL;
}

static int start_one(struct launch *launch, struct guest_machine *machine, struct carrel_error *err)
{
	struct guest_record *record = &launch->guest.record;
	struct qemu *qemu = &launch->guest.qemu;
	bool by_name = launch->kvm.works && machine->kvm_fd < 0;
	int r = qemu_start(machine, by_name ? launch->kvm.group : 0, qemu, err);

	if (r < 0)
		return r;
	/* Should we die at once, the next guest-launch knows whom it has to end. */
	r = proc_identify(qemu->process.pid, &record->qemu);
	if (r == 0)
		r = guest_note_qemu(launch->lock, &record->qemu);
	if (r < 0)
		return error_set(err, r, "lock of user %s's guest", launch->settings.account.name);
	return qemu_go(qemu, err);
}

/* Nobody has the port when it is chosen, and QEMU has it a moment later, unless somebody is
 * faster. */
static int start_at_port(
	struct launch *launch, struct guest_machine *machine, struct carrel_error *err)
{
	struct guest_record *record = &launch->guest.record;
	int r = -EADDRINUSE;

	for (int tries = 0; tries < TRIES; tries++) {
		r = choose_port(launch, &record->port, err);
		machine->port = record->port;
		if (r == 0)
			r = start_one(launch, machine, err);
		if (r < 0 || !lost_port(launch))
			return r;
		qemu_end(&launch->guest.qemu);
	}
	error_set(err, -EADDRINUSE, "guest of user %s", launch->settings.account.name);
	return error_why(err, "others take each port of 127.0.0.1 before QEMU can");
}

int launch_choose_way(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	struct guest *guest = &launch->guest;
	int fd = guest_vsock_open(launch->settings.account.login.uid, &guest->record.cid);

	if (fd < 0)
		return 0;
	if (getrandom(guest->secret, sizeof(guest->secret), 0) != sizeof(guest->secret)) {
		close(fd);
		return error_set(
			err, -EIO, "secret of user %s's guest", launch->settings.account.name);
	}
	launch->vsock_fd = fd;
	return 0;
}

void launch_close_way(void *context)
{
	struct launch *launch = context;

	fd_closep(&launch->vsock_fd);
}

/* Starts QEMU for @machine, and decides how its guest is reached, which launch->guest.record says
 * afterwards. This process may be in another network namespace then. */
static int start_with_way(
	struct launch *launch, struct guest_machine *machine, struct carrel_error *err)
{
	struct guest_record *record = &launch->guest.record;
	int r = 0;

	machine->vsock_fd = launch->vsock_fd;
	machine->cid = record->cid;
	if (launch->vsock_fd < 0 && launch->settings.template.network == TEMPLATE_NETWORK_USER)
		return start_at_port(launch, machine, err);
	if (launch->vsock_fd < 0) {
		machine->port = record->port = GUEST_PRIVATE_PORT;
		r = enter_own_network(launch, err);
	}
	if (r == 0)
		r = start_one(launch, machine, err);
	fd_closep(&launch->vsock_fd); /* QEMU has it, and its end is the end of the address */
	return r;
}

int launch_start_qemu(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	cleanup_close int kernel = image_open_file(&launch->disk.image, "vmlinuz", err);
	cleanup_close int initrd =
		kernel < 0 ? kernel : image_open_file(&launch->disk.image, "initrd", err);
	cleanup_close int kvm = -EBADF;
	bool works = launch->kvm.works;
	unsigned version = works || launch->settings.template.vcpus > 1 ? qemu_version() : 0;
	struct guest_machine machine = {
		.settings = &launch->settings,
		.disk = &launch->disk,
		.credentials = &launch->credentials,
		.kvm = works,
		.one_thread = !works && launch->settings.template.vcpus > 1 &&
			      version < QEMU_GOOD_THREADS,
		.kernel_fd = kernel,
		.initrd_fd = initrd,
	};
	int r;

	if (initrd < 0)
		return initrd;
	guest_phase(&launch->guest, "starting QEMU");
	/* With the descriptor, QEMU needs no group, by which it could open /dev/vhost-vsock,
	 * too. */
	if (works && version >= QEMU_KVM_BY_FD)
		kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	machine.kvm_fd = kvm;
	r = start_with_way(launch, &machine, err);
	if (r < 0)
		qemu_end(&launch->guest.qemu);
	/* All of the image has been opened, and its disk has a guest.json or no name. */
	fd_closep(&launch->disk.use_fd);
	return r;
}

void launch_end_qemu(void *context)
{
	struct launch *launch = context;

	qemu_end(&launch->guest.qemu);
}
