import type { Verb } from './verb.ts';

/** Verbs of devices, from the manufacturer's list to the end of their keys. */
export const deviceChapter: readonly [heading: string, verbs: readonly Verb[]] = [
	'Add devices:',
	[
		{
			says: {
				'manifest import': "Verify a manufacturer's signed manifest and import its parts; their keys count as endorsed",
			},
			load: () => import('./verbs/manifest-import.ts'),
		},
		{
			says: { 'manifest list': 'List the imported manifests and what each added' },
			load: () => import('./verbs/manifest-list.ts'),
		},
		{
			says: { 'device part': 'Print the name of the TPM in this device, for keyward device expect --part' },
			load: () => import('./verbs/device-part.ts'),
		},
		{
			says: {
				'device boot-reference': "Print this machine's boot as the reference values of the release that it runs",
			},
			load: () => import('./verbs/device-boot-reference.ts'),
		},
		{
			says: { 'boot-reference add': 'Add the boot reference values of a released version of a device class' },
			load: () => import('./verbs/boot-reference-add.ts'),
		},
		{
			says: { 'boot-reference list': 'List the versions that have boot reference values' },
			load: () => import('./verbs/boot-reference-list.ts'),
		},
		{
			says: { 'device expect': 'Register a device and print its one-time commissioning token' },
			load: () => import('./verbs/device-expect.ts'),
		},
		{
			says: { 'device import': 'Register devices under the certificates of another CA that they have' },
			load: () => import('./verbs/device-import.ts'),
		},
		{
			says: { 'device commission': 'Join a site as a device: make its key and get its certificate' },
			load: () => import('./verbs/device-commission.ts'),
		},
		{
			says: { 'device sources': 'Show the sensors that this machine has, or try a source without sending anything' },
			load: () => import('./verbs/device-sources.ts'),
		},
		{
			says: { 'device run': 'Run a device: read its sensor, deliver each reading, renew its certificate' },
			load: () => import('./verbs/device-run.ts'),
		},
		{
			says: {
				'device update status': 'Show what this device runs, its security floor, and where its update is',
				'device update verify':
					'Compare what runs with the image that was installed and with the security floor, before it is started',
				'device update check': 'Ask the site which release is meant for this device, and judge it',
				'device update install': 'Fetch, verify and install a release that the owner signed',
				'device update confirm': 'Say that the new version works, where this is not left to its first connection',
			},
			load: () => import('./verbs/device-update.ts'),
		},
		{
			says: { 'device identity': 'Show, on the device itself, who it is and the thumbprints of its keys' },
			load: () => import('./verbs/device-identity.ts'),
		},
		{
			says: { 'device rekey': 'Give a device a new key: make it, certify it, use it, destroy the old one' },
			load: () => import('./verbs/device-rekey.ts'),
		},
		{
			says: { 'device retire': "Destroy a device's key, outbox and certificate, and check that they are gone" },
			load: () => import('./verbs/device-retire.ts'),
		},
		{
			says: { 'device list': 'List devices, their certificates and whether they are connected' },
			load: () => import('./verbs/device-list.ts'),
		},
		{
			says: { 'device show': 'Show a device, its certificates and streams' },
			load: () => import('./verbs/device-show.ts'),
		},
		{
			says: {
				'device quarantine': 'Keep a device out until it is released; nothing is revoked',
				'device release': 'Let a quarantined device in again',
				'device transfer': 'Move a device to another application, or to another name; it needs a new key there',
				'device erase': 'Make the readings of a device that is out of service unreadable for good',
			},
			load: () => import('./verbs/device-lifecycle.ts'),
		},
		{
			says: { 'batch expect': 'Register every device of a batch, and write a commissioning token for each' },
			load: () => import('./verbs/batch-expect.ts'),
		},
		{
			says: { 'batch commission': 'Commission the devices of a batch; run it again to go on where it stopped' },
			load: () => import('./verbs/batch-commission.ts'),
		},
	],
];
