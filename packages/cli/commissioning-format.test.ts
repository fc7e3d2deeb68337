import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { parseCommissioning } from '@keyward/core/enrol';
import { needs } from '@keyward/testing/debian';
import { keyward, start } from './keyward.fixture.ts';

const policy = `application: hall
level: { authenticity: 1, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 0, resistance: 0 }
mode: enforce
streams: { dose-rate: { unit: Sv/h, every: 1s, readers: [desk] } }
devices: { probe: { custody: [software], streams: [dose-rate] } }
`;

test('a commissioning string is given out for programs that do not read it', async (t) => {
	const folder = temporaryFolder('kw-');
	const data = join(folder, 'site');
	const site = start(['serve', '--https-port', '0', '--mqtts-port', '0', '--json'], data);
	const ended = once(site, 'exit');
	t.after(async () => {
		site.kill('SIGTERM');
		await ended;
	});
	await once(site.stdout ?? assert.fail(), 'data');
	await writeFile(join(folder, 'policy.yaml'), policy);
	assert.equal((await keyward(['policy', 'apply', join(folder, 'policy.yaml')], data)).status, 0);
	const expect = async (...words: readonly string[]): Promise<string> => {
		const { status, stdout, stderr } = await keyward(
			['device', 'expect', 'g-1', '--application', 'hall', ...words],
			data,
		);
		assert.equal(status, 0, stderr);
		return stdout;
	};
	const pem = await expect('--format', 'pem');
	const pin = hash('sha256', new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }), 'hex');

	await t.test('env: a shell reads it, and curl enrols with it and the PEM', async (t) => {
		const file = join(folder, 'g-1.env');
		assert.equal(await expect('--format', 'env', '--out', file), '');
		assert.equal((await stat(file)).mode & 0o777, 0o600);
		const text = await readFile(file, 'utf8');
		assert.match(text, /^KEYWARD_EST_LABEL=hall$/m);
		assert.ok(text.includes(`KEYWARD_SERVICE_CA_PIN=${pin}\n`));
		if (!needs(t, 'curl') || !needs(t, 'openssl')) return;
		await writeFile(join(folder, 'service-ca.pem'), pem);
		// As docs/commissioning.md has it.
		const script = `set -eu; . ./g-1.env
			openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem \
				-subj "/O=$KEYWARD_APPLICATION/CN=$KEYWARD_ID/serialNumber=$KEYWARD_ID" -outform DER | openssl base64 -out request.b64
			printf 'user = "est:%s"\\n' "$KEYWARD_EST_TOKEN" | curl -sS --fail-with-body --cacert service-ca.pem -K - -H 'Content-Type: application/pkcs10' \
				--data-binary @request.b64 "$KEYWARD_EST_URL/simpleenroll" | openssl base64 -d -A | openssl pkcs7 -inform DER -print_certs`;
		const enrolled = spawnSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' });
		assert.match(enrolled.stdout, /BEGIN CERTIFICATE/, enrolled.stderr);
		const { subject } = new X509Certificate(enrolled.stdout.slice(enrolled.stdout.indexOf('-----BEGIN')));
		assert.match(subject, /O=hall\nCN=g-1/);
	});

	const other = (format: string): Promise<string> =>
		keyward(['device', 'expect', 'g-2', '--application', 'hall', '--format', format], data).then(
			({ stdout }) => stdout,
		);

	await t.test('esp-nvs: rows of four cells, keys that NVS takes, the CA in hex', async () => {
		const rows = (await other('esp-nvs')).trimEnd().split('\n');
		assert.deepEqual(rows.slice(0, 2), ['key,type,encoding,value', 'keyward,namespace,,']);
		const cells = rows.slice(2).map((row) => row.split(','));
		for (const [key = '', type, encoding = '', value = '', ...more] of cells) {
			assert.match(key, /^[a-z_]{1,15}$/);
			assert.equal(type, 'data');
			assert.match(encoding, /^(?:string|hex2bin)$/);
			assert.ok(value !== '' && value.length < 4000 && more.length === 0);
		}
		const ca = cells.find(([key]) => key === 'service_ca')?.[3] ?? '';
		assert.equal(new X509Certificate(Buffer.from(ca, 'hex')).toString(), new X509Certificate(pem).toString());
	});

	await t.test('c-header: a C compiler takes it, and the program has the same values', async (t) => {
		if (!needs(t, 'cc')) return;
		await writeFile(join(folder, 'keyward_commissioning.h'), await other('c-header'));
		await writeFile(
			join(folder, 'main.c'),
			'#include <stdio.h>\n#include "keyward_commissioning.h"\nint main(void) { puts(KEYWARD_ID); fputs(KEYWARD_SERVICE_CA_PEM, stdout); }\n',
		);
		const built = spawnSync('cc', ['-Wall', '-Werror', '-o', 'main', 'main.c'], { cwd: folder, encoding: 'utf8' });
		assert.equal(built.status, 0, built.stderr);
		assert.equal(spawnSync(join(folder, 'main'), { encoding: 'utf8' }).stdout, `g-2\n${pem}`);
	});

	await t.test('a QR code beside the string, in a new file that only its owner reads', async () => {
		const picture = join(folder, 'g-3.png');
		const words = ['device', 'expect', 'g-3', '--application', 'hall', '--qr', '--qr-png', picture];
		const { stdout, stderr } = await keyward(words, data);
		assert.equal(parseCommissioning(stdout).id, 'g-3');
		assert.match(stderr, /^█{20,}\n/);
		assert.equal((await readFile(picture)).toString('latin1', 1, 4), 'PNG');
		assert.equal((await stat(picture)).mode & 0o777, 0o600);
		assert.equal((await keyward(words, data)).status, 2, 'the file is there');
	});
});
