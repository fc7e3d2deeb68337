// PEP 440, in the permissive spelling of its appendix B.
const VERSION =
	/^v?(?:(\d{1,9})!)?(\d{1,18}(?:\.\d{1,18})*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d{1,18})?)?((?:-(\d{1,18}))|(?:[-_.]?(post|rev|r)[-_.]?(\d{1,18})?))?([-_.]?dev[-_.]?(\d{1,18})?)?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;

/** Compared from left to right; a list by its members, the longer one after the shorter. */
type Key = readonly (bigint | number | string | Key)[];

const phases: Readonly<Record<string, number>> = { alpha: 0, a: 0, beta: 1, b: 1, c: 2, rc: 2, pre: 2, preview: 2 };

const numberOf = (text: string | undefined): bigint => BigInt(text ?? '0');

/** PEP 440, "Summary of permitted suffixes and relative ordering". */
const parse = (text: string): Key | null => {
	const found = text.length > 256 ? null : VERSION.exec(text.trim().toLowerCase());
	if (found === null) return null;
	const [, epoch, release = '', phase, phaseNumber, post, postDash, , postNumber, dev, devNumber, local] = found;
	const numbers = release.split('.').map(BigInt);
	while (numbers.length > 1 && numbers.at(-1) === 0n) numbers.pop();
	const hasPhase = phase !== undefined;
	const isBareDev = !hasPhase && post === undefined && dev !== undefined;
	const before: Key = hasPhase ? [0, phases[phase] ?? 2, numberOf(phaseNumber)] : [isBareDev ? -1 : 1];
	const parts = local?.split(/[-_.]/) ?? null;
	return [
		numberOf(epoch),
		numbers,
		before,
		post === undefined ? [0] : [1, numberOf(postDash ?? postNumber)],
		dev === undefined ? [1] : [0, numberOf(devNumber)],
		parts === null ? [0] : [1, parts.map((part): Key => (/^\d+$/.test(part) ? [1, BigInt(part)] : [0, part]))],
	];
};

const compareKey = (a: Key, b: Key): number => {
	for (const [at, one] of a.entries()) {
		const other = b[at];
		if (other === undefined) return 1;
		const order =
			typeof one === 'object' && typeof other === 'object'
				? compareKey(one, other)
				: Number(one > other) - Number(one < other);
		if (order !== 0) return order;
	}
	return a.length - b.length;
};

/** PEP 440; null where one is no such version. */
export const comparePython = (a: string, b: string): number | null => {
	const [left, right] = [parse(a), parse(b)];
	return left === null || right === null ? null : compareKey(left, right);
};
