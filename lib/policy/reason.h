/* SPDX-License-Identifier: MIT */
/*
 * reason.h - why a value is refused: a text of REASON_MAX bytes that the caller provides.
 */
#ifndef CARREL_POLICY_REASON_H
#define CARREL_POLICY_REASON_H

/* A longer reason is cut. */
enum { REASON_MAX = 448 };

/* Writes the text to @reason. Returns -EINVAL, so that a caller can return the call. */
int reason_refuse(char *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends the text to @reason. */
void reason_append(char *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends '; did you mean "4G"?' to @reason where @text, which is no size, is nearly one. */
void reason_suggest_size(char *reason, const char *text);

#endif
