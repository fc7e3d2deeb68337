# What stands before every page: the machine of somebody who follows it. PAGE and ROOT come by the environment, and so does PACKED, a folder
# in which the packed program is installed.

set -uo pipefail
shopt -s expand_aliases
failed=0
script=$PWD/page.sh
program=$ROOT/packages/cli/main.ts
test -z "${PACKED:-}" || program=$PACKED/node_modules/keyward/bin/keyward.js
trap 'code=$?; failed=1; echo "$PAGE:$LINENO: exit $code: $(sed -n "${LINENO}p" "$script")" >&2' ERR
# A shell that ends before the page does ends well by no word of its last command.
finished=0
trap 'exit $((failed || ! finished))' EXIT

# A verb of keyward as the reader types it. A service goes on in the background, and what follows without end ends with its first line.
keyward() {
	case " $* " in
		*' device run '*' --until-drained '*) timeout 120 node "$program" "$@" ;;
		' device run '*) until_says 'link: connected' node "$program" "$@" ;;
		' serve '*) serve "$@" ;;
		*' --follow '* | ' console '* | ' witness serve '*) until_says . node "$program" "$@" ;;
		' owner init --with '* | ' roster sign '* | ' release sign '* | *' --sign '*) timeout 120 node "$program" "$@" --yes ;;
		*) timeout 120 node "$program" "$@" ;;
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
# No registry is asked: what `npm install` would fetch is in the checkout. `npm start` goes on in the background.
npm() {
	case "$1" in
		install) test -e "$2" && cp -r "$PACKED/node_modules" . ;;
		start) start ;;
		*) command npm "$@" ;;
	esac
}
serve() {
	mkfifo serve.fifo
	node "$program" "$@" > serve.fifo 2>&1 &
	service=$!
	# Its first line says that it listens; the rest goes on into a file.
	exec 7< serve.fifo
	rm serve.fifo
	IFS= read -r -t 60 -u 7 line || return 1
	echo "$line"
	cat <&7 >> serve.log &
}
start() {
	local line=''
	mkfifo start.fifo
	npm_config_offline=true npm_config_update_notifier=false setsid env npm start > start.fifo 2>&1 &
	service=-$!
	exec 7< start.fifo
	rm start.fifo
	until [[ $line =~ ^keyward\ ready ]]; do
		IFS= read -r -t 120 -u 7 line || return 1
		echo "$line"
	done
	cat <&7 >> start.log &
}
stop() {
	kill -INT -- "$service"
	wait "${service#-}" || true
}
# ends_with CODE command…: the page says that it is refused, or finds something.
ends_with() {
	local wanted=$1 got=0
	shift
	"$@" || got=$?
	test "$got" = "$wanted"
}

. "$ROOT/scripts/documents/settings.sh"
