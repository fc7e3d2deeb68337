/** The key that IOS has for everything of type 7, as its own manuals and many programs show it. */
const KEY = Buffer.from('dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87');

/** What a value of type 7 stands for: two digits that say where in the key it begins, and the octets in hex. */
export const ofType7 = (value: string): Uint8Array => {
	const begin = Number(value.slice(0, 2));
	return Uint8Array.from(
		Buffer.from(value.slice(2), 'hex'),
		(octet, at) => octet ^ (KEY[(begin + at) % KEY.length] ?? 0),
	);
};
