# What stands before every page: the machine of somebody who follows it. PAGE and ROOT come by the environment.

set -uo pipefail
shopt -s expand_aliases
failed=0
trap 'code=$?; failed=1; echo "$PAGE:$LINENO: exit $code: $(sed -n "${LINENO}p" page.sh)" >&2' ERR
trap 'exit $failed' EXIT

# A verb of keyward as the reader types it. A service goes on in the background, and what follows without end ends with its first line.
keyward() {
	case " $* " in
		*' device run '*' --until-drained '*) timeout 120 node "$ROOT/packages/cli/main.ts" "$@" ;;
		' device run '*) until_says 'link: connected' node "$ROOT/packages/cli/main.ts" "$@" ;;
		' serve '*) serve "$@" ;;
		*' --follow '* | ' console '* | ' witness serve '*) until_says . node "$ROOT/packages/cli/main.ts" "$@" ;;
		' owner init --with '* | ' roster sign '* | ' release sign '* | *' --sign '*) timeout 120 node "$ROOT/packages/cli/main.ts" "$@" --yes ;;
		*) timeout 120 node "$ROOT/packages/cli/main.ts" "$@" ;;
	esac
}
# As the reader ends it by Ctrl-C, once it has said this.
until_says() {
	local wanted=$1 line='' got=0
	shift
	rm -f says.fifo
	mkfifo says.fifo
	"$@" > says.fifo &
	local program=$!
	exec 8< says.fifo
	until [[ $line =~ $wanted ]]; do
		IFS= read -r -t 60 -u 8 line || { got=$?; break; }
		echo "$line"
	done
	exec 8<&-
	rm -f says.fifo
	kill "$program" 2> says.log
	wait "$program" || true
	return $got
}
npx() {
	test "$1" = keyward || return 64
	shift
	keyward "$@"
}
serve() {
	mkfifo serve.fifo
	node "$ROOT/packages/cli/main.ts" "$@" > serve.fifo 2>&1 &
	service=$!
	# Its first line says that it listens; the rest goes on into a file.
	exec 7< serve.fifo
	rm serve.fifo
	IFS= read -r -t 60 -u 7 line || return 1
	echo "$line"
	cat <&7 >> serve.log &
}
stop() {
	kill "$service"
	wait "$service" || true
}
# ends_with CODE command…: the page says that it is refused, or finds something.
ends_with() {
	local wanted=$1 got=0
	shift
	"$@" || got=$?
	test "$got" = "$wanted"
}

. "$ROOT/scripts/documents/settings.sh"
