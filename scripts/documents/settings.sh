# What pages of the documents suppose to be there: sites, devices, files.

# A site with the application `hall`. `site signed`: its owner says who reads; further words go to `keyward serve`.
site() {
	local authorization=1
	if [ "${1:-}" = signed ]; then
		authorization=3
		shift
	fi
	test -e .keyward/site.yaml || keyward init --yes > init.log
	keyward serve "$@" > served.log
	sed "s/authorization: 1/authorization: $authorization/" "$ROOT/scripts/documents/hall.yaml" > applied.yaml
	keyward policy apply applied.yaml > applied.log
}
# Such a site whose owner has made their key; $owner is the hash of the root.
owned_site() {
	site signed
	keyward owner init --yes > owner.log
	owner=$(grep -oE '[0-9a-f]{64}' owner.log | head -n 1)
}
# A release of the class `probe`, signed and in force.
release() {
	head -c 1000 /dev/urandom > image
	bill bom.json
	keyward release init image --application hall --class probe --release "$1" --bom bom.json --out release > release.log
	keyward release sign release >> release.log
	keyward release publish release >> release.log
}
# The next part of docs/owner.md is of another site, with an owner of three keys.
another_site() {
	stop
	rm -r keyward-owner
	export KEYWARD_DATA=$PWD/another
	site signed
	keyward owner key --folder third > third.pub
}
# A folder that has the checkout and nothing else, and then one that has the packed program.
checkout() {
	local name
	for name in packages scripts examples vectors node_modules package.json .npmrc; do ln -s "$ROOT/$name" .; done
	program=$ROOT/packages/cli/main.ts
	export KEYWARD_DATA=$PWD/.keyward
}
empty_folder() {
	unset KEYWARD_DATA
	mkdir empty
	cd empty
	cp "$PACKED"/*.tgz .
	program=$PACKED/node_modules/keyward/bin/keyward.js
}
# Another site, on which the next client is commissioned as the page's beginning says.
for_clients() {
	kill $(jobs -p) 2> kill.log || true
	wait || true
	rm -r g-1 desk *.commissioning
	export KEYWARD_DATA=$PWD/another-$((RANDOM))
	site
	keyward device expect g-1 --application hall --out g-1.commissioning
	keyward reader expect desk --application hall --out desk.commissioning
	keyward grant desk --application hall --stream dose-rate --purpose 'trying it out'
}
plain_folders() {
	keyward device commission --allow-plain-key --folder g-1 --from g-1.commissioning
	keyward reader commission --allow-plain-key --folder desk --from desk.commissioning
}
device() {
	keyward device expect "$1" --application hall | keyward device commission --folder "$1" > "commissioned-$1.log"
}
reader() {
	keyward reader expect "$1" --application hall | keyward reader commission --folder "$1" > "commissioned-$1.log"
}
# seals DATA TO: copies of a site's seals.
seals() {
	(cd "$1" && cp --parents ./*/seal.key "$2")
}

# EST: the token of what `device expect --json` printed, for curl and for strongSwan.
est_token() {
	sed -nE 's/.*"token": ?"([^"]+)".*/user = "est:\1"/p' "$1" > token.cnf
	test -s token.cnf
}
est_strongswan() {
	keyward device expect probe-3 --application hall --json > expected.json
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -subj /O=hall/CN=probe-3/serialNumber=probe-3 -outform DER -out request.der 2> request.log
	sed -nE 's/.*"token": ?"([^"]+)".*/--userpass "est:\1"/p' expected.json > token.options
	printf 'libtls { version_max = 1.3 }\n' > strongswan.conf
	export STRONGSWAN_CONF=$PWD/strongswan.conf
}
est_authorities() {
	cp .keyward/authority/site-root.pem root.pem
	cp .keyward/authority/issuing.hall.pem issuing.pem
}

# A fleet of another CA, and the policy that lets it in.
other_ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -subj /CN=pumps -days 30 -out ca.pem 2> ca.log
	mkdir pumps
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout pump-7.key -subj /CN=pump-7 2>> ca.log |
		openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 20 -out pump-7.pem -extfile <(echo extendedKeyUsage=clientAuth) 2>> ca.log
	cp pump-7.pem pumps/
}
other_policy() {
	local hash
	hash=$(openssl x509 -in ca.pem -outform DER | sha256sum | cut -d ' ' -f 1)
	sed "s/^devices:/&\n  pump: { custody: [software], streams: [temperature], support-until: 2031-12-31, other-cas: [$hash] }/" applied.yaml > hall.yaml
}

# An issuer of OpenID Connect in the site file; nobody signs in by it here.
issuer() {
	keyward init --yes > init.log
	echo secret > issuer.secret
	chmod 600 issuer.secret
	printf '\nsign-in: [{ name: plant, issuer: https://login.plant.example/realms/plant, client-id: keyward, secret-file: ../issuer.secret }]\n' >> .keyward/site.yaml
}

# A bill of materials, and an advisory about what is in it.
bill() {
	printf '{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[{"type":"library","name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0"}]}' > "$1"
}
advisories() {
	bill tank-1.0.0.cdx.json
	printf '{"schema_version":"1.6.0","id":"CVE-2026-1","modified":"2026-01-02T00:00:00Z","published":"2026-01-01T00:00:00Z","summary":"left is weak","affected":[{"package":{"ecosystem":"npm","name":"left","purl":"pkg:npm/left"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"2.0.0"}]}]}]}' > osv.json
}
tanks() {
	sed 's/^application: .*/application: hall/; s/^streams:/&\n  level: { unit: m, every: 1min, readers: [desk] }/; s/^devices:/&\n  tank: { custody: [software], streams: [level], support-until: 2031-12-31 }/' applied.yaml > tank.yaml
	keyward policy apply tank.yaml > applied.log
}

# Device lists, an image, passwords: files to look at.
look_at() {
	mkdir -p certificates fleet
	printf 'device,psk\npump-1,000102030405060708090a0b0c0d0e0f\n' | tee devices.csv > fleet/devices.csv
	printf 'firmware' > firmware-1.4.bin
	echo secret > passwords.txt
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout certificates/key.pem -subj /CN=a -out certificates/a.pem 2> look.log
}
