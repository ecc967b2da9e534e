// SPDX-License-Identifier: MIT
/*
 * Lists of destinations: addresses, networks and ports.
 */
#include "base/cleanup.h"
#include "base/list.h"
#include "base/units.h"
#include "policy/peer.h"
#include "policy/value.h"

#include <errno.h>
#include <string.h>

enum { PEER_TEXT_MAX = 80 };

static const char not_a_peer[] =
	"is not an address, a network, or one of them with a port; names are not looked up";

/* Points at the port of @text, which is cut off there, or at NULL. False for an open bracket. */
static bool cut_port(char *text, char **ret_network, char **ret_port)
{
	char *colon = strchr(text, ':'), *end = strchr(text, ']');

	*ret_network = text;
	*ret_port = NULL;
	if (text[0] == '[') {
		if (!end || (end[1] && end[1] != ':'))
			return false;
		*ret_network = text + 1;
		*ret_port = end[1] ? end + 2 : NULL;
		*end = '\0';
	} else if (colon && !strchr(colon + 1, ':')) {
		*colon = '\0';
		*ret_port = colon + 1;
	}
	return true;
}

int peer_parse(const char *text, struct peer *ret_peer, const char **ret_reason)
{
	char copy[PEER_TEXT_MAX], *network, *port;
	struct peer peer = {.port = 0};
	uint64_t number;

	*ret_reason = not_a_peer;
	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	if (!cut_port(copy, &network, &port))
		return -EINVAL;
	if (port) {
		if (units_parse_count(port, &number) < 0)
			return -EINVAL;
		*ret_reason = "has a port that is out of bounds: 1 to 65535";
		if (number < 1 || number > UINT16_MAX)
			return -EINVAL;
		peer.port = (uint16_t)number;
	}
	if (network_parse(network, &peer.network, ret_reason) < 0) {
		if (!address_parse(network, &peer.network.address) && !strchr(network, '/'))
			*ret_reason = not_a_peer;
		return -EINVAL;
	}
	*ret_peer = peer;
	return 0;
}

static int parse_peers(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	int r = value_split_list(text, &ret_value->list, reason);

	(void)key;
	for (char **item = ret_value->list; r == 0 && item && *item; item++) {
		const char *why;
		struct peer peer;

		if (peer_parse(*item, &peer, &why) < 0)
			r = reason_refuse(reason, "\"%s\" %s", *item, why);
	}
	return r;
}

static char *format_peers(const struct key *key, const struct policy_value *value)
{
	(void)key;
	return list_format(value->list);
}

const struct key_type type_peers = {
	.parse = parse_peers,
	.format = format_peers,
	.may_be_empty = true,
	.help = "a list of addresses and networks, each with a port or without: 10.1.2.0/24:443, [fd00::/8]:53, 192.0.2.7",
};
