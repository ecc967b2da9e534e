// SPDX-License-Identifier: MIT
#include "guest/ssh.h"
#include "plan/guest.h"

enum { ALL = SSH_LOGIN | SSH_ADMIN | SSH_PROBE };

/* Each becomes "-oOPTION", for those of its callers. */
static const struct {
	const char *option;
	unsigned callers;
} options[] = {
	{"BatchMode=yes", ALL},
	/* This rules out all others. They are not named: an ssh without GSSAPI complains of its
	 * options. */
	{"PreferredAuthentications=publickey", ALL},
	{"IdentitiesOnly=yes", ALL},
	{"StrictHostKeyChecking=yes", ALL},
	{"GlobalKnownHostsFile=none", ALL},
	{"UpdateHostKeys=no", ALL},
	{"HostKeyAlias=" GUEST_HOST_NAME, ALL},
	{"ControlMaster=no", ALL},
	{"ControlPath=none", ALL},
	{"PermitLocalCommand=no", ALL},
	{"ForwardX11=no", ALL},
	{"ClearAllForwardings=yes", ALL},
	{"LogLevel=ERROR", ALL},
	/* The proxy passes a socket on. The prober's is ssh's own stdin and stdout. */
	{"ProxyUseFdpass=yes", SSH_LOGIN | SSH_ADMIN},
	/* A login may have an agent, which guest-attach decides. */
	{"IdentityAgent=none", SSH_ADMIN | SSH_PROBE},
	{"SendEnv=LANG LC_*", SSH_LOGIN},
	/* The client's ssh obscures keystrokes as far as a network is involved. Older ones do not
	 * know the option. */
	{"IgnoreUnknown=ObscureKeystrokeTiming", SSH_LOGIN},
	{"ObscureKeystrokeTiming=no", SSH_LOGIN},
	/* This tells a guest that hangs from one that is slow. */
	{"ConnectTimeout=120", SSH_LOGIN},
	{"ServerAliveInterval=30", SSH_LOGIN},
	{"ServerAliveCountMax=4", SSH_LOGIN},
};

void guest_ssh_words(struct words *words, const struct ssh_call *call)
{
	words_add(words, "ssh");
	words_add(words, "-Fnone");
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].callers & call->caller)
			words_add(words, "-o%s", options[i].option);
	words_add(words, "-oIdentityFile=%s", call->key);
	words_add(words, "-oUserKnownHostsFile=%s", call->known_hosts);
	words_add(words, "-oProxyCommand=%s", call->proxy);
	words_add(words, "-l%s", call->user);
}
