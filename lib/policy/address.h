/* SPDX-License-Identifier: MIT */
/*
 * address.h - addresses and networks of both families, without DNS.
 */
#ifndef CARREL_POLICY_ADDRESS_H
#define CARREL_POLICY_ADDRESS_H

#include <stdbool.h>

/* This is an IPv4 or IPv6 address; ::ffff:10.0.0.1 is the IPv4 address 10.0.0.1. */
struct address {
	int family; /* AF_INET or AF_INET6 */
	unsigned char byte[16];
};

struct network {
	struct address address;
	unsigned bits;
};

/* Reads "10.0.0.1", "2001:db8::1", or "fe80::1%eth0" without its zone. Returns false where @text is
 * no address. */
bool address_parse(const char *text, struct address *ret_address);

/*
 * Reads "10.0.0.0/8" or a single address. Returns 0, or -EINVAL with why in *ret_reason (a
 * literal). Bits set beyond the prefix are refused: what they mean is not clear.
 */
int network_parse(const char *text, struct network *ret_network, const char **ret_reason);

/* Returns whether @address is in @network. An IPv4 address is in no IPv6 network. */
bool network_contains(const struct network *network, const struct address *address);

#endif
