/* SPDX-License-Identifier: MIT */
/*
 * fields.h - the engine of the records in /run/carrel: a struct is "name value" lines in a file.
 */
#ifndef CARREL_BASE_FIELDS_H
#define CARREL_BASE_FIELDS_H

#include <stddef.h>

enum record_field_kind {
	FIELD_TEXT, /* a remote host or a guest may have had a part in it: no control characters */
	FIELD_NAME, /* an account's name, which comes back unchanged */
	FIELD_NUMBER,  /* an unsigned integer of any size */
	FIELD_BOOL,    /* 0 or 1 */
	FIELD_PROCESS, /* struct proc_id */
};

/* Describes a member of a struct, and the line that it is in a file. A table of these ends with a
 * row without a name. */
struct record_field {
	const char *name;
	enum record_field_kind kind;
	size_t offset, size;
};

/* Makes a row: the line @name_ is the @member of @type. */
#define RECORD_FIELD(type, name_, kind_, member)                                                   \
	{                                                                                          \
		name_, kind_, offsetof(type, member), sizeof(((type *)NULL)->member)               \
	}

/* Returns the @fields of the struct @from as lines, which the caller frees, or NULL where memory is
 * short. */
char *fields_print(const struct record_field *fields, const void *from);

/* Reads the lines of @text, which is changed by that, into the struct @ret, which the caller has
 * zeroed. Lines of other names are passed over, and members without a line stay as they are:
 * another version has written them. Returns 0 or -EBADMSG. */
int fields_parse(const struct record_field *fields, char *text, void *ret);

#endif
