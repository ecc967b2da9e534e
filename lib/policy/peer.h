/* SPDX-License-Identifier: MIT */
/*
 * peer.h - a destination on a network, as reach.allow and reach.deny name it.
 */
#ifndef CARREL_POLICY_PEER_H
#define CARREL_POLICY_PEER_H

#include "policy/address.h"

#include <stdint.h>

struct peer {
	struct network network;
	uint16_t port; /* 0: any */
};

/*
 * Reads "10.1.2.0/24:443", "10.1.2.3", "[fd00::/8]:443" or "fd00::1". Names are refused: what they
 * mean may change. Returns 0, or -EINVAL with why in *ret_reason (a literal).
 */
int peer_parse(const char *text, struct peer *ret_peer, const char **ret_reason);

#endif
