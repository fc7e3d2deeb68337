const VERSION =
	/^[v=]?(0|[1-9]\d*)(?:\.(0|[1-9]\d*))?(?:\.(0|[1-9]\d*))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;

interface Semver {
	readonly core: readonly bigint[];
	/** Empty for a release. */
	readonly pre: readonly string[];
}

/** A leading v (Go) and parts that are left out (`1`, in OSV's events) are taken. */
const parse = (text: string): Semver | null => {
	const found = text.length > 256 ? null : VERSION.exec(text);
	if (found === null) return null;
	const [, major = '0', minor = '0', patch = '0', pre] = found;
	return { core: [BigInt(major), BigInt(minor), BigInt(patch)], pre: pre?.split('.') ?? [] };
};

const digits = /^\d+$/;

/** Semantic Versioning 2.0.0 §11.4. */
const compareIdentifier = (a: string, b: string): number => {
	const [isNumber, isOtherNumber] = [digits.test(a), digits.test(b)];
	if (isNumber && isOtherNumber) return Number(BigInt(a) > BigInt(b)) - Number(BigInt(a) < BigInt(b));
	if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
	return Number(a > b) - Number(a < b);
};

/** Semantic Versioning 2.0.0 §11; build metadata does not count. Null where one is no such version. */
export const compareSemver = (a: string, b: string): number | null => {
	const [left, right] = [parse(a), parse(b)];
	if (left === null || right === null) return null;
	for (const [at, part] of left.core.entries()) {
		const other = right.core[at] ?? 0n;
		if (part !== other) return part < other ? -1 : 1;
	}
	if (left.pre.length === 0 || right.pre.length === 0)
		return Number(left.pre.length === 0) - Number(right.pre.length === 0);
	for (const [at, one] of left.pre.entries()) {
		const other = right.pre[at];
		if (other === undefined) return 1;
		const order = compareIdentifier(one, other);
		if (order !== 0) return order;
	}
	return left.pre.length - right.pre.length;
};
