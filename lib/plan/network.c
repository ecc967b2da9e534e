// SPDX-License-Identifier: MIT
/*
 * network.c - [namespaces] net and [network]: a network of the login's own.
 *
 * Its owner is root's, so what is reached from there is decided there, by rules of routing. They
 * are the same with every manager of cgroups, and no firewall of the host's has to know of them.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/list.h"
#include "plan/builders.h"
#include "policy/keys.h"
#include "policy/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#define CONNECTOR "/usr/bin/pasta"
#define RESOLV    "/etc/resolv.conf"

enum { SLOT_WORK = 0, NETWORK_TEXT_MAX = 80, RESOLV_MAX = 16384 };

/*
 * What reach = internet leaves out: all that is special according to IANA's registries (RFC 6890)
 * and not reached over the internet; what stands for an IPv4 address in IPv6; and one address of a
 * cloud's own that no registry has.
 */
static const char *const not_internet[] = {
	"0.0.0.0/8",
	"10.0.0.0/8",
	"100.64.0.0/10", /* shared by providers; 100.100.100.200 tells about a machine */
	"127.0.0.0/8",
	"168.63.129.16", /* Azure: tells about a machine */
	"169.254.0.0/16",
	"172.16.0.0/12",
	"192.0.0.0/24",
	"192.0.2.0/24",
	"192.168.0.0/16",
	"198.18.0.0/15",
	"198.51.100.0/24",
	"203.0.113.0/24",
	"224.0.0.0/3", /* to all in a group, reserved, and to all */
	"::/96",
	"::ffff:0:0:0/96",
	"64:ff9b::/96",
	"64:ff9b:1::/48",
	"100::/64",
	"2001::/23", /* 2001::/32 is Teredo */
	"2001:db8::/32",
	"2002::/16",
	"3fff::/20",
	"5f00::/16",
	"fc00::/7",
	"fe80::/10",
	"fec0::/10",
	"ff00::/8",
};

/* Names the setting whose value cannot be carried out. */
static int refuse_reach(
	const struct policy *policy, enum policy_key key, const char *why, struct carrel_error *err)
{
	error_set(
		err, -EINVAL, "network.%s = %s", policy_keys[key].name, policy->setting[key].text);
	return error_why(err, "%s", why);
}

static int check_host_network(const struct policy *policy, struct carrel_error *err)
{
	static const char why[] = "needs namespaces.net = private";

	if (policy->setting[POLICY_NETWORK_REACH].value.choice != POLICY_REACH_ALL)
		return refuse_reach(policy, POLICY_NETWORK_REACH, why, err);
	for (enum policy_key key = POLICY_NETWORK_REACH_ALLOW; key <= POLICY_NETWORK_REACH_DENY;
		key++)
		if (policy->setting[key].value.list)
			return refuse_reach(policy, key, why, err);
	return 0;
}

/* @peer is one that a policy names, or a literal, and so can be read. */
static void add_route(struct plan_ops *ops, enum plan_op_kind kind, const char *text)
{
	char address[INET6_ADDRSTRLEN] = "", network[NETWORK_TEXT_MAX];
	struct peer peer = {0};
	const char *why;

	if (peer_parse(text, &peer, &why) < 0 ||
		!inet_ntop(peer.network.address.family, peer.network.address.byte, address,
			sizeof(address))) {
		ops->error = -EINVAL;
		return;
	}
	snprintf(network, sizeof(network), "%s/%u", address, peer.network.bits);
	plan_ops_add(ops, kind, network, (const char *const[]){text, NULL})->port = peer.port;
}

static void add_routes(const struct policy *policy, struct plan_ops *ops)
{
	char **deny = policy->setting[POLICY_NETWORK_REACH_DENY].value.list;
	char **allow = policy->setting[POLICY_NETWORK_REACH_ALLOW].value.list;
	size_t count = sizeof(not_internet) / sizeof(not_internet[0]);

	add_route(ops, PLAN_OP_ALLOW, PLAN_RESOLVER_IPV4 ":53");
	add_route(ops, PLAN_OP_ALLOW, "[" PLAN_RESOLVER_IPV6 "]:53");
	for (; deny && *deny; deny++)
		add_route(ops, PLAN_OP_REFUSE, *deny);
	for (; allow && *allow; allow++)
		add_route(ops, PLAN_OP_ALLOW, *allow);
	switch ((enum policy_reach)policy->setting[POLICY_NETWORK_REACH].value.choice) {
	case POLICY_REACH_ALL:
		break;
	case POLICY_REACH_INTERNET:
		for (size_t i = 0; i < count; i++)
			add_route(ops, PLAN_OP_REFUSE, not_internet[i]);
		break;
	case POLICY_REACH_NONE:
		add_route(ops, PLAN_OP_REFUSE, "0.0.0.0/0");
		add_route(ops, PLAN_OP_REFUSE, "::/0");
		break;
	}
}

/* Puts what @line of the host's file says into the session's. A server stands for all of its
 * family, and @told says which families have theirs: [0] IPv4, [1] IPv6. */
static void copy_resolv_line(const char *line, bool told[2], FILE *out)
{
	static const char *const kept[] = {"search", "domain", "options", "sortlist"};
	static const char server[] = "nameserver";
	static const char *const servers[] = {PLAN_RESOLVER_IPV4, PLAN_RESOLVER_IPV6};

	if (strncmp(line, server, strlen(server)) == 0) {
		const bool six = strchr(line, ':');

		if (!told[six])
			fprintf(out, "%s %s\n", server, servers[six]);
		told[six] = true;
		return;
	}
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (strncmp(line, kept[i], strlen(kept[i])) == 0)
			fprintf(out, "%s\n", line);
}

/* Returns the session's file, made from the @text of the host's, for the caller to free; NULL where
 * memory has run out. Changes @text. */
static char *make_resolv(char *text)
{
	bool told[2] = {false};
	char *made = NULL, *rest = text, *line;
	size_t size = 0;
	FILE *out = open_memstream(&made, &size);

	if (!out)
		return NULL;
	fprintf(out, "# Made by carrel for this session: net in carrel.policies(5).\n");
	while ((line = strsep(&rest, "\n")))
		copy_resolv_line(line, told, out);
	return stream_finish(out, &made);
}

/* Has programs ask pasta for names, which asks the servers of the host's file: one of those on the
 * host's own loopback (systemd-resolved) would not be reached from inside. */
static int add_resolver(struct plan_ops *ops, struct carrel_error *err)
{
	cleanup_free char *path = NULL;
	cleanup_free char *text = NULL;
	cleanup_free char *made = NULL;
	struct plan_op *op;
	cleanup_close int fd = -EBADF;
	int r = fd_canonical_trusted(RESOLV, &path);

	if (r == 0)
		r = fd = fd_open_nolinks(path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	if (r == -ENOENT)
		return 0;
	if (r >= 0)
		r = fd_read_all(fd, RESOLV_MAX, &text, NULL);
	if (r < 0)
		return error_set(err, r, "%s", RESOLV);
	made = make_resolv(text);
	if (!made)
		return error_set(err, -ENOMEM, "%s", RESOLV);
	plan_add_tmpfs(ops, SLOT_WORK, RESOLV_MAX, 0755)->attrs |= MOUNT_ATTR_NOEXEC;
	op = plan_ops_add(ops, PLAN_OP_FILE, "resolv.conf", (const char *const[]){made, NULL});
	op->slot = SLOT_WORK;
	op->perm = 0444;
	op = plan_ops_add(
		ops, PLAN_OP_COVER_FILE, path, (const char *const[]){"resolv.conf", NULL});
	op->slot = SLOT_WORK;
	return 0;
}

static int add_connector(const struct policy *policy, struct plan *plan, struct carrel_error *err)
{
	enum { NEEDED = CLONE_NEWPID | CLONE_NEWNS };
	cleanup_free char *path = NULL;
	struct plan_op *op;
	int r;

	if ((plan->namespaces & NEEDED) != NEEDED)
		return refuse_reach(policy, POLICY_NETWORK_REACH,
			"needs namespaces.mount = private and namespaces.pid = private: pasta ends "
			"with the pid namespace",
			err);
	/* It is a link that leads to the program of two names, and goes by its own. */
	r = fd_canonical_trusted(CONNECTOR, &path);
	if (r < 0) {
		error_set(err, r, "%s", CONNECTOR);
		error_installation(err);
		return r == -ENOENT
			       ? error_why(err,
					 "namespaces.net = private needs it, unless network.reach "
					 "= none: install the package passt")
			       : r;
	}
	op = plan_ops_add(plan->ops, PLAN_OP_NETWORK, path, NULL);
	op->uid = plan->uid;
	op->gid = plan->gid;
	add_routes(policy, plan->ops);
	return add_resolver(plan->ops, err);
}

bool plan_needs_connector(const struct policy *policy)
{
	return policy->setting[POLICY_NAMESPACES_NET].value.choice != POLICY_HOST &&
	       (policy->setting[POLICY_NETWORK_REACH].value.choice != POLICY_REACH_NONE ||
		       policy->setting[POLICY_NETWORK_REACH_ALLOW].value.list);
}

int plan_build_network(const struct policy *policy, struct plan *plan, struct carrel_error *err)
{
	if (policy->setting[POLICY_NAMESPACES_NET].value.choice == POLICY_HOST)
		return check_host_network(policy, err);
	plan->own_network = true;
	if (plan_needs_connector(policy))
		return add_connector(policy, plan, err);
	plan->namespaces |= CLONE_NEWNET;
	plan_ops_add(plan->ops, PLAN_OP_LOOPBACK, NULL, NULL);
	return 0;
}
