// SPDX-License-Identifier: MIT
#include "services.h"

#include <fnmatch.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

/* "remote" is login(1)'s, for users who come by telnet and the like. */
const char *const pam_services[] = {
	"sshd",
	"login",
	"remote",
	"cron",
	"atd",
	"su",
	"su-l",
	"sudo",
	"sudo-i",
	NULL,
};

#define PART      "it is a part of other services' files"
#define LEFTOVER  "it is what an editor or a package manager left"
#define ACCOUNTS  "it changes accounts, and runs nothing as a user"
#define ROOTS     "only root can use it"
#define PASSWORDS "it only checks passwords"
#define UNLOCKS   "it only unlocks a screen"
#define GREETS    "it is a greeter's, which runs as a system account"

/* The names are those of Debian's packages, and of others' where they differ. */
static const struct {
	const char *pattern, *excuse;
} excused[] = {
	{"common-*", PART},
	{"system-auth*", PART},
	{"system-login", PART},
	{"system-local-login", PART},
	{"system-remote-login", PART},
	{"system-services", PART},
	{"password-auth*", PART},
	{"postlogin*", PART},
	{"fingerprint-auth*", PART},
	{"smartcard-auth*", PART},
	{"config-util", PART},
	{"other", "it is for programs that bring no file of their own"},
	{"*~", LEFTOVER},
	{"*.dpkg-*", LEFTOVER},
	{"*.ucf-*", LEFTOVER},
	{"*.pam-old", LEFTOVER},
	{"*.rpmnew", LEFTOVER},
	{"*.rpmorig", LEFTOVER},
	{"*.rpmsave", LEFTOVER},
	{"chage", ACCOUNTS},
	{"chfn", ACCOUNTS},
	{"chgpasswd", ACCOUNTS},
	{"chpasswd", ACCOUNTS},
	{"chsh", ACCOUNTS},
	{"groupadd", ACCOUNTS},
	{"groupdel", ACCOUNTS},
	{"groupmems", ACCOUNTS},
	{"groupmod", ACCOUNTS},
	{"newusers", ACCOUNTS},
	{"passwd", ACCOUNTS},
	{"useradd", ACCOUNTS},
	{"userdel", ACCOUNTS},
	{"usermod", ACCOUNTS},
	{"runuser", ROOTS},
	{"runuser-l", ROOTS},
	{"polkit-1", PASSWORDS},
	{"cups", PASSWORDS},
	{"cups-daemon", PASSWORDS},
	{"dovecot", PASSWORDS},
	{"imap", PASSWORDS},
	{"pop3", PASSWORDS},
	{"smtp", PASSWORDS},
	{"smtp.*", PASSWORDS},
	{"samba", PASSWORDS},
	{"ppp", PASSWORDS},
	{"squid", PASSWORDS},
	{"openvpn", PASSWORDS},
	{"vlock", UNLOCKS},
	{"i3lock", UNLOCKS},
	{"swaylock", UNLOCKS},
	{"hyprlock", UNLOCKS},
	{"kde", UNLOCKS},
	{"kde-*", UNLOCKS},
	{"kcheckpass", UNLOCKS},
	{"kscreensaver", UNLOCKS},
	{"*-screensaver", UNLOCKS},
	{"xscreensaver", UNLOCKS},
	{"light-locker", UNLOCKS},
	{"gdm-launch-environment", GREETS},
	{"lightdm-greeter", GREETS},
	{"sddm-greeter", GREETS},
	{"systemd-user", "[mounts] user_manager says what becomes of the user's manager"},
};

bool pam_service_is_wired_by_default(const char *name)
{
	for (size_t i = 0; pam_services[i]; i++)
		if (strcmp(pam_services[i], name) == 0)
			return true;
	return false;
}

const char *pam_service_excuse(const char *name)
{
	for (size_t i = 0; i < sizeof(excused) / sizeof(excused[0]); i++)
		if (fnmatch(excused[i].pattern, name, 0) == 0)
			return excused[i].excuse;
	return NULL;
}

bool pam_service_name_ok(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/') && strlen(name) < NAME_MAX / 2;
}
