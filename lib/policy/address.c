// SPDX-License-Identifier: MIT
#include "policy/address.h"
#include "base/units.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

enum { ADDRESS_TEXT_MAX = 64, MAPPED_BITS = 96 };

static const unsigned char mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool address_parse(const char *text, struct address *ret_address)
{
	struct address address = {.family = AF_INET};
	char plain[ADDRESS_TEXT_MAX];
	size_t length = strcspn(text, "%");

	if (length >= sizeof(plain))
		return false;
	if (!text[length] && inet_pton(AF_INET, text, address.byte) == 1) {
		*ret_address = address;
		return true;
	}
	memcpy(plain, text, length);
	plain[length] = '\0';
	if (inet_pton(AF_INET6, plain, address.byte) != 1)
		return false;
	address.family = AF_INET6;
	if (memcmp(address.byte, mapped, sizeof(mapped)) == 0) {
		address.family = AF_INET;
		memmove(address.byte, address.byte + sizeof(mapped), 4);
		memset(address.byte + 4, 0, sizeof(address.byte) - 4);
	}
	*ret_address = address;
	return true;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static bool rest_is_zero(const struct network *network)
{
	for (unsigned bit = network->bits; bit < 8 * sizeof(network->address.byte); bit++) {
		if (network->address.byte[bit / 8] & 0x80 >> bit % 8)
			return false;
	}
	return true;
}

int network_parse(const char *text, struct network *ret_network, const char **ret_reason)
{
	struct network network;
	char plain[ADDRESS_TEXT_MAX];
	size_t length = strcspn(text, "/");
	bool was_mapped;
	uint64_t bits;

	*ret_reason = "is not an address";
	if (length >= sizeof(plain))
		return -EINVAL;
	memcpy(plain, text, length);
	plain[length] = '\0';
	if (strchr(plain, '%') || !address_parse(plain, &network.address))
		return -EINVAL;
	was_mapped = network.address.family == AF_INET && strchr(plain, ':');
	network.bits = network.address.family == AF_INET ? 32 : 128;
	if (text[length] == '/') {
		*ret_reason = "has a prefix that is out of bounds";
		if (units_parse_count(text + length + 1, &bits) < 0)
			return -EINVAL;
		if (was_mapped) {
			if (bits < MAPPED_BITS)
				return -EINVAL;
			bits -= MAPPED_BITS;
		}
		if (bits > network.bits)
			return -EINVAL;
		network.bits = (unsigned)bits;
	}
	*ret_reason = "has bits set beyond its prefix";
	if (!rest_is_zero(&network))
		return -EINVAL;
	*ret_network = network;
	return 0;
}

bool network_contains(const struct network *network, const struct address *address)
{
	return network->address.family == address->family &&
	       same_bits(network->address.byte, address->byte, network->bits);
}
