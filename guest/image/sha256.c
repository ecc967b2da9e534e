// SPDX-License-Identifier: MIT
#include "sha256.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

/* FIPS 180-4, 4.2.2 */
static const uint32_t K[64] = {
	0x428a2f98,
	0x71374491,
	0xb5c0fbcf,
	0xe9b5dba5,
	0x3956c25b,
	0x59f111f1,
	0x923f82a4,
	0xab1c5ed5,
	0xd807aa98,
	0x12835b01,
	0x243185be,
	0x550c7dc3,
	0x72be5d74,
	0x80deb1fe,
	0x9bdc06a7,
	0xc19bf174,
	0xe49b69c1,
	0xefbe4786,
	0x0fc19dc6,
	0x240ca1cc,
	0x2de92c6f,
	0x4a7484aa,
	0x5cb0a9dc,
	0x76f988da,
	0x983e5152,
	0xa831c66d,
	0xb00327c8,
	0xbf597fc7,
	0xc6e00bf3,
	0xd5a79147,
	0x06ca6351,
	0x14292967,
	0x27b70a85,
	0x2e1b2138,
	0x4d2c6dfc,
	0x53380d13,
	0x650a7354,
	0x766a0abb,
	0x81c2c92e,
	0x92722c85,
	0xa2bfe8a1,
	0xa81a664b,
	0xc24b8b70,
	0xc76c51a3,
	0xd192e819,
	0xd6990624,
	0xf40e3585,
	0x106aa070,
	0x19a4c116,
	0x1e376c08,
	0x2748774c,
	0x34b0bcb5,
	0x391c0cb3,
	0x4ed8aa4a,
	0x5b9cca4f,
	0x682e6ff3,
	0x748f82ee,
	0x78a5636f,
	0x84c87814,
	0x8cc70208,
	0x90befffa,
	0xa4506ceb,
	0xbef9a3f7,
	0xc67178f2,
};

static uint32_t rotate(uint32_t word, unsigned bits)
{
	return word >> bits | word << (32 - bits);
}

/* The word of the schedule that round @i adds; @w is a ring of 16. */
static inline uint32_t schedule(uint32_t w[16], size_t i)
{
	uint32_t a = w[(i + 1) % 16], b = w[(i + 14) % 16];

	if (i >= 16)
		w[i % 16] += w[(i + 9) % 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
			     (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	return w[i % 16];
}

/* FIPS 180-4, 6.2.2 */
static void transform(uint32_t state[8], const uint8_t *block)
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint32_t w[16];

	memcpy(w, block, sizeof(w));
	for (size_t i = 0; i < 16; i++)
		w[i] = be32toh(w[i]);
	for (size_t i = 0; i < 64; i++) {
		uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
			      ((e & f) ^ (~e & g)) + K[i] + schedule(w, i);
		uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
			      ((a & b) ^ (a & c) ^ (b & c));

		h = g, g = f, f = e, e = d + t1;
		d = c, c = b, b = a, a = t1 + t2;
	}
	state[0] += a, state[1] += b, state[2] += c, state[3] += d;
	state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void sha256_begin(struct sha256 *sha)
{
	static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

	*sha = (struct sha256){0};
	memcpy(sha->state, initial, sizeof(initial));
}

void sha256_add(struct sha256 *sha, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;
	size_t used = sha->length % SHA256_BLOCK;

	sha->length += size;
	if (used > 0) {
		size_t part = SHA256_BLOCK - used < size ? SHA256_BLOCK - used : size;

		memcpy(sha->block + used, from, part);
		if (used + part < SHA256_BLOCK)
			return;
		transform(sha->state, sha->block);
		from += part;
		size -= part;
	}
	for (; size >= SHA256_BLOCK; from += SHA256_BLOCK, size -= SHA256_BLOCK)
		transform(sha->state, from);
	memcpy(sha->block, from, size);
}

void sha256_end(struct sha256 *sha, char hex[SHA256_HEX_SIZE])
{
	static const uint8_t padding[SHA256_BLOCK] = {0x80};
	uint64_t bits = htobe64(sha->length * 8);
	size_t used = sha->length % SHA256_BLOCK;

	sha256_add(sha, padding, (used < 56 ? 56 : 56 + SHA256_BLOCK) - used);
	sha256_add(sha, &bits, sizeof(bits));
	for (size_t i = 0; i < 8; i++)
		snprintf(hex + 8 * i, 9, "%08x", sha->state[i]);
}
