/* SPDX-License-Identifier: MIT */
/*
 * sha256.h - SHA-256 (FIPS 180-4), for the names of images. No secret goes through it.
 */
#ifndef CARREL_GUEST_IMAGE_SHA256_H
#define CARREL_GUEST_IMAGE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BLOCK = 64, SHA256_HEX_SIZE = 65 };

struct sha256 {
	uint32_t state[8];
	uint64_t length; /* bytes so far */
	uint8_t block[SHA256_BLOCK];
};

void sha256_begin(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *bytes, size_t size);

/* Writes 64 digits in lower case and a NUL. */
void sha256_end(struct sha256 *sha, char hex[SHA256_HEX_SIZE]);

#endif
