/* Rules about the process itself, its limits, the hooks, and settings of the kernel. */
#include "rules.h"

#include "base/banned.h"

static const struct policy_rule rules[] = {
	{ { "CIS-5.26", POLICY_HIGH, "no new privileges",
		  "no program may raise its privileges by execve", "/process/noNewPrivileges",
		  "NoNewPrivs of /proc/PID/status", "nothing: it is set",
		  "CIS Docker Benchmark 5.26; Pod Security restricted, privilege escalation" },
		policy_rule_no_new_privileges, POLICY_FREE, POLICY_SWITCH(no_new_privileges), false,
		false, NULL },
	/* ORDER: after CIS-5.26, which it needs */
	{ { "CS-LSM-3", POLICY_MEDIUM, "landlock that this kernel has not",
		  "what is not to be written is not written by whoever finds a way around mounts "
		  "and modes",
		  "", NULL, "boot a kernel with landlock", "landlock(7)" },
		policy_rule_landlock, POLICY_FREE, 0, false, false, NULL },
	{ { "CS-KEY-1", POLICY_MEDIUM, "session keyring",
		  "the caller's session keyring may hold keys of the host", "", NULL,
		  "nothing: the container gets a new one", "session-keyring(7)" },
		policy_rule_keyring, POLICY_KEPT, 0, false, false, NULL },
	{ { "CS-OOM-1", POLICY_MEDIUM, "spared when memory runs out",
		  "the kernel would kill processes of the host first", "/process/oomScoreAdj",
		  "/proc/PID/oom_score_adj", "leave process.oomScoreAdj out, or 0 or more", NULL },
		policy_rule_oom_score, POLICY_KEPT, 0, false, false, NULL },
	{ { "CIS-5.7", POLICY_LOW, "sshd", "it is one more way in, with keys of its own",
		  "/process/args", "names of the processes", "use exec of the engine for a shell",
		  "CIS Docker Benchmark 5.7" },
		policy_rule_sshd, POLICY_FREE, 0, true, false, NULL },
	{ { "CS-ENV-1", POLICY_LOW, "secrets in the environment",
		  "every process of the container and every crash report has it", "/process/env",
		  NULL, "hand it over in a file, as engines do with secrets", NULL },
		policy_rule_environment, POLICY_FREE, 0, true, false, NULL },
	{ { "CS-ANN-1", POLICY_LOW, "annotations that change a runtime",
		  "an image should not decide how the runtime works", "/annotations", NULL,
		  "leave the annotation out", NULL },
		policy_rule_annotations, POLICY_FREE, 0, true, false, NULL },
	{ { "CS-ANN-2", POLICY_HIGH, "profile of an annotation",
		  "what comes with a bundle may only make its container more confined",
		  "/annotations/" POLICY_PROFILE_ANNOTATION, NULL,
		  "leave the annotation out, or name a stricter profile", NULL },
		policy_rule_annotated_profile, POLICY_FIXED, 0, false, false,
		"choose the profile with --profile" },

	{ { "CIS-5.19", POLICY_LOW, "resource limits",
		  "more lets one container exhaust the kernel's memory or leave core files",
		  "/process/rlimits", "/proc/PID/limits",
		  "run it without --ulimit, or with a lower one",
		  "CIS Docker Benchmark 5.19; setrlimit(2)" },
		policy_rule_rlimit_bound, POLICY_FREE, 0, false, false, NULL },
	{ { "CS-LIM-1", POLICY_LOW, "resource limits of a config without any",
		  "limits must not depend on who called caisson", "/process/rlimits", NULL,
		  "nothing: limits are set", "setrlimit(2)" },
		policy_rule_rlimit_default, POLICY_FREE, 0, false, false, NULL },

	{ { "CS-HOOK-1", POLICY_CRITICAL, "hooks that others can change",
		  "it runs as root on the host, so whoever can change it is root there", "/hooks",
		  NULL, "give the program and the directories above it to root alone", NULL },
		policy_rule_hook_trusted, POLICY_FREE, POLICY_SWITCH(hooks_trusted_only), false,
		false,
		"make it an executable of root, in directories that only root can write, outside "
		"the root file system" },
	{ { "CS-HOOK-2", POLICY_HIGH, "environment of hooks",
		  "variables of the caller or of the image steer a program that runs as root",
		  "/hooks", NULL, "nothing: it is emptied", "CVE-2025-23266" },
		policy_rule_hook_environment, POLICY_FREE, POLICY_SWITCH(hooks_trusted_only), false,
		false, NULL },

	{ { "CS-SYS-1", POLICY_INFO, "keys and values of settings",
		  "the key must name one file below /proc/sys, the value be one line",
		  "/linux/sysctl", NULL, "correct the key or the value", "CVE-2022-0811" },
		policy_rule_sysctl_key, POLICY_FIXED, 0, false, false, NULL },
	{ { "CS-SYS-2", POLICY_CRITICAL, "settings of the host", "it would change the host",
		  "/linux/sysctl", NULL, "leave the setting out, or add the namespace", NULL },
		policy_rule_sysctl_namespace, POLICY_FIXED, 0, false, false, NULL },
	{ { "PSS-B-12", POLICY_HIGH, "settings beyond the list",
		  "it is not known to be harmless to the host", "/linux/sysctl", NULL,
		  "leave the setting out", "Pod Security baseline, sysctls" },
		policy_rule_sysctl_allowed, POLICY_FREE, POLICY_SWITCH(sysctls_limited), false,
		false, "a profile whose \"sysctls\" list has it" },
	{ { "CS-SYS-3", POLICY_INFO, "settings in place of capabilities",
		  "the host owns the network namespace, so the capability alone does not give it",
		  "/linux/sysctl", NULL, "nothing: they are made", NULL },
		policy_rule_sysctl_defaults, POLICY_FIXED, 0, false, false, NULL },
};

struct policy_rules policy_rules_of_process(void)
{
	return (struct policy_rules){ rules, ARRAY_SIZE(rules) };
}
