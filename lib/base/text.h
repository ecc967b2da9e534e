/* SPDX-License-Identifier: MIT */
/*
 * text.h - keeps what others have said, and names, to one line.
 */
#ifndef CARREL_BASE_TEXT_H
#define CARREL_BASE_TEXT_H

#include <stddef.h>

/* Replaces each control character and each non-ASCII byte of @text with '?', in place, so that a
 * log line stays one line. */
void text_sanitize(char *text);

/* Writes ":" and the bytes of the account's name @name in hexadecimal to @buf, cut to @size. No
 * name begins with a colon (passwd(5)). */
void text_encode_name(const char *name, char *buf, size_t size);

/* Copies to @buf, which has @size bytes, the name that @text is, or that text_encode_name() has
 * written to it. Returns 0 or -EBADMSG. */
int text_decode_name(const char *text, char *buf, size_t size);

#endif
