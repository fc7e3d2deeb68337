import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { formatCommissioning, parseCommissioning } from '@keyward/core/enrol';
import { attack } from './harness/attack.ts';
import { enrolWith } from './harness/est.ts';
import { holding, steal } from './harness/stolen.ts';

const PRIVATE_KEY = /-----BEGIN (?!ENCRYPTED )[A-Z ]*PRIVATE KEY-----/;

export default attack({
	title:
		'a thief of the database and of a backup tries everything in them as a commissioning token, and looks for open keys',
	requirements: ['secrets-wrapped'],
	attacker: 'database',
	off: {
		patch: [
			{
				file: 'packages/core/enrol/expectation.ts',
				find: "new Uint8Array(hash('sha256', secret, 'buffer'))",
				replace: 'new Uint8Array(Buffer.from(secret))',
			},
			{ file: 'packages/core/enrol/expectation.ts', find: "import { hash } from 'node:crypto';", replace: '' },
		],
		because: 'every level asks it, level 0 too',
	},
	refusal: 'token-unknown',
	run: async (tools) => {
		const { site, folder } = tools;
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const known = parseCommissioning(commissioning);
		const { files } = await steal(tools);
		const open = files.filter(({ bytes }) => PRIVATE_KEY.test(bytes.toString('latin1'))).map(({ name }) => name);
		const plain = [...holding(files, known.token), ...open];
		// Name, addresses and CA are on the label of every device; the token is what the thief lacks.
		const database = new DatabaseSync(join(folder, 'database/keyward.sqlite'), { readOnly: true });
		const found = new Set<string>();
		for (const row of database.prepare('SELECT * FROM token').all()) {
			for (const value of Object.values(row)) {
				if (!(value instanceof Uint8Array)) continue;
				found.add(Buffer.from(value).toString('base64url'));
				found.add(Buffer.from(value).toString('latin1'));
			}
		}
		database.close();
		if (found.size === 0) throw new Error('there was no token in the database');
		const answers = [];
		for (const token of [...found].filter((one) => /^[\w-]{22,}$/.test(one))) {
			const key = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
			answers.push(await enrolWith(site, formatCommissioning({ ...known, token }), key));
		}
		const admitted = answers.find(({ status }) => status === 200);
		const saw =
			admitted === undefined
				? `${answers.length} tries: ${answers.at(-1)?.text ?? ''}; ${plain.length} files with the token or an open private key`
				: 'what stands in the database admits the thief as probe-1';
		return {
			succeeded: admitted !== undefined || plain.length > 0,
			saw,
			refusal: answers.at(-1)?.code ?? null,
		};
	},
});
