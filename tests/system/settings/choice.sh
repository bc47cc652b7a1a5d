#!/bin/bash
# Who chooses the profile: the administrator's file binds the command line, an annotation of the
# bundle can only ask for more, and nothing else is listened to.
. "$top_srcdir/tests/system/ids/etc.bash"

settings=/etc/caisson/caisson.json
mkdir -m 0755 /etc/caisson
settle() { # TEXT
	printf '%s\n' "$1" >$settings
}
profile_of() { # ID
	caisson state "$1" | jq -r .caisson.profile
}
annotate() { # BUNDLE PROFILE
	# shellcheck disable=SC2016 # jq's variable
	edit "$1" --arg profile "$2" '.annotations["caisson.profile"] = $profile'
}

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60
pool caisson 1879048192:131072
echo '{ "extends": "hardened", "name": "site", "rules": { "CIS-5.13": "refuse" } }' >/etc/caisson/site.json
echo '{ "extends": "hardened", "name": "loose", "rules": { "CIS-5.10": "warn" } }' >/etc/caisson/loose.json
cp /etc/caisson/site.json "$scratch/site.json"

# --- what a command line may choose
settle '{ "profiles": [ "restricted", "/etc/caisson/site.json" ] /* not oci */ }'
new_id
fails_with 'a profile that is not listed' \
	"profile 'oci' may not be chosen here: '$settings' allows hardened, restricted, /etc/caisson/site.json; to allow it: add it" \
	caisson --profile oci create --bundle "$b" "$id"
fails_with 'nothing was made' 'does not exist' caisson state "$id"
fails_with 'run neither' 'may not be chosen here' caisson --profile oci run --bundle "$b" "$id"
fails_with 'plan says so before' 'may not be chosen here' caisson --profile oci plan "$b"
fails_with 'a copy of a listed file is another file' 'may not be chosen here' \
	caisson --profile "$scratch/site.json" create --bundle "$b" "$id"
fails_with 'the default of other runtimes is no way around' 'may not be chosen here' \
	caisson --profile ./oci create --bundle "$b" "$id"
like 'a listed one' "$(caisson --profile /etc/caisson/site.json plan "$b" 2>&1)" '^profile +site$'
succeeds 'the default is always one of them' caisson --profile hardened create --bundle "$b" "$id"
is 'and it is in force' "$(profile_of "$id")" hardened
succeeds 'other commands do not mind what an engine gives to all' caisson --profile oci delete --force "$id"
settle '{ "profiles": [ "hardend" ] }'
fails_with 'a misspelt one in the list' 'profiles/0: unknown profile .hardend.; did you mean ..hardened' \
	caisson create --bundle "$b" "$id"

# --- annotations: only more
settle '{ "profiles": [ "/etc/caisson/site.json", "/etc/caisson/loose.json" ] }'
annotate "$b" oci
fails_with 'an annotation that asks for less' \
	"\[CS-ANN-2\] /annotations/caisson.profile: 'oci'; what comes with a bundle may only" \
	caisson create --bundle "$b" "$id"
like 'plan says where it is looser' "$(caisson plan "$b" 2>&1 | tr -s ' \n' ' ')" \
	"at least as strict as 'hardened'; this one is looser in userns, layout_owning_on_config, capabilities_limited"
annotate "$b" /etc/caisson/loose.json
fails_with 'a file that is looser in one rule' 'CS-ANN-2' caisson create --bundle "$b" "$id"
like 'that rule is named' "$(caisson plan "$b" 2>&1 | tr -s ' \n' ' ')" 'this one is looser in CIS-5.10'
annotate "$b" "$scratch/site.json"
fails_with 'a file that the administrator does not list' 'CS-ANN-2' caisson create --bundle "$b" "$id"
annotate "$b" ''
fails_with 'an empty one' 'CS-ANN-2' caisson create --bundle "$b" "$id"
annotate "$b" restricted
fails_with 'a stricter one is in force: it refuses' 'profile restricted: .PSS-R-5' caisson create --bundle "$b" "$id"
annotate "$b" /etc/caisson/site.json
edit "$b" '.root.readonly = true'
succeeds 'a listed file that is stricter' caisson create --bundle "$b" "$id"
is 'is the profile of the container' "$(profile_of "$id")" site
like 'plan tells of the change' "$(caisson plan "$b")" "profile 'site' instead of 'hardened'"
caisson delete --force "$id"
annotate "$b" hardened
settle '{}'
succeeds 'an annotation tightens oci, too' caisson --profile oci create --bundle "$b" "$id"
is 'it is hardened' "$(profile_of "$id")" hardened
caisson delete --force "$id"

# --- nothing else
edit "$b" 'del(.annotations) | .process.env += ["CAISSON_PROFILE=oci", "PROFILE=oci"]'
succeeds 'variables of caisson or of the bundle choose nothing' \
	env CAISSON_PROFILE=oci PROFILE=oci CAISSON_DEBUG=all caisson_profile=oci "$CAISSON" create --bundle "$b" "$id"
is 'it is hardened' "$(profile_of "$id")" hardened
caisson delete --force "$id"

# --- whose file it is
chmod 0775 /etc/caisson
fails_with 'a directory that others can write' 'in a directory that others than root can write' \
	caisson create --bundle "$b" "$id"
chmod 0755 /etc/caisson
chown 1000 /etc/caisson
fails_with 'a directory of somebody else' 'in a directory of user 1000' caisson create --bundle "$b" "$id"
chown 0 /etc/caisson
rm $settings
ln -s "$scratch/site.json" $settings
fails_with 'a link to what is no settings file' 'unknown setting' caisson create --bundle "$b" "$id"
rm $settings
mkfifo $settings
fails_with 'a fifo' 'not a regular file' caisson create --bundle "$b" "$id"
