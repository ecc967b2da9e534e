// SPDX-License-Identifier: MIT
#include "recipe.h"

/* Guests of these releases can be reached by their systemd and ssh, and debian.sh knows them. */
static const char *const suites[] = {"trixie", "forky", NULL};

const struct key recipe_keys[RECIPE_KEY_COUNT] = {
	[RECIPE_SUITE] =
		{
			.section = "recipe",
			.name = "suite",
			.type = &type_choice,
			.choices = suites,
			.default_text = "trixie",
			.doc = "The release of Debian: 13, or the one that comes after it.",
			.example = "trixie",
		},
	[RECIPE_PACKAGES] =
		{
			.section = "recipe",
			.name = "packages",
			.type = &type_names,
			.default_text = "",
			.doc = "Debian packages, and what they depend on, besides those that every "
			       "guest has.",
			.example = "gcc, gdb, make",
		},
	[RECIPE_FILES] =
		{
			.section = "recipe",
			.name = "files",
			.type = &type_names,
			.default_text = "",
			.doc = "Files of this machine, each with a colon and the place that a copy "
			       "of it gets in the image, where it belongs to root. Everybody has "
			       "to "
			       "be allowed to read them, for everybody can read an image.",
			.example = "/srv/course/motd:/etc/motd",
		},
	[RECIPE_HOOK] =
		{
			.section = "recipe",
			.name = "hook",
			.type = &type_text,
			.default_text = "",
			.doc = "A program of this machine, which only root may be able to change. "
			       "It is run as root of this machine, after the packages and files "
			       "are "
			       "there, with the folder that is to be the image's root as its only "
			       "argument.",
			.example = "/usr/local/sbin/course-hook",
		},
	[RECIPE_SIZE] =
		{
			.section = "recipe",
			.name = "size",
			.type = &type_size,
			.min = UINT64_C(1) << 30,
			.max = UINT64_C(64) << 40,
			.default_text = "1G",
			.doc = "The size of the image's disk, whole MiB; the disk of a template "
			       "that names it is at least as large.",
			.example = "4G",
		},
	[RECIPE_MIRROR] =
		{
			.section = "recipe",
			.name = "mirror",
			.type = &type_text,
			.default_text = "",
			.doc = "Where the packages come from, instead of this machine's own mirror "
			       "of Debian; security updates still come from Debian. Guests get "
			       "theirs from Debian.",
			.example = "http://ftp.example.org/debian",
		},
};
