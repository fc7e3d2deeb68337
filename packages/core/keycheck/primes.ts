/** The primes below a limit, ascending. */
export const primesBelow = (limit: number): number[] => {
	const composite = new Uint8Array(limit);
	const primes: number[] = [];
	for (let n = 2; n < limit; n++) {
		if (composite[n] === 1) continue;
		primes.push(n);
		for (let multiple = n * n; multiple < limit; multiple += n) composite[multiple] = 1;
	}
	return primes;
};
