#!/bin/sh
# A Keyward client with mosquitto_pub, mosquitto_sub, openssl and curl. FOLDER is what
# `keyward device commission --allow-plain-key` or `keyward reader commission --allow-plain-key` made.
#
#   keyward-client.sh publish FOLDER STREAM UNIT < values     one number a line
#   keyward-client.sh read FOLDER TOPIC                       readings as they come
#   keyward-client.sh fetch FOLDER DEVICE STREAM [AFTER]      stored readings, as JSON
#   keyward-client.sh renew FOLDER                            a new certificate for the same key, over EST
set -eu

usage() {
	sed -n '5,8s/^#   //p' "$0" >&2
	exit 2
}
[ $# -ge 2 ] || usage
verb=$1 folder=$2

if [ ! -r "$folder/identity.json" ]; then
	echo "$folder/identity.json cannot be read: give the folder that keyward device commission or keyward reader commission made with --allow-plain-key." >&2
	exit 2
fi
# A text field of identity.json, which is one flat object.
field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$folder/identity.json"; }

application=$(field application) id=$(field id) key=$folder/keys/$(field key).key
mqtt=$(field mqttUrl) service=$(field serviceUrl)
if grep -q ENCRYPTED "$key"; then
	echo "$key is encrypted: for other programs than keyward, commission another device or reader with --allow-plain-key." >&2
	exit 2
fi
# mqtts://HOST:PORT
address=${mqtt#mqtts://} host=${address%:*} port=${address##*:}

mosquitto() {
	program=$1
	shift
	"$program" -V 5 -h "$host" -p "$port" -i "$id" --tls-version tlsv1.3 \
		--cafile "$folder/service-ca.pem" --cert "$folder/certificate.pem" --key "$key" "$@"
}
https() {
	curl -sS --fail-with-body --tlsv1.3 --cacert "$folder/service-ca.pem" \
		--cert "$folder/certificate.pem" --key "$key" "$@"
}

case $verb in
publish)
	[ $# -eq 4 ] || usage
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	# One connection for all lines: mosquitto_pub -l sends each line as a message.
	while read -r value; do
		printf '[{"n":"%s/%s","u":"%s","t":%s,"v":%s}]\n' "$id" "$3" "$4" "$(date +%s.%3N)" "$value"
		sleep 0.002 # a reading is (device, stream, time): two of one millisecond would be one
	done | mosquitto mosquitto_pub -q 1 -t "$application/$id/$3" -l 2>"$work/said" || {
		cat "$work/said" >&2
		exit 1
	}
	cat "$work/said" >&2
	# mosquitto_pub ends with 0 whatever the reason codes were, and only warns of a reading that was refused.
	! grep -q '^Warning: Publish' "$work/said"
	;;
read)
	[ $# -eq 3 ] || usage
	mosquitto mosquitto_sub -q 1 -t "$3"
	;;
fetch)
	[ $# -ge 4 ] || usage
	https "$service/v1/readings/$application/$3/$4?after=${5:-0}"
	echo
	;;
renew)
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	openssl req -new -key "$key" -subj "/O=$application/CN=$id/serialNumber=$id" -outform DER | openssl base64 >"$work/request"
	https -H 'Content-Type: application/pkcs10' --data-binary "@$work/request" \
		-o "$work/answer" "$service/.well-known/est/simplereenroll" || {
		cat "$work/answer" >&2 # why it was refused
		exit 1
	}
	base64 -d "$work/answer" | openssl pkcs7 -inform DER -print_certs |
		sed -n '/BEGIN/,/END/p' >"$work/certificate.pem"
	[ -s "$work/certificate.pem" ]
	# Whole before it takes the old one's place.
	cp "$work/certificate.pem" "$folder/certificate.pem.new"
	mv "$folder/certificate.pem.new" "$folder/certificate.pem"
	;;
*) usage ;;
esac
