import { generateKeyPairSync, sign } from 'node:crypto';
import { parseCommissioning } from '@keyward/core/enrol';
import { derChildren, encodeDer, derBits, derNull, derOid, derSequence } from '@keyward/core/format';
import { attack } from './harness/attack.ts';
import { simpleEnroll } from './harness/est.ts';

/** PKCS #10 of an RSA key without a subject; `bare` leaves NULL out of the key's algorithm. */
const requestFor = ({ publicKey, privateKey }: ReturnType<typeof makeKey>, bare: boolean): Uint8Array => {
	const [, key] = derChildren(new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })));
	if (key === undefined) throw new Error('no key');
	const spki = derSequence(derSequence(derOid('1.2.840.113549.1.1.1'), ...(bare ? [] : [derNull])), key);
	const info = derSequence(Uint8Array.of(2, 1, 0), derSequence(), spki, encodeDer(0xa0));
	const algorithm = derSequence(derOid('1.2.840.113549.1.1.11'), derNull);
	return derSequence(info, algorithm, derBits(sign('sha256', info, privateKey)));
};

const makeKey = () => generateKeyPairSync('rsa', { modulusLength: 3072 });

export default attack({
	title: 'a second device is enrolled with the RSA key of the first, written without NULL',
	requirements: ['unique-key'],
	attacker: 'device-folder',
	off: {
		patch: [
			{ file: 'packages/core/enrol/requested-key.ts', find: '\t\t...judgeKeyForm(key.publicKey),\n', replace: '' },
			{
				file: 'packages/core/format/public-key.ts',
				find: "hash('sha256', canonicalPublicKey(spki) ?? spki, 'buffer')",
				replace: "hash('sha256', spki, 'buffer')",
			},
		],
		because: 'every level asks it, level 0 too',
	},
	refusal: 'key-form',
	run: async ({ site }) => {
		const key = makeKey();
		const enrol = async (device: string, bare: boolean) => {
			const { commissioning } = await site.ask('device.expect', { application: 'hall', device });
			return simpleEnroll(site, parseCommissioning(commissioning), requestFor(key, bare));
		};
		const first = await enrol('probe-1', false);
		if (first.status !== 200) throw new Error(`the first device was refused: ${first.text}`);
		const { status, code, text } = await enrol('probe-2', true);
		const saw = status === 200 ? 'a certificate for probe-2 with the key of probe-1' : `${status} ${text}`;
		return { succeeded: status === 200, saw, refusal: code };
	},
});
