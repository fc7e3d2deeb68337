interface DebVersion {
	readonly epoch: bigint;
	readonly upstream: string;
	readonly revision: string;
}

/** Debian Policy §5.6.12. */
const parse = (text: string): DebVersion | null => {
	const [, epoch = '0', rest = ''] = /^(?:(\d{1,10}):)?([0-9A-Za-z.+~:-]{1,256})$/.exec(text) ?? [];
	const dash = rest.lastIndexOf('-');
	const [upstream, revision] = dash === -1 ? [rest, ''] : [rest.slice(0, dash), rest.slice(dash + 1)];
	if (!/^\d/.test(upstream) || (dash !== -1 && !/^[0-9A-Za-z.+~]+$/.test(revision))) return null;
	return { epoch: BigInt(epoch), upstream, revision };
};

/** `~` before the end, the end before letters, letters before all others. */
const rank = (text: string, at: number): number => {
	const one = text[at];
	if (one === '~') return -1;
	if (one === undefined || /\d/.test(one)) return 0;
	return /[A-Za-z]/.test(one) ? one.charCodeAt(0) : one.charCodeAt(0) + 256;
};

const isDigit = (one: string | undefined): boolean => one !== undefined && /\d/.test(one);

/** Parts without and with digits in turn, as dpkg compares them. */
const comparePart = (a: string, b: string): number => {
	let [i, j] = [0, 0];
	while (i < a.length || j < b.length) {
		while ((i < a.length && !isDigit(a[i])) || (j < b.length && !isDigit(b[j]))) {
			const order = rank(a, i) - rank(b, j);
			if (order !== 0) return order;
			i++;
			j++;
		}
		const [left] = /^\d*/.exec(a.slice(i)) ?? [''];
		const [right] = /^\d*/.exec(b.slice(j)) ?? [''];
		const order = BigInt(left || '0') - BigInt(right || '0');
		if (order !== 0n) return order < 0n ? -1 : 1;
		i += left.length;
		j += right.length;
	}
	return 0;
};

/** As `dpkg --compare-versions`; null where one is no Debian version. */
export const compareDeb = (a: string, b: string): number | null => {
	const [left, right] = [parse(a), parse(b)];
	if (left === null || right === null) return null;
	if (left.epoch !== right.epoch) return left.epoch < right.epoch ? -1 : 1;
	return comparePart(left.upstream, right.upstream) || comparePart(left.revision, right.revision);
};
