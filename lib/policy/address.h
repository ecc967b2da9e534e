/* SPDX-License-Identifier: MIT */
/*
 * address.h - addresses and networks of both families, without DNS.
 */
#ifndef CARREL_POLICY_ADDRESS_H
#define CARREL_POLICY_ADDRESS_H

#include <stdbool.h>

/* An IPv4 address written as ::ffff:10.0.0.1 is the IPv4 address. */
struct address {
	int family; /* AF_INET, AF_INET6 */
	unsigned char byte[16];
};

struct network {
	struct address address;
	unsigned bits;
};

/* Reads "10.0.0.1", "2001:db8::1", "fe80::1%eth0" (the zone is left out). False: no address. */
bool address_parse(const char *text, struct address *ret_address);

/*
 * Reads "10.0.0.0/8" or a single address. Returns 0, or -EINVAL with *ret_reason (a literal): also
 * for bits set behind the prefix, where what was meant is not clear.
 */
int network_parse(const char *text, struct network *ret_network, const char **ret_reason);

bool network_contains(const struct network *network, const struct address *address);

#endif
