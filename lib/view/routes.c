// SPDX-License-Identifier: MIT
/*
 * routes.c - what is reached from a network of the session's own: rules of routing (ip-rule(8)).
 *
 * They are asked for every destination that is no address of this network itself, in the order in
 * which they were made. A rule that refuses makes connect(2) and sendto(2) fail at once, with
 * EACCES. They need no firewall, neither here nor on the host, and no reload of the host's touches
 * them.
 *
 * IPv4 passes over an error of theirs where the sender has named an interface, as every user may
 * (SO_BINDTODEVICE, IP_PKTINFO, IP_UNICAST_IF): it takes the destination for one that is on the
 * link (ip_route_output_key_hash_rcu() in net/ipv4/route.c), and pasta answers for all. So what a
 * rule refuses is, by way of an interface, an address of this network's own.
 */
#include "view/view.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ATTRIBUTES_MAX = 128,
	DUMP_BYTES = 32768,
	TEXT_MAX = 64,
	INTERFACES_MAX = 16,
	TABLE_OWN = 100, /* in it, every address is one of this network's own */
};

_Static_assert(sizeof(struct fib_rule_hdr) == sizeof(struct rtmsg), "one struct does for both");

struct rule_request {
	struct nlmsghdr head;
	union {
		struct fib_rule_hdr rule;
		struct rtmsg route;
	};
	char attributes[ATTRIBUTES_MAX];
};

int view_routes_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static void put_attribute(
	struct rule_request *request, unsigned short type, const void *data, size_t size)
{
	struct rtattr *attribute = (void *)((char *)request + NLMSG_ALIGN(request->head.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(attribute), data, size);
	request->head.nlmsg_len = NLMSG_ALIGN(request->head.nlmsg_len) + (uint32_t)RTA_SPACE(size);
}

/* Sends the request and waits for the kernel's word. Returns 0, or -1 and errno. */
static int ask_kernel(int fd, const struct nlmsghdr *request)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char request[sizeof(struct rule_request)];
	} answer;
	ssize_t n;

	if (send(fd, request, request->nlmsg_len, 0) < 0)
		return -1;
	n = recv(fd, &answer, sizeof(answer), 0);
	if (n < 0)
		return -1;
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(answer.error)) ||
		answer.head.nlmsg_type != NLMSG_ERROR) {
		errno = EPROTO;
		return -1;
	}
	errno = -answer.error.error;
	return answer.error.error == 0 ? 0 : -1;
}

/* Adds the rule after those of the same number that are there: for all senders, or for those alone
 * that have named the @interface, for whom a refused address is one of their own. */
static int add_route_rule(int fd, const struct view_route *route, const char *interface)
{
	/* Those that look up local addresses, and all others, have 0 and 32766. */
	const uint32_t priority = 1000;
	struct rule_request request = {
		.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct fib_rule_hdr)),
			.nlmsg_type = RTM_NEWRULE,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE},
		.rule = {.family = (uint8_t)route->family,
			.dst_len = (uint8_t)route->bits,
			.table = interface ? TABLE_OWN : RT_TABLE_MAIN,
			.action = route->allowed || interface ? FR_ACT_TO_TBL : FR_ACT_PROHIBIT},
	};
	struct fib_rule_port_range ports = {.start = route->port, .end = route->port};

	put_attribute(&request, FRA_PRIORITY, &priority, sizeof(priority));
	if (interface)
		put_attribute(&request, FRA_OIFNAME, interface, strlen(interface) + 1);
	if (route->bits > 0)
		put_attribute(&request, FRA_DST, route->address,
			route->family == AF_INET ? sizeof(struct in_addr)
						 : sizeof(struct in6_addr));
	if (route->port)
		put_attribute(&request, FRA_DPORT_RANGE, &ports, sizeof(ports));
	return ask_kernel(fd, &request.head);
}

/* Finds the interface that the program has made: the one that has an address of IPv4 and is not the
 * loopback. Returns 1, 0 where there is none, or -1 and errno. */
static int find_interface(struct ifreq *ret_interface)
{
	struct ifreq found[INTERFACES_MAX] = {0};
	struct ifconf list = {.ifc_len = sizeof(found), .ifc_req = found};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = fd < 0 ? -1 : ioctl(fd, SIOCGIFCONF, &list);

	for (int i = 0; r == 0 && i < list.ifc_len / (int)sizeof(found[0]); i++) {
		if (strcmp(found[i].ifr_name, "lo") == 0)
			continue;
		*ret_interface = found[i];
		/* An address may have a label ("eth0:1"). */
		ret_interface->ifr_name[strcspn(ret_interface->ifr_name, ":")] = '\0';
		r = ioctl(fd, SIOCGIFINDEX, ret_interface) < 0 ? -1 : 1;
	}
	if (fd >= 0)
		close(fd);
	return r;
}

/* Makes every address of IPv4 one of this network's own in TABLE_OWN, for those who have named the
 * interface. */
static int own_every_address(int fd)
{
	struct rule_request request = {
		.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
			.nlmsg_type = RTM_NEWROUTE,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE},
		.route = {.rtm_family = AF_INET,
			.rtm_table = TABLE_OWN,
			.rtm_protocol = RTPROT_STATIC,
			.rtm_scope = RT_SCOPE_HOST,
			.rtm_type = RTN_LOCAL},
	};
	struct ifreq interface;
	int r = find_interface(&interface);

	if (r <= 0)
		return r;
	put_attribute(&request, RTA_OIF, &interface.ifr_ifindex, sizeof(interface.ifr_ifindex));
	return ask_kernel(fd, &request.head);
}

/* Refuses the route, of IPv4, to those who have named the interface. Where it has no address of
 * IPv4 pasta passes nothing of that on. What is sent by the loopback stays here. */
static int refuse_by_interface(int fd, const struct view_route *route)
{
	struct ifreq interface;
	int r = find_interface(&interface);

	return r <= 0 ? r : add_route_rule(fd, route, interface.ifr_name);
}

/* Returns whether the kernel has IPv6 at all. */
static bool has_ipv6(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != EAFNOSUPPORT;
}

static int add_rule_if_possible(int fd, const struct view_route *route)
{
	if (route->family == AF_INET6 && !has_ipv6())
		return 0;
	if (route->family == AF_INET && !route->allowed && refuse_by_interface(fd, route) < 0)
		return -1;
	return add_route_rule(fd, route, NULL);
}

int view_routes_parse(const char *text, struct view_route *ret_route)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	struct view_route route = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};
	char address[TEXT_MAX];

	errno = EINVAL;
	if (!slash || length >= sizeof(address))
		return -1;
	memcpy(address, text, length);
	address[length] = '\0';
	if (inet_pton(route.family, address, route.address) != 1 || !slash[1])
		return -1;
	for (const char *digit = slash + 1; *digit; digit++) {
		if (*digit < '0' || *digit > '9' || route.bits > 128)
			return -1;
		route.bits = route.bits * 10 + (unsigned)(*digit - '0');
	}
	if (route.bits > (route.family == AF_INET ? 32 : 128))
		return -1;
	*ret_route = route;
	return 0;
}

int view_routes_add(const char *network, uint16_t port, bool allowed)
{
	struct view_route route;
	int fd, r;

	if (view_routes_parse(network, &route) < 0)
		return -1;
	route.port = port;
	route.allowed = allowed;
	fd = view_routes_open();
	if (fd < 0)
		return -1;
	r = add_rule_if_possible(fd, &route);
	close(fd);
	return r;
}

static bool is_loopback(int family, const unsigned char *address)
{
	static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;

	return family == AF_INET ? address[0] == IN_LOOPBACKNET
				 : memcmp(address, &loopback, sizeof(loopback)) == 0;
}

/* Refuses the address that @message tells of, unless it is a loopback: that is one's own. */
static int refuse_address(int inside, const struct nlmsghdr *message)
{
	const struct ifaddrmsg *head = NLMSG_DATA(message);
	unsigned left = message->nlmsg_len - (unsigned)NLMSG_LENGTH(sizeof(*head));
	const struct rtattr *attribute =
		(const void *)((const char *)head + NLMSG_ALIGN(sizeof(*head)));
	struct view_route route = {.family = head->ifa_family};
	size_t size =
		head->ifa_family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);

	if (head->ifa_family != AF_INET && head->ifa_family != AF_INET6)
		return 0;
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		/* With a peer, IFA_ADDRESS is the peer's. */
		bool own = attribute->rta_type == IFA_LOCAL ||
			   (attribute->rta_type == IFA_ADDRESS && route.bits == 0);

		if (!own || RTA_PAYLOAD(attribute) < size)
			continue;
		memcpy(route.address, RTA_DATA(attribute), size);
		route.bits = (unsigned)(8 * size);
	}
	if (route.bits == 0 || is_loopback(route.family, route.address))
		return 0;
	return add_rule_if_possible(inside, &route);
}

/* Reads what the kernel says of @outside's addresses to its end. */
static int refuse_each(int outside, int inside)
{
	static char buffer[DUMP_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));

	for (;;) {
		ssize_t n = recv(outside, buffer, sizeof(buffer), 0);
		const struct nlmsghdr *message = (const void *)buffer;
		unsigned left = n < 0 ? 0 : (unsigned)n;

		if (n < 0)
			return -1;
		for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
			if (message->nlmsg_type == NLMSG_DONE)
				return 0;
			if (message->nlmsg_type != RTM_NEWADDR) {
				errno = EPROTO;
				return -1;
			}
			if (refuse_address(inside, message) < 0)
				return -1;
		}
	}
}

int view_routes_refuse_host(int outside)
{
	struct {
		struct nlmsghdr head;
		struct ifaddrmsg body;
	} request = {
		.head = {.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETADDR,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.body = {.ifa_family = AF_UNSPEC},
	};
	int inside = view_routes_open();
	int r;

	if (inside < 0)
		return -1;
	r = own_every_address(inside);
	/* By an interface that they name, they could be sent to the host's. */
	if (r == 0)
		r = view_routes_add("127.0.0.0/8", 0, false);
	if (r == 0)
		r = view_routes_add("::1/128", 0, false);
	if (r == 0 && send(outside, &request, sizeof(request), 0) < 0)
		r = -1;
	if (r == 0)
		r = refuse_each(outside, inside);
	close(inside);
	return r;
}
