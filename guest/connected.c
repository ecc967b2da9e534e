// SPDX-License-Identifier: MIT
#include "connected.h"
#include "base/cleanup.h"
#include "base/tcp_table.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/vm_sockets_diag.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

enum { GOES_ON = 2 };

/* Returns whether @socket is a client's end of a connection to the guest's port. */
static bool is_clients(void *data, const struct tcp_socket *socket)
{
	const uint16_t *port = data;

	return socket->state == TCP_ESTABLISHED && socket->remote_port == *port &&
	       strcmp(socket->remote, TCP_TABLE_LOOPBACK) == 0;
}

/* Asks for all vsock connections by sock_diag(7). */
static int ask_vsock_diag(int fd)
{
	const struct {
		struct nlmsghdr head;
		struct vsock_diag_req request;
	} question = {
		.head = {.nlmsg_len = sizeof(question),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.request = {.sdiag_family = AF_VSOCK, .vdiag_states = ~0u},
	};

	return fd < 0 || send(fd, &question, sizeof(question), 0) < 0 ? -errno : 0;
}

/* Reads one message of the answer. Returns as guest_connected() does, or GOES_ON. */
static int read_message(const struct nlmsghdr *head, uint32_t cid)
{
	const struct vsock_diag_msg *message = NLMSG_DATA(head);
	int code = 0;

	if (head->nlmsg_type == SOCK_DIAG_BY_FAMILY)
		return message->vdiag_dst_cid == cid && message->vdiag_state == TCP_ESTABLISHED
			       ? 1
			       : GOES_ON;
	/* Both kinds begin with a negative errno, or 0. */
	if ((head->nlmsg_type == NLMSG_ERROR || head->nlmsg_type == NLMSG_DONE) &&
		head->nlmsg_len >= NLMSG_LENGTH(sizeof(code)))
		memcpy(&code, NLMSG_DATA(head), sizeof(code));
	if (code < 0)
		return code;
	return head->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
}

static int vsock_connected(uint32_t cid)
{
	cleanup_close int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	_Alignas(struct nlmsghdr) char buffer[16384];
	int r = ask_vsock_diag(fd);

	while (r == 0) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
		const struct nlmsghdr *head = (const struct nlmsghdr *)buffer;

		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		for (size_t left = (size_t)n; NLMSG_OK(head, left);
			left -= NLMSG_ALIGN(head->nlmsg_len),
			    head = (const struct nlmsghdr *)((const char *)head +
							     NLMSG_ALIGN(head->nlmsg_len))) {
			r = read_message(head, cid);
			if (r != GOES_ON)
				return r;
			r = 0;
		}
	}
	return r;
}

int guest_connected(uint32_t cid, uint16_t port)
{
	return cid ? vsock_connected(cid) : tcp_table_find("/proc/self/net/tcp", is_clients, &port);
}
