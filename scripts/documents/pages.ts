import { devicePages } from './device-pages.ts';
import { examplePages } from './example-pages.ts';
import type { Page } from './page.ts';

const tpm = 'needs a TPM at /dev/tpmrm0';
const passkey = 'needs a person who signed in with a passkey';
const systemd = 'needs a machine that systemd runs';
const container = 'needs a builder of containers and a registry of images';
const whole = 'is what this project itself runs, for many minutes';

const sitePages: readonly Page[] = [
	{
		file: 'docs/advisories.md',
		before:
			'site\ntanks\nadvisories\nmkdir FOLDER && cp osv.json FOLDER\nkeyward device expect dev --application hall --class tank | keyward device commission --folder dev\nexec < /dev/null',
		blocks: {
			'keyward disclosure': `stop\nprintf '\\nsecurity-txt: { contact: [mailto:security@plant.example], expires: 2027-06-01T00:00:00Z }\\n' >> .keyward/site.yaml\nkeyward serve`,
		},
		refused: { 'keyward advisory list': 1, 'keyward advisory show': 1 },
	},
	{
		file: 'docs/attacks.md',
		not: { 'npm run attacks': whole, 'npm test': whole },
	},
	{
		file: 'docs/backup.md',
		before: 'export KEYWARD_DATA=/var/lib/keyward\nsite\nmkdir /mnt/backup /media/seals',
		blocks: {
			'keyward restore --from': 'seals /var/lib/keyward /media/seals\nstop',
			'keyward restore --rehearse': 'stop\nkeyward serve',
		},
	},
	{
		file: 'docs/ca-rollover.md',
		before: 'site\ndevice probe-1',
		refused: { 'keyward ca activate': 2 },
		blocks: { 'keyward serve --lost-key': 'stop' },
	},
	{ file: 'docs/console.md', before: 'site\nreader desk' },
	{
		file: 'docs/consumers.md',
		not: { 'keyward read hall': 'needs InfluxDB' },
	},
	{
		file: 'docs/incidents.md',
		before: 'site\ndevice probe-1',
		refused: { 'keyward incident list --open': 1 },
	},
	{
		file: 'docs/integrations.md',
		not: { 'keyward read hall': 'needs InfluxDB' },
	},
	{
		file: 'docs/keycheck.md',
		before: 'look_at',
		refused: { 'keyward keycheck certificates': 0, 'keyward keycheck': 1 },
	},
	{
		file: 'docs/keycheck-pipeline.md',
		before: 'look_at',
		refused: { 'keyward keycheck --write': 1 },
		blocks: { 'code=0': 'keyward keycheck --write-baseline keycheck-known.json fleet/ || true' },
		not: { 'exit $code': 'ends the shell' },
	},
	{
		file: 'docs/language.md',
		before: 'cp "$ROOT/scripts/documents/hall.yaml" policy.yaml',
	},
	{
		file: 'docs/mqtt-conformance.md',
		not: Object.fromEntries(
			['npx keyward', 'npm run conformance', 'cd ', 'python3 ', 'while ', 'exec ', 'keyward='].map((start) => [
				start,
				'needs the suite of somebody else',
			]),
		),
	},
	{
		file: 'docs/operations.md',
		before: 'cp "$ROOT/examples/weather-station/policy.yaml" .\nulimit -n 65536 || true',
		not: {
			'install -d /opt': systemd,
			'npm ci': systemd,
			'ln -s /opt': systemd,
			'cd /opt': systemd,
			'install -D': systemd,
			'install -m': systemd,
			'systemctl ': systemd,
			'runuser -u keyward': systemd,
			'podman ': container,
			'npm run pack': whole,
		},
	},
	{
		file: 'docs/people.md',
		before: 'issuer\nsite\nkeyward person invite ben --role operator',
		words: { DATA: '.keyward', ID: '00000000-0000-4000-8000-000000000000' },
		not: { 'keyward session end': passkey, 'keyward approval approve': passkey, 'keyward approval deny': passkey },
	},
	{
		file: 'docs/reach.md',
		before: `site\ndevice probe-1\nmkdir examples\ncp "$ROOT/examples/prices.yaml" examples\nprintf 'device,key,custody\\na,k1,file\\nb,k2,tpm2\\n' > fleet.csv`,
		refused: {
			'keyward reach service --if': 1,
			'keyward plan': 1,
		},
	},
	{
		file: 'docs/witness.md',
		before: 'site\nreader desk\nhall_key=$(keyward ledger key | grep -oE "keyward/hall/[^ ]+[+][^ ]+" | head -n 1)',
		words: { "'keyward/hall/…+…'": '"$hall_key"' },
		not: { 'keyward ledger witnessed': 'needs two witnesses in other hands' },
	},
];

/** What each page takes for granted. A page that takes nothing needs no entry. */
export const pages: readonly Page[] = [...examplePages(tpm, whole), ...sitePages, ...devicePages(tpm)];
