import { mkdirSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { certificateOf, type Container, type Kit, listOf, noise } from './kit.ts';

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const zipped = (kit: Kit, files: Readonly<Record<string, string | Uint8Array>>): Uint8Array => {
	for (const [name, bytes] of Object.entries(files)) kit.write(`doc/${name}`, bytes);
	kit.run('zip', ['-q', '-r', '../out.zip', '.'], '', 'doc');
	return kit.read('out.zip');
};

const rowsOf = (kit: Kit): string[][] =>
	listOf(kit.secrets)
		.trim()
		.split('\n')
		.map((line) => line.split(','));

/** A workbook; `shared`: its texts in a table of their own, as Excel writes them. */
const xlsx = (kit: Kit, shared: boolean): Uint8Array => {
	const rows = rowsOf(kit);
	const texts = rows.flat();
	const cell = (text: string, column: number, row: number): string => {
		const at = `r="${'AB'[column] ?? ''}${row + 1}"`;
		return shared
			? `<c ${at} t="s"><v>${texts.indexOf(text)}</v></c>`
			: `<c ${at} t="inlineStr"><is><t>${xml(text)}</t></is></c>`;
	};
	const sheet = rows
		.map((row, index) => `<row r="${index + 1}">${row.map((text, column) => cell(text, column, index)).join('')}</row>`)
		.join('');
	return zipped(kit, {
		'[Content_Types].xml':
			'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
		'xl/workbook.xml':
			'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets><sheet name="Devices" sheetId="1"/></sheets></workbook>',
		'xl/worksheets/sheet1.xml': `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${sheet}</sheetData></worksheet>`,
		...(shared
			? {
					'xl/sharedStrings.xml': `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">${texts.map((text) => `<si><t>${xml(text)}</t></si>`).join('')}</sst>`,
				}
			: {}),
	});
};

const ods = (kit: Kit): Uint8Array => {
	const rows = rowsOf(kit).map(
		(row) =>
			`<table:table-row>${row.map((text) => `<table:table-cell office:value-type="string"><text:p>${xml(text)}</text:p></table:table-cell>`).join('')}</table:table-row>`,
	);
	return zipped(kit, {
		mimetype: 'application/vnd.oasis.opendocument.spreadsheet',
		'content.xml': `<?xml version="1.0"?><office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet><table:table table:name="D">${rows.join('')}</table:table></office:spreadsheet></office:body></office:document-content>`,
	});
};

const docx = (kit: Kit): Uint8Array => {
	const lines = kit.secrets.pem
		.trim()
		.split('\n')
		.map((line) => `<w:p><w:r><w:t xml:space="preserve">${line}</w:t></w:r></w:p>`);
	return zipped(kit, {
		'[Content_Types].xml':
			'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
		'word/document.xml': `<?xml version="1.0"?><w:document xmlns:w="w"><w:body>${lines.join('')}</w:body></w:document>`,
	});
};

const pdf = (streams: readonly { readonly head: string; readonly bytes: Buffer }[]): Uint8Array => {
	const objects = streams.map(({ head, bytes }, index) =>
		Buffer.concat([
			Buffer.from(`${index + 1} 0 obj\n<< /Length ${bytes.length} ${head} >>\nstream\n`),
			bytes,
			Buffer.from('\nendstream\nendobj\n'),
		]),
	);
	return Buffer.concat([
		Buffer.from('%PDF-1.5\n%\xe2\xe3\xcf\xd3\n', 'latin1'),
		...objects,
		Buffer.from('trailer << /Root 1 0 R >>\n%%EOF\n'),
	]);
};

const mail = (body: string, ...headers: readonly string[]): string =>
	`From: a@example.net\nTo: b@example.net\nSubject: keys\nMIME-Version: 1.0\n${headers.join('\n')}\n\n${body}`;

const attached = (name: string, bytes: Uint8Array): string =>
	mail(
		`--xyz\nContent-Type: text/plain\n\nhere they are\n--xyz\nContent-Type: application/octet-stream; name="${name}"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="${name}"\n\n${Buffer.from(bytes).toString('base64').replaceAll(/.{76}/g, '$&\n')}\n--xyz--\n`,
		'Content-Type: multipart/mixed; boundary="xyz"',
	);

const quotedPrintable = (text: string): string => text.replaceAll('=', '=3D').replaceAll(/^(.{60})(.+)$/gm, '$1=\n$2');

const sqlite = (kit: Kit, sql: string): Uint8Array => {
	kit.run('sqlite3', ['out.db'], sql);
	return kit.read('out.db');
};

const pgp = (kit: Kit, ...args: readonly string[]): Uint8Array => {
	const home = kit.path('gnupg');
	mkdirSync(home, { mode: 0o700 });
	const gpg = (...more: readonly string[]): Buffer =>
		kit.run('gpg', ['--homedir', home, '--batch', '--quiet', ...more]);
	gpg('--passphrase', '', '--quick-gen-key', 'device <d@example.net>', 'rsa1024', 'sign', 'never');
	const bytes = gpg(...args);
	kit.run('gpgconf', ['--homedir', home, '--kill', 'all']);
	return bytes;
};

/** Documents, mail, databases and key files. */
export const documents: readonly Container[] = [
	{ name: 'xlsx', holds: 'list', made: (kit) => xlsx(kit, true) },
	{ name: 'xlsx, inline texts', holds: 'list', made: (kit) => xlsx(kit, false) },
	{ name: 'ods', holds: 'list', made: ods },
	{ name: 'docx', holds: 'key', made: docx },
	{
		name: 'jar',
		holds: 'key',
		made: (kit) => zipped(kit, { 'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\n', 'device.pem': kit.secrets.pem }),
	},
	{
		name: 'PDF, attached file',
		holds: 'key',
		made: (kit) => pdf([{ head: '/Type /EmbeddedFile /Filter /FlateDecode', bytes: deflateSync(kit.secrets.pem) }]),
	},
	{
		name: 'PDF, text',
		holds: 'key',
		made: (kit) =>
			pdf([
				{
					head: '/Filter /FlateDecode',
					bytes: deflateSync(
						`BT /F1 9 Tf 50 700 Td\n${kit.secrets.pem
							.trim()
							.split('\n')
							.map((line) => `(${line}) Tj T*\n`)
							.join('')}ET`,
					),
				},
			]),
	},
	{
		name: 'mail, base64 attachment',
		holds: 'key',
		made: (kit) => Buffer.from(attached('device.pem', Buffer.from(kit.secrets.pem))),
	},
	{
		name: 'mail, list attached',
		holds: 'list',
		made: (kit) => Buffer.from(attached('devices.csv', Buffer.from(listOf(kit.secrets)))),
	},
	{
		name: 'mail, zip attached',
		holds: 'key',
		made: (kit) => Buffer.from(attached('d.zip', zipped(kit, { 'device.pem': kit.secrets.pem }))),
	},
	{
		name: 'mail, quoted-printable',
		holds: 'key',
		made: (kit) =>
			Buffer.from(
				mail(
					quotedPrintable(kit.secrets.pem),
					'Content-Type: text/plain',
					'Content-Transfer-Encoding: quoted-printable',
				),
			),
	},
	{
		name: 'mbox',
		holds: 'key',
		made: (kit) =>
			Buffer.from(
				`From a@example.net Thu Jan  1 00:00:00 2026\n${mail('hello\n')}\nFrom a@example.net Thu Jan  1 00:00:00 2026\n${attached('d.zip', zipped(kit, { 'device.pem': kit.secrets.pem }))}`,
			),
	},
	{
		name: 'S/MIME',
		holds: 'key',
		made(kit) {
			certificateOf(kit);
			kit.write('m.txt', 'hello');
			return kit.run('openssl', ['smime', '-sign', '-in', 'm.txt', '-signer', 'cert.pem', '-inkey', 'key.pem']);
		},
	},
	{
		name: 'PKCS#7, DER',
		holds: 'key',
		made(kit) {
			certificateOf(kit);
			return kit.run('openssl', ['crl2pkcs7', '-nocrl', '-certfile', 'cert.pem', '-outform', 'DER']);
		},
	},
	{
		name: 'PKCS#12, no password',
		holds: 'key',
		made(kit) {
			certificateOf(kit);
			return kit.run('openssl', ['pkcs12', '-export', '-in', 'cert.pem', '-inkey', 'key.pem', '-passout', 'pass:']);
		},
	},
	{
		name: 'Java key store',
		holds: 'key',
		made(kit) {
			certificateOf(kit);
			kit.run('keytool', [
				'-importcert',
				'-noprompt',
				'-alias',
				'd',
				'-file',
				'cert.pem',
				'-keystore',
				'out',
				'-storetype',
				'JKS',
				'-storepass',
				'changeit',
			]);
			return kit.read('out');
		},
	},
	{
		name: 'PuTTY',
		holds: 'key',
		made(kit) {
			kit.write('key.pem', kit.secrets.key.export({ type: 'pkcs1', format: 'pem' }));
			kit.run('puttygen', ['key.pem', '-O', 'private', '-o', 'out.ppk']);
			return kit.read('out.ppk');
		},
	},
	{
		name: 'OpenSSH',
		holds: 'key',
		made(kit) {
			kit.write('key.pem', kit.secrets.key.export({ type: 'pkcs1', format: 'pem' }));
			kit.run('ssh-keygen', ['-q', '-p', '-f', 'key.pem', '-N', '']);
			return kit.read('key.pem');
		},
	},
	{ name: 'OpenPGP, armoured', holds: 'key', made: (kit) => pgp(kit, '--armor', '--export') },
	{ name: 'OpenPGP, binary', holds: 'key', made: (kit) => pgp(kit, '--export') },
	{ name: 'OpenPGP, private', holds: 'key', made: (kit) => pgp(kit, '--passphrase', '', '--export-secret-keys') },
	{
		name: 'SQLite, list',
		holds: 'list',
		made: (kit) =>
			sqlite(
				kit,
				`CREATE TABLE devices(id INTEGER PRIMARY KEY, dev_eui TEXT, psk TEXT);\nINSERT INTO devices VALUES (1,'0a','${noise(16).toString('hex')}'),(2,'0b','${kit.secrets.psk.toString('hex')}');`,
			),
	},
	{
		name: 'SQLite, bytes',
		holds: 'list',
		made: (kit) =>
			sqlite(
				kit,
				`CREATE TABLE devices(dev_eui BLOB, psk BLOB);\nINSERT INTO devices VALUES (x'0a',x'${noise(16).toString('hex')}'),(x'0b',x'${kit.secrets.psk.toString('hex')}');`,
			),
	},
	{
		name: 'SQLite, key over many pages',
		holds: 'key',
		made: (kit) =>
			sqlite(
				kit,
				`PRAGMA page_size=512;\nCREATE TABLE blobs(name TEXT, data BLOB);\nINSERT INTO blobs VALUES ('d',x'${Buffer.concat([noise(700), kit.secrets.der]).toString('hex')}');`,
			),
	},
];
