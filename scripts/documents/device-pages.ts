import type { Page } from './page.ts';

const instrument = 'needs an instrument';

/** The pages about devices, the owner and what the owner signs. */
export const devicePages = (tpm: string): readonly Page[] => [
	{
		file: 'docs/attestation.md',
		before: 'site',
		not: {
			'keyward device part': tpm,
			'keyward device expect': tpm,
			'keyward device commission': tpm,
			'keyward device show': tpm,
			'keyward device boot-reference': tpm,
			'keyward boot-reference add': tpm,
		},
	},
	{
		file: 'docs/commands.md',
		before: 'owned_site\ndevice probe-1\nkeyward command key --folder ben > ben.pub',
		words: { HASH: '"$owner"', '--add --key ~/commander': '--add --key ben' },
		not: { 'keyward command key --folder ~/commander --custody tpm2': tpm },
	},
	{
		file: 'docs/commissioning.md',
		before: 'site',
		blocks: {
			'# The operator, at the site': `printf 'device\\nbox-1\\nbox-2\\n' > box-17.csv`,
			'keyward batch commission box-17.csv --application': `printf 'device\\nbox-3\\n' > box-17.csv`,
			'openssl x509 -in ca.pem': 'other_ca',
			'keyward policy apply': 'other_policy',
		},
		words: { SITE: 'localhost' },
	},
	{ file: 'docs/device-facts.md', not: { 'keyward device run': instrument } },
	{
		file: 'docs/est.md',
		before: `site --http-port 8080\nkeyward device expect probe-1 --application hall --format pem > service-ca.pem\nkeyward device expect probe-1 --application hall --json > expected.json\nest_token expected.json`,
		words: { SITE: 'localhost' },
		blocks: { 'pki --est': 'est_strongswan', 'openssl verify': 'est_authorities' },
	},
	{
		file: 'docs/manufacturers.md',
		before: `site\nprintf 'device,class\\nline3-1,probe\\n' > box-17.csv`,
		not: { 'keyward manifest import': 'needs a manifest that a manufacturer signed' },
	},
	{
		file: 'docs/mqtt.md',
		before: 'site\ndevice probe-1',
	},
	{
		file: 'docs/owner.md',
		before: 'site signed\nreader desk',
		blocks: { 'keyward owner key --folder second >': 'another_site' },
		words: { HASH: '"$(keyward owner show | grep -oE "[0-9a-f]{64}" | head -1)"' },
		not: {
			'keyward owner init --custody pkcs11': 'needs a token',
			'keyward owner key --folder second --custody tpm2': tpm,
		},
	},
	{
		file: 'docs/releases.md',
		before: 'owned_site\nhead -c 1000 /dev/urandom | tee image modem.bin > bom.bin\nbill bom.json',
		words: { IMAGE: 'image', FILE: 'modem.bin' },
		blocks: {
			'keyward release list --save': 'rm -r stick',
			'keyward release vendor': 'keyward owner key --folder acme > acme.pub',
		},
	},
	{
		file: 'docs/rollouts.md',
		before: 'owned_site\ndevice probe-1\ndevice probe-2\nrelease 2.1.0',
		refused: { 'keyward agility status': 1 },
		not: {
			'keyward agility start --application hall --over 2d --kind': 'stands for the line before',
			'keyward agility start --application hall --over 2d --link': 'stands for the line before',
		},
	},
	{
		file: 'docs/sources.md',
		before: `site\ndevice keyward-device\ncp "$ROOT/examples/reactor-hall/"*.csv geiger.csv\nmkdir -p /var/log && printf 'Datum;Zeit;Temp\\n' > /var/log/logger.csv`,
		not: {
			'keyward device run --source safecast': 'needs the recording of a drive',
			'keyward device run --source serial': instrument,
			'keyward device run --source hwmon': instrument,
			'keyward device run --source iio': instrument,
			'keyward device run --source modbus': instrument,
			'keyward device run --source sdi-12': instrument,
			'keyward device run --source m-bus': instrument,
			'keyward device run --source opc-ua': instrument,
			'keyward device run --source http': instrument,
			'keyward device run --source mqtt': instrument,
			'keyward device run --source module': instrument,
		},
	},
];
