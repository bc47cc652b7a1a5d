#include "embedded.h"

#include "base/attr.h"
#include "base/str.h"

#include "base/banned.h"

/* Defined in profiles.S; the end is the byte after the last one. */
extern const char policy_embedded_oci[], policy_embedded_oci_end[];
extern const char policy_embedded_hardened[], policy_embedded_hardened_end[];
extern const char policy_embedded_restricted[], policy_embedded_restricted_end[];

static const struct {
	const char *name;
	const char *start;
	const char *end;
} files[] = {
	{ "oci", policy_embedded_oci, policy_embedded_oci_end },
	{ "hardened", policy_embedded_hardened, policy_embedded_hardened_end },
	{ "restricted", policy_embedded_restricted, policy_embedded_restricted_end },
};

int policy_embedded_find(const char *name, struct policy_embedded *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (!str_eq(files[i].name, name))
			continue;
		*out = (struct policy_embedded){
			.name = files[i].name,
			.text = files[i].start,
			.len = (size_t)(files[i].end - files[i].start),
		};
		return 0;
	}
	return -1;
}
